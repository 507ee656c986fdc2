/// Chains in PEM, certificates, names and requests in DER. Each CA of the input is trusted, so that
/// mutations reach the rules behind the signatures. A refusal must say why, an identity must not be
/// a proxy's, what is printed must read back.
#include "protocols/gsi/authority.hpp"
#include "protocols/gsi/verify.hpp"
#include "tests/fuzz/must.hpp"

namespace {

using namespace trellis;
using namespace trellis::gsi;
using fuzz::must;

const instant now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};

void judge(const std::vector<certificate>& chain) {
  std::vector<certificate> cas;
  for (const auto& x : chain)
    if (x.is_ca())
      cas.push_back(x);
  auto judged = judge_chain(chain, trust_anchors::of(cas), now);
  if (auto no = std::get_if<refused_chain>(&judged)) {
    must(!no->why.text.empty() && word(no->rule) != "unknown", "refused without a reason");
    return;
  }
  const auto& who = std::get<verified_chain>(judged);
  must(!is_proxy(who.end_entity) && !who.end_entity.is_ca(), "nobody's identity");
  must(who.ends > now, "accepted behind its end");
  must(who.proxies < who.path.size(), "more proxies than certificates");
}

void read_names(std::string_view text) {
  if (auto x = dn::from_der(text))
    must(*dn::from_der(x->der()) == *x, "a name is not itself", x->slash());
  if (auto x = dn::parse_rfc4514(text))
    must(*dn::parse_rfc4514(x->rfc4514()) == *x, "RFC 4514 does not read back", x->rfc4514());
  if (auto x = dn::parse_slash(text)) {
    must(!x->empty() && x->size() <= dn::max_candidates, "no candidate, or too many", text);
    auto printed = x->front().slash();
    for (const auto* one : {&x->front(), &x->back()})
      must(may_mean(text, *one) && may_mean(printed, *one), "a candidate is none", text);
  }
}

void delegate(std::string_view text) {
  static const auto ca = *make_authority("Fuzz", now, std::chrono::days{10});
  static const credential owner{{ca.cert}, ca.key};
  if (auto chain = sign_delegation(owner, text, {}, now))
    must(chain->size() == 2 && is_proxy(chain->front()), "a delegation is no proxy");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  if (auto chain = parse_chain(text))
    judge(*chain);
  if (auto one = certificate::from_der(text)) {
    one->subject();
    judge({*one});
  }
  if (auto x = parse_credential(text))
    must(bool(parse_credential(credential_pem(*x))), "a credential does not read back");
  if (auto x = parse_proxy_cert_info(text))
    must(*parse_proxy_cert_info(to_der(*x)) == *x, "a ProxyCertInfo does not read back");
  read_names(text);
  delegate(text);
  return 0;
}
