#include "runtime/edge/rate_limit.hpp"

#include <algorithm>

namespace trellis::edge {

double rate_limit::tokens_of(const bucket& x, instant now) const {
  auto passed = std::chrono::duration<double>(now - x.at).count();
  return std::min(burst_, x.tokens + std::max(passed, 0.0) * per_second_);
}

void rate_limit::forget(instant now) {
  std::erase_if(buckets_, [&](const auto& x) { return tokens_of(x.second, now) >= burst_; });
  while (buckets_.size() >= most_subjects_) // all of them are busy: the oldest start anew
    buckets_.erase(
        std::ranges::min_element(buckets_, {}, [](const auto& x) { return x.second.at; }));
}

bool rate_limit::take(const std::string& subject, instant now) {
  auto i = buckets_.find(subject);
  if (i == buckets_.end()) {
    if (buckets_.size() >= most_subjects_)
      forget(now);
    i = buckets_.try_emplace(subject, bucket{burst_, now}).first;
  }
  auto& x = i->second;
  x.tokens = tokens_of(x, now);
  x.at = now;
  if (x.tokens < 1)
    return false;
  x.tokens -= 1;
  return true;
}

} // namespace trellis::edge
