/// Files of trust: signing_policy, namespaces, LSC, vomses, certificates and CRLs of a hash-link
/// directory. The first byte picks which.
#include "protocols/gsi/fqan.hpp"
#include "protocols/gsi/name_policy.hpp"
#include "protocols/gsi/vomsdir.hpp"
#include "tests/fuzz/must.hpp"

namespace {

using namespace trellis;
using namespace trellis::gsi;
using fuzz::must;

void read_policy(const result<name_policy>& x) {
  if (!x) {
    must(!x.why().text.empty(), "refused without a reason");
    return;
  }
  for (const auto& rule : x->rules)
    x->permits(rule.issuer, "/C=XX/O=Grid/OU=aaaaaaaaaaaaaaaaaaaaaaaa/CN=aaaaaaaaaaaaaaaaaaaaaab");
  must(!name_policy{}.permits("/CN=a", "/CN=b"), "no rule permits nothing");
}

void read_servers(std::string_view text) {
  if (auto all = parse_vomses(text))
    for (const auto& x : *all)
      must(is_vo_name(x.vo) && is_server_host(x.host) && x.port > 0, "no server", vomses_line(x));
}

void read_lsc(std::string_view text) {
  if (auto all = parse_lsc(text))
    for (const auto& chain : *all)
      must(!chain.empty(), "an empty chain is trusted");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  switch (data[0] % 7) {
  case 0:
    read_policy(parse_signing_policy(text));
    break;
  case 1:
    read_policy(parse_namespaces(text));
    break;
  case 2:
    read_lsc(text);
    break;
  case 3:
    read_servers(text);
    break;
  case 4:
    if (auto x = fqan::parse(text))
      must(*fqan::parse(x->long_text()) == *x, "an FQAN does not read back", text);
    break;
  case 5:
    trust_anchors::load(
        {
            {"0.0",  std::string{text}},
            {"0.r0", std::string{text}}
    },
        {});
    break;
  default:
    vomsdir::load({
        {"vo/a.lsc", std::string{text}},
        {"vo/a.pem", std::string{text}}
    });
    break;
  }
  return 0;
}
