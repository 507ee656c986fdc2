#include "bin/replay/users.hpp"

#include <sys/syscall.h>
#include <unistd.h>

namespace trellis::real {

using namespace std::chrono_literals;

namespace {

using std::chrono::milliseconds;

constexpr milliseconds patience = 10s;
constexpr auto pause = 100ms;
constexpr std::size_t at_once = 128; // requests that wait for their answers

/// Asking again cannot help.
bool is_final(errc x) {
  return x == errc::usage || x == errc::malformed || x == errc::denied || x == errc::not_found
         || x == errc::illegal_transition || x == errc::expired || x == errc::unauthenticated;
}

} // namespace

result<link::control_client> connect_as(const std::string& socket, std::uint32_t uid,
                                        std::chrono::milliseconds limit) {
  auto own = ::geteuid();
  if (uid == own)
    return link::control_client::connect(socket, limit);
  // Of this thread alone; the C library would change all.
  if (::syscall(SYS_setresuid, -1, uid, -1) != 0)
    return error{errc::denied, "cannot act as another user: that takes root"};
  auto out = link::control_client::connect(socket, limit);
  if (::syscall(SYS_setresuid, -1, own, -1) != 0)
    std::abort();
  return out;
}

users::users() : thread_([this] { run(); }) {}

users::~users() {
  {
    std::lock_guard lock{mutex_};
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void users::send(errand x) {
  {
    std::lock_guard lock{mutex_};
    queue_.push_back(std::move(x));
  }
  wake_.notify_all();
}

std::vector<users::answer> users::answers() {
  std::lock_guard lock{mutex_};
  return std::exchange(answers_, {});
}

/// In the order of their sending, of one user at one node.
std::vector<users::errand> users::take_due() {
  std::unique_lock lock{mutex_};
  std::vector<errand> out;
  auto now = clock::now();
  auto next = now + 1h;
  for (auto x = queue_.begin(); x != queue_.end() && out.size() < at_once;) {
    auto same = out.empty() || (x->socket == out[0].socket && x->uid == out[0].uid);
    if (x->not_before <= now && same) {
      out.push_back(std::move(*x));
      x = queue_.erase(x);
    } else {
      next = std::min(next, x->not_before);
      ++x;
    }
  }
  if (out.empty() && !stop_)
    wake_.wait_until(lock, next);
  return out;
}

void users::later(errand x) {
  if (x.tries_left == 1)
    return;
  x.tries_left -= x.tries_left > 0;
  x.not_before = clock::now() + pause;
  send(std::move(x));
}

errc users::submitted(errand x, result<wms::submitted> got) {
  auto code = got ? errc::none : got.why().code;
  if (x.twice) { // whatever it says gets lost
    x.twice = false;
    later(std::move(x));
  } else if (!got && !is_final(code))
    later(std::move(x));
  else {
    std::lock_guard lock{mutex_};
    answers_.push_back({x.job, got ? result<job_id>{got->job} : result<job_id>{got.why()}});
  }
  return code;
}

errc users::finish(errand x, link::control_client& to, const result<std::uint64_t>& number,
                   milliseconds limit) {
  if (std::holds_alternative<wms::submit>(x.what))
    return submitted(std::move(x), number ? to.receive<wms::submitted>(*number, limit)
                                          : result<wms::submitted>{number.why()});
  auto code = errc::none;
  if (!number)
    code = number.why().code;
  else if (std::holds_alternative<wms::cancel>(x.what)) {
    if (auto got = to.receive<wms::cancel_taken>(*number, limit); !got)
      code = got.why().code;
  } else if (auto got = to.receive<ce::drained>(*number, limit); !got)
    code = got.why().code;
  if (code != errc::none && !is_final(code))
    later(std::move(x));
  return code;
}

void users::refuse_all(std::vector<errand> all, const error& why) {
  for (auto& x : all)
    if (std::holds_alternative<wms::submit>(x.what))
      submitted(std::move(x), why);
    else if (!is_final(why.code))
      later(std::move(x));
}

void users::serve(const who& at, std::vector<errand> all) {
  auto client = clients_.find(at);
  if (client == clients_.end()) {
    auto made = connect_as(at.first, at.second, 2s);
    if (!made)
      return refuse_all(std::move(all), made.why());
    client = clients_.emplace(at, std::move(*made)).first;
  }
  auto& to = client->second;
  std::vector<result<std::uint64_t>> numbers;
  for (const auto& x : all) {
    auto which = std::holds_alternative<ce::drain>(x.what) ? role::ce : role::wms;
    numbers.push_back(std::visit(
        [&](const auto& request) { return to.send(to.at(which), request, patience); }, x.what));
  }
  auto broken = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto code = finish(std::move(all[i]), to, numbers[i], broken ? 1ms : patience);
    broken |= code == errc::timed_out || code == errc::site_unreachable;
  }
  if (broken)
    clients_.erase(client);
}

void users::run() {
  for (;;) {
    {
      std::lock_guard lock{mutex_};
      if (stop_)
        return;
    }
    auto all = take_due();
    if (all.empty())
      continue;
    auto at = who{all[0].socket, all[0].uid};
    serve(at, std::move(all));
  }
}

} // namespace trellis::real
