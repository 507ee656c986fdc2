#pragma once
/// One attempt of a job on this CE, from its hand-over until its files are released. It rebuilds
/// itself from its row; the CE's router is the only one that knows its handle.
#include "actors/ce/attempt.hpp"
#include "actors/ce/batch/batch_actor.hpp"
#include "runtime/edge/payload_proxy.hpp"
#include "runtime/interfaces/ce.hpp"
#include "runtime/interfaces/wms.hpp"
#include "runtime/node/children.hpp"
#include "runtime/node/context.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>

namespace trellis {

namespace attempt_life {

/// The WMS is alive: the lease runs so much longer from now.
struct renew {
  using stays_at_home = void;
  std::chrono::seconds time_left{0};
};

/// End it, for a reason that no letter brought.
struct end {
  using stays_at_home = void;
  ce::end_cause cause = ce::end_cause::stale;
  std::string reason;
};

/// Its WMS has said that it lives: for attempts of before a start.
struct confirmed {
  using stays_at_home = void;
};

struct tick {
  using stays_at_home = void;
};

/// To the router: the attempt is in this state now, and on disk so.
struct moved {
  using stays_at_home = void;
  ce::attempt_id attempt;
  ce::attempt_state state = ce::attempt_state::registered;
  double wall_s = 0;     // when it is over: how long it ran
  bool released = false; // its last word
};

} // namespace attempt_life

using attempt_listener = caf::typed_actor<told<attempt_life::moved>>;

using attempt_actor
    = caf::typed_actor<posted<ce::hand_over>, posted<ce::cancel_attempt>, posted<ce::token_answer>,
                       posted<ce::release>, asked<ce::read_file, chunk>, told<attempt_life::renew>,
                       told<attempt_life::end>, told<attempt_life::confirmed>, told<batch::news>,
                       told<attempt_life::tick>, asked<supervision::get_row, node::actor_row>>;

struct attempt_config {
  std::string refusal; // not empty: the attempt ends at once, with this reason
  std::chrono::seconds keep_output{7 * 24 * 3600};
  std::uint64_t order = 0;
  edge::trust_source trust; // who is believed; empty: nobody
};

class attempt_shell {
public:
  using pointer = attempt_actor::stateful_pointer<attempt_shell>;

  void start(pointer self, node_context ctx, attempt_config cfg, batch_actor queue,
             attempt_listener router);

  /// From its row, before the first message.
  void rebuild(ce::attempt_record row);

  caf::result<received> on_hand_over(letter<ce::hand_over>& x);
  caf::result<received> on_cancel(letter<ce::cancel_attempt>& x);
  caf::result<received> on_token(letter<ce::token_answer>& x);
  caf::result<received> on_release(letter<ce::release>& x);
  caf::result<chunk> on_read(const ce::read_file& x);
  void on_renew(const attempt_life::renew& x);
  void on_confirmed();
  void on_end(const attempt_life::end& x);
  void on_news(batch::news& x);
  void on_tick();
  node::actor_row on_row() const;

  static inline const char* name = "attempt";

private:
  using promise = caf::typed_response_promise<received>;

  ce::moment now() const;
  principal this_node() const;
  caf::result<received> accept(const receipt& x);

  /// Writes what changed, the letters and the receipt; then answers and goes on.
  caf::result<received> commit(ce::said what, const receipt* from);
  void write(store::step step, const ce::said& what, std::optional<promise> answer);
  void written(const ce::said& what);

  /// Whatever its present state asks for.
  void go_on();
  /// An attempt of before this start: is there anything of it?
  void look_for_session();
  void fetch();
  void fetch_piece(std::size_t file, std::uint64_t offset);
  void take_piece(std::size_t file, std::uint64_t offset, chunk& piece);
  void fetch_later(const error& why);
  void find_wms(std::function<void()> then, void (attempt_shell::*failed)(const error&));
  void fetch_proxy();
  void ask_proxy();
  void take_proxy(const gsi::private_key& key, const std::string& chain);
  void no_proxy(const error& why);
  void submit();
  void take(const std::vector<ce::worker_record>& records);
  void lose(std::string reason);
  void end_in_batch();
  void give_token();
  void drop_files();
  void start_lease(std::chrono::microseconds left);
  void watch_lease();
  void look_at_lease();
  void refuse(ce::failure_class why, std::string reason);
  void wake_in(std::chrono::milliseconds delay);
  void storage_failed(const caf::error& e);

  pointer self_ = nullptr;
  node_context ctx_;
  attempt_config cfg_;
  batch_actor queue_;
  attempt_listener router_;
  ce::attempt life_;
  std::string session_;
  wms_actor wms_;                                       // once found
  std::optional<steady_time> lease_until_, lease_tick_; // when it ends, and when we look
  std::optional<ce::moment> first_lease_;               // not written yet
  /// From a row, and its batch system was not asked yet; without a session it waits for its WMS: on
  /// an old backup it may be one that ran long ago.
  enum class surety : std::uint8_t { sure, not_asked, waits } sure_ = surety::sure;
  bool busy_ = false;       // a fetch or a submission is under way
  bool has_proxy_ = false;  // laid for the payload by this incarnation
  bool submitted_ = false;  // by this incarnation
  bool told_late_ = false;  // that it is not queued yet
  bool collecting_ = false; // the last step is under way
  std::chrono::milliseconds fetch_pause_{500};
};

attempt_actor::behavior_type attempt_from_letter(attempt_shell::pointer self, node_context ctx,
                                                 attempt_config cfg, batch_actor queue,
                                                 attempt_listener router);

attempt_actor::behavior_type attempt_from_row(attempt_shell::pointer self, node_context ctx,
                                              attempt_config cfg, batch_actor queue,
                                              attempt_listener router, ce::attempt_record row);

} // namespace trellis
