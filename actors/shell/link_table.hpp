#pragma once
/// The links of a node as a table.
#include "actors/shell/form.hpp"
#include "protocols/node/messages.hpp"

namespace trellis::shell {

view<node::link_row> link_view(form how);

} // namespace trellis::shell
