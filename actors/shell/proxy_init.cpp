#include "actors/shell/commands.hpp"
#include "actors/shell/own_proxy.hpp"
#include "actors/shell/times.hpp"
#include "runtime/edge/voms_client.hpp"
#include "runtime/node/trust_files.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("--valid", "TIME", "How long the proxy lasts, as 12h or 12:30; 12h by default."),
    flag("--limited", "A limited proxy: it moves data, and may not submit jobs."),
    option("--voms", "VO", "Attributes of VO, or VO:/VO/GROUP/Role=ROLE; may be repeated."),
    option("--vomses", "PATH", "Where VOMS servers are named, in place of the usual files."),
    option("--cert", "FILE", "The certificate, in PEM or PKCS #12 (.p12), in place of the usual."),
    option("--key", "FILE", "The key of --cert."),
    option("--out", "FILE", "Where the proxy goes."),
    option("--path-length", "N", "At most so many proxies may be made from this one."),
    flag("--pwstdin", "Read the passphrase of the key from standard input."),
    flag("--dry-run", "Say what would be written where."),
};

/// The AC of each VO, joined for the proxy.
result<std::string> attributes(session& s, const arguments& given, const gsi::credential& from,
                               std::chrono::seconds valid) {
  auto wishes = edge::parse_voms_wishes(given.all("--voms"));
  if (!wishes || wishes->empty())
    return wishes ? std::string{} : result<std::string>{wishes.why()};
  auto env = environment_of(s);
  auto servers = edge::find_voms_servers(env, given.text_or("--vomses", ""));
  if (!servers)
    return servers.why();
  auto trust = edge::find_user_files(env, s.world().user_id());
  std::vector<std::string> acs;
  for (const auto& wish : *wishes) {
    auto answer = edge::ask_voms(wish, *servers, from, trust, valid);
    if (!answer)
      return answer.why();
    for (const auto& warning : answer->warnings)
      s.err() << fmt::format("{}: {}: {}\n", s.program, wish.alias, warning);
    acs.push_back(std::move(answer->ac));
  }
  return gsi::ac_sequence(acs);
}

result<gsi::new_proxy> wish_of(session& s, const arguments& given, const gsi::credential& from) {
  gsi::new_proxy wish;
  auto valid = parse_validity(given.text_or("--valid", "12h"));
  if (!valid)
    return valid.why();
  wish.lifetime = *valid;
  if (given.flag("--limited"))
    wish.policy = gsi::proxy_policy::limited;
  if (auto n = given.text("--path-length")) {
    if (n->empty() || n->size() > 2 || n->find_first_not_of("0123456789") != n->npos)
      return error{errc::usage, fmt::format("'{}' is no path length: expected 0 to 99", *n)};
    wish.path_length = static_cast<std::uint32_t>(std::stoul(*n));
  }
  auto acs = attributes(s, given, from, *valid);
  if (!acs)
    return acs.why();
  wish.acs = *std::move(acs);
  return wish;
}

int run(session& s, const arguments& given) {
  auto from = open_certificate(s, given);
  if (!from)
    return s.fail(from.why(), from.why().code == errc::unauthenticated
                                  ? "put your certificate there, or name it: --cert FILE --key FILE"
                                  : "");
  auto path = proxy_file(s, given, "--out");
  if (given.flag("--dry-run")) {
    s.out() << fmt::format("would make a proxy of {} in {}\n", from->leaf().subject(), path);
    return 0;
  }
  auto wish = wish_of(s, given, *from);
  if (!wish)
    return s.fail(wish.why());
  auto proxy = gsi::make_proxy(*from, *wish, to_instant(s.world().now()));
  if (!proxy)
    return s.fail({proxy.why().code, fmt::format("cannot make a proxy: {}", proxy.why().text)},
                  proxy.why().code == errc::expired ? "ask your CA for a new certificate" : "");
  if (auto saved = save_credential(path, *proxy); !saved)
    return s.fail(saved.why(), "choose another file: --out FILE");
  auto facts = gsi::facts_of(proxy->chain);
  if (facts.ends < to_instant(s.world().now()) + wish->lifetime)
    s.err() << fmt::format("{}: the proxy ends with the certificate it is made from, before the "
                           "time that was asked for\n",
                           s.program);
  auto text = text_of(path, facts, s.world().now());
  if (s.output() == form::json || s.output() == form::jsonl)
    print_json_line(s.out(), "trellis.proxy", 1, text);
  else if (s.output() == form::id)
    s.out() << path << '\n';
  else
    s.out() << fmt::format("{}: a {} of {}\nvalid until {}\n", path, text.type, text.identity,
                           block_time(s.world(), facts.ends));
  return 0;
}

} // namespace

const command proxy_init{
    .noun = "proxy",
    .verb = "init",
    .operands = "",
    .least = 0,
    .most = 0,
    .summary = "Make a proxy from one's certificate, with attributes of VOs where wished.",
    .example = "trellis proxy init --valid 24h --voms biomed:/biomed/Role=production",
    .options = options,
    .run = run,
    .more = "The certificate is looked for at X509_USER_CERT with X509_USER_KEY, "
            "~/.globus/usercert.pem with userkey.pem, ~/.globus/usercred.p12. The proxy goes to "
            "X509_USER_PROXY, else /tmp/x509up_uUID, as other tools expect it.",
};

} // namespace trellis::shell
