/// Bearer tokens, sets of keys, scopes. No input is a token: it would need the signature of a key
/// that is made when the target starts.
#include "protocols/gsi/jwt.hpp"
#include "tests/fuzz/must.hpp"

namespace {

using namespace trellis;
using namespace trellis::gsi;
using fuzz::must;

constexpr std::chrono::sys_seconds now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};

constexpr std::string_view keys = R"({"keys":[{"kty":"EC","crv":"P-256","kid":"e",)"
                                  R"("x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
                                  R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]})";

void read_token(std::string_view text) {
  static const token_settings settings{{{"https://iam.example/", "testvo", *jwk_set::parse(keys)}},
                                       {"https://ce.example"},
                                       std::chrono::hours{6}};
  auto x = verify_token(text, settings, now);
  must(!x, "somebody forged a signature", text);
  must(!x.why().text.empty(), "refused without a reason", text);
}

void read_scope(std::string_view text) {
  auto x = parse_scope(text);
  if (!x || !*x)
    return;
  for (const auto& part : (*x)->path)
    must(part != ".." && part != "." && !part.empty() && part.find('/') == part.npos,
         "a path leads elsewhere", text);
  must(!grants({**x}, token_right::storage_read, "/secret/../file"), "a way up", text);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  read_token(text);
  read_scope(text);
  if (auto x = jwk_set::parse(text))
    for (const auto& key : x->keys())
      must(key.value != nullptr && !key.algorithm.empty(), "a key that is none");
  return 0;
}
