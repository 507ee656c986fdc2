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

namespace {

/// On its way to another island.
struct crossing {
  caf::actor_clock::time_point when;
  std::size_t island = 0;
  caf::strong_actor_ptr to;
  link::arrived what;
};

struct closing {
  pair which;
  std::uint64_t number = 0;
  std::string why;
};

/// What belongs to one island, and to the thread that runs it.
struct shore {
  caf::actor_system* system = nullptr;
  random_source chance;
  network::counts count{};
  std::vector<crossing> out{};
  std::vector<closing> closed{};
};

void schedule(shore& on, caf::actor_clock::time_point when, const caf::strong_actor_ptr& to,
              link::arrived what) {
  on.system->clock().schedule_message(
      when, to, caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, std::move(what)));
}

} // namespace

struct network::shared {
  std::vector<shore> shores;
  std::map<host_name, std::size_t> islands;
  weather sky;
  std::map<pair, weather> ways;                                   // from, to
  std::map<std::pair<host_name, host_name>, gateway_actor> gates; // host, peer
  std::map<pair, std::shared_ptr<line>> open;                     // the present connection
  std::set<pair> severed;
  std::map<pair, caf::actor_clock::time_point> dials; // after an end closed its connection
  std::uint64_t last_connection = 0;

  shared(const std::vector<caf::actor_system*>& all, std::uint64_t seed, weather first)
      : sky(first) {
    for (auto* x : all)
      shores.push_back({
          x, random_source{seed + shores.size(), "network"}
      });
  }

  caf::actor_clock::time_point now() const { return shores.front().system->clock().now(); }

  std::size_t island_of(const host_name& host) const {
    auto i = islands.find(host);
    return i == islands.end() ? 0 : i->second;
  }

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

  void close(const pair& which, const std::string& why) {
    end(which, why);
    dials[which] = now() + dial_pause;
  }
};

namespace {

/// One direction of a connection.
class wire : public link::connection {
public:
  wire(const std::shared_ptr<network::shared>& all, pair way, std::shared_ptr<const line> of,
       gateway_actor to)
      : all_(all), from_(all->island_of(way.first)), into_(all->island_of(way.second)),
        which_(pair_of(way.first, way.second)), way_(std::move(way)), line_(std::move(of)),
        to_(caf::actor_cast<caf::strong_actor_ptr>(std::move(to))) {}

  bool send(std::string frame, link::urgency) override {
    auto all = all_.lock();
    if (!all || closed_ || !line_->open)
      return false;
    auto& shore = all->shores[from_];
    ++shore.count.sent;
    const auto& sky = all->weather_of(way_);
    if (sky.drop > 0 && shore.chance.unit() < sky.drop) {
      ++shore.count.dropped; // and the sender cannot know
      return true;
    }
    frame.insert(frame.begin(), '\x01'); // a message of one frame
    if (sky.repeat > 0 && shore.chance.unit() < sky.repeat) {
      ++shore.count.repeated;
      deliver(shore, sky, frame);
    }
    deliver(shore, sky, std::move(frame));
    return true;
  }

  void taken(std::size_t) override {}

  void close(std::string_view why) override {
    auto all = all_.lock();
    if (!all || closed_ || !line_->open)
      return;
    if (all->shores.size() == 1)
      return all->close(which_, std::string{why});
    closed_ = true;
    all->shores[from_].closed.push_back({which_, line_->number, std::string{why}});
  }

private:
  void deliver(shore& here, const weather& sky, std::string message) {
    auto span = static_cast<std::uint64_t>((sky.delay_most - sky.delay_least).count()) + 1;
    auto delay = sky.delay_least + std::chrono::milliseconds{here.chance.below(span)};
    auto sent = here.system->clock().now();
    if (sky.bits_s > 0) {
      sent = std::max(sent, free_);
      sent += std::chrono::nanoseconds{message.size() * 8'000'000'000 / sky.bits_s};
      free_ = sent;
    }
    last_ = std::max(last_, sent + delay);
    ++here.count.delivered;
    link::arrived what{line_->number, std::move(message)};
    if (into_ == from_)
      schedule(here, last_, to_, std::move(what));
    else
      here.out.push_back({last_, into_, to_, std::move(what)});
  }

  std::weak_ptr<network::shared> all_;
  std::size_t from_, into_; // islands
  pair which_, way_;
  std::shared_ptr<const line> line_;
  caf::strong_actor_ptr to_;
  caf::actor_clock::time_point last_, free_; // the last arrival; when the line has sent what it has
  bool closed_ = false;                      // and the other end has not heard of it
};

} // namespace

network::network(caf::actor_system& grid, std::uint64_t seed, weather sky)
    : network(std::vector{&grid}, seed, sky) {}

network::network(const std::vector<caf::actor_system*>& islands, std::uint64_t seed, weather sky)
    : all_(std::make_shared<shared>(islands, seed, sky)) {}

network::~network() = default;

void network::put(const host_name& host, std::size_t island) { all_->islands[host] = island; }

std::chrono::milliseconds network::window() const {
  auto least = all_->sky.delay_least;
  for (const auto& [way, x] : all_->ways)
    if (all_->island_of(way.first) != all_->island_of(way.second))
      least = std::min(least, x.delay_least);
  return std::max(least, std::chrono::milliseconds{1});
}

void network::cross() {
  for (auto& from : all_->shores) {
    for (auto& x : from.out)
      schedule(all_->shores[x.island], std::max(x.when, all_->now()), x.to, std::move(x.what));
    from.out.clear();
  }
  for (auto& from : all_->shores)
    for (auto& x : std::exchange(from.closed, {}))
      if (auto i = all_->open.find(x.which); i != all_->open.end() && i->second->number == x.number)
        all_->close(x.which, x.why);
}

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
    if (i->second <= all_->now()) {
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

network::counts network::count() const {
  counts out;
  for (const auto& x : all_->shores) {
    out.sent += x.count.sent;
    out.delivered += x.count.delivered;
    out.dropped += x.count.dropped;
    out.repeated += x.count.repeated;
  }
  return out;
}

} // namespace trellis::simulation
