#pragma once
/// Who a user of this machine is to the grid: the rows [[local_user]] of the configuration,
/// applied to
/// what the kernel says about the other end of the control socket.
#include "protocols/names/principal.hpp"
#include "runtime/node/config.hpp"

namespace trellis::link {

/// As the kernel vouches for it.
struct peer_identity {
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;
  std::string user; // its name here; may be empty
};

/// The other end of a connected local socket. Errors: `internal`.
result<peer_identity> identity_of(int fd);

/// A row with numbers in place of names.
struct local_user_row {
  std::optional<std::uint32_t> uid, gid;
  config::local_user what;
};

/// Rows whose user or group does not exist on this machine are left out; each is named in
/// `missing`.
std::vector<local_user_row> resolve(const std::vector<config::local_user>& rows,
                                    std::vector<std::string>& missing);

/// The first row that fits: rows of a user before rows of a group. Errors: `unauthenticated`, with
/// the
/// lines to add to `config_file`.
result<principal> principal_for(const peer_identity& who, const std::vector<local_user_row>& rows,
                                const host_name& here, const std::string& config_file);

} // namespace trellis::link
