#include "runtime/node/supervision.hpp"

#include "runtime/log/log.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <algorithm>
#include <deque>
#include <memory>

namespace trellis::supervision {

namespace {

using namespace std::chrono_literals;

struct start_again {
  using stays_at_home = void;
};

struct supervisor_shell {
  static inline const char* name = "supervisor";

  caf::event_based_actor* self = nullptr;
  std::string path;
  make_child make;
  restart_limit limit;
  caf::strong_actor_ptr child;
  std::deque<caf::mailbox_element_ptr> waiting;
  std::deque<caf::actor_clock::time_point> recent; // restarts within the window
  std::uint32_t restarts = 0;                      // of all its life
  bool stopping = false;

  void start() {
    child = make();
    self->monitor(child);
    for (auto& x : waiting)
      child->enqueue(std::move(x), self->context());
    waiting.clear();
  }

  void child_down(const caf::error& why) {
    child = nullptr;
    if (stopping)
      return self->quit(caf::exit_reason::user_shutdown);
    auto now = self->clock().now();
    while (!recent.empty() && now - recent.front() > limit.within)
      recent.pop_front();
    auto text = from_caf(why).text;
    if (recent.size() >= limit.restarts) {
      log::error("service-given-up", "{} ended again ({}) after {} restarts", path, text,
                 recent.size());
      return self->quit(why ? why : caf::error{caf::exit_reason::unhandled_exception});
    }
    recent.push_back(now);
    ++restarts;
    auto pause = pause_before(static_cast<std::uint32_t>(recent.size()));
    log::warn("service-restarts", "{} ended ({}) and starts again in {} ms", path, text,
              pause.count());
    self->delayed_send(self, pause, start_again{});
  }

  caf::result<caf::message> hand_on(caf::message_view& x) {
    if (!child && waiting.size() >= waiting_messages)
      return caf::make_error(errc::busy, path + " starts again and too many messages wait for it");
    auto stages = std::move(self->current_mailbox_element()->stages);
    auto sender = self->current_sender();
    auto element = caf::make_mailbox_element(std::move(sender), self->take_current_message_id(),
                                             std::move(stages), x.move_content_to_message());
    if (child)
      child->enqueue(std::move(element), self->context());
    else
      waiting.push_back(std::move(element));
    return caf::delegated<caf::message>{};
  }

  void stop() {
    stopping = true;
    if (child)
      self->send_exit(child, caf::exit_reason::user_shutdown);
    else
      self->quit(caf::exit_reason::user_shutdown);
  }

  node::actor_row row() const {
    return {path, child ? "running" : "restarting", waiting.size(), restarts};
  }
};

caf::behavior supervisor(caf::stateful_actor<supervisor_shell>* self, const std::string& path,
                         const make_child& make, restart_limit limit) {
  auto& shell = self->state;
  shell.self = self;
  shell.path = path;
  shell.make = make;
  shell.limit = limit;
  self->set_down_handler([&shell](caf::scheduled_actor*, caf::down_msg& x) {
    if (shell.child && x.source == shell.child->address())
      shell.child_down(x.reason);
  });
  self->set_exit_handler([&shell](caf::scheduled_actor*, caf::exit_msg&) { shell.stop(); });
  self->set_default_handler(
      [&shell](caf::scheduled_actor*, caf::message_view& x) { return shell.hand_on(x); });
  shell.start();
  return {
      [&shell](start_again) {
        if (!shell.stopping)
          shell.start();
      },
      [&shell](get_row) { return shell.row(); },
  };
}

struct root_shell {
  static inline const char* name = "root";

  std::vector<watched> all;
  std::function<void(const std::string&)> fallen;

  void down(const caf::down_msg& x) {
    if (x.reason == caf::exit_reason::user_shutdown)
      return;
    for (const auto& w : all)
      if (w.who->address() == x.source) {
        auto text = w.path + " ended: " + from_caf(x.reason).text;
        log::error("node-fell", "{}", text);
        if (auto tell = std::exchange(fallen, nullptr))
          tell(text);
      }
  }
};

/// Rows of those that were asked, each with what is below it.
struct gathering {
  std::vector<node::actor_rows> of;
  std::size_t left = 0;

  node::actor_rows all() const {
    node::actor_rows out;
    for (const auto& x : of)
      out.actors.insert(out.actors.end(), x.actors.begin(), x.actors.end());
    return out;
  }
};

bool is_below(std::string_view path, std::string_view top) {
  return path.starts_with(top) && (path.size() == top.size() || path[top.size()] == '/');
}

caf::result<node::actor_rows> tree(caf::stateful_actor<root_shell>* self, const get_tree& x) {
  auto promise = self->make_response_promise<node::actor_rows>();
  auto got = std::make_shared<gathering>();
  got->left = 1;
  auto one_less = [promise, got]() mutable {
    if (--got->left == 0)
      promise.deliver(got->all());
  };
  got->of.resize(self->state.all.size());
  for (std::size_t i = 0; i < self->state.all.size(); ++i) {
    const auto& w = self->state.all[i];
    if (w.path.starts_with(x.subtree))
      got->of[i].actors.push_back({w.path, "running", 0, 0});
    else if (!w.has_children || !is_below(x.subtree, w.path))
      continue;
    auto who = caf::actor_cast<caf::actor>(w.who);
    if (w.supervisor && !got->of[i].actors.empty()) {
      ++got->left;
      self->request(who, 2s, get_row{})
          .then(
              [got, i, one_less](node::actor_row& row) mutable {
                got->of[i].actors[0] = std::move(row);
                one_less();
              },
              [got, i, one_less](const caf::error&) mutable {
                got->of[i].actors[0].state = "silent";
                one_less();
              });
    }
    if (w.has_children) {
      ++got->left;
      self->request(who, 4s, get_children{w.path, is_below(x.subtree, w.path)})
          .then(
              [got, i, one_less, subtree = x.subtree](const node::actor_rows& rows) mutable {
                for (const auto& row : rows.actors)
                  if (row.path.starts_with(subtree))
                    got->of[i].actors.push_back(row);
                one_less();
              },
              [one_less](const caf::error&) mutable { one_less(); });
    }
  }
  one_less();
  return promise;
}

caf::behavior root(caf::stateful_actor<root_shell>* self,
                   const std::function<void(const std::string&)>& fallen) {
  self->state.fallen = fallen;
  self->set_down_handler([self](caf::scheduled_actor*, caf::down_msg& x) { self->state.down(x); });
  return {
      [self](const get_tree& x) { return tree(self, x); },
      [self](watched& x) {
        self->monitor(x.who);
        self->state.all.push_back(std::move(x));
      },
  };
}

} // namespace

std::chrono::milliseconds pause_before(std::uint32_t restart) {
  return std::min(100ms * (1u << std::min(restart - 1, 6u)), std::chrono::milliseconds{5'000});
}

caf::strong_actor_ptr spawn_supervisor(caf::actor_system& in, std::string path, make_child make,
                                       restart_limit limit) {
  return caf::actor_cast<caf::strong_actor_ptr>(
      in.spawn(supervisor, std::move(path), std::move(make), limit));
}

caf::strong_actor_ptr spawn_root(caf::actor_system& in,
                                 std::function<void(const std::string& why)> fallen) {
  return caf::actor_cast<caf::strong_actor_ptr>(in.spawn(root, std::move(fallen)));
}

} // namespace trellis::supervision
