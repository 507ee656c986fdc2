#include "actors/shell/hosts.hpp"

namespace trellis::shell {

result<address> address_of(session& s, role which, const std::vector<std::string>& operands) {
  if (operands.empty())
    return s.serving(which);
  auto host = host_name::parse(operands.front());
  if (!host)
    return error{errc::usage, host.why().text};
  return address{which, *host, 0};
}

} // namespace trellis::shell
