#include "runtime/log/log.hpp"
#include "runtime/node/supervision.hpp"
#include "tests/runtime/deterministic.hpp"

#include <caf/event_based_actor.hpp>

#include <optional>

using namespace trellis;
using namespace std::chrono_literals;

namespace {

struct echo {
  using stays_at_home = void;
  int number = 0;
};

struct crash {
  using stays_at_home = void;
};

/// A supervised service that answers 100 * (its incarnation) + number, and can be made to fall.
struct supervised : deterministic {
  log::collector lines;
  int starts = 0;
  caf::strong_actor_ptr handle = keep(supervision::spawn_supervisor(system, "ral/ce", [this] {
    auto born = ++starts;
    return caf::actor_cast<caf::strong_actor_ptr>(system.spawn([born](caf::event_based_actor* me) {
      return caf::behavior{
          [born](const echo& x) { return echo{100 * born + x.number}; },
          [me](crash) { me->quit(caf::make_error(errc::storage, "the disk is full")); },
      };
    }));
  }));

  caf::strong_actor_ptr root_of(const std::vector<supervision::watched>& all,
                                std::function<void(const std::string&)> fallen) {
    auto root = supervision::spawn_root(system, std::move(fallen));
    for (const auto& x : all)
      self->send(caf::actor_cast<caf::actor>(root), x);
    scheduler.run();
    return root;
  }

  void fall() {
    self->send(caf::actor_cast<caf::actor>(handle), crash{});
    scheduler.run();
  }

  /// The answer, or nothing when there was an error.
  std::optional<int> ask(int number, std::chrono::milliseconds time = 0ms) {
    std::optional<int> out;
    auto request = self->request(caf::actor_cast<caf::actor>(handle), caf::infinite, echo{number});
    advance(time);
    request.receive([&](echo& x) { out = x.number; }, [&](caf::error&) {});
    return out;
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(messages_go_through_to_the_child, supervised) {
  BOOST_TEST(*ask(7) == 107);
}

BOOST_FIXTURE_TEST_CASE(the_handle_stays_good_over_a_restart, supervised) {
  fall();
  BOOST_TEST(*ask(7, 100ms) == 207); // it waited for the new child
  BOOST_TEST(lines.count("service-restarts") == 1u);
  BOOST_TEST(lines.last("service-restarts").find("the disk is full") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(messages_keep_their_order_over_a_restart, supervised) {
  fall();
  auto to = caf::actor_cast<caf::actor>(handle);
  auto first = self->request(to, caf::infinite, echo{1});
  auto second = self->request(to, caf::infinite, echo{2});
  advance(100ms);
  std::vector<int> got;
  first.receive([&](echo& x) { got.push_back(x.number); }, [](caf::error&) {});
  second.receive([&](echo& x) { got.push_back(x.number); }, [](caf::error&) {});
  BOOST_TEST((got == std::vector{201, 202}));
}

BOOST_FIXTURE_TEST_CASE(three_restarts_then_it_falls, supervised) {
  self->monitor(caf::actor_cast<caf::actor>(handle));
  for (int i = 1; i <= 3; ++i) {
    fall();
    advance(5s);
    BOOST_TEST(starts == i + 1);
  }
  BOOST_TEST(lines.count("service-given-up") == 0u);
  fall();
  advance(5s);
  BOOST_TEST(starts == 4);
  BOOST_TEST(lines.count("service-given-up") == 1u);
  std::optional<caf::error> why;
  self->receive([&](caf::down_msg& x) { why = x.reason; });
  BOOST_TEST((from_caf(*why).code == errc::storage));
}

BOOST_FIXTURE_TEST_CASE(who_waits_for_a_service_that_falls_hears_of_it, supervised) {
  for (int i = 0; i < 3; ++i) {
    fall();
    advance(5s);
  }
  auto to = caf::actor_cast<caf::actor>(handle);
  self->send(to, crash{});
  auto request = self->request(to, caf::infinite, echo{1}); // behind the crash
  scheduler.run();
  bool failed = false;
  request.receive([](echo&) {}, [&](caf::error&) { failed = true; });
  BOOST_TEST(failed);
}

BOOST_FIXTURE_TEST_CASE(rare_faults_do_not_add_up, supervised) {
  for (int i = 0; i < 10; ++i) {
    fall();
    advance(61s);
  }
  BOOST_TEST(starts == 11);
  BOOST_TEST(lines.count("service-given-up") == 0u);
}

BOOST_FIXTURE_TEST_CASE(too_many_waiting_requests_are_refused, supervised) {
  fall();
  auto to = caf::actor_cast<caf::actor>(handle);
  for (std::size_t i = 0; i < supervision::waiting_messages; ++i)
    self->send(to, echo{0});
  auto request = self->request(to, caf::infinite, echo{1});
  scheduler.run();
  error why;
  request.receive([](echo&) {}, [&](caf::error& e) { why = from_caf(e); });
  BOOST_TEST((why.code == errc::busy));
}

BOOST_FIXTURE_TEST_CASE(a_clean_stop_is_no_failure, supervised) {
  bool fell = false;
  auto root = root_of(
      {
          {"ral/ce", handle, true}
  },
      [&](const std::string&) { fell = true; });
  scheduler.run();
  self->send_exit(handle, caf::exit_reason::user_shutdown);
  advance(5s);
  BOOST_TEST(!fell);
  BOOST_TEST(starts == 1);
  caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
  scheduler.run();
}

BOOST_FIXTURE_TEST_CASE(the_root_says_when_a_part_fell, supervised) {
  std::string told;
  auto root = root_of(
      {
          {"ral/ce", handle, true}
  },
      [&](const std::string& why) { told += why; });
  for (int i = 0; i < 4; ++i) {
    fall();
    advance(5s);
  }
  BOOST_TEST(told == "ral/ce ended: the disk is full");
  BOOST_TEST(lines.count("node-fell") == 1u);
  caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
  scheduler.run();
}

BOOST_FIXTURE_TEST_CASE(the_tree_is_listed, supervised) {
  auto root = root_of(
      {
          {"ral/store", handle, false},
          {"ral/ce",    handle, true }
  },
      nullptr);
  fall();
  auto request = self->request(caf::actor_cast<caf::actor>(root), caf::infinite,
                               supervision::get_tree{"ral/c"});
  scheduler.run();
  node::actor_rows rows;
  request.receive([&](node::actor_rows& x) { rows = x; }, [](caf::error&) {});
  BOOST_REQUIRE(rows.actors.size() == 1u);
  BOOST_TEST(rows.actors[0].path == "ral/ce");
  BOOST_TEST(rows.actors[0].state == "restarting");
  BOOST_TEST(rows.actors[0].restarts == 1u);
  caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
  scheduler.run();
}

/// Tells of two below it, whatever it is asked.
caf::behavior a_parent(caf::event_based_actor*) {
  return {
      [](supervision::get_row) {
        return node::actor_row{"ral/wms", "running", 0, 2};
      },
      [](const supervision::get_children& x) {
        node::actor_rows out{{{x.path + "/*", "2 with an actor", 0, 0}}};
        for (auto name : {"/a", "/b"})
          if (x.each)
            out.actors.push_back({x.path + name, "idle", 1, 0});
        return out;
      },
  };
}

BOOST_FIXTURE_TEST_CASE(what_is_below_a_role_is_counted_and_on_demand_listed, supervised) {
  auto wms = caf::actor_cast<caf::strong_actor_ptr>(keep(system.spawn(a_parent)));
  auto root = keep(root_of(
      {
          {"ral/wms",   wms,    true,  true },
          {"ral/store", handle, false, false}
  },
      nullptr));
  auto paths = [&](std::string subtree) {
    auto rows = deterministic::ask<node::actor_rows>(caf::actor_cast<caf::actor>(root),
                                                     supervision::get_tree{std::move(subtree)});
    std::string out;
    if (rows)
      for (const auto& x : rows->actors)
        out += x.path + ' ';
    return out;
  };
  BOOST_TEST(paths("") == "ral/wms ral/wms/* ral/store ");
  BOOST_TEST(paths("ral/w") == "ral/wms ral/wms/* ");
  BOOST_TEST(paths("ral/wms") == "ral/wms ral/wms/* ral/wms/a ral/wms/b ");
  BOOST_TEST(paths("ral/wms/b") == "ral/wms/b ");
  BOOST_TEST(paths("ral/wmsx").empty());
}

BOOST_AUTO_TEST_CASE(pauses_double_up_to_a_bound) {
  BOOST_TEST((supervision::pause_before(1) == 100ms));
  BOOST_TEST((supervision::pause_before(3) == 400ms));
  BOOST_TEST((supervision::pause_before(40) == 5'000ms));
}
