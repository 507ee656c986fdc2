#pragma once
/// What really happened in a simulated grid: what users sent and were told, what nodes wrote to
/// their disks, what payloads did. Learned from outside, so that nothing in the run changes by
/// being watched. No CAF; one thread.
#include "actors/world/lrms_actor.hpp"
#include "protocols/lb/status.hpp"
#include "protocols/scenario/scenario.hpp"
#include "protocols/wms/record.hpp"
#include "storage/engine.hpp"

#include <map>
#include <unordered_map>
#include <variant>

namespace trellis::world {

struct job_facts {
  std::string name;          // as submitted
  std::uint32_t ordinal = 0; // under this name, from 1
  std::string by, vo;
  std::uint32_t wms = 0; // that its user sends it to, among those of the story
  job_id id;             // empty: no WMS has it yet
  bool acknowledged = false;
  bool twice = false;  // a WMS has more than one job of this request
  std::string refusal; // why it was refused for good; empty: it was not

  // as L&B has it
  lb::job_state state = lb::job_state::undef;
  lb::done_code code = lb::done_code::none;
  host_name destination;
  std::int32_t exit_code = -1;
  std::uint32_t deep = 0, shallow = 0;
  std::string reason;

  // as the WMS has it
  wms::job_phase phase = wms::job_phase::registering;
  bool known_to_wms = false;
  std::uint32_t attempt = 0, wms_deep = 0;
  host_name ce;

  // on worker nodes
  int payloads = 0;         // at this moment
  std::uint32_t starts = 0; // of its payload, so far
  std::uint32_t most = 0;   // payloads at once, over all time

  /// `render` or, of several, `render#3`.
  std::string label() const { return ordinal == 0 ? name : name + "#" + std::to_string(ordinal); }
};

using job_index = std::uint32_t;

/// Done, refused or terminal: nothing is to be waited for.
bool over(const job_facts& x);

/// Jobs of this name, ordinal, user or VO, on this CE; whatever the quantifier.
bool is_about(const scenario::jobs& who, const job_facts& x);

/// What the rows of a batch say, read from them alone.
namespace seen {

struct terms { // the WMS has made a job of a request
  std::string request;
  job_id job;
};

struct withdrawn { // it never was
  std::string id;
};

struct state { // as the WMS has it
  std::string id;
  wms::job_phase phase = wms::job_phase::registering;
  std::uint32_t attempt = 0, deep = 0;
  host_name ce;
};

struct told { // as L&B has it
  std::string id;
  lb::job_state state = lb::job_state::undef;
  lb::done_code code = lb::done_code::none;
  std::int32_t exit_code = -1;
  std::uint32_t deep = 0, shallow = 0;
  std::string reason;
  host_name destination;
};

struct events { // L&B has so many more
  std::uint64_t count = 0;
};

using row = std::variant<terms, withdrawn, state, told, events>;

std::vector<row> in(std::span<const storage::change> batch);

struct payload { // it began, or ended
  bool began = false;
  ce::attempt_id attempt;
  std::string vo;
  std::uint32_t cpus = 1;
  steady_time at;
};

/// Nothing for a wrapper, of which nobody needs to know.
std::optional<payload> in(const payload_news& x);

} // namespace seen

class truth {
public:
  /// A user sends a job; `request` is unique among all.
  job_index sent(job_facts x, const std::string& request);
  void acknowledged(job_index which, const job_id& id);
  void refused(job_index which, std::string why);

  /// What L&B says of a job.
  void status(const lb::job_status& x);

  /// How often the WMS handed it over.
  void attempts(const job_id& id, std::uint32_t n);

  /// A node's store has written this.
  void take(std::vector<seen::row> rows);

  /// Of a worker node.
  void take(const seen::payload& x);

  const std::vector<job_facts>& jobs() const { return jobs_; }

  const job_facts* of(const job_id& id) const;
  const std::vector<job_index>& named(const std::string& name) const;

  /// Those that changed since the last call; one may stand there twice.
  std::vector<job_index> changed() { return std::exchange(changed_, {}); }

  bool anything_changed() const { return !changed_.empty(); }

  /// The part of all slot time so far that this VO or user had; nothing when none was used.
  std::optional<double> share_of(const std::string& vo_or_user, steady_time now) const;

  std::uint64_t events() const { return events_; }

private:
  struct running {
    steady_time since;
    std::string vo, user;
    std::uint32_t cpus = 1;
  };

  void take(const seen::terms& x);
  void take(const seen::withdrawn& x);
  void take(const seen::state& x);

  void take(seen::told x);

  void take(const seen::events& x) { events_ += x.count; }

  job_facts* find(const job_id& id);

  void touch(job_index which) { changed_.push_back(which); }

  std::vector<job_facts> jobs_;
  std::unordered_map<std::string, job_index> by_request_, by_id_;
  std::map<std::string, std::vector<job_index>> by_name_;
  std::vector<job_index> changed_;
  using slot_time = std::chrono::nanoseconds; // whole: sums are the same in any order

  ce::by_attempt<running> running_;
  std::map<std::string, slot_time> used_; // by VO, and by user
  slot_time all_{0};
  std::uint64_t events_ = 0;
};

} // namespace trellis::world
