#pragma once
/// What operators see of a server's VOs. Errors: `not_found` for a VO that is not there.
#include "actors/voms/membership.hpp"

namespace trellis::voms {

/// `where` is the server's host:port.
vo_list rows_of(const book& vos, const std::string& where);
result<user_list> users_of(const book& vos, const list_users& x);
result<fqan_list> fqans_of(const book& vos, const list_fqans& x);

/// One sentence for the audit log, without its subject: "grants /vo/a to /CN=alice".
std::string sentence(const act& x);

} // namespace trellis::voms
