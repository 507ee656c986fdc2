#pragma once
/// Links between simulated nodes, on the actor clocks of the systems they run in. Every frame is
/// encoded by one gateway and decoded by another. Order is kept within a connection, as TCP does.
/// All chance comes from one seed.
///
/// Where there are several systems (islands.hpp), each may run in a thread of its own: what their
/// nodes send one another waits for `cross`, and so does the end of a connection that one of them
/// closes. All else here is for the time between windows.
#include "protocols/names/host_name.hpp"
#include "runtime/link/gateway.hpp"
#include "runtime/node/random.hpp"

#include <caf/actor_clock.hpp>
#include <caf/fwd.hpp>

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace trellis::simulation {

/// What happens to frames. Chances are of one frame.
struct weather {
  std::chrono::milliseconds delay_least{5}, delay_most{45};
  double drop = 0;          // lost without a word, as a frozen peer does; the connection stays
  double repeat = 0;        // delivered twice
  std::uint64_t bits_s = 0; // of one connection; 0: no limit
};

/// Owns the wires, not the gateways. Must outlive no actor system: connections keep what they need.
class network {
public:
  network(caf::actor_system& grid, std::uint64_t seed, weather sky = {});
  network(const std::vector<caf::actor_system*>& islands, std::uint64_t seed, weather sky = {});
  ~network();

  /// Where a host's actors run; on the first island unless it is said.
  void put(const host_name& host, std::size_t island);

  /// A window may be so long: nothing that is sent in it arrives on another island before its end.
  /// Where a link is faster than 1 ms, what it carries from island to island takes that long.
  std::chrono::milliseconds window() const;

  /// After each window.
  void cross();

  /// `gate` is the gateway at `host` for `peer`. A pair is connected by `connect`.
  void attach(const host_name& host, const host_name& peer, gateway_actor gate);

  /// Both gateways get a new connection. Nothing happens when the pair is connected already, is
  /// cut,
  /// or when one of the two has no gateway for the other.
  void connect(const host_name& a, const host_name& b);
  void connect_all();

  using time_point = caf::actor_clock::time_point;

  /// Connects those again whose connection an end has closed, a second later. When to call it next.
  std::optional<time_point> dial_again();

  /// What is on the way is lost; both ends hear of it. No connection until `heal`.
  void cut(const host_name& a, const host_name& b);
  void heal(const host_name& a, const host_name& b);

  /// All links of a host: it was killed, or its uplink is gone. Its gateways are forgotten with
  /// `forget`, so that a restarted node can attach new ones.
  void cut_host(const host_name& host);
  void heal_host(const host_name& host);
  void forget(const host_name& host);

  bool connected(const host_name& a, const host_name& b) const;

  /// Of every way that has no weather of its own.
  weather& sky();

  /// Of the way from one host to another alone; a copy of the sky until it is changed.
  weather& way(const host_name& from, const host_name& to);

  /// As `x` from one to the other from now on; without it as the sky.
  void set_way(const host_name& from, const host_name& to, std::optional<weather> x);

  struct counts {
    std::uint64_t sent = 0, delivered = 0, dropped = 0, repeated = 0;
  };

  counts count() const;

  struct shared; // with the connections

private:
  std::shared_ptr<shared> all_;
};

} // namespace trellis::simulation
