#include "bin/replay/real_world.hpp"

#include "runtime/node/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace trellis::real {

using namespace scenario;
using namespace std::chrono_literals;

namespace {

/// The last line of its log.
std::string last_word(const node_process& x) {
  auto log = read_file(x.directory + ".log");
  if (!log || log->empty())
    return "it said nothing";
  while (!log->empty() && log->back() == '\n')
    log->pop_back();
  return log->substr(log->rfind('\n') + 1);
}

std::string how(int status) {
  return WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                             : fmt::format("exit code {}", WEXITSTATUS(status));
}

processes::settings process_settings(const real_world::settings& s) {
  processes::settings out;
  out.binary = s.node_binary;
  out.restart_pause = std::max<milliseconds>(s.by.real(5s), 100ms);
  out.fell = [](const node_process& x, int status) {
    fmt::print(stderr, "{} ended by itself with {} and is started again: {}\n", x.host.text(),
               how(status), last_word(x));
  };
  return out;
}

} // namespace

real_world::real_world(const story& told, settings s)
    : story_(told),
      settings_(std::move(s)), plan_{told, settings_.by, settings_.base,    nodes_of(told),
                                     {},   ::geteuid(),  settings_.node_log},
      nodes_(process_settings(settings_)) {
  plan_.pairs = pairs_of(plan_.nodes);
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i)
    nodes_.add(plan_.nodes[i].host, plan_.directory(i));
}

result<std::unique_ptr<real_world>> real_world::make(const story& told, settings s) {
  std::unique_ptr<real_world> out{
      new real_world{told, std::move(s)}
  };
  if (auto r = make_directories(out->plan_); !r)
    return r.why();
  if (auto r = out->open_relay(); !r)
    return r.why();
  for (auto& x : out->nodes_.all())
    out->nodes_.start(x);
  if (auto r = out->wait_for_all(); !r)
    return r.why();
  for (std::size_t i = 0; i < out->air_.size(); ++i)
    for (auto way : {relay::direction::forth, relay::direction::back})
      out->relay_->set(i, way, out->air_[i][static_cast<std::size_t>(way)]);
  return out;
}

result<done> real_world::open_relay() {
  auto made = relay::start(settings_.seed);
  if (!made)
    return made.why();
  relay_ = std::move(*made);
  for (std::size_t i = 0; i < plan_.pairs.size(); ++i) {
    const auto& p = plan_.pairs[i];
    auto led = relay_->lead(static_cast<std::uint16_t>(relay_port + i),
                            static_cast<std::uint16_t>(first_port + p.dialled));
    if (!led)
      return led.why();
    auto air = calm(plan_.nodes[p.dials].host, plan_.nodes[p.dialled].host);
    air_.push_back({air, air});
  }
  return done{};
}

node_process* real_world::playing(role which) {
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i)
    if (std::ranges::count(plan_.nodes[i].roles, which) > 0)
      return &nodes_.all()[i];
  return nullptr;
}

// --- the start -----------------------------------------------------------------------------------

std::string real_world::links_missing(std::size_t node) {
  auto& x = nodes_.all()[node];
  auto client = trellis::link::control_client::connect(x.socket(), 1s);
  if (!client)
    return client.why().text;
  auto status = client->call(role::node, node::get_status{}, 2s);
  if (!status)
    return status.why().text;
  for (const auto& row : status->links)
    if (!row.up)
      return fmt::format("the link between {} and {} is down: {}", x.host.text(), row.peer.text(),
                         row.last_error);
  return {};
}

std::string real_world::what_is_missing() {
  nodes_.look();
  for (const auto& x : nodes_.all())
    if (!x.answers)
      return fmt::format("{} does not answer: {}", x.host.text(), last_word(x));
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i)
    if (auto missing = links_missing(i); !missing.empty())
      return missing;
  auto* info = playing(role::info);
  if (!info)
    return {};
  auto client = trellis::link::control_client::connect(info->socket(), 1s);
  if (!client)
    return client.why().text;
  auto known = client->call(role::info, info::list_ces{}, 2s);
  if (!known)
    return known.why().text;
  if (known->ces.size() < story_.ces.size())
    return fmt::format("{} knows {} queues of {}", info->host.text(), known->ces.size(),
                       story_.ces.size());
  return {};
}

result<done> real_world::wait_for_all() {
  auto until = clock::now() + 30s + 2s * plan_.nodes.size();
  for (;;) {
    auto missing = what_is_missing();
    if (missing.empty())
      return done{};
    if (settings_.interrupted && settings_.interrupted())
      return error{errc::shutting_down, "interrupted"};
    if (clock::now() > until)
      return error{errc::timed_out, "the nodes did not come up: " + missing};
    std::this_thread::sleep_for(50ms);
  }
}

// --- links ---------------------------------------------------------------------------------------

namespace {

void apply(weather& to, scale by, bit_rate rate, milliseconds rtt) {
  if (rate.bits_s > 0)
    to.bytes_s = static_cast<double>(rate.bits_s) / 8 * by.speed;
  if (rtt.count() > 0)
    to.delay = std::chrono::microseconds{
        static_cast<std::int64_t>(static_cast<double>(rtt.count()) * 500 / by.speed)};
}

} // namespace

/// As the story began with.
weather real_world::calm(const host_name& a, const host_name& b) const {
  weather out;
  auto resent = static_cast<double>(std::chrono::microseconds{sent_again}.count());
  out.again = std::chrono::microseconds{static_cast<std::int64_t>(resent / settings_.by.speed)};
  auto meant = [&](const host_name& name, const host_name& node) {
    return std::ranges::count(nodes_meant(story_, {{}, {}, name}, true), node) > 0;
  };
  for (const auto& x : story_.links)
    if ((meant(x.a, a) && meant(x.b, b)) || (meant(x.b, a) && meant(x.a, b))) {
      apply(out, settings_.by, x.rate, x.rtt);
      if (x.loss.millionths > 0)
        out.lose = x.loss.value();
    }
  return out;
}

void real_world::act_on_way(const action& x, std::size_t pair, relay::direction way) {
  auto& air = air_[pair][static_cast<std::size_t>(way)];
  switch (x.what) {
  case verb::cut: // one way: the other still works, and nobody is told
    air.lose = 1;
    break;
  case verb::lose:
    air.lose = x.chance.value();
    break;
  case verb::slow:
    apply(air, settings_.by, x.rate, x.rtt);
    break;
  default: {
    const auto& p = plan_.pairs[pair];
    air = calm(plan_.nodes[p.dials].host, plan_.nodes[p.dialled].host);
  }
  }
  relay_->set(pair, way, air);
}

void real_world::act_on_links(const action& x, const std::vector<host_name>& from,
                              const std::vector<host_name>& to) {
  auto in = [](const std::vector<host_name>& all, const host_name& one) {
    return std::ranges::count(all, one) > 0;
  };
  for (std::size_t i = 0; i < plan_.pairs.size(); ++i) {
    const auto& dials = plan_.nodes[plan_.pairs[i].dials].host;
    const auto& dialled = plan_.nodes[plan_.pairs[i].dialled].host;
    auto forth = in(from, dials) && in(to, dialled), back = in(from, dialled) && in(to, dials);
    if (!forth && !back)
      continue;
    if (x.what == verb::cut && !x.one_way) {
      relay_->cut(i, true);
      continue;
    }
    if (x.what == verb::heal)
      relay_->cut(i, false);
    if (forth || !x.one_way)
      act_on_way(x, i, relay::direction::forth);
    if (back || !x.one_way)
      act_on_way(x, i, relay::direction::back);
  }
}

} // namespace trellis::real
