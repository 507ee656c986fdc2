/// Letters between real stores, posts and gateways, over links that lose, repeat and delay
/// frames, while both nodes are killed again and again: each committed letter is handled once, in
/// order. It would catch an acknowledgement before the commit, a receipt outside the batch, a
/// number used twice.
#include "runtime/interfaces/ce.hpp"
#include "runtime/interfaces/wms.hpp"
#include "runtime/log/log.hpp"
#include "storage/audit.hpp"
#include "storage/keys.hpp"
#include "storage/mail.hpp"
#include "tests/runtime/grid.hpp"

#include <caf/typed_event_based_actor.hpp>

namespace trellis {
namespace {

using namespace std::chrono_literals;
using storage::family;

/// A CE that writes down whose work it was given and what it was asked to release, each with its
/// receipt.
struct scribe_shell {
  static inline const char* name = "scribe";
  std::uint64_t written = 0;
};

using scribe_ptr = ce_actor::stateful_pointer<scribe_shell>;

caf::result<received> write_down(scribe_ptr self, const node_context& ctx, const receipt& from,
                                 std::string what, int* twice) {
  store::step step;
  auto key = storage::be64(++self->state.written);
  step.put(family::ce_attempts, key, std::move(what));
  step.accept(from);
  auto promise = self->make_response_promise<received>();
  self->request(ctx.store, 60s, std::move(step))
      .then(
          [promise, twice](const store::committed& y) mutable {
            *twice += y.repeat;
            promise.deliver(received{});
          },
          [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

ce_actor::behavior_type scribe(scribe_ptr self, node_context ctx, int* twice) {
  auto read = ctx.rows->scan(family::ce_attempts, {}, {}, [self](auto key, auto) {
    self->state.written = storage::read_be64(key);
    return true;
  });
  if (!read)
    self->quit(to_caf(read.why()));
  return {
      [=](letter<ce::hand_over>& x) { return write_down(self, ctx, x.from, x.what.who.vo, twice); },
      [](letter<ce::cancel_attempt>&) { return received{}; },
      [](letter<ce::token_answer>&) { return received{}; },
      [=](letter<ce::release>& x) {
        return write_down(self, ctx, x.from, std::to_string(x.what.attempt.number), twice);
      },
      [](ce::renew_leases&) { return ce::leases_renewed{}; },
      [](ce::read_file&) { return chunk{}; },
      [](ce::list_attempts&) { return ce::attempt_rows{}; },
      [](ce::drain&) { return ce::drained{}; },
  };
}

struct two_posts : grid {
  explicit two_posts(std::uint64_t seed) : grid(seed), chance(seed, "post") {
    add("cern.example", {role::wms});
    add("ral.example", {role::ce, role::wms});
    post.silence = 500ms;
    make_roles = [this](grid& g, grid_node& node) {
      if (std::ranges::count(node.roles, role::ce) > 0)
        g.serve(node, role::ce, g.keep_at(node, g.system.spawn(scribe, node.context, &twice)));
    };
    start_all();
  }

  /// A step of `from` that sends one more letter; its own row shows whether it was committed.
  void send(std::string_view from) {
    auto& node = at(from);
    if (!node.up)
      return;
    store::step step;
    auto n = ++tried[std::string{from}];
    step.put(family::wms_jobs, storage::be64(n), "sent");
    ce::release what;
    what.attempt.job = job_id::make(host("cern.example"), 9000, {});
    what.attempt.number = static_cast<std::uint32_t>(n);
    step.post({role::ce, host("ral.example"), 0}, what);
    self->send(node.context.store, std::move(step));
  }

  /// Work for somebody of this VO, from the WMS at CERN.
  void hand_over(std::string vo) {
    ce::hand_over what;
    what.who.kind = principal_kind::x509;
    what.who.vo = std::move(vo);
    what.attempt = {job_id::make(host("cern.example"), 9000, {}), 1};
    what.queue = *ce_id::parse("ral.example:2119/trellis-fork-default");
    what.wms = host("cern.example");
    store::step step;
    step.post({role::ce, host("ral.example"), 0}, what);
    self->send(at("cern.example").context.store, std::move(step));
  }

  /// The letters that wait at `from`.
  std::vector<std::uint16_t> waiting(std::string_view from) {
    std::vector<std::uint16_t> out;
    auto boxes = storage::read_outboxes(at(from).disk);
    for (const auto& box : *boxes)
      for (const auto& x : box.waiting)
        out.push_back(x.type);
    return out;
  }

  /// The numbers that are on disk at `from` as sent.
  std::vector<std::string> promised(std::string_view from) {
    std::vector<std::string> out;
    (void)at(from).disk.scan(family::wms_jobs, {}, {}, [&](auto key, auto) {
      out.push_back(std::to_string(storage::read_be64(key)));
      return true;
    });
    return out;
  }

  std::vector<std::string> written() {
    std::vector<std::string> out;
    (void)at("ral.example").disk.scan(family::ce_attempts, {}, {}, [&](auto, auto value) {
      out.emplace_back(value);
      return true;
    });
    return out;
  }

  void something_happens() {
    switch (chance.below(8)) {
    case 0:
      kill("cern.example");
      break;
    case 1:
      kill("ral.example");
      break;
    case 2:
      net.cut(host("cern.example"), host("ral.example"));
      break;
    default:
      break;
    }
    for (int i = 0; i < 5; ++i)
      send("cern.example");
    // Only part of what is queued may have run when the next blow falls.
    for (auto steps = chance.below(60); steps > 0 && scheduler.has_job(); --steps)
      scheduler.try_run_once();
    if (chance.below(3) == 0)
      advance(std::chrono::milliseconds{chance.below(400)});
    for (auto name : {"cern.example", "ral.example"})
      if (!at(name).up && chance.below(2) == 0)
        start(name);
    if (at("cern.example").up && at("ral.example").up && chance.below(2) == 0)
      net.heal(host("cern.example"), host("ral.example"));
  }

  void calm() {
    net.sky() = {};
    net.cut(host("cern.example"), host("ral.example")); // a lost hello: the pings notice in time
    for (auto name : {"cern.example", "ral.example"})
      if (!at(name).up)
        start(name);
    net.heal(host("cern.example"), host("ral.example"));
    advance(60s);
  }

  random_source chance;
  std::map<std::string, std::uint64_t> tried;
  int twice = 0;
};

} // namespace

BOOST_AUTO_TEST_CASE(letters_arrive_once_and_in_order_through_kills_and_bad_weather) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed)
    BOOST_TEST_CONTEXT("seed " << seed) {
      two_posts x{seed};
      x.net.sky().drop = 0.1;
      x.net.sky().repeat = 0.1;
      for (int i = 0; i < 40; ++i)
        x.something_happens();
      x.calm();
      BOOST_TEST_REQUIRE(!x.promised("cern.example").empty());
      BOOST_TEST_REQUIRE(x.written() == x.promised("cern.example"),
                         boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(letters_to_a_role_of_the_same_node_take_the_same_way) {
  two_posts x{7};
  for (int i = 0; i < 20; ++i)
    x.send("ral.example");
  x.scheduler.try_run_once();
  x.kill("ral.example");
  x.start("ral.example");
  x.advance(10s);
  BOOST_TEST(x.written() == x.promised("ral.example"), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_letter_for_a_foreign_vo_is_refused_and_the_next_one_arrives) {
  log::collector said;
  two_posts x{9};
  x.hand_over("cms");
  x.hand_over("biomed");
  x.advance(10s);
  BOOST_TEST(x.written() == std::vector<std::string>{"biomed"}, boost::test_tools::per_element());
  BOOST_TEST(said.count("letter-denied") == 1u);
  BOOST_TEST(said.last("peer-refuses").find("may not speak for VO 'cms'") != std::string::npos);
  BOOST_TEST(x.waiting("cern.example").empty());
  // Its WMS hears that the attempt is over.
  BOOST_TEST(x.waiting("ral.example") == std::vector<std::uint16_t>{crossing_of<wms::report>().id},
             boost::test_tools::per_element());
  auto audit = storage::audit_entries(x.at("ral.example").disk, {}, 10);
  BOOST_REQUIRE(bool(audit));
  BOOST_REQUIRE(audit->size() == 1u);
  BOOST_TEST(audit->front().who == "cern.example");
  BOOST_TEST(!audit->front().allowed);
}

BOOST_AUTO_TEST_CASE(a_receiver_restored_from_a_backup_gets_what_comes_after) {
  two_posts x{8};
  for (int i = 0; i < 5; ++i)
    x.send("cern.example");
  x.advance(1s);
  auto backup = x.at("ral.example").disk;
  for (int i = 0; i < 5; ++i)
    x.send("cern.example");
  x.advance(1s);
  BOOST_TEST(x.written().size() == 10u);
  x.kill("ral.example");
  x.at("ral.example").disk = backup;
  BOOST_TEST(bool(storage::renew_incarnation(x.at("ral.example").disk, "restored")));
  x.send("cern.example");
  x.start("ral.example");
  x.advance(20s);
  auto written = x.written();
  BOOST_REQUIRE(written.size() == 6u); // five of the backup, and the new one; the rest is lost
  BOOST_TEST(written.back() == "11");
}

} // namespace trellis
