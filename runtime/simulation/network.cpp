#include "runtime/simulation/network.hpp"

#include "protocols/link/frames.hpp"

#include <caf/actor_system.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <set>

namespace trellis::simulation {

namespace {

using pair = std::pair<host_name, host_name>; // the lower name first

/// The one that dials waits so long after a connection was closed.
constexpr std::chrono::seconds dial_pause{1};

pair pair_of(const host_name& a, const host_name& b) { return a < b ? pair{a, b} : pair{b, a}; }

} // namespace

/// A connection; its two directions look here whether it is still there.
struct line {
  std::uint64_t number = 0;
  bool open = true;
};

struct network::shared {
  caf::actor_system& grid;
  random_source chance;
  weather sky;
  std::map<pair, weather> ways; // from, to
  counts count;
  std::map<std::pair<host_name, host_name>, gateway_actor> gates; // host, peer
  std::map<pair, std::shared_ptr<line>> open;                     // the present connection
  std::set<pair> severed;
  std::map<pair, caf::actor_clock::time_point> dials; // after an end closed its connection
  std::uint64_t last_connection = 0;

  shared(caf::actor_system& in, std::uint64_t seed, weather first)
      : grid(in), chance(seed, "network"), sky(first) {}

  const weather& weather_of(const pair& way) const {
    auto own = ways.find(way);
    return own == ways.end() ? sky : own->second;
  }

  void tell_down(const host_name& host, const host_name& peer, std::uint64_t number,
                 const std::string& why) {
    if (auto gate = gates.find({host, peer}); gate != gates.end())
      caf::anon_send(gate->second, link::link_down{number, why});
  }

  void end(const pair& which, const std::string& why) {
    auto i = open.find(which);
    if (i == open.end())
      return;
    i->second->open = false;
    auto number = i->second->number;
    open.erase(i);
    tell_down(which.first, which.second, number, why);
    tell_down(which.second, which.first, number, why);
  }
};

namespace {

/// One direction of a connection.
class wire : public link::connection {
public:
  wire(std::weak_ptr<network::shared> all, pair way, std::shared_ptr<const line> of,
       gateway_actor to)
      : all_(std::move(all)), which_(pair_of(way.first, way.second)), way_(std::move(way)),
        line_(std::move(of)), to_(caf::actor_cast<caf::strong_actor_ptr>(std::move(to))) {}

  bool send(std::string frame, link::urgency) override {
    auto all = all_.lock();
    if (!all || !line_->open)
      return false;
    ++all->count.sent;
    const auto& sky = all->weather_of(way_);
    if (sky.drop > 0 && all->chance.unit() < sky.drop) {
      ++all->count.dropped; // and the sender cannot know
      return true;
    }
    frame.insert(frame.begin(), '\x01'); // a message of one frame
    if (sky.repeat > 0 && all->chance.unit() < sky.repeat) {
      ++all->count.repeated;
      deliver(*all, sky, frame);
    }
    deliver(*all, sky, std::move(frame));
    return true;
  }

  void taken(std::size_t) override {}

  void close(std::string_view why) override {
    if (auto all = all_.lock(); all && line_->open) {
      all->end(which_, std::string{why});
      all->dials[which_] = all->grid.clock().now() + dial_pause;
    }
  }

private:
  void deliver(network::shared& all, const weather& sky, std::string message) {
    auto& clock = all.grid.clock();
    auto span = static_cast<std::uint64_t>((sky.delay_most - sky.delay_least).count()) + 1;
    auto delay = sky.delay_least + std::chrono::milliseconds{all.chance.below(span)};
    auto sent = clock.now();
    if (sky.bits_s > 0) {
      sent = std::max(sent, free_);
      sent += std::chrono::nanoseconds{message.size() * 8'000'000'000 / sky.bits_s};
      free_ = sent;
    }
    last_ = std::max(last_, sent + delay);
    ++all.count.delivered;
    link::arrived what{line_->number, std::move(message)};
    clock.schedule_message(
        last_, to_,
        caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, std::move(what)));
  }

  std::weak_ptr<network::shared> all_;
  pair which_, way_;
  std::shared_ptr<const line> line_;
  caf::strong_actor_ptr to_;
  caf::actor_clock::time_point last_, free_; // the last arrival; when the line has sent what it has
};

} // namespace

network::network(caf::actor_system& grid, std::uint64_t seed, weather sky)
    : all_(std::make_shared<shared>(grid, seed, sky)) {}

network::~network() = default;

void network::attach(const host_name& host, const host_name& peer, gateway_actor gate) {
  all_->gates[{host, peer}] = std::move(gate);
}

namespace {

void open_again(const std::shared_ptr<network::shared>& all, const pair& which) {
  const auto& [a, b] = which;
  auto here = all->gates.find({a, b}), there = all->gates.find({b, a});
  if (all->open.contains(pair_of(a, b)) || all->severed.contains(pair_of(a, b))
      || here == all->gates.end() || there == all->gates.end())
    return;
  auto number = ++all->last_connection;
  auto line = std::make_shared<simulation::line>(simulation::line{number});
  all->open[pair_of(a, b)] = line;
  auto out = std::make_shared<wire>(all, pair{a, b}, line, there->second);
  auto back = std::make_shared<wire>(all, pair{b, a}, line, here->second);
  caf::anon_send(here->second, link::link_up{number, out, "out", b.text()});
  caf::anon_send(there->second, link::link_up{number, back, "in", a.text()});
}

} // namespace

void network::connect(const host_name& a, const host_name& b) { open_again(all_, {a, b}); }

std::optional<network::time_point> network::dial_again() {
  std::optional<time_point> next;
  for (auto i = all_->dials.begin(); i != all_->dials.end();)
    if (i->second <= all_->grid.clock().now()) {
      open_again(all_, i->first);
      i = all_->dials.erase(i);
    } else {
      next = next ? std::min(*next, i->second) : i->second;
      ++i;
    }
  return next;
}

void network::connect_all() {
  for (const auto& [side, gate] : all_->gates)
    connect(side.first, side.second);
}

void network::cut(const host_name& a, const host_name& b) {
  all_->severed.insert(pair_of(a, b));
  all_->end(pair_of(a, b), "the link was cut");
}

void network::heal(const host_name& a, const host_name& b) {
  all_->severed.erase(pair_of(a, b));
  connect(a, b);
}

void network::cut_host(const host_name& host) {
  for (const auto& [side, gate] : all_->gates)
    if (side.first == host)
      cut(side.first, side.second);
}

void network::heal_host(const host_name& host) {
  for (const auto& [side, gate] : all_->gates)
    if (side.first == host)
      heal(side.first, side.second);
}

void network::forget(const host_name& host) {
  std::erase_if(all_->gates, [&](const auto& x) { return x.first.first == host; });
}

bool network::connected(const host_name& a, const host_name& b) const {
  return all_->open.contains(pair_of(a, b));
}

weather& network::sky() { return all_->sky; }

weather& network::way(const host_name& from, const host_name& to) {
  return all_->ways.try_emplace({from, to}, all_->sky).first->second;
}

void network::set_way(const host_name& from, const host_name& to, std::optional<weather> x) {
  if (x)
    all_->ways.insert_or_assign({from, to}, *x);
  else
    all_->ways.erase({from, to});
}

const network::counts& network::count() const { return all_->count; }

} // namespace trellis::simulation
