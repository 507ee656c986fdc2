#pragma once
/// The state of the L&B actor; for lb_actor.cpp and its other units alone. It owns the records
/// ahead of the disk (book_), the steps on their way, the early events and the watches.
#include "actors/lb/admission.hpp"
#include "actors/lb/lb_actor.hpp"
#include "actors/lb/lb_early_actor.hpp"
#include "actors/lb/lb_pages_actor.hpp"
#include "actors/lb/lb_steps_actor.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <set>
#include <unordered_map>

namespace trellis {

namespace lb {

/// Behind everything that has queued up by now.
struct flush {
  using stays_at_home = void;
};

/// Early events may have waited long enough.
struct look_at_early {
  using stays_at_home = void;
};

struct watch_over {
  using stays_at_home = void;
  std::uint64_t id = 0;
};

} // namespace lb

using lb_inner = lb_actor::extend<told<lb::flush>, told<lb::look_at_early>, told<lb::watch_over>>;

class lb_shell {
public:
  static inline const char* name = "lb";

  void start(lb_inner::stateful_pointer<lb_shell> self, node_context ctx, lb_config config);

  caf::result<lb::registered> on_register(lb::register_job& x);
  caf::result<received> on_letter(letter<lb::log>& x);
  caf::result<lb::logged> on_log(lb::log& x);
  caf::result<lb::job_status> on_status(const lb::get_status& x);
  caf::result<lb::job_list> on_list(lb::list_jobs& x);
  caf::result<lb::job_counts> on_count(const lb::count_jobs& x);
  caf::result<lb::event_list> on_events(const lb::get_events& x);
  caf::result<lb::changes> on_watch(const lb::watch& x);
  void on_flush();
  void on_early();
  void on_watch_over(std::uint64_t id);

private:
  struct watcher {
    caf::typed_response_promise<lb::changes> promise;
    std::string owner; // whose jobs, where none are named
    std::vector<job_id> jobs;
    std::uint64_t after = 0;
  };

  // --- logging ---
  lb::moment now() const;
  std::uint32_t roles_of(const host_name& host) const;
  lb::sender sender_of(const principal& who) const;
  result<done> take_in(const lb::sender& by, const lb::event& e, lb::logged& out);
  result<done> take_registration(const lb::sender& by, const lb::event& e, lb::logged& out);
  result<done> store(const lb::event& e, lb::moment arrived, lb::logged& out);
  void hold(const lb::sender& by, const lb::event& e, const error& why, lb::logged& out);
  result<done> release_early(const job_id& job);
  void refuse(const lb::sender& by, const lb::event& e, const error& why, lb::logged& out);
  void refuse_early(const storage::held_event& x);

  // --- steps ---
  bool anything_open() const { return book_->is_open() || !receipts_.empty(); }

  void arm();
  void send_flush();
  void ship();
  void on_committed(bool has_rows);
  void fail(const error& why);

  // --- queries ---
  result<done> readable(const principal& who, const job_id& job);
  result<lb::changes> news_for(const watcher& x);
  void finish(std::uint64_t id);
  void tell(std::vector<lb::news> told);

  lb_inner::stateful_pointer<lb_shell> self_ = nullptr;
  node_context ctx_;
  lb_config config_;
  std::optional<lb::job_book> book_;
  lb::steps steps_;
  lb::early_events early_;
  std::vector<receipt> receipts_;                              // of letters in the open step
  std::vector<caf::typed_response_promise<received>> letters_; // theirs
  std::deque<std::vector<caf::typed_response_promise<received>>> letters_on_way_;
  std::size_t last_step_ = 0; // events of the last step shipped
  std::size_t gathered_ = 0;  // events of the open step when its flush was last sent
  bool armed_ = false;
  bool failed_ = false;
  bool looking_ = false;
  std::uint64_t audits_ = 0;

  std::unordered_map<std::uint64_t, watcher> watches_;
  std::unordered_multimap<std::string, std::uint64_t> watches_by_job_, watches_by_owner_;
  std::uint64_t next_watch_ = 1;
  std::deque<lb::news> recent_;
  std::uint64_t told_arrival_ = 0; // everything up to it is on disk
};

} // namespace trellis
