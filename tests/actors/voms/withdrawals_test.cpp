/// What a VOMS server takes back, on the nodes that watch it.
#include "actors/voms/voms_actor.hpp"
#include "runtime/edge/withdrawal_actor.hpp"
#include "storage/memory_engine.hpp"
#include "storage/voms_vos.hpp"
#include "tests/actors/voms/vos.hpp"
#include "tests/runtime/grid.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace trellis::voms {

namespace {

using namespace std::chrono_literals;
using enum act_kind;

const std::chrono::sys_seconds noon{std::chrono::hours{500'000}};

/// From one book to the next, with its disk.
struct a_server {
  a_server() { change(biomed_acts()); }

  std::vector<withdrawn> change(const std::vector<act>& acts, std::chrono::sys_seconds now = noon) {
    edition next{vos};
    for (const auto& x : acts)
      BOOST_REQUIRE(next.apply(x));
    std::set<owner> changed;
    taken.forget(now, changed);
    auto out = taken.update(vos, next, now, changed);
    vos = next.now();
    std::vector<storage::change> rows;
    for (const auto& x : changed)
      rows.push_back(taken.find(x) ? storage::voms_vos::put_taken(x, *taken.find(x))
                                   : storage::voms_vos::erase_taken(x));
    BOOST_REQUIRE(disk.commit(rows, storage::durability::synced));
    BOOST_TEST((taken_book{*storage::voms_vos::taken(disk)}.all(vos) == taken.all(vos)),
               "the disk knows something else");
    return out;
  }

  book vos;
  taken_book taken;
  storage::memory_engine disk;
};

std::string shown(const std::vector<withdrawn>& all) {
  std::string out;
  for (const auto& x : all) {
    out += (out.empty() ? "" : "; ") + x.who.subject.substr(x.who.subject.find("/CN=")) + ":";
    out += x.suspended.empty() ? "" : " (" + x.suspended + ")";
    for (const auto& fqan : x.fqans)
      out += " " + fqan;
  }
  return out;
}

BOOST_FIXTURE_TEST_SUITE(of_a_server, a_server)

BOOST_AUTO_TEST_CASE(a_suspension_is_told_with_its_reason_and_its_end) {
  BOOST_TEST(shown(taken.all(vos)) == "/CN=bob: (key was stolen)");
  auto news = change({about(suspend_user, "biomed", alice, "", "left")});
  BOOST_TEST(shown(news) == "/CN=alice: (left); /CN=Alice A: (left)"); // both certificates
  BOOST_TEST(shown(change({about(restore_user, "biomed", alice)})) == "/CN=alice:; /CN=Alice A:");
}

BOOST_AUTO_TEST_CASE(what_is_revoked_is_taken_and_what_is_granted_again_is_not) {
  BOOST_TEST(shown(change({about(revoke, "biomed", alice, "/biomed/a")}))
             == "/CN=alice: /biomed/a /biomed/a/Role=production /biomed/a/b; "
                "/CN=Alice A: /biomed/a /biomed/a/Role=production /biomed/a/b");
  BOOST_TEST(shown(change({about(grant, "biomed", alice, "/biomed/a/b")}))
             == "/CN=alice: /biomed/a/Role=production; /CN=Alice A: /biomed/a/Role=production");
  BOOST_TEST(change({about(set_attribute, "biomed", alice, "", "x", "y")}).empty());
}

BOOST_AUTO_TEST_CASE(a_group_that_ends_is_taken_from_all) {
  BOOST_TEST(shown(change({about(remove_fqan, "biomed", {}, "/biomed/Role=pilot")}))
             == "/CN=alice: /biomed/Role=pilot; /CN=Alice A: /biomed/Role=pilot");
}

BOOST_AUTO_TEST_CASE(who_is_removed_has_lost_all_of_it) {
  BOOST_TEST(shown(change({about(remove_alias, "biomed", also_alice)}))
                 .starts_with("/CN=Alice A: /biomed /biomed/Role=pilot /biomed/a "));
  BOOST_TEST(shown(change({about(remove_user, "biomed", bob)})) == "/CN=bob: /biomed");
  BOOST_TEST(shown(change({about(remove_vo, "biomed")}))
             == "/CN=alice: /biomed /biomed/Role=pilot /biomed/a /biomed/a/Role=production "
                "/biomed/a/b; /CN=carol: /biomed");
  change({about(add_vo, "biomed"), about(add_user, "biomed", carol)});
  BOOST_TEST(shown(taken.all(vos)).find("/CN=carol") == std::string::npos);
  BOOST_TEST(shown(taken.all(vos)).find("/CN=bob: /biomed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(it_is_forgotten_when_no_certificate_can_hold_any_more) {
  change({about(revoke, "biomed", alice, "/biomed/a/b")});
  change({about(revoke, "biomed", alice, "/biomed/Role=pilot")}, noon + 1h);
  change({about(add_vo, "atlas")}, noon + taken_book::kept);
  BOOST_TEST(shown(taken.all(vos)).find("/biomed/a/b") != std::string::npos);
  change({about(add_vo, "cms")}, noon + taken_book::kept + 1s);
  BOOST_TEST(shown(taken.all(vos))
             == "/CN=alice: /biomed/Role=pilot; /CN=bob: (key was stolen); "
                "/CN=Alice A: /biomed/Role=pilot");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(news_that_do_not_fit_come_in_pieces) {
  withdrawal_log log{7};
  edge::withdrawal_reader reader;
  auto drain = [&] {
    unsigned told = 0, asked = 0;
    for (; log.has_news(reader.question(0s)); ++asked)
      told += reader.take(log.news(reader.question(0s)));
    BOOST_TEST(told == (asked > 0 ? 1u : 0u));
    return asked;
  };
  BOOST_TEST(drain() == 1u); // that there is nothing
  constexpr std::size_t users = 3'000;
  std::vector<withdrawn> all;
  for (std::size_t i = 0; i < users; ++i)
    all.push_back({
        "biomed", {"/CN=" + std::string(100, 'u') + std::to_string(i), "/CN=CA"},
         "x", {        }
    });
  log.add(all);
  BOOST_TEST(drain() > 2u);
  BOOST_TEST(reader.known().size() == users);
  all[5].suspended.clear();
  log.add({all[5]});
  BOOST_TEST(drain() == 1u);
  BOOST_TEST(reader.known().size() == users - 1);
  log = withdrawal_log{8}; // the server has started again
  log.add({all[6]});
  drain();
  BOOST_TEST(reader.known().size() == 1u);
}

// --- between nodes -------------------------------------------------------------------------------

struct two_nodes : grid {
  two_nodes() {
    add("voms.example", {role::voms});
    add("edge.example", {role::wms});
    make_roles = [this](grid&, grid_node& node) {
      if (node.name == host("voms.example"))
        serve(node, role::voms, keep_at(node, system.spawn(voms_server, node.context, voms())));
      else
        keep_at(node, edge::spawn_withdrawal_watch(system, node.context, watch()));
    };
    start_all();
    advance(1s);
    change(biomed_acts());
  }

  static voms_config voms() {
    voms_config x;
    x.load = []() -> result<gsi::credential> { return error{errc::internal, "there is none"}; };
    return x;
  }

  edge::withdrawal_config watch() {
    edge::withdrawal_config x;
    x.servers = {host("voms.example")};
    x.tell = [this](const host_name& server, const edge::withdrawals::table& all) {
      known = known.with(server, all);
    };
    return x;
  }

  void change(std::vector<act> acts) {
    voms::change x;
    x.who.kind = principal_kind::local_user;
    x.who.subject = "root";
    x.who.capabilities = {"operator"};
    x.acts = std::move(acts);
    auto found = ask<directory::found>(at("voms.example").context.directory,
                                       directory::find{
                                           {role::voms, host("voms.example"), 0}
    },
                                       10ms);
    BOOST_REQUIRE(found);
    auto done = ask<changed>(caf::actor_cast<voms_actor>(found->handle), x, 10ms);
    BOOST_REQUIRE_MESSAGE(done, (done ? "" : done.why().text));
  }

  std::string said_of(const certificate_name& who, std::string_view fqan = "/biomed",
                      const std::string& server = "voms.example") {
    auto r = known.check(server, "biomed", who, {*gsi::fqan::parse(fqan)});
    return r ? "good" : r.why().text;
  }

  edge::withdrawals known;
};

BOOST_FIXTURE_TEST_SUITE(between_nodes, two_nodes)

BOOST_AUTO_TEST_CASE(a_linked_node_knows_it_within_a_second) {
  advance(1s);
  BOOST_TEST(said_of(alice) == "good");
  BOOST_TEST(said_of(bob) == "/DC=example/CN=bob is suspended in the VO biomed: key was stolen");
  change({about(suspend_user, "biomed", alice, "", "left"), about(restore_user, "biomed", bob)});
  advance(1s);
  BOOST_TEST(said_of(alice) == "/DC=example/CN=alice is suspended in the VO biomed: left");
  BOOST_TEST(said_of(also_alice).starts_with("/DC=org/CN=Alice A is suspended"));
  BOOST_TEST(said_of(bob) == "good");
  change({about(restore_user, "biomed", alice), about(revoke, "biomed", alice, "/biomed/a/b"),
          about(remove_user, "biomed", carol)});
  advance(1s);
  BOOST_TEST(said_of(alice) == "good");
  BOOST_TEST(said_of(alice, "/biomed/a/b")
             == "/DC=example/CN=alice does not hold /biomed/a/b any more: get a new proxy");
  BOOST_TEST(said_of(carol) == "/DC=example/CN=carol is no user of the VO biomed any more");
  BOOST_TEST(said_of({carol.subject, "/CN=Second CA"}) == "good");
  BOOST_TEST(said_of(carol, "/biomed", "other.example") == "good");
}

BOOST_AUTO_TEST_CASE(a_quiet_hour_changes_nothing) {
  advance(1h);
  change({about(suspend_user, "biomed", alice, "", "left")});
  advance(1s);
  BOOST_TEST(said_of(alice) != "good");
}

BOOST_AUTO_TEST_CASE(a_node_that_was_cut_off_knows_it_when_it_is_back) {
  advance(1s);
  net.cut(host("voms.example"), host("edge.example"));
  change({about(suspend_user, "biomed", alice, "", "left")});
  advance(5min);
  BOOST_TEST(said_of(alice) == "good");
  BOOST_TEST(said_of(bob) != "good"); // what was heard last
  net.heal(host("voms.example"), host("edge.example"));
  net.connect(host("voms.example"), host("edge.example"));
  advance(1s);
  BOOST_TEST(said_of(alice) != "good");
}

BOOST_AUTO_TEST_CASE(a_server_that_starts_again_has_forgotten_nothing) {
  change({about(revoke, "biomed", alice, "/biomed/a/b"), about(restore_user, "biomed", bob)});
  advance(1s);
  kill("voms.example");
  advance(1min);
  BOOST_TEST(said_of(alice, "/biomed/a/b") != "good");
  start("voms.example");
  change({about(suspend_user, "biomed", carol, "", "left")});
  advance(1s);
  BOOST_TEST(said_of(alice, "/biomed/a/b") != "good");
  BOOST_TEST(said_of(bob) == "good");
  BOOST_TEST(said_of(carol) != "good");
}

BOOST_AUTO_TEST_CASE(a_node_that_starts_again_learns_all) {
  kill("edge.example");
  known = {};
  change({about(revoke, "biomed", alice, "/biomed/a/b")});
  start("edge.example");
  advance(1s);
  BOOST_TEST(said_of(alice, "/biomed/a/b") != "good");
  BOOST_TEST(said_of(bob) != "good");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

} // namespace trellis::voms
