#include "runtime/link/user_gate.hpp"

#include "runtime/interfaces/crossings.hpp"
#include "runtime/link/deliveries.hpp"
#include "runtime/log/log.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

namespace trellis::link {

namespace {

using namespace std::chrono_literals;

class user_gate_shell {
public:
  static inline const char* name = "user_gate";
  using self_ptr = user_gate_actor::stateful_pointer<user_gate_shell>;

  void start(self_ptr self, node_context ctx, user_gate_config config) {
    self_ = self;
    ctx_ = std::move(ctx);
    config_ = config;
  }

  void take(user_call& x);

private:
  void find(const address& to, std::function<void(result<caf::strong_actor_ptr>)> then);
  void ask(const caf::strong_actor_ptr& whom, const call_delivery& row, caf::message what,
           const user_call& x);
  static std::optional<error> check(const user_call& x, const call_delivery* row);

  self_ptr self_ = nullptr;
  node_context ctx_;
  user_gate_config config_;
  std::map<address, caf::strong_actor_ptr> known_; // as the directory: handles stay good
  std::size_t open_ = 0;
};

void refuse(const user_call& x, const error& why) {
  log::warn("user-call-refused", "a call of {} is refused: {}", x.who.subject, why.text);
  x.reply(failure{x.what.number, why});
}

std::optional<error> user_gate_shell::check(const user_call& x, const call_delivery* delivery) {
  auto row = crossing_by(x.what.type);
  if (!row || !delivery || !delivery->by_somebody)
    return error{errc::unknown_message,
                 fmt::format("no request has number {:#06x} here", x.what.type)};
  if (!(row->senders & users))
    return error{errc::denied, fmt::format("message {:#06x} is not for users", x.what.type)};
  if (row->to != x.what.to.to)
    return error{errc::denied, fmt::format("message {:#06x} is for {}, not for {}", x.what.type,
                                           word(row->to), word(x.what.to.to))};
  return std::nullopt;
}

void user_gate_shell::take(user_call& x) {
  auto row = call_delivery_of(x.what.type);
  if (auto bad = check(x, row))
    return refuse(x, *bad);
  if (open_ >= config_.max_open)
    return refuse(x, {errc::busy, fmt::format("{} works on {} calls of users already",
                                              ctx_.host.text(), open_)});
  auto message = row->open(x.what.body, [&x](principal& who) -> std::optional<error> {
    who = x.who;
    return std::nullopt;
  });
  if (!message)
    return refuse(x, message.why());
  ++open_;
  find(x.what.to, [this, x, row, what = std::move(*message)](result<caf::strong_actor_ptr> whom) {
    if (whom)
      return ask(*whom, *row, what, x);
    --open_;
    x.reply(failure{x.what.number, whom.why()});
  });
}

void user_gate_shell::find(const address& to,
                           std::function<void(result<caf::strong_actor_ptr>)> then) {
  if (auto i = known_.find(to); i != known_.end())
    return then(i->second);
  self_->request(ctx_.directory, 10s, directory::find{to})
      .then(
          [this, to, then](directory::found& x) {
            known_[to] = x.handle;
            then(std::move(x.handle));
          },
          [then](const caf::error& e) { then(from_caf(e)); });
}

void user_gate_shell::ask(const caf::strong_actor_ptr& whom, const call_delivery& row,
                          caf::message what, const user_call& x) {
  auto to = caf::actor_cast<caf::actor>(whom);
  if (row.told) {
    --open_;
    caf::anon_send(to, std::move(what));
    return x.reply(answer{x.what.number, {}});
  }
  auto limit = std::clamp<std::chrono::milliseconds>(x.what.time_left, 1ms, config_.limit);
  auto done = [this, reply = x.reply, n = x.what.number](result<std::string> y) {
    --open_;
    if (y && y->size() > message_limit_bytes - 4096)
      y = error{errc::usage, fmt::format("the answer has {} bytes: ask for less", y->size())};
    if (y)
      reply(answer{n, std::move(*y)});
    else
      reply(failure{n, y.why()});
  };
  auto sent = self_->request(to, limit, std::move(what));
  self_->add_multiplexed_response_handler(sent.id(), row.listen(std::move(done)));
}

user_gate_actor::behavior_type user_gate(user_gate_shell::self_ptr self, node_context ctx,
                                         user_gate_config config) {
  self->state.start(self, std::move(ctx), config);
  return {[&shell = self->state](user_call& x) { shell.take(x); }};
}

} // namespace

user_gate_actor spawn_user_gate(caf::actor_system& in, node_context ctx, user_gate_config config) {
  return in.spawn(user_gate, std::move(ctx), config);
}

} // namespace trellis::link
