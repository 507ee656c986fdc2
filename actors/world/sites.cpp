#include "actors/world/sites.hpp"

#include "actors/ce/ce_actor.hpp"
#include "actors/info/info_actor.hpp"
#include "actors/lb/lb_actor.hpp"
#include "actors/wms/sandbox_actor.hpp"
#include "actors/wms/wms_actor.hpp"
#include "runtime/interfaces/crossings.hpp"
#include "runtime/link/links.hpp"
#include "runtime/link/post_actor.hpp"
#include "runtime/node/store_actor.hpp"
#include "runtime/node/supervision.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

namespace trellis::world {

using namespace std::chrono_literals;
using std::chrono::duration_cast;

namespace {

caf::strong_actor_ptr pointer_to(const auto& x) {
  return caf::actor_cast<caf::strong_actor_ptr>(x);
}

/// A link's settings as weather; what it leaves open stays as the sky.
void apply(simulation::weather& to, const scenario::link& x) {
  if (x.rate.bits_s > 0)
    to.bits_s = x.rate.bits_s;
  if (x.rtt.count() > 0)
    to.delay_least = to.delay_most = x.rtt / 2;
  to.drop = x.loss.value();
  to.repeat = x.repeat.value();
}

bool is_central(const scenario::node_plan& x) {
  return x.ces.empty() && !x.roles.empty() && std::ranges::count(x.roles, role::ce) == 0;
}

} // namespace

/// Small stories are played step by step, and judged after each.
constexpr std::size_t nodes_of_one_island = 40, most_islands = 6;

std::size_t islands_for(const scenario::story& x) {
  return scenario::nodes_of(x).size() > nodes_of_one_island ? most_islands : 1;
}

sites::sites(simulation::islands& time, const scenario::story& story, std::uint64_t seed,
             planner plan)
    : time_(time), story_(story), seed_(seed), net_(time.systems(), seed) {
  for (auto& p : scenario::nodes_of(story)) {
    order_.push_back(p.host);
    auto& x = nodes_[p.host];
    in_order_.push_back(&x);
    x.plan = std::move(p);
    x.sandboxes = wms::memory_sandboxes();
  }
  deal_out();
  for (auto* node : in_order_) {
    auto& x = *node;
    for (auto i : x.plan.ces) {
      queue q;
      q.plan = i;
      lrms_config c;
      c.slots = story.ces[i].slots;
      c.start_delay = story.ces[i].start_delay;
      c.worker = "wn1." + x.plan.host.text();
      c.line_by_line = random_source{seed, "looks " + x.plan.host.text()}.below(8) == 0;
      c.clock = node_clock{first_moment, steady_time{}, x.skew};
      c.plan = [plan, i, &x](const ce::hand_over& task) { return plan(x, i, task); };
      auto lrms = home_of(x).system().spawn(simulated_lrms, std::move(c), q.facts);
      q.lrms = caf::actor_cast<batch_actor>(lrms);
      batch_systems_.push_back(pointer_to(lrms));
      x.queues.push_back(std::move(q));
    }
  }
  for (const auto& from : order_)
    for (const auto& to : order_)
      if (from != to)
        calm(from, to);
}

/// One island, in the middle, has no central node: some nodes are always dealt out.
void sites::deal_out() {
  std::vector<node*> others;
  std::size_t front = 0, back = time_.size();
  for (auto* x : in_order_)
    if (!is_central(x->plan) || front + 1 >= back)
      others.push_back(x);
    else if (front + back == time_.size())
      x->island = front++;
    else
      x->island = --back;
  for (std::size_t i = 0; i < others.size(); ++i)
    others[i]->island = front + i % (back - front);
  for (const auto* x : in_order_)
    net_.put(x->plan.host, x->island);
}

sites::~sites() {
  for (const auto& name : order_)
    kill(name);
  time_.end(std::move(batch_systems_));
}

const scenario::site* sites::site_of(const node& x) const {
  return scenario::site_of(story_, x.plan.host);
}

std::uint64_t sites::draw(const host_name& name) {
  return random_source{seed_, name.text() + std::to_string(++starts_)}.next();
}

// --- starting ------------------------------------------------------------------------------------

void sites::start_all() {
  for (const auto& name : order_)
    start(name);
}

void sites::start(const host_name& name) {
  auto& x = nodes_.at(name);
  if (x.up)
    return;
  x.up = true;
  x.fallen = false;
  x.starts_again.reset();
  spawn_core(x);
  if (x.fallen)
    return;
  spawn_roles(x);
  home_of(x).settle();
  reconnect(x);
}

void sites::reconnect(const node& x) {
  for (const auto& name : order_)
    if (name != x.plan.host && nodes_.at(name).up
        && !severed_.contains(std::minmax(name, x.plan.host)))
      net_.heal(x.plan.host, name);
}

void sites::spawn_core(node& x) {
  auto fresh = draw(x.plan.host);
  auto who = storage::identify(x.disk,
                               {fmt::format("{:016x}", fresh), fmt::format("{:016x}", fresh + 1)});
  if (!who) { // its disk is full
    x.fallen = true;
    return;
  }
  auto keep = [&x](const auto& actor) {
    x.actors.push_back(pointer_to(actor));
    return actor;
  };
  auto& system = home_of(x).system();
  auto root = keep(supervision::spawn_root(system, [&x](const std::string&) { x.fallen = true; }));
  auto watch = [&](std::string path, const caf::strong_actor_ptr& actor) {
    caf::anon_send(caf::actor_cast<caf::actor>(root), supervision::watched{std::move(path), actor});
  };
  auto names = keep(link::spawn_directory(system, x.plan.host));
  auto& c = x.context;
  c = {};
  c.host = x.plan.host;
  c.site = x.plan.site.text();
  c.birth = who->birth;
  c.incarnation = who->incarnation;
  c.rows = &x.disk;
  store_config to_disk;
  to_disk.engine = &x.disk;
  to_disk.self = *who;
  to_disk.disk_time = disk_time;
  c.store = keep(spawn_store(system, to_disk, true));
  watch("store", pointer_to(c.store));
  c.directory = names;
  c.clock = node_clock{first_moment, steady_time{}, x.skew};
  c.seed = fresh;
  c.simulated = true;
  auto post = keep(spawn_post(system, c));
  watch("post", pointer_to(post));
  link::links_config links;
  links.credit = 64; // little, so that its bound is reached
  links.roles = x.plan.roles;
  if (!x.queues.empty() && std::ranges::count(links.roles, role::ce) == 0)
    links.roles.push_back(role::ce);
  std::set<std::string> vos;
  for (const auto& vo : story_.vos)
    vos.insert(vo.name);
  for (const auto& [host, other] : nodes_)
    if (host != x.plan.host) {
      auto roles = other.plan.roles;
      if (!other.queues.empty() && std::ranges::count(roles, role::ce) == 0)
        roles.push_back(role::ce);
      links.peers.push_back({host, other.plan.site.text(), std::move(roles), vos, false});
    }
  for (auto& [peer, gate] : link::spawn_gateways(system, c, names, links, post)) {
    net_.attach(x.plan.host, peer, gate);
    keep(gate);
    watch("gateway/" + peer.text(), pointer_to(gate));
  }
}

void sites::spawn_roles(node& x) {
  for (auto which : {role::lb, role::info, role::wms, role::ce})
    if (std::ranges::count(x.plan.roles, which) > 0 || (which == role::ce && !x.queues.empty()))
      spawn_role(x, which);
}

void sites::spawn_role(node& x, role which) {
  auto make = [this, &x, which] {
    auto child = spawn_child(x, which);
    x.actors.push_back(child);
    return child;
  };
  auto supervisor
      = supervision::spawn_supervisor(home_of(x).system(), std::string{word(which)}, make);
  x.actors.push_back(supervisor);
  x.roles[which] = supervisor;
  caf::anon_send(caf::actor_cast<caf::actor>(x.actors.front()),
                 supervision::watched{std::string{word(which)}, supervisor, true});
  caf::anon_send(x.context.directory, directory::serve{which, 0, supervisor});
}

namespace {

ce_config ce_settings(const node& x, const scenario::story& story) {
  ce_config out;
  for (const auto& q : x.queues) {
    const auto& plan = story.ces[q.plan];
    ce_queue to;
    to.name = plan.queue;
    to.lrms = plan.batch;
    to.slots = plan.slots;
    to.vos = plan.vos;
    to.software = plan.software;
    if (plan.max_wall.count() > 0)
      to.max_wall = std::chrono::ceil<std::chrono::minutes>(plan.max_wall);
    if (plan.max_waiting > 0)
      to.max_waiting = plan.max_waiting;
    to.memory_mib = plan.memory.bytes >> 20;
    to.batch = [lrms = q.lrms](caf::local_actor&) { return lrms; };
    out.queues.push_back(std::move(to));
  }
  out.advertise_to = scenario::playing(story, role::info);
  return out;
}

wms::wms_config wms_settings(const node& x, const scenario::story& story,
                             const scenario::site* site) {
  wms::wms_config out;
  out.lb = scenario::lb_of(story, x.plan.host);
  out.sandbox = x.sandboxes;
  for (const auto& vo : story.vos)
    out.shares.shares[vo.name] = vo.share;
  if (!site)
    return out;
  if (site->lease.count() > 0)
    out.lease = std::chrono::ceil<std::chrono::seconds>(site->lease);
  if (site->allowed_skew.count() > 0)
    out.allowed_skew = std::chrono::ceil<std::chrono::seconds>(site->allowed_skew);
  if (site->half_life.count() > 0)
    out.shares.half_life_s = std::chrono::ceil<std::chrono::seconds>(site->half_life).count();
  if (site->max_waiting > 0)
    out.max_waiting = site->max_waiting;
  out.grant_in_advance = !site->ask_token;
  return out;
}

} // namespace

caf::strong_actor_ptr sites::spawn_child(node& x, role which) {
  auto& system = home_of(x).system();
  switch (which) {
  case role::lb: {
    lb_config lb;
    for (const auto& [host, other] : nodes_)
      if (host != x.plan.host && !other.queues.empty())
        lb.peers[host] = roles(role::ce);
    for (const auto& [host, other] : nodes_)
      if (host != x.plan.host && std::ranges::count(other.plan.roles, role::wms) > 0)
        lb.peers[host] |= roles(role::wms);
    return pointer_to(spawn_lb(system, x.context, std::move(lb)));
  }
  case role::info:
    return pointer_to(system.spawn(info::info, x.context, info::info_config{}));
  case role::wms:
    return pointer_to(system.spawn(wms::wms, x.context, wms_settings(x, story_, site_of(x))));
  default:
    return pointer_to(system.spawn(computing_element, x.context, ce_settings(x, story_)));
  }
}

// --- ending --------------------------------------------------------------------------------------

void sites::kill(const host_name& name) {
  auto& x = nodes_.at(name);
  if (!std::exchange(x.up, false))
    return;
  net_.cut_host(name);
  net_.forget(name);
  x.disk.crash();
  x.roles.clear();
  for (auto& actor : std::exchange(x.actors, {}))
    caf::anon_send_exit(actor, caf::exit_reason::kill);
  x.context = {};
  x.fallen = false;
  home_of(x).settle();
}

void sites::stop(const host_name& name) {
  auto& x = nodes_.at(name);
  if (!x.up)
    return;
  net_.cut_host(name);
  for (auto actor = x.actors.rbegin(); actor != x.actors.rend(); ++actor)
    caf::anon_send_exit(*actor, caf::exit_reason::user_shutdown);
  home_of(x).settle();
  std::vector<storage::change> nothing;
  (void)x.disk.commit(nothing, storage::durability::synced); // what an orderly end writes
  kill(name);
}

void sites::restore(const host_name& name) {
  auto& x = nodes_.at(name);
  if (!x.backup)
    return;
  kill(name);
  x.disk.restore(*x.backup);
  x.disk.fill(false); // a new one
  // A restored store draws an incarnation of its own (storage/meta.hpp).
  auto fresh = draw(name);
  (void)storage::renew_incarnation(x.disk, fmt::format("{:016x}", fresh));
  start(name);
}

std::optional<steady_time> sites::look_after() {
  std::optional<steady_time> next = net_.dial_again();
  for (auto* node : in_order_) {
    auto& x = *node;
    const auto& name = x.plan.host;
    if (x.up && x.fallen) {
      kill(name);
      x.starts_again = time_.now() + restart_pause;
    }
    if (!x.up && x.starts_again && *x.starts_again <= time_.now())
      start(name);
    if (x.starts_again && (!next || *x.starts_again < *next))
      next = x.starts_again;
  }
  return next;
}

// --- links ---------------------------------------------------------------------------------------

void sites::calm(const host_name& from, const host_name& to) {
  net_.set_way(from, to, std::nullopt);
  auto meant = [&](const host_name& name, const host_name& node) {
    return std::ranges::count(scenario::nodes_meant(story_, {{}, {}, name}, true), node) > 0;
  };
  for (const auto& x : story_.links)
    if ((meant(x.a, from) && meant(x.b, to)) || (meant(x.b, from) && meant(x.a, to)))
      apply(net_.way(from, to), x);
}

void sites::cut(const host_name& a, const host_name& b) {
  severed_.insert(std::minmax(a, b));
  net_.cut(a, b);
}

void sites::heal(const host_name& a, const host_name& b) {
  severed_.erase(std::minmax(a, b));
  if (nodes_.at(a).up && nodes_.at(b).up)
    net_.heal(a, b);
}

} // namespace trellis::world
