#include "actors/shell/follow.hpp"

#include <algorithm>

namespace trellis::shell {
namespace {

using std::chrono::milliseconds;

/// Past this many jobs the server is asked about all of one's own instead of a list of ids.
constexpr std::size_t longest_list = 500;

/// The jobs of one L&B server and how far its events were seen.
struct server {
  address where;
  std::vector<job_id> jobs;
  std::uint64_t after = 0;
};

class follower {
public:
  follower(session& s, const follow_request& what) : session_(s), what_(what) {}

  result<followed> run();

private:
  result<done> look();
  result<done> hear(server& x, milliseconds wait);
  void take(const lb::changes& news);
  bool all_done() const;
  milliseconds time_left() const;

  session& session_;
  const follow_request& what_;
  moment until_{};
  followed out_;
  std::map<job_id, std::uint64_t> seen_; // the newest event of each job
  std::vector<server> servers_;
};

milliseconds follower::time_left() const {
  if (!what_.limit)
    return milliseconds::max();
  auto left = std::chrono::ceil<milliseconds>(until_ - session_.world().now());
  return std::max(left, milliseconds{0});
}

bool follower::all_done() const {
  return std::ranges::all_of(out_.last, [&](const auto& x) { return what_.enough(x.second); });
}

result<done> follower::look() {
  for (const auto& job : what_.jobs) {
    auto where = session_.lb_of(job);
    auto status = session_.ask_at(where, lb::get_status{{}, job});
    if (!status)
      return status.why();
    auto at = std::ranges::find(servers_, where, &server::where);
    if (at == servers_.end()) {
      servers_.push_back({where, {}, status->last_arrival});
      at = servers_.end() - 1;
    }
    at->jobs.push_back(job);
    at->after = std::min(at->after, status->last_arrival);
    seen_[job] = status->last_arrival;
    if (what_.on_status)
      what_.on_status(*status);
    out_.last[job] = std::move(*status);
  }
  return done{};
}

void follower::take(const lb::changes& news) {
  for (const auto& e : news.events)
    if (auto i = seen_.find(e.what.job); i != seen_.end() && i->second < e.arrival) {
      i->second = e.arrival;
      if (what_.on_event)
        what_.on_event(e);
    }
  for (const auto& status : news.states)
    if (auto i = out_.last.find(status.job); i != out_.last.end()) {
      if (what_.on_status)
        what_.on_status(status);
      i->second = status;
    }
}

result<done> follower::hear(server& x, milliseconds wait) {
  lb::watch request;
  if (x.jobs.size() <= longest_list)
    request.jobs = x.jobs;
  request.after = x.after;
  request.wait = wait;
  auto news = session_.ask_at(x.where, request, wait + std::chrono::seconds{15});
  if (!news)
    return news.why();
  take(*news);
  x.after = std::max(x.after, news->last);
  return done{};
}

result<followed> follower::run() {
  until_ = session_.world().now() + what_.limit.value_or(milliseconds{0});
  if (auto x = look(); !x)
    return x.why();
  while (!all_done()) {
    if (session_.world().interrupted() || (what_.go_on && !what_.go_on()))
      return std::move(out_);
    if (time_left() == milliseconds{0}) {
      out_.timed_out = true;
      return std::move(out_);
    }
    // Several servers take turns; one alone may hold the question for long.
    auto wait = std::min({what_.pace, time_left(),
                          servers_.size() > 1 ? milliseconds{1'000} : milliseconds{30'000}});
    for (auto& x : servers_)
      if (auto heard = hear(x, wait); !heard)
        return heard.why();
  }
  return std::move(out_);
}

} // namespace

result<followed> follow(session& s, const follow_request& what) { return follower{s, what}.run(); }

} // namespace trellis::shell
