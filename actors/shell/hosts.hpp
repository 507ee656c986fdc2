#pragma once
/// Nodes as operands: by host name, or the one that is attached.
#include "actors/shell/session.hpp"

namespace trellis::shell {

/// The role on the host that the first operand names; without one as `session::serving` finds it.
result<address> address_of(session& s, role which, const std::vector<std::string>& operands);

} // namespace trellis::shell
