#pragma once
/// A node as it runs: store, post, directory, gateways, its roles under their supervisors, control
/// socket and links. Started in this order, stopped in reverse.
///
/// Store, post, directory and gateways are never restarted alone: what others hold of them would no
/// longer be true. When one of them ends, or a role falls, the whole node falls.
#include "runtime/log/log.hpp"
#include "runtime/node/config.hpp"
#include "runtime/node/context.hpp"

#include <caf/fwd.hpp>

#include <memory>
#include <span>

namespace trellis {

/// A role is a row: how its actor starts. It is called again at each restart.
struct role_start {
  caf::actor_system& system;
  const node_context& ctx;
  const config::node& config;
};

struct role_service {
  role which{};
  caf::strong_actor_ptr (*spawn)(const role_start& x) = nullptr;
  bool has_children = false; // it understands supervision::get_children
};

/// How the node logs.
log::settings log_settings(const config::node& x);

class running_node {
public:
  /// Errors: `usage` for a role that this program does not have; those of the store, the
  /// certificates, the sockets. `fallen` may be called from any thread.
  static result<std::unique_ptr<running_node>> start(const config::node& config,
                                                     std::span<const role_service> roles,
                                                     const std::string& version,
                                                     std::function<void()> fallen);

  ~running_node();

  running_node(const running_node&) = delete;
  running_node& operator=(const running_node&) = delete;

  /// Reads the configuration again: new peers, local users and the log take effect at once, the
  /// rest at the next start. Certificates are read again by themselves when their files change.
  void reload();

  /// Stops everything within limits.stop. False: something did not end in time, and the process
  /// should exit without its destructors.
  bool stop();

private:
  struct parts;
  explicit running_node(std::unique_ptr<parts> x);
  std::unique_ptr<parts> parts_;
};

} // namespace trellis
