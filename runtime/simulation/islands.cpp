#include "runtime/simulation/islands.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <thread>

namespace trellis::simulation {

namespace {

using island_list = std::vector<std::unique_ptr<virtual_system>>;

/// A window is short, shorter often than it takes to wake a thread: who waits for it looks so often
/// before the processor goes to somebody else.
constexpr int looks = 100'000;

/// Waits for `is_so`.
template <class Condition>
void await(const Condition& is_so) {
  for (int i = 0; !is_so(); ++i)
    if (i >= looks)
      std::this_thread::yield();
}

bool is_due(const virtual_system& x, islands::time_point end) {
  auto next = x.next_timer();
  return x.busy() || (next && *next < end);
}

} // namespace

/// The threads beside the caller's. They take islands from the back and the caller from the front,
/// so that an island mostly stays where it was last, in the same caches.
class islands::crew {
public:
  crew(island_list& all, unsigned hands) : all_(all), taken_(all.size()) {
    for (unsigned i = 0; i < hands; ++i)
      threads_.emplace_back([this] { work(); });
  }

  ~crew() {
    over_ = true;
    begin(end_);
    for (auto& x : threads_)
      x.join();
  }

  void run(time_point end) {
    begin(end);
    auto window = window_.load();
    for (std::size_t i = 0; i < all_.size(); ++i)
      take(i, window);
    await([this] { return left_.load() == 0; });
  }

private:
  void begin(time_point end) {
    end_ = end;
    left_ = all_.size();
    ++window_;
    window_.notify_all();
  }

  void work() {
    for (std::uint64_t seen = 0;;) {
      for (int i = 0; window_.load() == seen && i < looks; ++i) {
      }
      window_.wait(seen);
      seen = window_.load();
      if (over_)
        return;
      for (auto i = all_.size(); i-- > 0;)
        take(i, seen);
    }
  }

  /// Who is first to say that it takes this island in this window runs it.
  void take(std::size_t i, std::uint64_t window) {
    auto before = window - 1;
    if (!taken_[i].compare_exchange_strong(before, window))
      return;
    all_[i]->run_until(end_);
    --left_;
  }

  island_list& all_;
  std::vector<std::atomic<std::uint64_t>> taken_; // the window it was last run in
  time_point end_{};
  std::atomic<std::uint64_t> window_{0};
  std::atomic<std::size_t> left_{0};
  std::atomic<bool> over_{false};
  std::vector<std::thread> threads_;
};

islands::islands(std::uint64_t seed, std::size_t count, unsigned threads, std::size_t shuffle) {
  for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i)
    all_.push_back(std::make_unique<virtual_system>(seed + i, shuffle));
  if (threads == 0)
    threads = std::max(1u, std::thread::hardware_concurrency());
  auto hands = std::min<std::size_t>(threads, all_.size()) - 1;
  if (hands > 0)
    crew_ = std::make_unique<crew>(all_, static_cast<unsigned>(hands));
}

islands::~islands() = default;

std::vector<caf::actor_system*> islands::systems() {
  std::vector<caf::actor_system*> out;
  for (auto& x : all_)
    out.push_back(&x->system());
  return out;
}

bool islands::busy() const {
  return std::ranges::any_of(all_, [](const auto& x) { return x->busy(); });
}

std::optional<islands::time_point> islands::next_timer() const {
  std::optional<time_point> out;
  for (const auto& x : all_)
    if (auto next = x->next_timer(); next && (!out || *next < *out))
      out = next;
  return out;
}

std::uint64_t islands::steps() const {
  std::uint64_t out = 0;
  for (const auto& x : all_)
    out += x->steps();
  return out;
}

void islands::run_until(time_point end) {
  auto due = std::ranges::count_if(all_, [end](const auto& x) { return is_due(*x, end); });
  if (crew_ && due > 1)
    return crew_->run(end);
  for (auto& x : all_)
    x->run_until(end);
}

void islands::wait_until(time_point when) {
  for (auto& x : all_)
    x->wait_until(when);
}

void islands::end(std::vector<caf::strong_actor_ptr> all) {
  for (auto& x : all)
    caf::anon_send_exit(x, caf::exit_reason::kill);
  all.clear();
  for (auto& x : all_)
    x->end({});
}

} // namespace trellis::simulation
