/// The store: one sync for many steps, an answer only after it, letters numbered without holes over
/// crashes, receipts that make a repeat harmless. Each case breaks when its promise does.
#include "runtime/node/store_actor.hpp"
#include "storage/mail.hpp"
#include "storage/memory_engine.hpp"
#include "tests/runtime/deterministic.hpp"

#include <boost/test/unit_test.hpp>

namespace trellis {
namespace {

using storage::family;

host_name host(std::string_view s) { return *host_name::parse(s); }

/// Counts syncs.
struct counting_engine : storage::memory_engine {
  result<done> commit(std::span<const storage::change> batch, storage::durability how) override {
    ++commits;
    return memory_engine::commit(batch, how);
  }

  int commits = 0;
};

struct a_store : deterministic {
  counting_engine engine;
  storage::identity who{"birth", "inc1"};
  mail_limits limits;
  std::chrono::microseconds disk_time{0};
  store_actor store = open();

  store_actor open() {
    store_config to;
    to.engine = &engine;
    to.self = who;
    to.limits = limits;
    to.disk_time = disk_time;
    return keep(spawn_store(system, to, true));
  }

  void restart() {
    stop();
    store = open();
  }

  static store::step row(std::string key, std::string value) {
    store::step x;
    x.put(family::wms_jobs, std::move(key), std::move(value));
    return x;
  }

  static store::step letter(std::string body, std::string to = "ral.example") {
    store::step x;
    x.letters.push_back({
        {role::ce, host(to), 0},
        0x0304, std::move(body)
    });
    return x;
  }

  store::step with_receipt(std::uint64_t number) {
    auto x = row("r" + std::to_string(number), "x");
    x.accept({
        {host("ral.example"), "b", "i", {role::wms, host("cern.example"), 0}},
        number
    });
    return x;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(the_store, a_store)

BOOST_AUTO_TEST_CASE(many_steps_share_one_sync) {
  for (int i = 0; i < 50; ++i)
    self->send(store, row("k" + std::to_string(i), "v"));
  run();
  BOOST_TEST(engine.size(family::wms_jobs) == 50u);
  BOOST_TEST(engine.commits == 1);
}

BOOST_AUTO_TEST_CASE(what_was_answered_survives_a_crash) {
  BOOST_TEST(bool(ask<store::committed>(store, row("a", "1"))));
  engine.crash();
  BOOST_TEST(engine.get(family::wms_jobs, "a")->value_or("") == "1");
}

BOOST_AUTO_TEST_CASE(a_failed_write_answers_nobody_with_success) {
  engine.fail_next(1);
  auto answer = ask<store::committed>(store, row("a", "1"));
  BOOST_REQUIRE(!answer);
  BOOST_TEST(word(answer.why().code) == "storage");
  BOOST_TEST(!engine.get(family::wms_jobs, "a")->has_value());
}

BOOST_AUTO_TEST_CASE(numbers_go_on_after_a_crash_even_when_all_letters_are_gone) {
  BOOST_TEST(bool(ask<store::committed>(store, letter("one"))));
  BOOST_TEST(bool(ask<store::committed>(store, letter("two"))));
  self->send(store, store::letters_gone{
                        {role::ce, host("ral.example"), 0},
                        {1,        2                          }
  });
  BOOST_TEST(bool(ask<store::committed>(store, row("sync", ""))));
  engine.crash();
  restart();
  BOOST_TEST(bool(ask<store::committed>(store, letter("three"))));
  auto rows = storage::read_outboxes(engine);
  BOOST_REQUIRE(bool(rows));
  BOOST_REQUIRE(rows->size() == 1u);
  BOOST_REQUIRE(rows->front().waiting.size() == 1u);
  BOOST_TEST(rows->front().waiting[0].number == 3u);
  BOOST_TEST(rows->front().next == 4u);
}

BOOST_AUTO_TEST_CASE(a_repeated_receipt_changes_nothing) {
  auto first = ask<store::committed>(store, with_receipt(1));
  BOOST_TEST((first && !first->repeat));
  engine.crash();
  restart();
  auto again = with_receipt(1);
  again.put(family::wms_jobs, "r1", "changed");
  auto second = ask<store::committed>(store, std::move(again));
  BOOST_TEST((second && second->repeat));
  BOOST_TEST(engine.get(family::wms_jobs, "r1")->value_or("") == "x");
}

/// Else L&B would lose what others logged in the same step.
BOOST_AUTO_TEST_CASE(rows_of_their_own_are_written_with_a_repeated_receipt) {
  BOOST_TEST(bool(ask<store::committed>(store, with_receipt(1))));
  auto again = with_receipt(1);
  again.put(family::wms_jobs, "of-another", "y");
  again.rows_stand = true;
  auto second = ask<store::committed>(store, std::move(again));
  BOOST_TEST((second && !second->repeat));
  BOOST_TEST(engine.get(family::wms_jobs, "of-another")->value_or("") == "y");
  BOOST_TEST(storage::read_inboxes(engine)->front().last == 1u);
}

BOOST_AUTO_TEST_CASE(receipts_in_any_order_leave_one_row) {
  for (auto n : {3u, 1u, 2u})
    BOOST_TEST(bool(ask<store::committed>(store, with_receipt(n))));
  auto rows = storage::read_inboxes(engine);
  BOOST_REQUIRE(bool(rows));
  BOOST_REQUIRE(rows->size() == 1u);
  BOOST_TEST(rows->front().last == 3u);
  BOOST_TEST(rows->front().beyond.empty());
}

BOOST_AUTO_TEST_CASE(a_full_outbox_refuses_new_work_and_keeps_the_old) {
  limits.outbox_bytes_a_peer = 1000;
  restart();
  BOOST_TEST(bool(ask<store::committed>(store, letter(std::string(2000, 'x')))));
  auto refused = ask<store::committed>(store, letter("more"));
  BOOST_REQUIRE(!refused);
  BOOST_TEST(word(refused.why().code) == "busy");
  BOOST_TEST(bool(ask<store::committed>(store, letter("other", "infn.example"))));
}

BOOST_AUTO_TEST_CASE(a_restored_store_begins_new_streams) {
  BOOST_TEST(bool(ask<store::committed>(store, letter("one"))));
  BOOST_TEST(bool(ask<store::committed>(store, letter("two"))));
  who.incarnation = "inc2";
  restart();
  BOOST_TEST(bool(ask<store::committed>(store, row("sync", ""))));
  auto rows = storage::read_outboxes(engine);
  BOOST_REQUIRE(rows->size() == 1u);
  BOOST_TEST(rows->front().incarnation == "inc2");
  BOOST_TEST(rows->front().waiting.size() == 2u);
  BOOST_TEST(rows->front().waiting[0].number == 1u);
}

BOOST_AUTO_TEST_CASE(a_stream_to_a_restored_peer_is_numbered_anew) {
  for (auto body : {"one", "two", "three"})
    BOOST_TEST(bool(ask<store::committed>(store, letter(body))));
  address to{role::ce, host("ral.example"), 0};
  BOOST_TEST(bool(ask<store::committed>(store, store::restart_stream{to, 1})));
  auto rows = storage::read_outboxes(engine);
  BOOST_TEST(rows->front().incarnation == "inc1.1");
  BOOST_REQUIRE(rows->front().waiting.size() == 2u);
  BOOST_TEST(rows->front().waiting[0].body == "two");
  BOOST_TEST(rows->front().waiting[0].number == 1u);
}

BOOST_AUTO_TEST_CASE(a_forgotten_peers_letters_are_kept_as_dead_letters) {
  BOOST_TEST(bool(ask<store::committed>(store, letter("one"))));
  auto gone = ask<store::forgotten>(store, store::forget_peer{host("ral.example")});
  BOOST_TEST((gone && gone->letters == 1u));
  BOOST_TEST(engine.size(family::dead_letters) == 1u);
  BOOST_TEST(storage::read_outboxes(engine)->front().waiting.empty());
}

/// A slow disk: what comes while it works shares its batch, and who falls meanwhile wrote nothing.
BOOST_AUTO_TEST_CASE(a_disk_takes_its_time) {
  disk_time = std::chrono::milliseconds{5};
  restart();
  self->request(store, caf::infinite, row("a", "1"));
  advance(std::chrono::milliseconds{4});
  self->send(store, row("b", "2"));
  run();
  BOOST_TEST(engine.commits == 0);
  BOOST_TEST(!self->has_next_message());
  advance(std::chrono::milliseconds{1});
  BOOST_TEST(engine.commits == 1);
  BOOST_TEST(engine.size(family::wms_jobs) == 2u);
  BOOST_TEST(self->has_next_message());
  self->send(store, row("c", "3"));
  run();
  restart();
  advance(std::chrono::seconds{1});
  BOOST_TEST(engine.size(family::wms_jobs) == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace trellis
