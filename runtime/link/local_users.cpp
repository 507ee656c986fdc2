#include "runtime/link/local_users.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>

namespace trellis::link {

namespace {

std::string user_name(std::uint32_t uid) {
  std::vector<char> space(16'384);
  passwd entry{}, *found = nullptr;
  ::getpwuid_r(uid, &entry, space.data(), space.size(), &found);
  return found ? found->pw_name : "";
}

std::optional<std::uint32_t> user_number(const std::string& name) {
  std::vector<char> space(16'384);
  passwd entry{}, *found = nullptr;
  ::getpwnam_r(name.c_str(), &entry, space.data(), space.size(), &found);
  return found ? std::optional<std::uint32_t>{found->pw_uid} : std::nullopt;
}

std::optional<std::uint32_t> group_number(const std::string& name) {
  std::vector<char> space(65'536);
  ::group entry{}, *found = nullptr;
  ::getgrnam_r(name.c_str(), &entry, space.data(), space.size(), &found);
  return found ? std::optional<std::uint32_t>{found->gr_gid} : std::nullopt;
}

std::vector<std::uint32_t> groups_of(int fd) {
  std::vector<gid_t> groups(64);
  for (;;) {
    auto bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) == 0) {
      groups.resize(bytes / sizeof(gid_t));
      return {groups.begin(), groups.end()};
    }
    if (errno != ERANGE || groups.size() > 65'536)
      return {};
    groups.resize(groups.size() * 4);
  }
}

std::string lines_to_add(const peer_identity& who) {
  auto name = who.user.empty() ? fmt::format("user {}", who.uid) : who.user;
  return fmt::format("[[local_user]]\nuid = {}\ndn = \"/DC=local/CN={}\"\nvo = \"YOUR-VO\"\n",
                     who.uid, name);
}

} // namespace

result<peer_identity> identity_of(int fd) {
  ucred said{};
  socklen_t size = sizeof said;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &said, &size) != 0)
    return error{errc::internal, fmt::format("the kernel does not say who is at the socket: {}",
                                             std::strerror(errno))};
  return peer_identity{said.uid, said.gid, groups_of(fd), user_name(said.uid)};
}

std::vector<local_user_row> resolve(const std::vector<config::local_user>& rows,
                                    std::vector<std::string>& missing) {
  std::vector<local_user_row> out;
  for (const auto& row : rows) {
    local_user_row resolved{row.uid, std::nullopt, row};
    if (!row.user.empty())
      resolved.uid = user_number(row.user);
    if (!row.group.empty())
      resolved.gid = group_number(row.group);
    if (resolved.uid || resolved.gid)
      out.push_back(std::move(resolved));
    else
      missing.push_back(row.user.empty() ? "group " + row.group : "user " + row.user);
  }
  return out;
}

result<principal> principal_for(const peer_identity& who, const std::vector<local_user_row>& rows,
                                const host_name& here, const std::string& config_file) {
  auto in_group = [&](std::uint32_t gid) {
    return gid == who.gid || std::ranges::count(who.groups, gid) != 0;
  };
  auto row = std::ranges::find_if(rows, [&](const auto& x) { return x.uid == who.uid; });
  if (row == rows.end())
    row = std::ranges::find_if(rows, [&](const auto& x) { return x.gid && in_group(*x.gid); });
  if (row == rows.end())
    return error{errc::unauthenticated,
                 fmt::format("{} does not know the user with uid {} ({}); its operator can add to "
                             "{}:\n{}",
                             here.text(), who.uid, who.user, config_file, lines_to_add(who))};
  principal out;
  out.kind = principal_kind::local_user;
  out.issuer = here.text();
  out.subject = row->what.dn;
  out.vo = row->what.vo;
  out.fqans = row->what.fqans;
  if (row->what.is_operator)
    out.capabilities.push_back("operator");
  return out;
}

} // namespace trellis::link
