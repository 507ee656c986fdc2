/// An actor on another node is asked as a local one is, and the gateways let through only what the
/// table of crossings and the peer's rights allow. Virtual clock, no sockets.
#include "tests/runtime/link/two_nodes.hpp"

namespace trellis::link {

/// What an older node sent, before read_file learned its last two fields.
struct old_read_file {
  ce::attempt_id attempt;
  std::string file;
};
TRELLIS_INSPECT(old_read_file, attempt, file)

namespace {

constexpr std::uint16_t renew_type = crossing_of<ce::renew_leases>().id;
constexpr std::uint16_t list_type = crossing_of<ce::list_attempts>().id;
constexpr std::uint16_t hand_over_type = crossing_of<ce::hand_over>().id;

call call_of(std::uint16_t type, std::string body, std::uint64_t number = 1) {
  call x;
  x.number = number;
  x.to = {role::ce, host("ral.example"), 0};
  x.type = type;
  x.body = std::move(body);
  return x;
}

std::string renewal() { return wire::encode(ce::renew_leases{host("cern.example"), {}, 9s}); }

} // namespace

BOOST_FIXTURE_TEST_SUITE(remote_actors, two_nodes)

BOOST_AUTO_TEST_CASE(a_request_is_answered_as_a_local_one) {
  auto far = renew();
  auto near = ask<ce::leases_renewed>(local, ce::renew_leases{cern, {}, 1800s});
  BOOST_REQUIRE(bool(far));
  BOOST_REQUIRE(bool(near));
  BOOST_TEST(far->unknown.size() == near->unknown.size());
  BOOST_TEST(asked == 2);
}

BOOST_AUTO_TEST_CASE(an_error_keeps_its_code_and_sentence) {
  auto r = renew("bad.example");
  BOOST_REQUIRE(!r);
  BOOST_TEST((r.why() == error{errc::illegal_transition, "no lease of bad.example"}));
}

BOOST_AUTO_TEST_CASE(each_end_knows_the_other_after_the_hellos) {
  BOOST_REQUIRE(at_cern_post.up.size() == 1u);
  const auto& up = at_cern_post.up[0];
  BOOST_TEST(up.peer.text() == "ral.example");
  BOOST_TEST(up.birth == "birth-of-ral.example");
  BOOST_TEST(up.incarnation == "first");
  BOOST_REQUIRE(up.marks.size() == 1u);
  BOOST_TEST(up.marks[0].last == 7u);
}

BOOST_AUTO_TEST_CASE(a_lost_link_fails_open_requests_at_once) {
  auto r = self->request(remote, caf::infinite, ce::renew_leases{host("never.example"), {}, 9s});
  advance(1s);
  BOOST_TEST(!self->has_next_message());
  net.cut(cern, ral);
  scheduler.run();
  error e;
  r.receive([](ce::leases_renewed&) {}, [&](caf::error& x) { e = from_caf(x); });
  BOOST_TEST(e.code == errc::timed_out);
  BOOST_TEST(renew("cern.example", 0s).why().code == errc::site_unreachable);
  BOOST_TEST(at_cern_post.down.size() == 1u);
  net.heal(cern, ral);
  advance(200ms);
  BOOST_TEST(bool(renew()));
  BOOST_TEST(at_cern_post.up.size() == 2u);
  BOOST_TEST(at_cern_post.up[1].connection > at_cern_post.up[0].connection);
}

BOOST_AUTO_TEST_CASE(a_lost_frame_ends_in_a_time_out) {
  net.sky().drop = 1;
  BOOST_TEST(renew("cern.example", 59s).why().text == "no answer");
  advance(2s);
  BOOST_TEST(self->has_next_message());
}

BOOST_AUTO_TEST_CASE(a_repeated_answer_is_heard_once) {
  net.sky().repeat = 1;
  BOOST_TEST(bool(renew()));
  BOOST_TEST(asked > 1);
  BOOST_TEST(!self->has_next_message());
}

BOOST_AUTO_TEST_CASE(what_is_too_large_for_a_message_is_said_and_not_sent) {
  auto r = ask<chunk>(remote, ce::read_file{some_attempt(), "out", 0, 2'000'000});
  BOOST_TEST(r.why().code == errc::usage);
  auto list = std::vector<ce::attempt_id>(30'000, some_attempt());
  auto s = ask<ce::leases_renewed>(remote, ce::renew_leases{cern, list, 9s});
  BOOST_TEST(s.why().code == errc::usage);
  BOOST_TEST(bool(ask<chunk>(remote, ce::read_file{some_attempt(), "out", 0, chunk_limit_bytes})));
}

BOOST_AUTO_TEST_CASE(the_table_decides_who_may_send_what) {
  BOOST_TEST(told(call_of(renew_type, renewal())).text == "answered");
  BOOST_TEST(told(call_of(0x7FFF, "")).code == errc::unknown_message);
  BOOST_TEST(told(call_of(hand_over_type, "")).code == errc::unknown_message); // only as a letter
  auto advertise = call_of(crossing_of<info::advertise>().id, "");
  BOOST_TEST(told(advertise).code == errc::denied); // the number is of another role
  auto elsewhere = call_of(renew_type, renewal());
  elsewhere.to.host = cern;
  BOOST_TEST(told(elsewhere).code == errc::no_such_address);
  elsewhere.to = {role::ce, ral, 1};
  BOOST_TEST(told(elsewhere).code == errc::no_such_address);
  BOOST_TEST(told(call_of(renew_type, "garbage")).code == errc::malformed);
  BOOST_TEST(log.count("call-refused") == 6u);
}

BOOST_AUTO_TEST_CASE(a_peer_of_another_role_is_refused) {
  auto first = hello_of_cern();
  first.roles = {role::lb}; // what it may do as WMS it has given up
  auto t = by_hand(99, first);
  say(99, call_of(renew_type, renewal()));
  BOOST_TEST(std::get<failure>(t->said.back()).why.code == errc::denied);
  BOOST_TEST(asked == 0);
  first.roles = {role::wms, role::info}; // and it gains nothing by claiming more
  BOOST_TEST(
      !(mask_of(narrowed({cern, "", {role::wms}, {}, false}, first).roles) & roles(role::info)));
}

BOOST_AUTO_TEST_CASE(a_user_of_a_node_asks_another_node_within_its_vos) {
  auto r = ask<ce::attempt_rows>(remote, ce::list_attempts{alice()});
  BOOST_REQUIRE(bool(r));
  BOOST_TEST(r->attempts[0].facts.reason == "cern.example /CN=alice"); // no operator over there
  auto other = ask<ce::attempt_rows>(remote, ce::list_attempts{alice("atlas")});
  BOOST_TEST(other.why().code == errc::denied);
  auto nobody = alice();
  nobody.kind = principal_kind::nobody;
  BOOST_TEST(ask<ce::attempt_rows>(remote, ce::list_attempts{nobody}).why().code
             == errc::unauthenticated);
  BOOST_TEST(asked == 1);
}

BOOST_AUTO_TEST_CASE(letters_are_laid_before_the_post_after_the_same_checks) {
  auto t = by_hand(99, hello_of_cern());
  parcel letter{
      "b", "i", {role::ce, ral, 0},
        1, hand_over_type, "body"
  };
  say(99, letter);
  letter.type = crossing_of<wms::report>().id; // for a WMS, from a CE
  say(99, letter);
  say(99, ack{
              "b", "i", {role::wms, cern, 0},
                4
  });
  BOOST_REQUIRE(at_ral_post.arrived.size() == 2u);
  BOOST_TEST(at_ral_post.arrived[0].parcels.size() == 1u);
  BOOST_TEST(at_ral_post.arrived[0].connection == 99u);
  BOOST_TEST(at_ral_post.arrived[1].acks.size() == 1u);
  BOOST_TEST(log.count("letter-refused") == 1u);
}

BOOST_AUTO_TEST_CASE(what_the_post_gives_goes_out_in_order) {
  auto t = by_hand(99, hello_of_cern());
  t->said.clear();
  auto carrier = at_ral_post.up.back().carrier;
  parcel one{
      "b", "i", {role::wms, cern, 0},
        1, 1, ""
  },
      two = one;
  two.number = 2;
  caf::anon_send(carrier, post::carry{
                              {one, two}
  });
  scheduler.run();
  BOOST_REQUIRE(t->said.size() == 2u);
  BOOST_TEST(std::get<parcel>(t->said[0]).number == 1u);
  BOOST_TEST(std::get<parcel>(t->said[1]).number == 2u);
}

BOOST_AUTO_TEST_CASE(the_first_word_must_be_a_hello) {
  auto t = by_hand(99, std::nullopt);
  say(99, call_of(renew_type, renewal()));
  BOOST_TEST(std::get<failure>(t->said.back()).why.code == errc::denied);
  BOOST_TEST(t->closed == "it spoke before its hello");
  BOOST_TEST(log.count("link-no-hello") == 1u);
  BOOST_TEST(asked == 0);
}

/// Without it a link whose first word got lost would stay open, and serve nobody, for ever.
BOOST_AUTO_TEST_CASE(a_hello_that_got_lost_is_said_again_on_a_new_connection) {
  net.cut(cern, ral);
  advance(1s);
  net.sky().drop = 1;
  net.heal(cern, ral);
  advance(10s);
  net.sky().drop = 0;
  advance(31s);
  net.dial_again();
  advance(1s);
  BOOST_TEST(log.count("hello-missing") >= 1u);
  BOOST_TEST(bool(ask<ce::leases_renewed>(remote, ce::renew_leases{cern, {}, 1800s})));
}

BOOST_AUTO_TEST_CASE(a_hello_in_another_name_is_refused) {
  auto first = hello_of_cern();
  first.host = host("evil.example");
  auto t = by_hand(99, first);
  BOOST_TEST(std::get<failure>(t->said.back()).why.code == errc::denied);
  BOOST_TEST(!t->closed.empty());
  BOOST_TEST(log.count("hello-refused") == 1u);
}

BOOST_AUTO_TEST_CASE(a_second_hello_is_refused) {
  auto t = by_hand(99, hello_of_cern());
  say(99, hello_of_cern());
  BOOST_TEST(!t->closed.empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_frame_ends_the_connection) {
  auto t = by_hand(99, hello_of_cern());
  caf::anon_send(at_ral, arrived{99, "\xff\xff\xff"});
  scheduler.run();
  BOOST_TEST(t->closed == "it sent what cannot be read");
  BOOST_TEST(log.count("link-unreadable") == 1u);
  auto truncated = wire::encode(message{call_of(renew_type, renewal())});
  truncated.resize(truncated.size() / 2);
  auto u = by_hand(100, hello_of_cern());
  caf::anon_send(at_ral, arrived{100, truncated});
  scheduler.run();
  BOOST_TEST(u->closed == "it sent what cannot be read");
}

BOOST_AUTO_TEST_CASE(an_old_connection_has_no_say) {
  net.cut(cern, ral);
  net.heal(cern, ral);
  advance(200ms);
  caf::anon_send(at_cern, link_down{1, "late"});
  caf::anon_send(at_cern, arrived{1, "nonsense"});
  BOOST_TEST(bool(renew()));
  caf::anon_send(at_cern, link_down{2, "now"});
  BOOST_TEST(renew().why().code == errc::site_unreachable);
}

BOOST_AUTO_TEST_CASE(an_answer_of_an_old_connection_stays_unsaid) {
  auto before = by_hand(98, hello_of_cern());
  caf::anon_send(at_ral, arrived{98, wire::encode(message{call_of(renew_type, renewal())})});
  auto after = std::make_shared<tape>();
  caf::anon_send(at_ral, link_up{99, after, "in", "test"});
  caf::anon_send(at_ral, arrived{99, wire::encode(message{hello_of_cern()})});
  scheduler.run();
  BOOST_TEST(asked == 1);
  BOOST_REQUIRE(after->said.size() == 1u); // its own hello
  BOOST_TEST(std::holds_alternative<hello>(after->said[0]));
}

BOOST_AUTO_TEST_CASE(an_older_peer_with_fewer_fields_is_understood) {
  auto body = wire::encode(old_read_file{some_attempt(), "out"});
  BOOST_TEST(told(call_of(crossing_of<ce::read_file>().id, body)).text == "answered");
}

BOOST_AUTO_TEST_CASE(a_newer_peer_with_more_fields_is_understood) {
  wire::writer fields;
  fields.put(host("cern.example"));
  fields.put(std::vector<ce::attempt_id>{});
  fields.put(std::chrono::seconds{9});
  fields.put(std::string{"a field of tomorrow"});
  wire::writer
      body; // a struct is its length and its fields, as a string is its length and its bytes
  body.put(fields.out);
  BOOST_TEST(told(call_of(renew_type, body.out)).text == "answered");
}

BOOST_AUTO_TEST_CASE(what_the_peer_does_not_know_is_not_sent) {
  auto t = std::make_shared<tape>();
  caf::anon_send(at_cern, link_up{99, t, "in", "test"});
  auto first = hello_of_cern();
  first.host = ral;
  first.roles = {role::ce};
  first.message_types = {list_type};
  caf::anon_send(at_cern, arrived{99, wire::encode(message{first})});
  scheduler.run();
  auto r = renew();
  BOOST_TEST_INFO(r.why().text);
  BOOST_TEST(r.why().code == errc::unknown_message);
  BOOST_TEST(t->said.size() == 1u);
}

BOOST_AUTO_TEST_CASE(no_role_that_the_configuration_does_not_give_is_found) {
  BOOST_TEST(find<ce_actor>({role::ce, cern, 0}).why().code == errc::no_such_address);
  BOOST_TEST(find<ce_actor>({role::wms, ral, 0}).why().code == errc::no_such_address);
  BOOST_TEST(find<ce_actor>({role::ce, host("desy.example"), 0}).why().code
             == errc::no_such_address);
  auto a = find<ce_actor>({role::ce, ral, 0}), b = find<ce_actor>({role::ce, ral, 0});
  BOOST_TEST((*a == *b)); // one stub
}

BOOST_AUTO_TEST_CASE(a_letter_does_not_go_through_a_stub) {
  letter<ce::release> x{};
  BOOST_TEST(ask<received>(remote, x).why().code == errc::not_remote);
}

BOOST_AUTO_TEST_CASE(the_links_can_be_looked_at) {
  auto r = ask<link_rows>(cern_names, get_links{});
  BOOST_REQUIRE(bool(r));
  BOOST_REQUIRE(r->links.size() == 1u);
  BOOST_TEST(r->links[0].up);
  BOOST_TEST(r->links[0].peer.text() == "ral.example");
  BOOST_TEST(r->links[0].frames_in == 1u);
  BOOST_TEST(r->links[0].roles.size() == 1u);
  net.cut(cern, ral);
  r = ask<link_rows>(cern_names, get_links{});
  BOOST_TEST(!r->links[0].up);
  BOOST_TEST(r->links[0].last_error == "the link was cut");
}

BOOST_AUTO_TEST_SUITE_END()

struct few_calls : two_nodes {
  few_calls() : two_nodes(0us, 2) {}
};

BOOST_FIXTURE_TEST_CASE(the_credit_of_the_hello_bounds_open_calls, few_calls) {
  ce::renew_leases never{host("never.example"), {}, 9s};
  for (int i = 0; i < 2; ++i)
    caf::anon_send(caf::actor_cast<caf::actor>(remote), never);
  self->send(remote, never);
  self->send(remote, never);
  advance(1s);
  BOOST_TEST(renew().why().code == errc::busy);
  auto greedy = by_hand(99, hello_of_cern()); // a peer that does not keep to it
  for (std::uint64_t n = 1; n <= 3; ++n)
    say(99, call_of(renew_type, wire::encode(never), n));
  BOOST_TEST(std::get<failure>(greedy->said.back()).why.code == errc::busy);
  BOOST_TEST(log.count("call-refused-credit") > 0u);
}

struct apart : two_nodes {
  apart(std::chrono::seconds by) : two_nodes(by) {}
};

struct six_seconds : apart {
  six_seconds() : apart(6s) {}
};

BOOST_FIXTURE_TEST_CASE(clocks_six_seconds_apart_are_shown, six_seconds) {
  BOOST_TEST(log.count("clocks-differ") == 2u);
  BOOST_TEST(bool(renew()));
  auto r = ask<link_rows>(cern_names, get_links{});
  BOOST_TEST(r->links[0].clock_difference_ms > 5900);
}

struct six_minutes : apart {
  six_minutes() : apart(-360s) {}
};

BOOST_FIXTURE_TEST_CASE(clocks_six_minutes_apart_stop_new_work, six_minutes) {
  BOOST_TEST(log.count("clocks-refused") == 2u);
  BOOST_TEST(renew("cern.example", 1s).why().code == errc::denied);
  BOOST_TEST(asked == 0);
  advance(60s);
  BOOST_TEST(!net.connected(cern, ral)); // a new connection measures again
}

} // namespace trellis::link
