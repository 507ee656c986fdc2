#pragma once
/// A batch system that is not there: slots, queue, wrappers and session files in memory, on the
/// actor clock. It outlives the node that uses it, as a real one does; a node that comes back
/// submits what it has and hears all records again.
#include "actors/ce/batch/batch_actor.hpp"
#include "protocols/ce/attempt_hash.hpp"
#include "runtime/node/clock.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <map>
#include <memory>
#include <unordered_map>

namespace trellis::world {

/// How a payload behaves.
struct payload_plan {
  std::chrono::milliseconds runs{1'000};
  int exit_code = 0;
  std::string failed;    // a record instead of a payload: "before_payload Working directory ..."
  bool vanishes = false; // the machine dies under it: no further word
};

/// `/bin/sleep S [CODE]` runs S seconds and ends with CODE, `/bin/false` ends with 1; anything else
/// runs one second and ends well.
payload_plan plan_of(const ce::hand_over& task);

struct lrms_config {
  std::uint32_t slots = 4;
  std::chrono::milliseconds start_delay{500}; // from a free slot to the wrapper
  std::chrono::milliseconds end_delay{200};   // from a cancel to the end
  std::chrono::milliseconds token_wait{600'000};
  std::string worker = "wn1";
  bool line_by_line = false; // the CE looks at the records so often, else once for a moment's lines
  std::function<payload_plan(const ce::hand_over&)> plan = plan_of;
  node_clock clock{}; // of the worker nodes, by which leases end
};

enum class payload_step : std::uint8_t { wrapper, began, ended };

/// What a worker node sees, at this moment.
struct payload_news {
  payload_step what = payload_step::wrapper;
  const ce::hand_over& task;
  steady_time at;
};

/// What happened there, for tests and the oracle of a scenario.
struct lrms_facts {
  ce::by_attempt<int> wrappers, payloads;        // how often each began
  ce::by_job<int> running;                       // payloads of a job at this moment
  int most_of_one_job = 0;                       // payloads at once, over all time
  std::uint32_t busy = 0, waiting = 0;           // slots taken, and jobs that wait for one
  std::function<void(const payload_news&)> tell; // may be empty
  std::map<std::string, std::string> proxies;    // laid for payloads, by session
};

struct lrms_event {
  using stays_at_home = void;
  enum class kind {
    start,
    began,
    payload_over,
    token_over,
    cancelled,
    lease_over
  } what
      = kind::start;
  std::string session;
  std::uint64_t life = 0; // an event of an earlier life of the session is nothing
};

/// Somebody trips over the cable: the job is gone without a word. Or an operator holds it.
struct lrms_mishap {
  using stays_at_home = void;
  enum class kind { lose, hold, release } what = kind::lose;
  std::string session;
};

} // namespace trellis::world

namespace trellis {

using lrms_actor = batch_actor::extend<told<world::lrms_event>, told<world::lrms_mishap>>;

} // namespace trellis

namespace trellis::world {

class lrms_shell {
public:
  using pointer = lrms_actor::stateful_pointer<lrms_shell>;

  void start(pointer self, lrms_config cfg, std::shared_ptr<lrms_facts> facts);

  caf::result<batch::input_there> on_put(const batch::put_input& x);
  batch::done on_proxy(const batch::put_proxy& x);
  batch::submitted on_submit(batch::submit& x);
  batch::session_found on_find(const batch::find_session& x) const;
  batch::done on_renew(const batch::renew& x);
  batch::done on_token(const batch::answer_token& x);
  batch::done on_cancel(const batch::cancel& x);
  caf::result<chunk> on_read(const batch::read_file& x);
  batch::output_files on_list(const batch::list_output& x);
  batch::done on_remove(const batch::remove& x);
  batch::totals on_totals() const;
  void on_event(const lrms_event& x);
  void on_mishap(const lrms_mishap& x);
  std::uint64_t size_of(const std::string& session, const std::string& file) const;

  static inline const char* name = "lrms";

private:
  enum class phase { none, queued, starting, waiting, running, over };

  struct session {
    phase at = phase::none;
    std::uint64_t order = 0, life = 0;
    ce::hand_over task;
    batch_listener listener;
    std::string records, unread, gone; // of the records, those that nobody was told of
    std::map<std::string, std::string> files, output;
    std::optional<bool> token;
    std::optional<ce::moment> lease_until;
    bool held = false;
    payload_plan plan;
    steady_time ends{};           // of the payload that runs
    steady_time::duration left{}; // of one that is held
  };

  void start_next();
  void enqueue(const std::string& name, session& x);
  void watch_lease(const std::string& name, session& x);
  void hold(const std::string& name, session& x);
  void resume(const std::string& name, session& x);
  void tell_world(payload_step what, const session& x);
  steady_time now() const;
  void record(session& x, const std::string& line);
  void look(session& x);
  void happen(const lrms_event& e, session& x);
  void later(const std::string& name, session& x, lrms_event::kind what,
             std::chrono::milliseconds in);
  void begin_payload(const std::string& name, session& x);
  void end_payload(session& x, int code, std::string_view why);
  void payload_over(const session& x);
  void lose_payload(session& x, std::string why);
  void leave(session& x, std::string gone);
  void tell(session& x, batch::news::kind what, std::string text);

  pointer self_ = nullptr;
  lrms_config cfg_;
  std::shared_ptr<lrms_facts> facts_;
  std::unordered_map<std::string, session> sessions_;
  std::map<std::pair<std::uint64_t, std::string>, std::string> queue_; // by order
};

lrms_actor::behavior_type simulated_lrms(lrms_shell::pointer self, lrms_config cfg,
                                         std::shared_ptr<lrms_facts> facts);

} // namespace trellis::world
