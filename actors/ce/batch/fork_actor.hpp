#pragma once
/// The batch system of a node that has none: so many slots, first come, first served. Each wrapper
/// is a process group that outlives the node; after a restart it is known again by its claim
/// (process number and birth). Runs on a thread of its own.
#include "actors/ce/batch/sessions_actor.hpp"
#include "runtime/process/launcher.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <set>

namespace trellis {

using fork_batch_actor = batch_actor::extend<told<batch::changed>, told<batch::look_at_changed>,
                                             told<batch::look_at>, told<batch::look>>;

class fork_shell {
public:
  using pointer = fork_batch_actor::stateful_pointer<fork_shell>;

  void start(pointer self, batch_config cfg);

  sessions& files() { return *sessions_; }

  caf::result<batch::submitted> on_submit(batch::submit& x);
  caf::result<batch::done> on_cancel(const batch::cancel& x);
  caf::result<batch::done> on_remove(const batch::remove& x);
  batch::totals on_totals() const;
  void on_changed(int number);
  void look_at(const std::string& session, bool regular);
  void look_at_changed();
  void look();

  static inline const char* name = "fork";

private:
  struct job {
    std::uint64_t order = 0;
    std::uint32_t cpus = 1;
    bool started = false;
    ce::hand_over task; // while it waits
    std::optional<ce::moment> lease_until;
    process::process_id wrapper;
    std::optional<std::chrono::steady_clock::time_point> kill_at;
  };

  void start_next();
  void start(const std::string& session, job& of);
  result<process::process_id> start_wrapper(const std::string& session, const std::string& script);
  void over(const std::string& session);
  void tell(const std::string& session, batch::news::kind what, std::string text);
  bool lives(const std::string& session, job& of);
  void kill_if_due(const std::string& session, job& of);

  pointer self_ = nullptr;
  batch_config cfg_;
  std::unique_ptr<sessions> sessions_;
  std::unordered_map<std::string, job> jobs_;
  std::map<std::pair<std::uint64_t, std::string>, bool> queue_; // waiting, in order
  std::unique_ptr<process::launcher> launcher_;                 // none where there is no starter
  std::vector<int> children_; // to be reaped; those of the launcher are not ours
  std::set<int> changed_;     // watches
  std::uint32_t busy_ = 0;
  bool open_ = false; // running jobs of before were given the time to be found again
};

fork_batch_actor::behavior_type fork_batch(fork_shell::pointer self, batch_config cfg);

} // namespace trellis
