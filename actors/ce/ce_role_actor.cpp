#include "actors/ce/ce_role_actor.hpp"

#include "actors/ce/batch/command_actor.hpp"
#include "actors/ce/batch/fork_actor.hpp"
#include "actors/ce/ce_actor.hpp"
#include "runtime/edge/wiring.hpp"
#include "runtime/log/log.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>

#include <array>
#include <filesystem>
#include <pwd.h>
#include <set>
#include <unistd.h>

namespace trellis {
namespace {

namespace fs = std::filesystem;

/// The account of payloads; -1 when it is the node's own.
process::file_owner owner_of(const std::string& user) {
  if (user.empty())
    return {};
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (!found || entry.pw_uid == 0) {
    log::error("ce-payload-user", "ce.payload_user '{}' is {}: no payload will start", user,
               found ? "root" : "no account here");
    return {};
  }
  if (entry.pw_uid == ::geteuid())
    return {};
  return {static_cast<int>(entry.pw_uid), static_cast<int>(entry.pw_gid)};
}

std::string starter_of(const config::node& node) {
  if (!node.ce.starter.empty())
    return fs::absolute(node.path(node.ce.starter)).string();
  std::error_code none;
  auto beside = fs::read_symlink("/proc/self/exe", none).parent_path() / "trellis-starter";
  if (fs::exists(beside, none))
    return beside.string();
  log::warn("ce-no-starter", "there is no trellis-starter at {}: payloads run without limits",
            beside.string());
  return {};
}

/// A directory that payloads can pass through but not list.
std::string session_root(const config::node& node) {
  auto path = fs::absolute(node.path(node.ce.sessions));
  std::error_code problem;
  fs::create_directories(path, problem);
  fs::permissions(path, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec,
                  problem);
  if (problem)
    log::error("ce-no-sessions", "cannot make {}: {}", path.string(), problem.message());
  return path.string();
}

/// A payload of another user has to get to its directory: the node's own is made passable, not
/// readable; what lies above it is somebody else's.
void open_way(const config::node& node, const std::string& root) {
  if (node.ce.payload_user.empty())
    return;
  std::error_code problem;
  for (fs::path at = root; at.has_relative_path(); at = at.parent_path()) {
    auto now = fs::status(at, problem).permissions();
    if ((now & fs::perms::others_exec) != fs::perms::none)
      continue;
    if (at == fs::absolute(node.directory))
      fs::permissions(at, fs::perms::group_exec | fs::perms::others_exec, fs::perm_options::add,
                      problem);
    else
      log::error("ce-sessions-closed",
                 "payloads run as {}, who cannot pass {}: open it, or put "
                 "ce.sessions elsewhere",
                 node.ce.payload_user, at.string());
  }
}

std::uint32_t processors() {
  return static_cast<std::uint32_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
}

template <class To>
To in(std::chrono::milliseconds x) {
  return std::chrono::duration_cast<To>(x);
}

/// Whoever may come here at all, for a queue that names nobody.
std::vector<std::string> everybody(const config::node& node) {
  std::set<std::string> out;
  for (const auto& x : node.peers)
    out.insert(x.vos.begin(), x.vos.end());
  for (const auto& x : node.local_users)
    if (!x.vo.empty())
      out.insert(x.vo);
  return {out.begin(), out.end()};
}

batch_config batch_of(const config::node& node, const config::queue& queue) {
  batch_config out;
  out.queue = queue.name;
  out.partition = queue.partition;
  out.slots = queue.slots;
  out.session_root = session_root(node) + "/" + queue.name;
  std::error_code problem;
  fs::create_directory(out.session_root, problem);
  open_way(node, out.session_root);
  out.starter = starter_of(node);
  out.owner = owner_of(node.ce.payload_user);
  out.payload_user = out.owner.uid < 0 ? "" : node.ce.payload_user;
  out.limits.token_wait = in<std::chrono::seconds>(node.ce.token_wait);
  out.limits.limit_memory = queue.lrms == "fork";
  out.look = node.ce.poll;
  out.poll = node.ce.batch_poll;
  out.slurm_conf = node.ce.slurm_conf;
  return out;
}

ce_queue queue_of(const config::node& node, const config::queue& queue) {
  ce_queue out;
  out.name = queue.name;
  out.lrms = queue.lrms;
  out.slots = queue.slots;
  auto all = queue.vos.empty() || queue.vos == std::vector<std::string>{"*"};
  out.vos = all ? everybody(node) : queue.vos;
  out.max_wall = in<std::chrono::minutes>(queue.max_wall);
  out.max_cpu = in<std::chrono::minutes>(queue.max_cpu);
  // What the operator of a partition set there holds, unless something is said here.
  auto partition = ce::batch::batch_system_of(queue.lrms) != nullptr;
  if (!partition || queue.max_wall != config::queue{}.max_wall)
    out.given_wall = out.max_wall;
  if (!partition || queue.max_cpu != config::queue{}.max_cpu)
    out.given_cpu = out.max_cpu;
  out.max_waiting = queue.max_waiting;
  out.smp_size = processors();
  out.memory_mib = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES))
                       * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))
                   >> 20;
  auto cfg = batch_of(node, queue);
  const auto* system = ce::batch::batch_system_of(queue.lrms);
  out.ask_totals = system && queue.slots == 0;
  out.batch = [cfg, system](caf::local_actor& ce) {
    constexpr auto how = caf::detached + caf::linked;
    return system ? caf::actor_cast<batch_actor>(ce.spawn<how>(command_batch, cfg, system))
                  : caf::actor_cast<batch_actor>(ce.spawn<how>(fork_batch, cfg));
  };
  return out;
}

/// Nobody is believed where nothing is set, or cannot be read.
edge::trust_source trust_of(const config::node& node) {
  if (node.edge.anchors.empty())
    return {};
  auto book = edge::open_trust(node);
  if (!book) {
    log::error("ce-no-trust", "delegated proxies are refused: {}", book.why().text);
    return {};
  }
  return [book = std::shared_ptr<edge::trust_book>{*std::move(book)}] { return book->now(); };
}

} // namespace

caf::strong_actor_ptr spawn_ce(const role_start& x) {
  const auto& node = x.config;
  ce_config cfg;
  auto queues = node.ce.queues;
  if (queues.empty())
    queues.emplace_back().name = "default";
  for (auto& queue : queues) {
    if (queue.slots == 0 && !ce::batch::batch_system_of(queue.lrms))
      queue.slots = processors();
    cfg.queues.push_back(queue_of(node, queue));
  }
  if (!node.listen.empty())
    cfg.port = node.listen.front().port;
  cfg.keep_output = in<std::chrono::seconds>(node.ce.keep_output);
  cfg.max_attempts = node.ce.max_attempts;
  cfg.trust = trust_of(node);
  cfg.advertise_every = node.info.advertise;
  cfg.advertisement_life = in<std::chrono::seconds>(node.info.lifetime);
  if (node.has(role::info))
    cfg.advertise_to.push_back(node.host);
  for (const auto& peer : node.peers)
    if (std::ranges::count(peer.roles, role::wms) + std::ranges::count(peer.roles, role::info) > 0)
      cfg.advertise_to.push_back(peer.host);
  return caf::actor_cast<caf::strong_actor_ptr>(
      x.system.spawn(computing_element, x.ctx, std::move(cfg)));
}

} // namespace trellis
