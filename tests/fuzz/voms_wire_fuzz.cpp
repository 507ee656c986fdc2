/// Requests to VOMS servers and their answers, over REST and as before it. What is understood must
/// be understood the same when it is written again.
#include "protocols/base/base64.hpp"
#include "protocols/voms/legacy.hpp"
#include "protocols/voms/rest.hpp"
#include "tests/fuzz/must.hpp"

namespace {

using namespace trellis;
using namespace trellis::voms;
using fuzz::must;

/// Over REST, which knows neither lists nor roles wherever they are held.
void read_rest(std::string_view text) {
  auto x = parse_rest_request(text);
  if (!x)
    return;
  auto again = parse_rest_request(rest_target(*x));
  must(bool(again), "a target does not read back", rest_target(*x));
  x->unknown.clear();
  must(*again == *x, "a target reads back otherwise", rest_target(*x));
}

void read_legacy(std::string_view text) {
  if (auto x = parse_legacy_request(text)) {
    auto again = parse_legacy_request(legacy_request(*x));
    must(again && *again == *x, "a request reads back otherwise", legacy_request(*x));
  }
}

/// A request that comes in two pieces ends where it ends in one.
void find_end(std::string_view text) {
  std::size_t whole = 0, pieces = 0;
  auto end = end_of_legacy_request(text, whole);
  auto half = end_of_legacy_request(text.substr(0, text.size() / 2), pieces);
  if (!half)
    half = end_of_legacy_request(text, pieces);
  must(half == end, "an end depends on how it came", text);
}

void read_replies(std::string_view text) {
  if (auto x = parse_rest_reply(text)) {
    auto again = parse_rest_reply(rest_reply(*x));
    must(again && again->ac == x->ac && again->refused == x->refused, "an answer changes",
         rest_reply(*x));
  }
  if (auto x = parse_legacy_reply(text)) {
    auto again = parse_legacy_reply(legacy_reply(*x));
    must(again && again->ac == x->ac && again->refused == x->refused, "an old answer changes",
         legacy_reply(*x));
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  read_rest(text);
  read_legacy(text);
  find_end(text);
  read_replies(text);
  must(look_at(text).skip <= size, "more to skip than there is");
  if (auto x = from_base64(text))
    must(*from_base64(base64(*x, 64)) == *x, "base64 changes", text);
  if (auto x = from_base64url(text))
    must(base64url(*x) == text, "two texts for the same bytes", text);
  return 0;
}
