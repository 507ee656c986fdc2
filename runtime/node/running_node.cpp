#include "runtime/node/running_node.hpp"

#include "protocols/gsi/random.hpp"
#include "runtime/edge/wiring.hpp"
#include "runtime/link/control_socket.hpp"
#include "runtime/link/post_actor.hpp"
#include "runtime/link/wiring.hpp"
#include "runtime/log/log.hpp"
#include "runtime/node/certificate_watch.hpp"
#include "runtime/node/files.hpp"
#include "runtime/node/invitation.hpp"
#include "runtime/node/node_actor.hpp"
#include "runtime/node/store_actor.hpp"
#include "runtime/node/supervision.hpp"
#include "storage/meta.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/scoped_actor.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

namespace trellis {

namespace {

using namespace std::chrono_literals;

std::string hex(const std::array<std::uint8_t, 16>& bytes) {
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::uint64_t drawn_seed() {
  std::uint64_t out = 0;
  for (auto byte : gsi::random_bytes16())
    out = (out << 8) ^ (out >> 56) ^ byte;
  return out;
}

/// One queue that workers wait for: those of work stealing poll, and an idle node, or short
/// processes beside a busy one, pay for that. Half of the processors: what blocks (store, files,
/// TLS) has threads of its own, and two workers that wait for each other's messages wake each
/// other for each of them.
void use_scheduler(caf::actor_system_config& config) {
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", std::max(1u, std::thread::hardware_concurrency() / 2));
}

} // namespace

log::settings log_settings(const config::node& x) {
  auto form = x.log_form == "text"   ? log::form::text
              : x.log_form == "json" ? log::form::json
                                     : log::form::automatic;
  return {*log::parse_level(x.log_level), form, x.host.text()};
}

struct running_node::parts {
  config::node config;
  std::shared_ptr<const config::node> shared_config; // for actors
  std::function<void()> fallen;
  std::unique_ptr<storage::engine> engine;
  caf::actor_system_config caf_config;
  std::unique_ptr<caf::actor_system> system;
  node_context ctx;
  link_directory_actor names;
  post_actor post;
  link::gateways gates;
  std::atomic<std::shared_ptr<const std::vector<link::local_user_row>>> users;
  user_gate_actor users_gate;
  std::unique_ptr<link::control_socket> control;
  edge::front_of_node front;
  edge::withdrawal_actor withdrawals; // null without a front
  std::unique_ptr<edge::metrics_port> metrics;
  std::unique_ptr<net::link_service> service;
  std::mutex peers_lock; // joins come from the threads of the links, reloads from the main one
  std::mutex joins_lock; // one at a time
  std::vector<supervision::watched> tree; // in the order of their start
  caf::strong_actor_ptr root;

  result<done> open_store();
  void start_core();
  result<done> start_roles(std::span<const role_service> roles);
  result<done> open_front();
  result<done> open_control();
  void use_users(const config::node& fresh);
  result<done> serve(role which, const caf::strong_actor_ptr& handle);
  void start_node_actor(const std::string& version);
  void watch(std::string path, const caf::strong_actor_ptr& who, bool supervisor = false,
             bool has_children = false);
  void add_peers(const config::node& fresh);
  void read_again();
  result<done> open_links();
  void end_links();
  std::string on_join(const std::string& request);
  bool end_actors(std::chrono::steady_clock::time_point until);
};

result<done> running_node::parts::open_store() {
  auto path = config.path(config.store);
  if (auto r = make_directory(path, 0700); !r)
    return r.why();
  auto opened = storage::open_rocksdb(path);
  if (!opened)
    return opened.why();
  engine = *std::move(opened);
  auto self = storage::identify(*engine, {hex(gsi::random_bytes16()), hex(gsi::random_bytes16())});
  if (!self)
    return self.why();
  ctx.birth = self->birth;
  ctx.incarnation = self->incarnation;
  return done{};
}

void running_node::parts::watch(std::string path, const caf::strong_actor_ptr& who, bool supervisor,
                                bool has_children) {
  tree.push_back({std::move(path), who, supervisor, has_children});
  caf::anon_send(caf::actor_cast<caf::actor>(root), tree.back());
}

void running_node::parts::start_core() {
  root = supervision::spawn_root(*system, [tell = fallen](const std::string&) { tell(); });
  ctx.host = config.host;
  ctx.site = config.site;
  ctx.directory_path = config.directory;
  ctx.rows = engine.get();
  ctx.seed = drawn_seed();
  auto wall = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  ctx.clock = node_clock{wall, system->clock().now()};
  store_config store;
  store.engine = engine.get();
  store.self = {ctx.birth, ctx.incarnation};
  store.limits.outbox_bytes_a_peer = config.limits.outbox_peer.bytes;
  ctx.store = spawn_store(*system, store, false);
  watch("store", caf::actor_cast<caf::strong_actor_ptr>(ctx.store));
  names = link::spawn_directory(*system, config.host);
  ctx.directory = names;
  watch("directory", caf::actor_cast<caf::strong_actor_ptr>(names));
  post = spawn_post(*system, ctx);
  watch("post", caf::actor_cast<caf::strong_actor_ptr>(post));
  add_peers(config);
}

void running_node::parts::add_peers(const config::node& fresh) {
  std::lock_guard guard{peers_lock};
  auto links = link::links_of(config);
  links.peers.clear();
  for (const auto& p : fresh.peers)
    if (!gates.contains(p.host))
      links.peers.push_back(link::rights_of(p));
  for (auto& [host, gate] : link::spawn_gateways(*system, ctx, names, links, post)) {
    watch("gateway/" + host.text(), caf::actor_cast<caf::strong_actor_ptr>(gate));
    gates[host] = gate;
    if (service)
      service->add_peer({host, fresh.peer_of(host)->connect});
    if (withdrawals && edge::is_voms(*fresh.peer_of(host)))
      caf::anon_send(withdrawals, edge::watch_server{host});
  }
}

void running_node::parts::read_again() {
  auto fresh = config::load(config.file);
  if (!fresh)
    return log::error("config-refused", "the old configuration stays in use: {}", fresh.why().text);
  log::set_up(log_settings(*fresh));
  use_users(*fresh);
  add_peers(*fresh);
  log::info("config-reloaded", "{} was read again; other settings wait for a restart", config.file);
}

/// On a thread of the links: the answer goes out, and the new peer may dial at once.
std::string running_node::parts::on_join(const std::string& request) {
  std::lock_guard guard{joins_lock};
  auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  bool joined = false;
  auto answer = accept_join(config, request, now, joined);
  if (joined) {
    log::info("node-joined", "a node joined with a token: see {}", config.file);
    read_again();
  } else
    log::warn("join-refused", "a node that wanted to join was refused");
  return answer;
}

result<done> running_node::parts::open_links() {
  auto gate = [this](const host_name& peer) {
    std::lock_guard guard{peers_lock};
    auto found = gates.find(peer);
    return found == gates.end() ? gateway_actor{} : found->second;
  };
  auto join = [this](std::string x) { return on_join(x); };
  auto started = link::start_links(config, gate, join, front.receive);
  if (!started)
    return started.why();
  std::lock_guard guard{peers_lock};
  service = *std::move(started);
  return done{};
}

/// A join may be under way: it uses the service under the lock, and is over when the service is.
void running_node::parts::end_links() {
  auto taken = [this] {
    std::lock_guard guard{peers_lock};
    return std::move(service);
  };
  taken().reset();
}

result<done> running_node::parts::serve(role which, const caf::strong_actor_ptr& handle) {
  caf::scoped_actor self{*system, true};
  result<done> out{done{}};
  self->request(names, 10s, directory::serve{which, 0, handle})
      .receive([](directory::serving) {}, [&](caf::error& e) { out = from_caf(e); });
  return out;
}

result<done> running_node::parts::start_roles(std::span<const role_service> roles) {
  supervision::restart_limit limit;
  limit.restarts = config.limits.restarts;
  for (auto which : config.roles) {
    auto row = std::find_if(roles.begin(), roles.end(),
                            [&](const role_service& x) { return x.which == which; });
    if (row == roles.end())
      return error{errc::usage,
                   fmt::format("{}: this program has no role {}", config.file, word(which))};
    auto make = [this, spawn = row->spawn] { return spawn({*system, ctx, config}); };
    auto path = std::string{word(which)};
    auto handle = supervision::spawn_supervisor(*system, path, make, limit);
    watch(path, handle, true, row->has_children);
    if (auto r = serve(which, handle); !r)
      return r;
  }
  return done{};
}

void running_node::parts::start_node_actor(const std::string& version) {
  node_actor_config c;
  c.version = version;
  c.roles = config.roles;
  c.links = names;
  c.post = post;
  c.root = root;
  c.clock_warn = config.limits.clock_warn;
  c.disk_low_bytes = config.limits.disk_low.bytes;
  c.files = shared_config;
  auto make = [this, c] {
    return caf::actor_cast<caf::strong_actor_ptr>(spawn_node_actor(*system, ctx, c));
  };
  auto handle = supervision::spawn_supervisor(*system, "node", make);
  watch("node", handle, true);
}

result<done> running_node::parts::open_front() {
  users_gate = link::spawn_user_gate(*system, ctx);
  watch("user-gate", caf::actor_cast<caf::strong_actor_ptr>(users_gate));
  if (!config.edge.anchors.empty()) {
    voms_actor voms;
    for (const auto& x : tree)
      if (x.path == word(role::voms))
        voms = caf::actor_cast<voms_actor>(x.who);
    auto opened = edge::open_front(config, users_gate, voms);
    if (!opened)
      return opened.why();
    front = *std::move(opened);
    withdrawals = edge::watch_withdrawals(*system, ctx, config, front.trust);
    watch("withdrawals", caf::actor_cast<caf::strong_actor_ptr>(withdrawals));
  } else if (config.has(role::voms))
    log::warn("voms-no-front", "nobody can ask the VOMS server: {} has no anchors in [edge]",
              config.file);
  auto monitored = edge::open_metrics(config, users_gate, front.house);
  if (!monitored)
    return monitored.why();
  metrics = *std::move(monitored);
  return done{};
}

void running_node::parts::use_users(const config::node& fresh) {
  std::vector<std::string> missing;
  auto rows = link::resolve(fresh.local_users, missing);
  for (const auto& name : missing)
    log::warn("local-user-missing", "{}: there is no {} on this machine", config.file, name);
  users = std::make_shared<const std::vector<link::local_user_row>>(std::move(rows));
}

result<done> running_node::parts::open_control() {
  use_users(config);
  link::control_config c;
  c.path = config.path(config.socket);
  c.greeting.host = config.host;
  c.greeting.site = config.site;
  c.greeting.roles = config.roles;
  c.open_calls = config.limits.open_calls;
  auto who = [this](const link::peer_identity& x) {
    return link::principal_for(x, *users.load(), config.host, config.file);
  };
  auto opened = link::control_socket::open(std::move(c), who, users_gate);
  if (!opened)
    return opened.why();
  control = *std::move(opened);
  return done{};
}

bool running_node::parts::end_actors(std::chrono::steady_clock::time_point until) {
  caf::scoped_actor self{*system, true};
  bool in_time = true;
  for (auto w = tree.rbegin(); w != tree.rend(); ++w) {
    self->monitor(w->who);
    caf::anon_send_exit(w->who, caf::exit_reason::user_shutdown);
    bool ended = false;
    auto left = std::max(until - std::chrono::steady_clock::now(), 1ns * 0);
    self->receive([&](caf::down_msg&) { ended = true; }, caf::after(left) >> [] {});
    if (!ended) {
      log::error("stop-forced", "{} did not end in time", w->path);
      self->demonitor(w->who->address());
      in_time = false;
    }
  }
  if (root)
    caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
  return in_time;
}

running_node::running_node(std::unique_ptr<parts> x) : parts_(std::move(x)) {}

running_node::~running_node() = default;

result<std::unique_ptr<running_node>> running_node::start(const config::node& config,
                                                          std::span<const role_service> roles,
                                                          const std::string& version,
                                                          std::function<void()> fallen) {
  auto certificates = load_node_certificates(config);
  if (!certificates)
    return certificates.why();
  auto x = std::make_unique<parts>();
  x->config = config;
  x->shared_config = std::make_shared<const config::node>(config);
  x->fallen = std::move(fallen);
  if (auto r = x->open_store(); !r)
    return r.why();
  use_scheduler(x->caf_config);
  x->system = std::make_unique<caf::actor_system>(x->caf_config);
  std::unique_ptr<running_node> out{new running_node{std::move(x)}};
  out->parts_->start_core();
  auto started = out->parts_->start_roles(roles);
  if (started)
    out->parts_->start_node_actor(version);
  if (started)
    started = out->parts_->serve(role::node, out->parts_->tree.back().who);
  if (started)
    started = out->parts_->open_front();
  if (started)
    started = out->parts_->open_links();
  if (started)
    started = out->parts_->open_control();
  if (started)
    return out;
  out->stop();
  return started.why();
}

void running_node::reload() { parts_->read_again(); }

bool running_node::stop() {
  auto until = std::chrono::steady_clock::now() + parts_->config.limits.stop;
  parts_->end_links(); // nobody new; then the roles may end
  parts_->control.reset();
  parts_->metrics.reset();
  bool in_time = parts_->end_actors(until);
  // Actors below the services may still be on their way out.
  while (in_time && parts_->system->registry().running() > 0) {
    std::this_thread::sleep_for(5ms);
    in_time = std::chrono::steady_clock::now() < until;
  }
  return in_time;
}

} // namespace trellis
