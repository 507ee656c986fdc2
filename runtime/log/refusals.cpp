#include "runtime/log/refusals.hpp"

#include "runtime/log/log.hpp"

#include <utility>

namespace trellis::log {

std::optional<unsigned> refusals::count(clock::time_point now) {
  std::lock_guard lock{mutex_};
  unsigned unsaid = 0;
  if (now - since_ >= std::chrono::seconds{1}) {
    auto lines = std::exchange(lines_, 0);
    unsaid = lines > lines_a_second ? lines - lines_a_second : 0;
    since_ = now;
  }
  if (++lines_ > lines_a_second)
    return std::nullopt;
  return unsaid;
}

void refusals::say(std::string_view id, std::string_view remote, const trellis::error& why,
                   clock::time_point now) {
  auto unsaid = count(now);
  if (!unsaid)
    return;
  if (*unsaid > 0)
    warn("refusals-unlogged", "{} more {}s were refused within a second", *unsaid, what_);
  warn(id, "a {} from {} is refused ({}): {}", what_, remote, word(why.code), why.text);
}

} // namespace trellis::log
