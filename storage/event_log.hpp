#pragma once
/// L&B: the events of each job, one row an event, never rewritten; the state they led to; and
/// where to find jobs without scanning all of them.
///
///   column family  lb_events
///   key            job id '\0' arrival:be64           the events of a job are neighbours, in order
///   value          version:u8 identity:be64 wire(arrived, event)
///
///   column family  lb_jobs
///   key            job id '\0'
///   value          version:u8 state                   the caller's own, opaque here
///
///   column family  lb_index
///   key            'o' '\0' VO '\0' owner '\0' state:u8 ~registered:be64    newest first
///   value          job id
///   key            'v' '\0' VO '\0' state:u8 ~registered:be64               newest first
///   value          job id
///   key            'h' '\0' number:be64               an event that waits for its job or its Match
///   value          version:u8 wire(held_event)
///   key            'n' '\0'                           the last arrival number given
///   value          be64
///
/// `arrival` counts all events of this server, `registered` is the arrival of a job's RegJob, and
/// `identity` tells repeats apart (the caller's hash). The caller owns the batch: an event, the
/// state it changes and the index rows are written together or not at all. Errors: `storage` as
/// the engine gives it, `malformed` for a torn row or one of another version.
#include "protocols/lb/messages.hpp"
#include "storage/engine.hpp"

namespace trellis::storage {

/// Where a job stands in the index.
struct index_place {
  std::string vo, owner;
  lb::job_state state = lb::job_state::undef;
  std::uint64_t registered = 0;
};

/// Of which jobs: without an owner those of everybody.
struct index_range {
  std::string vo;
  std::optional<std::string> owner;
  lb::job_state state = lb::job_state::undef;
};

struct indexed_job {
  std::uint64_t registered = 0;
  job_id job;
};

/// An event that came early, and who sent it.
struct held_event {
  lb::moment arrived{};
  host_name sender;
  lb::event what;
};
TRELLIS_INSPECT(held_event, arrived, sender, what)

class event_log {
public:
  using batch = std::vector<change>;

  explicit event_log(const engine& rows) : rows_(rows) {}

  // --- into a batch ---
  static void append(batch& to, std::uint64_t arrival, std::uint64_t identity, lb::moment arrived,
                     const lb::event& what);
  static void put_state(batch& to, const job_id& job, std::string_view state);
  static void enter(batch& to, const index_place& at, const job_id& job);
  static void leave(batch& to, const index_place& at);
  static void put_last_arrival(batch& to, std::uint64_t arrival);
  static void hold(batch& to, std::uint64_t number, const held_event& x);
  static void let_go(batch& to, std::uint64_t number);

  // --- what is committed ---
  /// The events of a job that arrived after `after`, in order, at most `limit`.
  result<std::vector<lb::stored_event>> events_of(const job_id& job, std::uint64_t after,
                                                  std::size_t limit) const;
  result<std::vector<std::uint64_t>> identities_of(const job_id& job) const;
  result<std::optional<std::string>> state_of(const job_id& job) const;

  /// Jobs of the range, newest first, registered before `before` (0: from the newest).
  result<std::vector<indexed_job>> jobs_in(const index_range& range, std::uint64_t before,
                                           std::size_t limit) const;

  result<std::uint64_t> last_arrival() const;

  /// Every job once; the VO and owner are only lent. For counting at the start.
  using place_reader
      = std::function<void(std::string_view vo, std::string_view owner, lb::job_state state)>;
  result<done> each_place(const place_reader& read) const;

  using held_reader = std::function<void(std::uint64_t number, held_event&& x)>;
  result<done> each_held(const held_reader& read) const;

private:
  const engine& rows_;
};

} // namespace trellis::storage
