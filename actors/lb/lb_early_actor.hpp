#pragma once
/// Events that came before the one that admits their sender. They are on disk, so that a letter
/// that brought them may be acknowledged; bounded in number and in time. The rows are the
/// caller's to write.
#include "protocols/lb/status.hpp"
#include "storage/event_log.hpp"

#include <map>
#include <optional>
#include <unordered_map>

namespace trellis::lb {

class early_events {
public:
  using numbered = std::pair<std::uint64_t, storage::held_event>;

  std::size_t size() const { return waiting_.size(); }

  /// Its number, for its row.
  std::uint64_t add(storage::held_event x) {
    put(next_, std::move(x));
    return next_++;
  }

  /// One that was on disk.
  void put(std::uint64_t number, storage::held_event x) {
    by_job_.emplace(x.what.job.text(), number);
    waiting_.emplace(number, std::move(x));
    next_ = std::max(next_, number + 1);
  }

  bool has_any_of(const job_id& job) const { return by_job_.contains(job.text()); }

  /// Those of a job, in order of arrival; they wait no longer.
  std::vector<numbered> take(const job_id& job) {
    std::map<std::uint64_t, storage::held_event> out;
    auto [from, to] = by_job_.equal_range(job.text());
    for (auto i = from; i != to; ++i)
      out.insert(waiting_.extract(i->second));
    by_job_.erase(from, to);
    return {std::move_iterator{out.begin()}, std::move_iterator{out.end()}};
  }

  /// The oldest one that arrived before `then`; it waits no longer.
  std::optional<numbered> expired(moment then) {
    if (waiting_.empty() || waiting_.begin()->second.arrived >= then)
      return std::nullopt;
    auto node = waiting_.extract(waiting_.begin());
    auto [from, to] = by_job_.equal_range(node.mapped().what.job.text());
    for (auto i = from; i != to; ++i)
      if (i->second == node.key()) {
        by_job_.erase(i);
        break;
      }
    return numbered{node.key(), std::move(node.mapped())};
  }

private:
  std::map<std::uint64_t, storage::held_event> waiting_;
  std::unordered_multimap<std::string, std::uint64_t> by_job_;
  std::uint64_t next_ = 1;
};

} // namespace trellis::lb
