#pragma once
/// What the commands about proxies share: where the user's files are, a certificate with its key
/// opened by a passphrase, and times as people read them.
#include "actors/shell/session.hpp"
#include "protocols/gsi/proxy_facts.hpp"
#include "runtime/edge/user_files.hpp"

namespace trellis::shell {

edge::environment environment_of(session& s);

/// The option --file or --out, else where Globus tools look.
std::string proxy_file(session& s, const arguments& given, std::string_view option);

/// The certificate of --cert and --key, or the one that is found. Asks for the passphrase of a
/// locked key, or reads it from standard input with --pwstdin. Errors: `unauthenticated`, with the
/// file and what to do.
result<gsi::credential> open_certificate(session& s, const arguments& given);

/// "12h", "90min", or "12:30" for hours and minutes. Errors: `usage`.
result<std::chrono::seconds> parse_validity(std::string_view text);

/// "11:59:07"; "0:00:00" for what is over.
std::string time_left(gsi::instant ends, moment now);

gsi::instant to_instant(moment x);

/// A proxy as it is printed.
struct proxy_text {
  std::string path, subject, issuer, identity, type, strength;
  bool limited = false;
  std::chrono::sys_seconds ends{};
  std::int64_t timeleft = 0; // seconds

  struct vo {
    std::string name, server, uri;
    std::vector<std::string> fqans;
    std::vector<std::string> attributes; // name=value
    std::int64_t timeleft = 0;
  };

  std::vector<vo> vos;
  std::string trouble; // why attributes cannot be read
};
TRELLIS_INSPECT(proxy_text::vo, name, server, uri, fqans, attributes, timeleft)
TRELLIS_INSPECT(proxy_text, path, subject, issuer, identity, type, strength, limited, ends,
                timeleft, vos, trouble)

proxy_text text_of(const std::string& path, const gsi::proxy_facts& x, moment now);

/// One line for each fact, as `key : value`.
std::string proxy_block(const proxy_text& x, const surroundings& world);

} // namespace trellis::shell
