#include "runtime/node/store_actor.hpp"

#include "runtime/log/log.hpp"
#include "runtime/node/crash_point.hpp"

#include <caf/actor_system.hpp>
#include <caf/spawn_options.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <thread>

namespace trellis {
namespace {

/// For rows of letters that have arrived.
constexpr auto soon = std::chrono::seconds{1};

constexpr std::size_t small_batch = 256; // changes
constexpr std::size_t worth_it = 2;      // steps that came in a moment of waiting
constexpr int most_passed_over = 63;

struct flush {
  using stays_at_home = void;
};

using store_inner = store_actor::extend<told<flush>>;

class store_shell {
public:
  static inline const char* name = "store";

  /// Who waits has no timer of its own: it hears that nothing will come.
  ~store_shell() {
    for (auto& promise : waiting_)
      promise.deliver(to_caf({errc::storage, "the store ended before the step was on disk"}));
  }

  void start(store_inner::stateful_pointer<store_shell> self, store_config config) {
    self_ = self;
    config_ = config;
    auto book = mail_book::read(*config_.engine, config_.self, config_.limits, batch_);
    if (!book) {
      log::error("store-unreadable", "{}", book.why().text);
      self_->quit(to_caf(book.why()));
      return;
    }
    book_ = std::move(*book);
    if (!batch_.empty())
      arm();
  }

  caf::result<store::committed> on_step(store::step& x) {
    auto repeats = std::ranges::count_if(x.receipts, [&](const auto& r) { return book_.has(r); });
    if (repeats > 0 && static_cast<std::size_t>(repeats) == x.receipts.size() && !x.rows_stand)
      return store::committed{true};
    if (auto room = book_.has_room(x.letters); !room)
      return to_caf(room.why());
    std::move(x.changes.begin(), x.changes.end(), std::back_inserter(batch_));
    for (const auto& r : x.receipts)
      if (!book_.has(r))
        book_.accept(r, batch_);
    for (const auto& letter : x.letters)
      letters_.push_back(book_.put(letter, batch_));
    synced_ |= !x.lazy;
    return answer_later();
  }

  caf::result<store::committed> on_restart(const store::restart_stream& x) {
    if (write(); failed_) // the rows must be on disk before they are read back
      return to_caf(*failed_);
    auto anew = book_.restart(x.to, x.last, *config_.engine, batch_);
    if (!anew)
      return to_caf(anew.why());
    std::move(anew->begin(), anew->end(), std::back_inserter(letters_));
    synced_ = true;
    return answer_later();
  }

  caf::result<store::forgotten> on_forget(const store::forget_peer& x) {
    if (write(); failed_)
      return to_caf(*failed_);
    auto out = book_.forget(x.peer, *config_.engine, batch_);
    if (!out)
      return to_caf(out.why());
    synced_ = true;
    if (write(); failed_)
      return to_caf(*failed_);
    return *out;
  }

  void on_gone(const store::letters_gone& x) {
    book_.gone(x.to, x.numbers, batch_);
    if (batch_.size() >= config_.batch_changes)
      arm();
    else if (!late_) { // with the next step, or soon: a letter that comes twice is known
      late_ = true;
      self_->delayed_send(self_, soon, flush{});
    }
  }

  void on_flush() {
    if (gathers()) {
      gathered_ = true;
      came_ = 0;
      std::this_thread::sleep_for(config_.gather);
      self_->send(self_, flush{}); // behind what has come meanwhile
      return;
    }
    if (std::exchange(gathered_, false))
      learn(came_);
    armed_ = late_ = false;
    write();
  }

  void on_post(const store::use_post& x) { post_ = x.who; }

private:
  caf::result<store::committed> answer_later() {
    auto promise = self_->make_response_promise<store::committed>();
    waiting_.push_back(promise);
    ++came_;
    if (batch_.size() >= config_.batch_changes)
      write();
    else
      arm();
    return promise;
  }

  /// A small batch shortly after another one: more will come, and a sync costs more than a wait.
  bool gathers() {
    using clock = std::chrono::steady_clock;
    if (config_.gather.count() == 0 || gathered_ || batch_.size() >= small_batch
        || clock::now() - written_ >= config_.gather * 4)
      return false;
    if (pass_over_ == 0)
      return true;
    --pass_over_;
    return false;
  }

  /// Who goes on only when the last step is on disk sends nothing meanwhile: then waits are tried
  /// ever less often.
  void learn(std::size_t came) {
    fruitless_ = came >= worth_it ? 0 : std::min(2 * fruitless_ + 1, most_passed_over);
    pass_over_ = fruitless_;
  }

  /// Behind everything that has queued up by now, or comes while the disk is at work.
  void arm() {
    if (!armed_) {
      armed_ = true;
      if (config_.disk_time.count() > 0)
        self_->delayed_send(self_, config_.disk_time, flush{});
      else
        self_->send(self_, flush{});
    }
  }

  void write() {
    book_.settle(batch_);
    if (batch_.empty() && waiting_.empty())
      return;
    auto how = synced_ ? storage::durability::synced : storage::durability::lazy;
    crash_point("store-before-commit");
    auto written = config_.engine->commit(batch_, how);
    crash_point("store-after-commit");
    if (config_.gather.count() > 0)
      written_ = std::chrono::steady_clock::now();
    batch_.clear();
    synced_ = false;
    auto waiting = std::exchange(waiting_, {});
    auto letters = std::exchange(letters_, {});
    if (!written) {
      log::error("store-write-failed", "{}", written.why().text);
      failed_ = written.why();
      for (auto& promise : waiting)
        promise.deliver(to_caf(written.why()));
      self_->quit(to_caf(written.why()));
      return;
    }
    for (auto& promise : waiting) // after the commit, never before
      promise.deliver(store::committed{});
    if (post_ && !letters.empty())
      self_->send(post_, post::committed_letters{std::move(letters)});
  }

  store_inner::stateful_pointer<store_shell> self_ = nullptr;
  store_config config_;
  mail_book book_;
  post_actor post_;
  std::vector<storage::change> batch_;
  std::vector<link::parcel> letters_;
  std::vector<caf::typed_response_promise<store::committed>> waiting_;
  std::optional<error> failed_;
  bool synced_ = false;
  bool armed_ = false;
  bool gathered_ = false;             // for the batch that comes next
  std::size_t came_ = 0;              // steps, meanwhile
  int fruitless_ = 0, pass_over_ = 0; // batches to come for which nobody waits
  std::chrono::steady_clock::time_point written_;
  bool late_ = false; // a flush is on its way that nobody waits for
};

store_inner::behavior_type run_store(store_inner::stateful_pointer<store_shell> self,
                                     store_config config) {
  auto& shell = self->state;
  shell.start(self, config);
  return {
      [&shell](store::step& x) { return shell.on_step(x); },
      [&shell](const store::letters_gone& x) { shell.on_gone(x); },
      [&shell](const store::restart_stream& x) { return shell.on_restart(x); },
      [&shell](const store::forget_peer& x) { return shell.on_forget(x); },
      [&shell](const store::use_post& x) { shell.on_post(x); },
      [&shell](flush) { shell.on_flush(); },
  };
}

} // namespace

store_actor spawn_store(caf::actor_system& system, store_config config, bool simulated) {
  if (simulated) {
    config.gather = {};
    return system.spawn(run_store, config);
  }
  return system.spawn<caf::detached>(run_store, config);
}

} // namespace trellis
