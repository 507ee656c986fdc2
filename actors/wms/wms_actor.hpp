#pragma once
/// Workload management of a node: the router. It holds an index of the living jobs, decides who
/// is matched next and where (fair_share.hpp, matchmaker.hpp), renews leases, and sends
/// everything that concerns one job to that job's actor, which alone writes the job's rows
/// (job_actor.hpp). It is rebuilt from the rows alone.
///
/// What users ask: wms_users_actor.cpp; who may ask what of a job, and proxies for their jobs:
/// wms_access_actor.cpp. Matching, leases and timers: wms_queue_actor.cpp. What is
/// old goes: wms_purge_actor.cpp.
#include "actors/wms/job_actor.hpp"
#include "actors/wms/proxy_actor.hpp"
#include "protocols/gacl/job_access.hpp"
#include "runtime/interfaces/info.hpp"
#include "runtime/interfaces/lb.hpp"
#include "storage/wms_jobs.hpp"

#include <memory>
#include <unordered_map>

namespace trellis::wms {

/// To oneself: look at the timers, or match.
struct wake {
  using stays_at_home = void;
  bool match = false;
};

using wms_router = wms_actor::extend<told<job_moved>, told<info::news>, told<wake>,
                                     asked<supervision::get_children, node::actor_rows>>;

/// What is known of a job without its rows. An idle job is one of these, a place in fair_share, and
/// perhaps a timer.
struct live_job {
  job_phase phase = job_phase::registering;
  bool matching = false; // chosen; its actor has not answered yet
  bool accepted = false; // the CE knows the attempt
  std::uint32_t vo = 0;  // an index
  fair_share::leaf leaf = 0;
  cluster_id cluster = 0; // of its request
  cluster_id queued = 0;  // the same, less the CEs that failed it
  std::uint32_t cpus = 1;
  std::uint32_t attempt = 0;
  std::uint64_t order = 0;
  std::chrono::seconds lease{0};
  steady_time heard{};       // the CE's lease ends at the latest one lease after this
  std::unique_ptr<ce_id> ce; // of a living attempt
  std::unique_ptr<std::string> trouble;
  job_actor actor;
  std::uint64_t sent = 0; // messages to `actor`
};

enum class timer : std::uint8_t {
  job_expires,
  job_retry,
  lease_ends,
  renew,
  register_again,
  subscribe,
  purge
};

struct wms_shell {
  wms_router::pointer self = nullptr;
  node_context ctx;
  std::shared_ptr<const wms_config> config;
  sandbox_actor files;
  proxy_actor proxies;
  std::optional<matchmaker> matching;
  std::optional<fair_share> shares;

  std::unordered_map<std::string, live_job> jobs; // by job id
  std::vector<std::string> vos;                   // all that ever had a job here
  std::map<steady_time, std::vector<std::pair<timer, std::string>>> timers;
  steady_time woken_at{}; // the wake-up that is on its way; the epoch: none
  bool match_soon = false, reopen = false;
  std::shared_ptr<const info::snapshot> market; // as it was matched against last
  steady_time market_at{};
  std::vector<std::string> fresh;            // idle since the last pass
  std::vector<matchmaker::verdict> verdicts; // by cluster, the last one
  std::uint64_t last_order = 0;     // of all jobs: microseconds of their acceptance, each once
  std::optional<random_source> ids; // of jobs

  /// Leases at one node.
  struct ce_host {
    std::set<std::string> jobs;
    bool lost = false; // then only probed: a call that may still arrive must not renew anything
    std::chrono::milliseconds period{0};
    steady_time next{};
  };

  std::map<std::string, ce_host> hosts;
  std::unordered_map<std::string, caf::strong_actor_ptr> handles; // by address
  std::map<std::string, std::vector<caf::typed_response_promise<submitted>>> submitting;

  static inline const char* name = "wms";

  // --- wms_actor.cpp
  ~wms_shell(); // its jobs end with it
  void start();
  void rebuild();
  steady_time now() const;
  ce::moment wall() const;
  ce::moment next_acceptance();
  std::int64_t wall_s() const;
  void find(const address& who, std::function<void(result<caf::strong_actor_ptr>)> then);
  void adopt(const job_terms& terms, const job_state& state);
  live_job& place(const job_terms& terms, const job_state& state);
  result<storage::wms_jobs::stored_job> load(const job_id& job) const;
  job_actor actor_of(const job_id& job, const storage::wms_jobs::stored_job* known = nullptr);
  void tell(const job_id& job, job_input what);
  void on_moved(job_moved& x);
  void put_idle(const std::string& id, live_job& x, const std::vector<host_name>& previous);
  void take_slot(live_job& x, const job_id& job, const ce_id& ce);
  void give_slot_back(const std::string& id, live_job& x, const job_id& job);
  void charge(const live_job& x, std::uint64_t slot_seconds);
  template <class T>
  caf::result<received> on_letter(letter<T>& x);
  template <class T>
  caf::result<received> refuse_letter(const letter<T>& x);
  caf::result<chunk> on_read_input(const read_input& x);
  caf::result<inventory_answer> on_inventory(const inventory& x);
  caf::result<node::actor_rows> on_children(const supervision::get_children& x);

  // --- wms_users_actor.cpp
  using submission = caf::typed_response_promise<submitted>;
  caf::result<submitted> on_submit(const submit& x);
  void take_job(const submit& x, const std::optional<kept_proxy>& proxy, submission answer);
  result<job_terms> terms_of(const submit& x, const std::optional<kept_proxy>& proxy,
                             submitted& answer);
  void save_submission(const std::string& request, job_terms terms, submitted answer);
  void adopt_registered(const job_terms& terms);
  void register_job(const job_terms& terms, std::function<void(std::optional<error>)> then);
  void undo_submission(const std::string& request, const job_terms& terms, const error& why);
  void answer_submission(const std::string& request, const result<submitted>& x);
  caf::result<input_taken> on_put_input(put_input& x);
  template <class Answer, class T>
  caf::result<Answer> on_own(const T& x, std::string_view doing,
                             std::optional<gacl::job_act> also = std::nullopt);
  caf::result<matches> on_list_match(const list_match& x);
  caf::result<explanation> on_why(const why& x);
  caf::result<output_files> on_list_output(const list_output& x);
  caf::result<chunk> on_read_output(const read_output& x);

  // --- wms_access_actor.cpp
  /// The job, if `who` owns it, is an operator, or its list lets them do `also`.
  result<storage::wms_jobs::stored_job>
  authorised(const principal& who, const job_id& job, std::string_view doing,
             std::optional<gacl::job_act> also = std::nullopt) const;
  caf::result<acl_set> on_set_acl(const set_acl& x);
  caf::result<job_acl> on_get_acl(const get_acl& x) const;
  caf::result<signed_proxy> on_sign_proxy(const sign_proxy& x);
  void look_at_expiry(const std::string& of, const job_id& job);

  // --- wms_queue_actor.cpp
  void at(steady_time when, timer what, const std::string& of);
  void wake_up_for(steady_time when);
  void on_wake(const wake& x);
  void fire(timer what, const std::string& of);
  void on_news(const info::news& x);
  void want_match();
  void match_pass();
  bool match_one();
  void tell_unmatched();
  std::optional<match_request> request_for(const job_id& job) const;
  void watch_attempt(const std::string& id, live_job& x);
  void unwatch_attempt(const std::string& id, live_job& x);
  std::chrono::milliseconds period_of(std::chrono::seconds lease) const;
  void renew(const std::string& host);
  void probe(const std::string& host, std::chrono::milliseconds timeout);
  void renew_group(const std::string& host, std::chrono::milliseconds timeout,
                   ce::renew_leases what);
  void renewed(const std::string& host, const std::vector<ce::attempt_id>& attempts,
               const std::vector<ce::attempt_id>& unknown);
  void not_renewed(const std::string& host, const std::vector<ce::attempt_id>& attempts,
                   const error& why);
  void lease_ends(const std::string& id);
  void subscribe();

  // --- wms_purge_actor.cpp
  void purge_some(const std::string& from);
};

wms_router::behavior_type wms(wms_router::stateful_pointer<wms_shell> self, node_context ctx,
                              wms_config config);

} // namespace trellis::wms
