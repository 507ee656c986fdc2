#pragma once
/// A batch system that is driven by commands (rows of all.hpp). Records of the wrapper tell how a
/// job is; the batch system's list, asked for all jobs at once, tells of those that cannot speak:
/// held, cancelled elsewhere, ended with their machine. Runs on a thread of its own; commands run
/// in the pool.
///
/// In a session, beside what the wrapper knows: `submitting` (a submission was begun, its answer
/// may be lost: look before doing it again) and `local_id` (its answer).
#include "actors/ce/batch/all.hpp"
#include "actors/ce/batch/sessions_actor.hpp"
#include "runtime/process/process_actor.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace trellis {

namespace batch {

struct poll { // ask the batch system for its list
  using stays_at_home = void;
};

} // namespace batch

using command_batch_actor = batch_actor::extend<told<batch::changed>, told<batch::look_at>,
                                                told<batch::look>, told<batch::poll>>;

class command_shell {
public:
  using pointer = command_batch_actor::stateful_pointer<command_shell>;

  void start(pointer self, batch_config cfg, const ce::batch::batch_system* system);

  sessions& files() { return *sessions_; }

  caf::result<batch::submitted> on_submit(batch::submit& x);
  caf::result<batch::done> on_cancel(const batch::cancel& x);
  caf::result<batch::done> on_remove(const batch::remove& x);
  caf::result<batch::totals> on_totals();
  void on_changed(int number);
  void look_at(const std::string& session);
  void look();
  void poll();

  static inline const char* name = "batch";

private:
  using promise = caf::typed_response_promise<batch::submitted>;
  using time = std::chrono::steady_clock::time_point;
  template <class Do, class Fail>
  void run(ce::batch::command x, Do then, Fail failed);

  struct job {
    ce::batch::batch_job what;
    std::string local_id; // empty: not known yet
    std::vector<promise> waiting;
    bool held = false;
    std::optional<time> unseen; // since then the batch system does not show it alive
    std::string unseen_reason;
  };

  void find_or_submit(const std::string& session);
  void submit_now(const std::string& session);
  void has_id(const std::string& session, std::string local_id);
  void not_submitted(const std::string& session, const error& why);
  void compare(const std::vector<ce::batch::listed_job>& list);
  void compare(const std::string& session, job& of, const ce::batch::listed_job* seen);
  void gone(const std::string& session, std::string reason);
  void over(const std::string& session);
  void tell(const std::string& session, batch::news::kind what, std::string text);
  void poll_in(std::chrono::milliseconds delay);
  void cancel_in_batch(const std::string& local_id);

  pointer self_ = nullptr;
  batch_config cfg_;
  const ce::batch::batch_system* system_ = nullptr;
  process_actor pool_;
  std::unique_ptr<sessions> sessions_;
  std::map<std::string, job> jobs_;
  std::optional<time> next_poll_;
  bool polling_ = false;
};

command_batch_actor::behavior_type command_batch(command_shell::pointer self, batch_config cfg,
                                                 const ce::batch::batch_system* system);

} // namespace trellis
