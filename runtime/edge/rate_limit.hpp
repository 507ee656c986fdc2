#pragma once
/// How often each subject may ask: a bucket of tokens a subject. No clock of its own.
#include <chrono>
#include <map>
#include <string>

namespace trellis::edge {

class rate_limit {
public:
  using instant = std::chrono::steady_clock::time_point;

  /// `burst` requests at once, then `per_second`. At most `most_subjects` are remembered; those
  /// whose bucket is full again are forgotten first.
  rate_limit(double per_second, double burst, std::size_t most_subjects = 10'000)
      : per_second_(per_second), burst_(burst), most_subjects_(most_subjects) {}

  /// Whether one more may come now.
  bool take(const std::string& subject, instant now);

  std::size_t subjects() const { return buckets_.size(); }

private:
  struct bucket {
    double tokens = 0;
    instant at;
  };

  double tokens_of(const bucket& x, instant now) const;
  void forget(instant now);

  double per_second_, burst_;
  std::size_t most_subjects_;
  std::map<std::string, bucket> buckets_;
};

} // namespace trellis::edge
