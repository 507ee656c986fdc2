#pragma once
/// The jobs of an L&B server as its actor works on them: records of those in use, how many jobs
/// are in which state, the numbers of events, and the rows that the next step will write. No CAF,
/// no clock.
///
/// Records run ahead of the disk: what `take` did is true only when the step that `close`
/// returned is committed. A record stays in memory while a step that has changes of it is on its
/// way; beyond `records` the longest unused ones are dropped and read again when they are needed.
#include "actors/lb/state_machine.hpp"
#include "storage/event_log.hpp"

#include <list>
#include <map>
#include <unordered_map>

namespace trellis::lb {

struct kept_job {
  job_record record;
  std::optional<storage::index_place> indexed; // as the last closed step left it
  bool touched = false;                        // by the step that is open
  std::uint64_t step = 0;                      // the last step with changes of it
  std::list<std::string>::iterator used;       // its place in the order of use
};

/// What became true with a step, for those who watch.
struct news {
  std::uint64_t arrival = 0;
  job_id job;
  std::string owner;
};

class job_book {
public:
  job_book(const storage::engine& rows, std::size_t records) : log_(rows), limit_(records) {}

  /// Reads the last number and counts the jobs. Before anything else.
  result<trellis::done> start();

  /// Null: nobody registered it. The pointer holds until the next call of `find` or `forget`.
  result<kept_job*> find(const job_id& job);

  enum class took { stored, repeat };

  /// Stores an event that was admitted; the job's first must be its RegJob.
  result<took> take(const event& e, moment arrived);

  /// Rows that belong to the open step besides.
  storage::event_log::batch& rows() { return open_; }

  bool is_open() const { return !open_.empty(); }

  std::size_t events_open() const { return news_.size(); }

  struct closed {
    std::vector<storage::change> rows;
    std::vector<news> told;
  };

  /// The rows of everything since the last call, as step `number`.
  closed close(std::uint64_t number);

  /// Steps up to `number` are on disk: records may be dropped again.
  void forget(std::uint64_t committed);

  /// Jobs by VO, owner and state, the open step included.
  using counts
      = std::map<std::pair<std::string, std::string>,
                 std::array<std::uint64_t, static_cast<std::size_t>(job_state::purged) + 1>>;

  const counts& jobs() const { return counts_; }

  const storage::event_log& log() const { return log_; }

  std::uint64_t last_arrival() const { return arrival_; }

private:
  result<kept_job*> load(const job_id& job);
  kept_job& keep(const std::string& text);
  void move(kept_job& job);
  std::uint64_t& counted(const storage::index_place& at);

  storage::event_log log_;
  std::size_t limit_;
  std::unordered_map<std::string, kept_job> kept_;
  std::list<std::string> order_; // the longest unused first
  counts counts_;
  std::uint64_t arrival_ = 0;
  storage::event_log::batch open_;
  std::vector<std::string> touched_;
  std::vector<news> news_;
};

} // namespace trellis::lb
