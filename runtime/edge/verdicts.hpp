#pragma once
/// What was found out about those who come again and again: for some seconds, unless what is
/// trusted changes or their certificates end. That they have the key is proved by each handshake;
/// what is remembered here is only what the certificates say. From any thread.
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace trellis::edge {

/// Of the judgement, not of when it was remembered: nothing counts longer than this.
inline constexpr std::chrono::seconds verdict_time{10};

/// A judgement, and what it depends on.
template <class T>
struct verdict {
  using clock = std::chrono::steady_clock;

  T what;
  std::uint64_t edition = 0;                             // of what was trusted, read before judging
  clock::time_point at;                                  // when
  std::chrono::system_clock::time_point ends = no_end(); // when it is void by itself

  static constexpr std::chrono::system_clock::time_point no_end() {
    return std::chrono::system_clock::time_point::max();
  }

  bool holds(std::uint64_t now_edition) const {
    return edition == now_edition && clock::now() - at < verdict_time
           && ends > std::chrono::system_clock::now();
  }
};

/// Good verdicts by what was shown, of all connections.
template <class T>
class verdicts {
public:
  explicit verdicts(std::size_t most = 1'024) : most_(most) {}

  std::optional<verdict<T>> find(const std::string& shown, std::uint64_t edition) const {
    std::lock_guard lock{mutex_};
    auto i = known_.find(shown);
    if (i == known_.end() || !i->second.holds(edition))
      return std::nullopt;
    return i->second;
  }

  /// The void ones make room; if there are none, all do.
  void put(std::string shown, verdict<T> x) {
    std::lock_guard lock{mutex_};
    if (known_.size() >= most_)
      std::erase_if(known_, [&](const auto& old) { return !old.second.holds(x.edition); });
    if (known_.size() >= most_)
      known_.clear();
    known_.insert_or_assign(std::move(shown), std::move(x));
  }

  std::size_t size() const {
    std::lock_guard lock{mutex_};
    return known_.size();
  }

private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, verdict<T>> known_;
};

} // namespace trellis::edge
