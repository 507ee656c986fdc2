/// A simulated grid is gigabytes of small objects, visited in no order: with huge pages the
/// processor finds them an eighth faster, and pages that were once used stay with the process
/// instead of being given back and cleared again. jemalloc reads this when the program starts.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "thp:always,dirty_decay_ms:-1,muzzy_decay_ms:-1";
}
