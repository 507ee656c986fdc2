#include "actors/world/client_actor.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace trellis::world {
namespace {

struct send_again {
  using stays_at_home = void;
  send_job what;
};

struct cancel_again {
  using stays_at_home = void;
  cancel_job what;
  int tries = 0;
};

using client_inner = client_actor::extend<told<send_again>, told<cancel_again>>;

/// Asking again cannot help.
bool is_final(errc x) {
  return x == errc::usage || x == errc::malformed || x == errc::denied || x == errc::not_found
         || x == errc::illegal_transition || x == errc::expired || x == errc::unauthenticated;
}

class client_shell {
public:
  static inline const char* name = "users";

  void start(client_inner::stateful_pointer<client_shell> self, client_config config) {
    self_ = self;
    config_ = std::move(config);
  }

  void send(const send_job& x) {
    auto later = [this, x](bool twice) {
      auto again = x;
      again.twice = twice;
      self_->delayed_send(self_, config_.pause, send_again{std::move(again)});
    };
    auto wms = config_.wms();
    if (!wms)
      return later(x.twice);
    auto asked = self_->request(caf::actor_cast<wms_actor>(wms), config_.patience, x.what);
    if (x.twice) { // whatever it says gets lost
      asked.then([](const wms::submitted&) {}, [](const caf::error&) {});
      return later(false);
    }
    asked.then([this, x](const wms::submitted& answer) { bring_files(x, answer, 0); },
               [this, later, which = x.which](const caf::error& e) {
                 auto why = from_caf(e);
                 if (is_final(why.code))
                   config_.refused(which, why);
                 else
                   later(false);
               });
  }

  /// The files that the WMS waits for, then the word to start. Whatever fails, all is done again
  /// from the submission on: the same request is the same job.
  void bring_files(const send_job& x, const wms::submitted& answer, std::size_t next) {
    if (answer.upload.empty())
      return config_.accepted(x.which, answer.job);
    auto failed = [this, x, job = answer.job](const caf::error& e) {
      auto why = from_caf(e);
      if (why.code == errc::illegal_transition) // it was started, and the answer was lost
        return config_.accepted(x.which, job);
      if (is_final(why.code))
        return config_.refused(x.which, why);
      auto again = x;
      self_->delayed_send(self_, config_.pause, send_again{std::move(again)});
    };
    auto wms = config_.wms();
    if (!wms)
      return failed(to_caf({errc::site_unreachable, "the WMS is down"}));
    auto to = caf::actor_cast<wms_actor>(wms);
    if (next == answer.upload.size())
      return void(self_->request(to, config_.patience, wms::start{x.what.who, answer.job})
                      .then([this, which = x.which, job = answer.job](
                                const wms::started&) { config_.accepted(which, job); },
                            failed));
    chunk piece;
    piece.bytes = "a file of the story\n";
    piece.crc32 = crc32(piece.bytes);
    piece.file_size = piece.bytes.size();
    piece.last = true;
    self_
        ->request(to, config_.patience,
                  wms::put_input{x.what.who, answer.job, answer.upload[next], piece, true})
        .then([=, this](const wms::input_taken&) { bring_files(x, answer, next + 1); }, failed);
  }

  void cancel(const cancel_job& x, int tries) {
    auto later = [this, x, tries] {
      if (tries < config_.cancel_tries)
        self_->delayed_send(self_, config_.pause, cancel_again{x, tries + 1});
    };
    auto wms = config_.wms();
    if (!wms)
      return later();
    self_->request(caf::actor_cast<wms_actor>(wms), config_.patience, x.what)
        .then([](const wms::cancel_taken&) {},
              [later](const caf::error& e) {
                if (!is_final(from_caf(e).code))
                  later();
              });
  }

private:
  client_inner::stateful_pointer<client_shell> self_ = nullptr;
  client_config config_;
};

client_inner::behavior_type client(client_inner::stateful_pointer<client_shell> self,
                                   client_config config) {
  auto& shell = self->state;
  shell.start(self, std::move(config));
  return {
      [&shell](const send_job& x) { shell.send(x); },
      [&shell](const cancel_job& x) { shell.cancel(x, 0); },
      [&shell](const send_again& x) { shell.send(x.what); },
      [&shell](const cancel_again& x) { shell.cancel(x.what, x.tries); },
  };
}

} // namespace

client_actor spawn_client(caf::actor_system& in, client_config config) {
  return in.spawn(client, std::move(config));
}

} // namespace trellis::world
