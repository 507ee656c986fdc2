#include "runtime/link/rights.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::link {

std::uint32_t mask_of(const std::vector<role>& xs) {
  std::uint32_t mask = 0;
  for (auto x : xs)
    mask |= roles(x);
  return mask;
}

std::optional<error> check_hello(const hello& said, const peer_rights& rights) {
  if (said.version == 0)
    return error{errc::malformed,
                 fmt::format("the hello of {} names no protocol version", rights.host.text())};
  if (said.host != rights.host)
    return error{errc::denied, fmt::format("the certificate is of {}, the hello says {}",
                                           rights.host.text(), said.host.text())};
  if (said.birth.empty() || said.incarnation.empty())
    return error{errc::malformed,
                 fmt::format("the hello of {} names no store", rights.host.text())};
  return std::nullopt;
}

peer_rights narrowed(const peer_rights& rights, const hello& said) {
  auto out = rights;
  std::erase_if(out.roles, [&](role x) { return std::ranges::count(said.roles, x) == 0; });
  return out;
}

namespace {

std::optional<error> check_address(std::uint16_t type, const address& to, const crossing* row,
                                   const host_name& here) {
  if (!row)
    return error{errc::unknown_message, fmt::format("no message has number {:#06x} here", type)};
  if (to.host != here)
    return error{errc::no_such_address,
                 fmt::format("{} is not served by {}", text(to), here.text())};
  if (row->to != to.to)
    return error{errc::denied, fmt::format("message {:#06x} is for {}, not for {}", type,
                                           word(row->to), word(to.to))};
  return std::nullopt;
}

error may_not_send(std::uint16_t type, const peer_rights& rights) {
  return {errc::denied, fmt::format("{} may not send message {:#06x}: none of its roles may",
                                    rights.host.text(), type)};
}

} // namespace

result<passage> check_call(const call& in, const crossing* row, const host_name& here,
                           const peer_rights& rights) {
  if (auto bad = check_address(in.type, in.to, row, here))
    return *bad;
  if (row->senders & mask_of(rights.roles))
    return passage::by_role;
  if (row->senders & users)
    return passage::by_user;
  return may_not_send(in.type, rights);
}

std::optional<error> check_parcel(const parcel& in, const crossing* row, const host_name& here,
                                  const peer_rights& rights) {
  if (auto bad = check_address(in.type, in.to, row, here))
    return bad;
  if (row->senders & mask_of(rights.roles))
    return std::nullopt;
  return may_not_send(in.type, rights);
}

std::optional<error> admit(principal& who, passage how, const peer_rights& rights) {
  const auto& host = rights.host.text();
  if (who.kind == principal_kind::nobody)
    return error{errc::unauthenticated, fmt::format("{} does not say who asks", host)};
  if (who.kind == principal_kind::node && how == passage::by_role) {
    if (who.subject != host)
      return error{errc::denied, fmt::format("{} may not speak as node '{}'", host, who.subject)};
    std::erase(who.capabilities, "operator");
    return std::nullopt;
  }
  if (!rights.vos.contains(who.vo) && !rights.vos.contains("*"))
    return error{errc::denied, fmt::format("{} may not speak for VO '{}'", host, who.vo)};
  if (!rights.operators)
    std::erase(who.capabilities, "operator");
  if (how == passage::by_role)
    return std::nullopt;
  if (who.kind == principal_kind::node)
    return error{errc::denied, fmt::format("{} asks as a node what only users may ask", host)};
  if (who.kind == principal_kind::local_user)
    who.issuer = host; // whoever vouched there, here it is that node that vouches
  return std::nullopt;
}

} // namespace trellis::link
