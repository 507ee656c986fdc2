#pragma once
/// Those who came to our port and are no link: the handshakes that go on, the oldest first, and the
/// visitors. Both are bounded. From any thread; each connection is in one of the two or in none, so
/// that nobody who was let in is sent away for being slow at the door.
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>

namespace trellis::net {

class crowd {
public:
  crowd(std::size_t most_pending, std::size_t most_visitors)
      : most_pending_(most_pending), most_visitors_(most_visitors) {}

  /// A handshake begins; `id` is above all before it. Who has to go for it, if there are too many:
  /// the oldest, since those who mean it are done in milliseconds, and a crowd which connects and
  /// is silent must shut nobody out.
  std::optional<std::uint64_t> arrive(std::uint64_t id) {
    std::lock_guard lock{mutex_};
    std::optional<std::uint64_t> out;
    if (!pending_.empty() && pending_.size() >= most_pending_)
      out = pending_.extract(pending_.begin()).value();
    pending_.insert(id);
    return out;
  }

  /// The handshake of a visitor is over. False: there are too many, or it had to go before.
  bool visit(std::uint64_t id) {
    std::lock_guard lock{mutex_};
    if (visitors_.size() >= most_visitors_ || pending_.erase(id) == 0)
      return false;
    visitors_.insert(id);
    return true;
  }

  /// It is a link now, or has ended. One that is unknown is no news.
  void leave(std::uint64_t id) {
    std::lock_guard lock{mutex_};
    if (pending_.erase(id) == 0)
      visitors_.erase(id);
  }

private:
  const std::size_t most_pending_, most_visitors_;
  std::mutex mutex_;
  std::set<std::uint64_t> pending_, visitors_;
};

} // namespace trellis::net
