#pragma once
/// Attributes from a VO's server: where it is said in vomses files, asked over TLS with the user's
/// certificate, first by REST, then in the older words on the same port. The server's certificate
/// has to lead to a trust anchor, carry the host's name, and be the one that vomses names.
///
/// Errors: `not_found` for a VO that no vomses file knows, `denied` with the server's own sentence,
/// `unauthenticated` for a server that is not what it should be, `site_unreachable`, `timed_out`,
/// `malformed`.
#include "protocols/gsi/voms_ac.hpp"
#include "runtime/edge/user_files.hpp"

#include <string>
#include <vector>

namespace trellis::edge {

/// "biomed", "biomed:/biomed/prod", "biomed:/biomed/prod/Role=operator"; the same VO may come again
/// with more of its groups.
struct voms_wish {
  std::string alias; // of vomses: the VO's name, mostly
  std::vector<std::string> fqans;

  friend bool operator==(const voms_wish&, const voms_wish&) = default;
};

/// Errors: `usage`.
result<std::vector<voms_wish>> parse_voms_wishes(const std::vector<std::string>& words);

/// VOMS_USERCONF, ~/.glite/vomses, /etc/vomses, a file or a directory of files, all that are there;
/// or just `named`. A file that others may change is not used.
result<std::vector<gsi::voms_server>> find_voms_servers(const environment& of,
                                                        const std::string& named);

struct voms_answer {
  std::string ac;                    // DER
  std::vector<std::string> warnings; // of the server
};

/// What a server answered, by REST (`<voms>`) or in the older words (`<vomsans>`).
result<voms_answer> parse_voms_answer(std::string_view text);

/// Asks the servers of the VO one after the other until one answers.
result<voms_answer> ask_voms(const voms_wish& what, const std::vector<gsi::voms_server>& servers,
                             const gsi::credential& who, const user_files& trust,
                             std::chrono::seconds lifetime);

} // namespace trellis::edge
