#include "runtime/edge/withdrawal_actor.hpp"

#include "runtime/log/log.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace trellis::edge {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s; // more than a question waits

/// To oneself: ask this server again.
struct ask_again {
  using stays_at_home = void;
  host_name host;
};

using withdrawal_keeper = withdrawal_actor::extend<told<ask_again>>;

struct withdrawal_shell {
  struct server {
    voms_actor handle;
    withdrawal_reader reader;
    bool silent = false; // told in the log
  };

  withdrawal_keeper::pointer self = nullptr;
  node_context ctx;
  withdrawal_config config;
  std::map<host_name, server> servers;

  static inline const char* name = "withdrawals";

  void add(const host_name& host) {
    if (servers.try_emplace(host).second)
      ask(host);
  }

  void ask(const host_name& host) {
    if (servers.at(host).handle)
      return watch(host);
    self->request(ctx.directory, patience,
                  directory::find{
                      {role::voms, host, 0}
    })
        .then(
            [this, host](const directory::found& x) {
              servers.at(host).handle = caf::actor_cast<voms_actor>(x.handle);
              watch(host);
            },
            [this, host](const caf::error& e) { failed(host, from_caf(e)); });
  }

  void watch(const host_name& host) {
    auto& to = servers.at(host);
    self->request(to.handle, config.wait + patience, to.reader.question(config.wait))
        .then([this, host](const voms::withdrawn_news& x) { heard(host, x); },
              [this, host](const caf::error& e) { failed(host, from_caf(e)); });
  }

  void heard(const host_name& host, const voms::withdrawn_news& x) {
    auto& from = servers.at(host);
    if (std::exchange(from.silent, false))
      log::info("edge-voms-heard", "the VOMS server of {} answers again", host.text());
    if (from.reader.take(x))
      config.tell(host, from.reader.known());
    watch(host);
  }

  void failed(const host_name& host, const error& why) {
    if (!std::exchange(servers.at(host).silent, true))
      log::warn("edge-voms-silent",
                "what {} takes back of its attribute certificates is not heard now: {}",
                host.text(), why.text);
    self->delayed_send(self, config.again, ask_again{host});
  }
};

withdrawal_keeper::behavior_type
withdrawal_watch(withdrawal_keeper::stateful_pointer<withdrawal_shell> self, node_context ctx,
                 withdrawal_config config) {
  auto& shell = self->state;
  shell.self = self;
  shell.ctx = std::move(ctx);
  shell.config = std::move(config);
  for (const auto& x : shell.config.servers)
    shell.add(x);
  return {
      [&shell](const watch_server& x) { shell.add(x.host); },
      [&shell](const ask_again& x) { shell.ask(x.host); },
  };
}

} // namespace

withdrawal_actor spawn_withdrawal_watch(caf::actor_system& in, node_context ctx,
                                        withdrawal_config config) {
  return caf::actor_cast<withdrawal_actor>(
      in.spawn(withdrawal_watch, std::move(ctx), std::move(config)));
}

} // namespace trellis::edge
