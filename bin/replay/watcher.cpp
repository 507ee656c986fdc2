#include "bin/replay/watcher.hpp"

#include <algorithm>

namespace trellis::real {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds patience = 5s;
constexpr std::size_t at_once = 256;    // requests that wait for their answers
constexpr std::size_t one_answer = 300; // jobs in it

/// They come and go with slots.
bool is_active(lb::job_state x) {
  return x == lb::job_state::ready || x == lb::job_state::scheduled || x == lb::job_state::running;
}

bool is_lost(errc x) { return x == errc::timed_out || x == errc::site_unreachable; }

} // namespace

watcher::watcher(settings s) : settings_(std::move(s)), thread_([this] { run(); }) {}

watcher::~watcher() {
  stop_ = true;
  if (thread_.joinable())
    thread_.join();
}

void watcher::ask_for(std::vector<job_id> jobs, std::size_t of) {
  std::lock_guard lock{mutex_};
  jobs_ = std::move(jobs);
  of_ = of;
}

watcher::news watcher::take() {
  std::lock_guard lock{mutex_};
  auto out = std::exchange(news_, {});
  news_.rounds = out.rounds;
  return out;
}

void watcher::finish() {
  stop_ = true;
  if (thread_.joinable())
    thread_.join();
  round();
}

void watcher::run() {
  while (!stop_) {
    round();
    std::this_thread::sleep_for(settings_.pause);
  }
}

void watcher::round() {
  std::vector<job_id> jobs;
  std::size_t of = 0;
  {
    std::lock_guard lock{mutex_};
    jobs = jobs_;
    of = of_;
  }
  if (!jobs.empty() && (of > one_answer || !ask_lb_at_once()) && !ask_active(jobs))
    ask_lb(jobs);
  if (settings_.attempts)
    ask_wms(jobs);
  ask_letters();
  std::lock_guard lock{mutex_};
  ++news_.rounds;
}

link::control_client* watcher::client(const std::string& socket) {
  auto known = clients_.find(socket);
  if (known == clients_.end()) {
    auto made = link::control_client::connect(socket, 1s);
    if (!made)
      return nullptr;
    known = clients_.emplace(socket, std::move(*made)).first;
  }
  return &known->second;
}

/// Many requests on their way at a time.
template <class Request, class Take>
void watcher::ask(const std::string& socket, role which, const std::vector<job_id>& jobs,
                  Take take) {
  for (std::size_t first = 0; first < jobs.size(); first += at_once) {
    auto* to = client(socket);
    if (!to)
      return;
    std::vector<std::uint64_t> numbers;
    for (auto i = first; i < std::min(jobs.size(), first + at_once); ++i) {
      auto number = to->send(to->at(which), Request{{}, jobs[i]}, patience);
      if (!number) {
        clients_.erase(socket);
        return;
      }
      numbers.push_back(*number);
    }
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      auto got = to->receive<response_of<Request>>(numbers[i], patience);
      if (!got && is_lost(got.why().code)) {
        clients_.erase(socket);
        return;
      }
      std::lock_guard lock{mutex_};
      if (got)
        take(jobs[first + i], std::move(*got));
    }
  }
}

void watcher::ask_lb(const std::vector<job_id>& jobs) {
  ask<lb::get_status>(settings_.lb, role::lb, jobs, [this](const job_id&, lb::job_status&& x) {
    news_.states.push_back(std::move(x));
  });
}

std::vector<lb::job_status> watcher::statuses_of(const std::vector<job_id>& jobs) {
  std::vector<lb::job_status> out;
  ask<lb::get_status>(settings_.lb, role::lb, jobs,
                      [&](const job_id&, lb::job_status&& x) { out.push_back(std::move(x)); });
  return out;
}

bool watcher::ask_active(const std::vector<job_id>& jobs) {
  auto* to = client(settings_.lb);
  if (!to)
    return true;
  lb::list_jobs some;
  some.states = {lb::job_state::ready, lb::job_state::scheduled, lb::job_state::running};
  some.limit = one_answer;
  auto got = to->call(role::lb, some, patience);
  if (!got && is_lost(got.why().code))
    clients_.erase(settings_.lb);
  if (!got)
    return is_lost(got.why().code);
  if (!got->next.empty())
    return false;
  std::set<job_id> active;
  for (const auto& x : got->jobs)
    active.insert(x.job);
  std::vector<job_id> left, rest;
  for (const auto& id : jobs)
    if (!active.contains(id))
      (active_.contains(id) ? left : rest).push_back(id);
  auto told = statuses_of(left); // one that is on its way again is told in the next round
  std::erase_if(told, [](const auto& x) { return is_active(x.state); });
  for (const auto& x : told)
    active_.erase(x.job);
  active_.merge(active);
  {
    std::lock_guard lock{mutex_};
    std::ranges::move(told, std::back_inserter(news_.states));
    std::ranges::move(got->jobs, std::back_inserter(news_.states));
  }
  auto others = statuses_of(rest);
  std::lock_guard lock{mutex_};
  for (auto& x : others)
    if (!is_active(x.state))
      news_.states.push_back(std::move(x));
  return true;
}

bool watcher::ask_lb_at_once() {
  auto* to = client(settings_.lb);
  if (!to)
    return true; // nobody answers
  lb::list_jobs all;
  all.limit = one_answer;
  auto got = to->call(role::lb, all, patience);
  if (!got && is_lost(got.why().code))
    clients_.erase(settings_.lb);
  if (!got)
    return is_lost(got.why().code);
  std::lock_guard lock{mutex_};
  std::ranges::move(got->jobs, std::back_inserter(news_.states));
  return got->next.empty();
}

void watcher::ask_wms(const std::vector<job_id>& jobs) {
  ask<wms::why>(settings_.wms, role::wms, jobs, [this](const job_id& id, wms::explanation&& x) {
    news_.attempts.emplace_back(id, x.attempt);
  });
}

void watcher::ask_letters() {
  for (const auto& socket : settings_.nodes) {
    auto* to = client(socket);
    if (!to)
      continue;
    auto rows = to->call(role::node, node::list_outbox{}, patience);
    if (!rows && is_lost(rows.why().code))
      clients_.erase(socket);
    std::lock_guard lock{mutex_};
    if (rows)
      news_.letters[socket] = rows->letters.size();
  }
}

} // namespace trellis::real
