#pragma once
/// The computing element of a node: it knows every attempt, finds the actor of each, refuses what
/// it cannot take, and tells the information supermarkets how its queues are.
///
/// It keeps no state of its own on disk but whether it drains; attempts own their rows. Restarted,
/// it finds the attempts in the rows and starts an actor for each that is not released.
#include "actors/ce/advertisement.hpp"
#include "actors/ce/attempt_actor.hpp"
#include "protocols/ce/attempt_hash.hpp"
#include "runtime/interfaces/info.hpp"

#include <functional>
#include <map>
#include <set>
#include <unordered_map>

namespace trellis {

struct ce_queue {
  std::string name = "default", lrms = "fork";
  std::uint32_t slots = 1;
  bool ask_totals = false;      // the batch system knows how many slots there are
  std::vector<std::string> vos; // none: everybody
  std::vector<std::string> software;
  std::chrono::minutes max_wall{72 * 60}, max_cpu{72 * 60};
  std::chrono::minutes given_wall{0}, given_cpu{0}; // to a job that asks for none; 0: nothing
  std::uint32_t max_waiting = 10'000;
  std::uint64_t memory_mib = 0;
  std::uint32_t smp_size = 1;
  /// Gives what runs its jobs: a child of the CE, so that both start anew together, or, in
  /// simulation, the one that is there.
  std::function<batch_actor(caf::local_actor& ce)> batch;
};

struct ce_config {
  std::vector<ce_queue> queues;
  std::uint16_t port = 8443; // in the CE's name
  std::chrono::seconds keep_output{7 * 24 * 3600};
  std::chrono::seconds keep_released{10 * 24 * 3600}; // the rows of attempts that are released
  std::chrono::seconds purge_every{3600};
  std::uint32_t max_attempts = 20'000; // not released; more are refused as busy
  std::vector<host_name> advertise_to; // nodes with an information supermarket
  std::chrono::milliseconds advertise_every{60'000}, advertise_least{500}, advertise_again{3'000};
  std::chrono::seconds advertisement_life{300};
  std::chrono::milliseconds inventory_every{60'000}, inventory_again{5'000};
  edge::trust_source trust; // by whom delegated proxies are judged; empty: none is accepted
};

namespace ce_life {

/// A full one comes at its period, the others when there is something to tell: an idle CE sleeps.
struct advertise_tick {
  using stays_at_home = void;
  bool full = false;
  steady_time when{}; // of others: a tick that is not the one waited for any more is nothing
};

struct inventory_tick {
  using stays_at_home = void;
  bool full = false;
};

struct purge_tick {
  using stays_at_home = void;
};

} // namespace ce_life

/// The interface of the role, and what the router's own attempts tell it.
using ce_router_actor = ce_actor::extend<told<attempt_life::moved>, told<ce_life::advertise_tick>,
                                         told<ce_life::inventory_tick>, told<ce_life::purge_tick>,
                                         asked<supervision::get_children, node::actor_rows>>;

class ce_shell {
public:
  using pointer = ce_router_actor::stateful_pointer<ce_shell>;

  ~ce_shell(); // a router that starts anew starts its attempts anew
  void start(pointer self, node_context ctx, ce_config cfg);

  caf::result<received> on_hand_over(letter<ce::hand_over>& x);
  caf::result<received> on_cancel(letter<ce::cancel_attempt>& x);
  caf::result<received> on_token(letter<ce::token_answer>& x);
  caf::result<received> on_release(letter<ce::release>& x);
  caf::result<ce::leases_renewed> on_renew(const ce::renew_leases& x);
  caf::result<chunk> on_read(const ce::read_file& x);
  caf::result<ce::attempt_rows> on_list(const ce::list_attempts& x) const;
  caf::result<ce::drained> on_drain(const ce::drain& x);
  void on_moved(const attempt_life::moved& x);
  void on_advertise_tick(const ce_life::advertise_tick& tick);
  void take_inventory(bool full);
  void purge_some();
  caf::result<node::actor_rows> on_children(const supervision::get_children& x);

  static inline const char* name = "ce";

private:
  struct entry {
    attempt_actor actor; // none: nothing is left to do
    host_name wms;
    std::size_t queue = 0;
    std::uint32_t cpus = 1;
    ce::attempt_state state = ce::attempt_state::registered;
    bool counted = false; // in the queue's figures
    bool released = false;
    std::string vo;
    ce::moment over{};    // of a released one: since when
    bool adopted = false; // from its row, and its WMS was not asked since
    /// As it was last renewed. A renewal that adds less than a tenth of the lease is let pass: it
    /// would cost a row here and a file in the session, and the lease ends early, never late.
    steady_time lease_until{};
  };

  struct queue_entry {
    ce_queue set_up;
    batch_actor batch;
    ce_id id;
    double mean_wall_s = 0;
    std::uint64_t serial = 0;
    bool news = true;
    std::set<host_name> missed; // supermarkets that could not be told the last
  };

  void rebuild();
  void adopt(ce::attempt_record row);
  std::string refusal_of(const ce::hand_over& x, std::size_t& queue) const;
  entry& spawn(const ce::hand_over& x);
  void mark_cancelled(const ce::early_cancel& x);
  caf::result<received> note_early_cancel(letter<ce::cancel_attempt>& x);
  caf::result<received> accept(const receipt& x, const ce::attempt_id& who, std::string_view what);
  ce::queue_state state_of(const queue_entry& x) const;
  void count(entry& x, ce::attempt_state to);
  void note_news(queue_entry& x, std::chrono::milliseconds in);
  void tick_in(std::chrono::milliseconds delay);
  void advertise(queue_entry& x, const std::set<host_name>& to);
  void ask_totals(queue_entry& x);
  void bound(ce::resources& needs, std::size_t queue) const;
  void confirm(const std::vector<ce::attempt_id>& asked, const std::vector<ce::attempt_id>& stale);
  void take_inventory_soon(const host_name& wms);
  void ask_inventory(const host_name& wms, std::vector<ce::attempt_id> mine);
  void attempt_down(const caf::actor_addr& who, const caf::error& why);

  pointer self_ = nullptr;
  node_context ctx_;
  ce_config cfg_;
  std::vector<queue_entry> queues_;
  ce::by_attempt<entry> attempts_;
  std::unordered_map<caf::actor_id, ce::attempt_id> by_actor_;

  struct figures {
    std::uint32_t running = 0, waiting = 0, cpus_running = 0, cpus_waiting = 0;
  };

  std::map<std::size_t, figures> figures_;
  std::set<host_name> inventory_due_; // beside the regular one
  bool inventory_soon_ = false;       // a tick for them is on its way
  std::optional<std::string> draining_;
  std::uint64_t next_order_ = 1;
  std::optional<steady_time> news_due_; // when the next tick for news comes
};

ce_router_actor::behavior_type computing_element(ce_shell::pointer self, node_context ctx,
                                                 ce_config cfg);

} // namespace trellis
