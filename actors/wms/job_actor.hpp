#pragma once
/// One job while something happens to it. It alone writes the job's state: the router sends it what
/// concerns the job, it takes the step (job_rules.hpp), and after the commit it answers and tells
/// the router where the job stands. It also fetches the output. An idle job has no actor.
#include "actors/wms/config.hpp"
#include "actors/wms/job_rules.hpp"
#include "actors/wms/sandbox_actor.hpp"
#include "protocols/wms/messages.hpp"
#include "runtime/interfaces/ce.hpp"
#include "runtime/interfaces/wms.hpp"
#include "runtime/node/children.hpp"
#include "runtime/node/context.hpp"

namespace trellis::wms {

/// From the router: this happened.
struct happened {
  using stays_at_home = void;
  job_input what;
};

/// To the router, after each message that was handled: where the job stands on disk.
struct job_moved {
  using stays_at_home = void;
  job_id job;
  job_phase phase{};
  std::uint32_t attempt = 0;
  std::optional<ce_id> ce;
  bool accepted = false;           // the CE has said something of this attempt
  std::vector<host_name> previous; // of an idle job: CEs that failed
  std::uint64_t slot_seconds = 0;  // used by an attempt that just ended
  bool busy = false;               // the step was not possible now; it may be later
  std::string trouble;             // what holds up the fetching of the output
  std::uint64_t handled = 0;       // messages of the router, so far
};

/// From the router: nothing more will come.
struct retire {
  using stays_at_home = void;
};

/// To oneself: go on with the output.
struct pull_on {
  using stays_at_home = void;
  std::uint64_t round = 0;
};

using job_listener = caf::typed_actor<told<job_moved>>;

using job_actor
    = caf::typed_actor<asked<start, started>, asked<cancel, cancel_taken>, asked<purge, purged>,
                       asked<set_acl, acl_set>, posted<report>, posted<ask_token>, told<happened>,
                       told<retire>, told<pull_on>, asked<supervision::get_row, node::actor_row>>;

struct job_shell {
  job_actor::pointer self = nullptr;
  node_context ctx;
  std::shared_ptr<const wms_config> config;
  job_listener router;
  sandbox_actor files;
  job_terms terms;
  job_state state;
  std::uint64_t handled = 0;
  std::vector<sandbox_file> inputs; // as they lie on disk, when a step needs them

  /// Where the fetching of the output stands.
  struct {
    std::uint64_t round = 0; // of timers: an old one is passed over
    std::size_t file = 0;
    std::uint64_t offset = 0;
    unsigned failures = 0;
    std::string trouble;
    ce_actor from;
  } pull;

  static inline const char* name = "wms_job";

  using answer = std::function<void(std::optional<error>)>;

  ce::moment now() const;
  void run(job_input x, std::optional<receipt> from, answer say);
  void step(job_input x, std::optional<receipt> from, answer say);
  void commit(job_step d, store::step s, answer say);
  void write(store::step& s, const job_step& d) const;
  ce::hand_over hand_over(const job_step& d, ce::token_mode token) const;
  std::optional<error> missing_input() const;
  void after(const job_step& d);
  void tell_router(std::uint64_t slot_seconds = 0, bool busy = false);

  void pull_next();
  void ask_piece();
  void keep_piece(chunk piece);
  void pull_failed(const error& why);
};

job_actor::behavior_type job(job_actor::stateful_pointer<job_shell> self, node_context ctx,
                             std::shared_ptr<const wms_config> config, job_listener router,
                             sandbox_actor files, job_terms terms, job_state state);

} // namespace trellis::wms
