#pragma once
/// Steps of the L&B actor on their way to disk, in order, and the answers that wait for them. An
/// answer given to `after` is called once: with null when everything before it is on disk, with the
/// error when that failed.
#include "actors/lb/lb_book_actor.hpp"

#include <deque>
#include <functional>

namespace trellis::lb {

class steps {
public:
  using answer = std::function<void(const error* failed)>;

  /// The number of the step that is open.
  std::uint64_t open() const { return next_; }

  std::uint64_t committed() const { return next_ - 1 - on_way_.size(); }

  std::size_t on_way() const { return on_way_.size(); }

  /// When the open step is on disk.
  void with_open(answer x) { open_answers_.push_back(std::move(x)); }

  /// When step `number` (on its way or open) is on disk; at once when it is already.
  void after(std::uint64_t number, answer x) {
    if (number <= committed())
      x(nullptr);
    else if (number >= next_)
      with_open(std::move(x));
    else
      on_way_[number - committed() - 1].answers.push_back(std::move(x));
  }

  /// When all that was begun is on disk. `open_too`: the open step has rows.
  void after_all(bool open_too, answer x) { after(open_too ? next_ : next_ - 1, std::move(x)); }

  void ship(std::vector<news> told) {
    on_way_.push_back({std::exchange(open_answers_, {}), std::move(told)});
    ++next_;
  }

  /// The oldest step is on disk. Gives what it told, after its answers.
  std::vector<news> arrived() {
    auto step = std::move(on_way_.front());
    on_way_.pop_front();
    for (auto& x : step.answers)
      x(nullptr);
    return std::move(step.told);
  }

  void fail(const error& why) {
    for (auto& step : std::exchange(on_way_, {}))
      for (auto& x : step.answers)
        x(&why);
    for (auto& x : std::exchange(open_answers_, {}))
      x(&why);
  }

private:
  struct shipped {
    std::vector<answer> answers;
    std::vector<news> told;
  };

  std::uint64_t next_ = 1;
  std::vector<answer> open_answers_;
  std::deque<shipped> on_way_;
};

} // namespace trellis::lb
