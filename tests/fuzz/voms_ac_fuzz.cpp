/// Attribute certificates: the extension of a proxy, or one alone. What is taken keeps its bounds,
/// and the signature is over a part of the input itself.
#include "protocols/gsi/voms_ac.hpp"
#include "tests/fuzz/must.hpp"

namespace {

using namespace trellis;
using namespace trellis::gsi;
using fuzz::must;

const instant now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};

void check(const attribute_certificate& x) {
  must(!x.fqans.empty() && x.fqans.size() <= ac_bounds::fqans, "no FQAN, or too many");
  for (const auto& one : x.fqans)
    must(*fqan::parse(one.long_text()) == one, "an FQAN does not read back", one.text());
  must(is_vo_name(x.vo) && is_server_host(x.host), "a VO or host that is none", x.uri());
  must(x.der.find(x.signed_part) != x.der.npos, "signed is what was not sent");
  must(parse_ac(x.der)->serial == x.serial, "it does not read back");
  if (x.signers.empty())
    return;
  vomsdir servers;
  servers.trust(x.vo, x.host,
                {
                    {x.signers[0].subject(), x.signers[0].issuer()}
  });
  auto known = verify_ac(x, x.signers[0], servers, trust_anchors::of(x.signers), now);
  must(known || !known.why().text.empty(), "refused without a reason");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  if (auto all = parse_ac_sequence(text))
    for (const auto& x : *all)
      check(x);
  if (auto one = parse_ac(text))
    check(*one);
  return 0;
}
