#include "actors/ce/batch/fork_actor.hpp"
#include "actors/ce/ce_actor.hpp"
#include "bin/roles.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

#include <filesystem>
#include <pwd.h>
#include <thread>

namespace trellis {
namespace {

using std::chrono::duration_cast;

/// Beside the node's own binary, unless the operator says where.
std::string starter_of(const config::node& x) {
  if (!x.ce.starter.empty())
    return x.path(x.ce.starter);
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "trellis-starter")
      .string();
}

process::file_owner owner_of(const std::string& user) {
  if (user.empty())
    return {};
  const auto* found = ::getpwnam(user.c_str()); // before the roles' threads ask for anything
  return found
             ? process::file_owner{static_cast<int>(found->pw_uid), static_cast<int>(found->pw_gid)}
             : process::file_owner{};
}

batch_config batch_of(const role_start& x, const config::queue& q, std::uint32_t slots) {
  batch_config out;
  out.queue = q.name;
  out.partition = q.partition;
  out.slots = slots;
  out.session_root = x.config.path(x.config.ce.sessions);
  out.starter = starter_of(x.config);
  out.owner = owner_of(x.config.ce.payload_user);
  out.limits.token_wait = duration_cast<std::chrono::seconds>(x.config.ce.token_wait);
  out.look = x.config.ce.poll;
  out.poll = x.config.ce.batch_poll;
  out.slurm_conf = x.config.ce.slurm_conf;
  out.payload_user = x.config.ce.payload_user;
  return out;
}

ce_queue queue_of(const role_start& x, const config::queue& q) {
  ce_queue out;
  out.name = q.name;
  out.lrms = q.lrms;
  out.slots = q.slots > 0 ? q.slots : std::max(1u, std::thread::hardware_concurrency());
  if (q.vos != std::vector<std::string>{"*"})
    out.vos = q.vos;
  out.max_wall = duration_cast<std::chrono::minutes>(q.max_wall);
  out.max_cpu = duration_cast<std::chrono::minutes>(q.max_cpu);
  out.max_waiting = q.max_waiting;
  // Files block, so each has a thread; linked, so that the CE and they start anew together.
  out.batch = [batch = batch_of(x, q, out.slots)](caf::local_actor& ce) {
    return batch_actor{ce.spawn<caf::linked + caf::detached>(fork_batch, batch)};
  };
  return out;
}

} // namespace

caf::strong_actor_ptr start_ce(const role_start& x) {
  ce_config to;
  std::filesystem::create_directories(x.config.path(x.config.ce.sessions));
  for (const auto& q : x.config.ce.queues)
    to.queues.push_back(queue_of(x, q));
  if (!x.config.listen.empty())
    to.port = x.config.listen.front().port;
  to.keep_output = duration_cast<std::chrono::seconds>(x.config.ce.keep_output);
  to.max_attempts = x.config.ce.max_attempts;
  to.advertise_every = x.config.info.advertise;
  to.advertisement_life = duration_cast<std::chrono::seconds>(x.config.info.lifetime);
  if (x.config.has(role::info))
    to.advertise_to.push_back(x.config.host);
  for (const auto& peer : x.config.peers)
    if (std::ranges::count(peer.roles, role::wms) + std::ranges::count(peer.roles, role::info) > 0)
      to.advertise_to.push_back(peer.host);
  auto router = x.system.spawn(computing_element, x.ctx, std::move(to));
  return caf::actor_cast<caf::strong_actor_ptr>(router);
}

} // namespace trellis
