#pragma once
/// What must arrive at another address: the sender's and the receiver's side of one stream of
/// letters, as plain classes without actor, clock or disk. The caller writes the rows.
///
/// Numbers run from 1 without holes in each stream. Letters are given to the addressed actor in
/// order, each at least once; the receipts that it commits make that once.
#include "protocols/base/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace trellis {

/// The sender's side: letters that have their number and are on disk, until they are acknowledged.
template <class Letter>
class outbox {
public:
  /// `next` is the number of the next letter that will be put; `window` how far to send ahead.
  outbox(std::uint64_t next, std::map<std::uint64_t, Letter> waiting, std::size_t window)
      : next_(next), waiting_(std::move(waiting)), window_(window), sent_(acknowledged()) {}

  /// A letter that was committed with this number. Numbers come in order.
  void put(std::uint64_t number, Letter x) {
    waiting_.emplace_hint(waiting_.end(), number, std::move(x));
    next_ = number + 1;
  }

  /// What to send now: in order, each once a connection, at most a window ahead of the last
  /// acknowledgement. `send` gets number and letter.
  void due(auto&& send) {
    auto limit = acknowledged() + window_;
    for (auto i = waiting_.upper_bound(sent_); i != waiting_.end() && i->first <= limit; ++i) {
      sent_ = i->first;
      send(i->first, std::as_const(i->second));
    }
  }

  /// The receiver has everything up to `number`. Returns the numbers whose rows may now go.
  std::vector<std::uint64_t> acknowledge(std::uint64_t number) {
    std::vector<std::uint64_t> gone;
    if (number >= next_)
      return gone; // nonsense: it was never sent
    for (auto i = waiting_.begin(); i != waiting_.end() && i->first <= number;
         i = waiting_.erase(i))
      gone.push_back(i->first);
    sent_ = std::max(sent_, acknowledged());
    return gone;
  }

  /// Silence for too long, or a new connection: send again what is not acknowledged.
  void rewind() { sent_ = acknowledged(); }

  /// Whether a receiver that says it is at `last` fits this stream. When not, one of the two stores
  /// went back in time, and the stream has to be started anew.
  bool fits(std::uint64_t last) const { return last >= acknowledged() && last < next_; }

  void each(auto&& visit) const {
    for (const auto& [number, x] : waiting_)
      visit(x);
  }

  bool empty() const { return waiting_.empty(); }

  std::size_t size() const { return waiting_.size(); }

  std::uint64_t next() const { return next_; }

  std::uint64_t acknowledged() const {
    return waiting_.empty() ? next_ - 1 : waiting_.begin()->first - 1;
  }

private:
  std::uint64_t next_;
  std::map<std::uint64_t, Letter> waiting_;
  std::size_t window_;
  std::uint64_t sent_; // the highest number sent over this connection
};

/// The receiver's side on disk: everything up to `last`, and some beyond it. Steps that handle the
/// letters of a stream may be committed in another order than the letters came.
class inbox {
public:
  inbox() = default;

  inbox(std::uint64_t last, std::set<std::uint64_t> beyond)
      : last_(last), beyond_(std::move(beyond)) {}

  bool has(std::uint64_t number) const { return number <= last_ || beyond_.contains(number); }

  /// A receipt. Returns which of the numbers beyond `last` are swallowed by it (their rows may go).
  std::vector<std::uint64_t> accept(std::uint64_t number) {
    std::vector<std::uint64_t> swallowed;
    if (has(number))
      return swallowed;
    if (number != last_ + 1) {
      beyond_.insert(number);
      return swallowed;
    }
    for (last_ = number; !beyond_.empty() && *beyond_.begin() == last_ + 1; ++last_) {
      swallowed.push_back(*beyond_.begin());
      beyond_.erase(beyond_.begin());
    }
    return swallowed;
  }

  std::uint64_t last() const { return last_; } // the acknowledgement, whatever came

  const std::set<std::uint64_t>& beyond() const { return beyond_; }

private:
  std::uint64_t last_ = 0;
  std::set<std::uint64_t> beyond_;
};

/// The receiver's side in memory: which letter to lay before the addressed actor now.
class intake {
public:
  explicit intake(inbox saved) : saved_(std::move(saved)), given_(saved_.last()) {}

  /// Whether to give this letter to the actor: it is the next one, or it was given and failed.
  bool wants(std::uint64_t number) {
    if (saved_.has(number))
      return false;
    while (saved_.has(given_ + 1))
      ++given_; // accepted by an earlier life, beyond a gap that has closed since
    if (number == given_ + 1) {
      given_ = number;
      working_.insert(number);
      return true;
    }
    return number <= given_ && working_.insert(number).second;
  }

  /// The actor's step with the receipt is on disk.
  void accepted(std::uint64_t number) {
    working_.erase(number);
    saved_.accept(number);
  }

  /// The actor could not; the next repeat of the letter is given to it again.
  void failed(std::uint64_t number) { working_.erase(number); }

  std::uint64_t last() const { return saved_.last(); }

private:
  inbox saved_;
  std::uint64_t given_;             // the highest number given to the actor
  std::set<std::uint64_t> working_; // given, and not answered yet
};

} // namespace trellis
