#pragma once
/// Which CE takes a job: Requirements (the user's, the defaults' and the policy's, joined), then
/// Rank, then chance (WMS User's Guide, matchmaking). Everything is judged against one immutable
/// snapshot.
///
/// Jobs that match alike are one cluster. What a cluster and a CE are to each other is judged
/// once and kept until that CE says something new; choosing a CE for a job then only reads bits.
///
/// Room: a CE takes free slots plus a small queue, less what waits there already and less what we
/// handed over since it last spoke; so a thousand idle jobs do not all go to one CE between two
/// of its advertisements. The queue is longer where jobs are so short that the next ones would not
/// be there in time.
#include "actors/info/snapshot.hpp"
#include "actors/wms/fair_share.hpp"
#include "protocols/classad/match.hpp"
#include "protocols/wms/messages.hpp"
#include "runtime/node/random.hpp"

#include <functional>
#include <unordered_map>

namespace trellis::wms {

struct match_settings {
  std::int64_t queue_depth = 2;          // jobs that may wait at a CE; too high: bound too early
  std::int64_t queue_depth_percent = 25; // of its slots, added to that
  double queue_ahead_s = 0.1; // added: what it ended in that time lately, twice its slots at most
  double fuzzy_factor = 1.0;
  std::size_t max_compiled = 4'096;   // clusters whose judgements are kept
  std::int64_t judgement_age_s = 300; // time() in Requirements is that old at most
};

/// What a cluster is made of. Jobs with equal values match alike.
struct match_request {
  std::string jdl, requirements, rank;
  std::vector<host_name> avoid; // CEs that failed this job; kept when nothing else fits
  std::uint32_t cpus = 1;
  bool fuzzy = false;
};

/// The policy's part of the requirements, for this principal: access rules and job limits.
std::string policy_requirements(const principal& who, std::string_view vo);

/// The key of jobs that match alike; `usage` when an expression does not read.
result<std::string> cluster_key(const match_request& x, classad::name_table& names);

/// What we handed to a CE, and whether it has said something since.
class slot_ledger {
public:
  void promise(const job_id& job, std::uint32_t slots);
  /// The CE has it; an advertisement with another serial than this shows it.
  void accepted(const job_id& job, std::uint64_t serial);
  /// It is over (or was never sent).
  void ended(const job_id& job, std::uint64_t serial);
  /// The CE spoke, so long after it spoke before; zero: for the first time.
  void advertised(std::uint64_t serial, std::chrono::microseconds since);

  /// Slots that became free in a second, lately.
  double pace() const { return pace_; }

  /// Slots to take off what the CE says is free; below zero when it has freed more.
  std::int64_t unseen() const { return promised_ - returned_; }

private:
  struct promised_slot {
    std::uint32_t slots = 1;
    bool accepted = false, seen = false;
    std::uint64_t serial = 0;
  };

  std::map<job_id, promised_slot> promises_;
  std::vector<job_id> accepted_; // not seen in an advertisement yet; some may have ended since
  std::int64_t promised_ = 0, returned_ = 0;
  std::uint64_t returned_serial_ = 0;
  std::int64_t ended_ = 0; // slots, since the CE spoke
  double pace_ = 0;
};

class matchmaker {
public:
  matchmaker(match_settings settings, random_source chance);

  void use(std::shared_ptr<const info::snapshot> now, std::int64_t now_s);

  bool has_snapshot() const { return now_ != nullptr; }

  /// `cluster_key`, read and compiled once for jobs of equal text: users send many alike.
  result<std::string> key_of(const match_request& x);

  /// The cluster of a key; made when it is new.
  cluster_id cluster(const std::string& key);

  /// How a cluster's request is found when it has to be compiled.
  using request_source = std::function<std::optional<match_request>()>;

  enum class verdict { chosen, no_room, no_match };

  struct choice {
    verdict what = verdict::no_match;
    ce_id ce;
  };

  /// A CE with room for a job of this cluster, best rank first, ties by chance.
  choice choose(cluster_id x, const request_source& request);

  // --- room -------------------------------------------------------------------------------------

  void promised(const ce_id& ce, const job_id& job, std::uint32_t slots);
  void accepted(const ce_id& ce, const job_id& job);
  void ended(const ce_id& ce, const job_id& job);

  // --- for people -------------------------------------------------------------------------------

  /// All CEs that match, best first, and what each clause does; room does not matter here.
  result<matches> explain(const match_request& x) const;

  classad::name_table& names() { return names_; }

private:
  struct target {
    info::ce_state_ptr state; // null: not advertised at present
    classad::compiled_target compiled;
    std::uint64_t version = 0; // of `compiled`
    slot_ledger ledger;
    std::int64_t room = 0;
  };

  struct judged {
    bool tried = false; // compiled, or not compilable
    std::optional<classad::compiled_job> job;
    std::vector<bool> avoid; // by target
    std::vector<host_name> avoid_hosts;
    std::uint32_t cpus = 1;
    bool fuzzy = false;
    std::vector<std::uint64_t> fits; // bits by target
    std::vector<double> rank;
    std::vector<std::uint64_t> version; // of the target when judged; 0: never
    std::uint64_t epoch = 0;
    std::int64_t at_s = 0;
  };

  std::uint32_t index_of(const ce_id& ce);
  void count_room(std::uint32_t at);
  judged* judge(cluster_id x, const request_source& request);
  void judge_targets(judged& x);
  std::uint32_t pick(const judged& x, const std::vector<std::uint32_t>& among);

  match_settings settings_;
  random_source chance_;
  mutable classad::name_table names_;
  std::shared_ptr<const info::snapshot> now_;
  std::int64_t now_s_ = 0;
  std::vector<target> targets_;
  std::map<ce_id, std::uint32_t> by_ce_;
  std::vector<std::uint32_t> order_; // of the last snapshot's CEs, where they stand in `targets_`
  std::vector<std::uint64_t> roomy_; // bits by target
  std::uint64_t epoch_ = 0;
  std::map<std::string, cluster_id> clusters_;
  std::unordered_map<std::string, std::string> keys_; // by the request's text
  std::vector<judged> judged_;                        // by cluster
  std::size_t compiled_ = 0;
};

} // namespace trellis::wms
