/// A simulated grid is gigabytes of small objects, visited in no order: with huge pages the
/// processor finds them an eighth faster. jemalloc reads this when the program starts.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always";
}
