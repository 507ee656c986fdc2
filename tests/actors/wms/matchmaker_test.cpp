/// Which CE takes a job: requirements, policy, rank, chance, room, and what `why` says of each
/// clause.
#include "actors/wms/matchmaker.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <cmath>

namespace trellis::wms {
namespace {

using verdict = matchmaker::verdict;

principal alice() {
  principal out;
  out.subject = "/CN=alice";
  out.vo = "atlas";
  out.fqans = {"/atlas/higgs"};
  return out;
}

struct ce_ad {
  std::string host = {};
  int free = 1;
  std::string more = {};
  int waiting = 0;
  std::string access = R"("VO:atlas")";
  int total_jobs = 0, max_jobs = 0;
};

struct a_matchmaker {
  match_settings settings{.queue_depth = 0, .queue_depth_percent = 0};
  matchmaker maker{settings, random_source{7}};
  std::uint64_t version = 0, serial = 0;
  std::map<std::string, info::ce_state_ptr> held;
  std::uint64_t jobs = 0;
  ce::moment now{};

  static ce_id id(const std::string& host) {
    return *ce_id::make(*host_name::parse(host), 8443, "fork", "short");
  }

  void advertise(const std::vector<ce_ad>& ads) {
    for (const auto& x : ads) {
      info::advertise message;
      message.ce = id(x.host);
      message.serial = ++serial;
      message.ad = fmt::format(
          R"([ GlueCEUniqueID = "{}"; GlueCEInfoHostName = "{}"; GlueCEStateStatus = "Production";
           GlueCEStateFreeJobSlots = {}; GlueCEStateWaitingJobs = {}; GlueCEStateTotalJobs = {};
           GlueCEPolicyMaxTotalJobs = {}; GlueCEAccessControlBaseRule = {{ {} }}; {} ])",
          message.ce.text(), x.host, x.free, x.waiting, x.total_jobs, x.max_jobs, x.access, x.more);
      auto read = info::read_ad(message, now);
      BOOST_REQUIRE_MESSAGE(read, (read ? "" : read.why().text));
      held[x.host] = *read;
    }
    publish();
  }

  void publish() {
    std::vector<info::ce_state_ptr> all;
    for (const auto& [host, x] : held)
      all.push_back(x);
    maker.use(std::make_shared<const info::snapshot>(++version, all), 1'000'000);
  }

  static match_request request(const std::string& requirements, const std::string& rank = "0") {
    match_request out;
    out.jdl = R"([ Executable = "/bin/true"; Wanted = 2000; ])";
    out.requirements
        = fmt::format("({}) && {}", requirements, policy_requirements(alice(), "atlas"));
    out.rank = rank;
    return out;
  }

  matchmaker::choice choose(const match_request& x) {
    auto key = cluster_key(x, maker.names());
    BOOST_REQUIRE_MESSAGE(key, (key ? "" : key.why().text));
    return maker.choose(maker.cluster(*key), [&] { return x; });
  }

  job_id next_job() {
    std::array<std::uint8_t, 16> bytes{};
    bytes[0] = static_cast<std::uint8_t>(++jobs);
    bytes[1] = static_cast<std::uint8_t>(jobs >> 8);
    return job_id::make(*host_name::parse("lb.example"), 9000, bytes);
  }

  /// Hands over until nobody has room; how many each got.
  std::map<std::string, int> fill(const match_request& x, int at_most = 1000) {
    std::map<std::string, int> out;
    for (auto choice = choose(x); choice.what == verdict::chosen && at_most > 0;
         choice = choose(x), --at_most) {
      maker.promised(choice.ce, next_job(), x.cpus);
      ++out[choice.ce.host().text()];
    }
    return out;
  }
};

BOOST_FIXTURE_TEST_SUITE(matching, a_matchmaker)

BOOST_AUTO_TEST_CASE(requirements_and_policy_decide_who_fits) {
  struct line {
    const char* requirements;
    ce_ad ce;
    bool fits;
  };

  const line table[] = {
      {"true",                   {.host = "a"},                                                 true },
      {"false",                  {.host = "a"},                                                 false},
      {"other.Memory >= Wanted", {.host = "a", .more = "Memory = 4000;"},                       true },
      {"other.Memory >= Wanted", {.host = "a", .more = "Memory = 1000;"},                       false},
      {"other.Memory >= Wanted", {.host = "a"},                                                 false},
      {"true",                   {.host = "a", .access = R"("VO:cms")"},                        false},
      {"true",                   {.host = "a", .access = R"("VOMS:/atlas/higgs")"},             true },
      {"true",                   {.host = "a", .access = R"("VO:atlas", "DENY:/atlas/higgs")"}, false},
      {"true",                   {.host = "a", .total_jobs = 5, .max_jobs = 5},                 false},
      {"true",                   {.host = "a", .total_jobs = 4, .max_jobs = 5},                 true },
  };
  for (const auto& row : table) {
    a_matchmaker one;
    one.advertise({row.ce});
    BOOST_TEST_INFO(row.requirements << " with " << row.ce.access << " " << row.ce.more);
    BOOST_CHECK((one.choose(request(row.requirements)).what == verdict::chosen) == row.fits);
  }
}

BOOST_AUTO_TEST_CASE(the_best_rank_goes_first_while_there_is_room) {
  advertise({
      {.host = "slow", .free = 3, .more = "Speed = 1;"},
      {.host = "fast", .free = 2, .more = "Speed = 9;"},
      {.host = "mute", .free = 1, .more = ""          },
  });
  auto x = request("true", "other.Speed");
  auto first = fill(x, 2);
  BOOST_TEST(first["fast"] == 2);
  auto second = fill(x, 3);
  BOOST_TEST(second["slow"] == 3);
  auto last = fill(x);
  BOOST_TEST(last["mute"] == 1); // its Rank is no number
  BOOST_CHECK(choose(x).what == verdict::no_room);
}

BOOST_AUTO_TEST_CASE(equal_ranks_share_by_chance) {
  advertise({
      {.host = "a", .free = 1000},
      {.host = "b", .free = 1000},
      {.host = "c", .free = 1000}
  });
  auto got = fill(request("true"), 900);
  for (auto host : {"a", "b", "c"})
    BOOST_TEST(std::abs(got[host] - 300) < 80);
}

BOOST_AUTO_TEST_CASE(fuzzy_rank_leaves_every_ce_a_chance) {
  advertise({
      {.host = "best",  .free = 10'000, .more = "Speed = 3;"},
      {.host = "worst", .free = 10'000, .more = "Speed = 1;"}
  });
  auto x = request("true", "other.Speed");
  x.fuzzy = true;
  auto got = fill(x, 1000);
  // atan(1) + pi/2 against atan(-1) + pi/2: three to one.
  BOOST_TEST(std::abs(got["best"] - 750) < 60);
  BOOST_TEST(std::abs(got["worst"] - 250) < 60);
}

BOOST_AUTO_TEST_CASE(a_ce_that_failed_the_job_is_avoided_unless_nothing_else_fits) {
  advertise({
      {.host = "a", .free = 5, .more = "Speed = 9;"},
      {.host = "b", .free = 1, .more = "Speed = 1;"}
  });
  auto x = request("true", "other.Speed");
  x.avoid = {*host_name::parse("a")};
  auto got = fill(x);
  BOOST_TEST(got["a"] == 0);
  BOOST_TEST(got["b"] == 1);
  // b fits and is only full: the job waits for it.
  BOOST_CHECK(choose(x).what == verdict::no_room);
  held.erase("b");
  publish();
  BOOST_TEST(fill(x)["a"] == 5);
}

BOOST_AUTO_TEST_CASE(idle_jobs_do_not_all_go_to_one_ce_between_two_advertisements) {
  advertise({
      {.host = "big",   .free = 40, .more = "Speed = 9;"},
      {.host = "small", .free = 10, .more = "Speed = 1;"}
  });
  auto got = fill(request("true", "other.Speed"));
  BOOST_TEST(got["big"] == 40);
  BOOST_TEST(got["small"] == 10);
}

BOOST_AUTO_TEST_CASE(a_small_queue_may_form_at_a_ce) {
  settings = {.queue_depth = 2, .queue_depth_percent = 50};
  maker = matchmaker{settings, random_source{7}};
  advertise({
      {.host = "a", .free = 4, .more = "GlueCEInfoTotalCPUs = 4;"}
  });
  BOOST_TEST(fill(request("true"))["a"] == 8);
  advertise({
      {.host = "b", .free = 0, .more = "GlueCEInfoTotalCPUs = 4;", .waiting = 3}
  });
  BOOST_TEST(fill(request("true"))["b"] == 1);
}

/// Would catch: slots of short jobs that stay empty until the next ones arrive, and a longer queue
/// where jobs are long.
BOOST_AUTO_TEST_CASE(a_ce_of_short_jobs_has_a_longer_queue) {
  settings = {.queue_depth = 2, .queue_depth_percent = 0, .queue_ahead_s = 0.1};
  maker = matchmaker{settings, random_source{7}};
  auto hear = [this] {
    advertise({
        {.host = "a", .free = 0, .more = "GlueCEInfoTotalCPUs = 8;"}
    });
  };
  auto taken = [&](int ended_in_a_second, int quiet_seconds = 0) {
    maker = matchmaker{settings, random_source{7}};
    hear();
    for (int i = 0; i < ended_in_a_second; ++i) {
      auto job = next_job();
      maker.promised(id("a"), job, 1);
      maker.accepted(id("a"), job);
      maker.ended(id("a"), job);
    }
    for (int i = 0; i <= quiet_seconds; ++i) {
      now += std::chrono::seconds{1};
      hear();
    }
    return fill(request("true"))["a"];
  };
  BOOST_TEST(taken(1) == 2);
  BOOST_TEST(taken(30) == 2 + 3);
  BOOST_TEST(taken(900) == 2 + 16); // not more than twice its slots
  BOOST_TEST(taken(120) == 2 + 12);
  BOOST_TEST(taken(120, 1) == 2 + 9); // it is forgotten by and by
  BOOST_TEST(taken(120, 20) == 2);
}

BOOST_AUTO_TEST_CASE(what_was_promised_counts_until_the_ce_shows_it) {
  advertise({
      {.host = "a", .free = 2}
  });
  auto x = request("true");
  auto first = next_job(), second = next_job();
  maker.promised(id("a"), first, 1);
  maker.promised(id("a"), second, 1);
  BOOST_CHECK(choose(x).what == verdict::no_room);
  advertise({
      {.host = "a", .free = 2}
  }); // it has not seen them yet
  BOOST_CHECK(choose(x).what == verdict::no_room);
  maker.accepted(id("a"), first);
  maker.accepted(id("a"), second);
  BOOST_CHECK(choose(x).what == verdict::no_room);
  --serial;
  advertise({
      {.host = "a", .free = 2, .more = "Same = true;"}
  }); // the same word, read again
  BOOST_CHECK(choose(x).what == verdict::no_room);
  advertise({
      {.host = "a", .free = 0}
  });
  BOOST_CHECK(choose(x).what == verdict::no_room);
  maker.ended(id("a"), first); // known here before the CE says so
  BOOST_CHECK(choose(x).what == verdict::chosen);
  advertise({
      {.host = "a", .free = 0, .more = "Other = 1;"}
  });
  BOOST_CHECK(choose(x).what == verdict::no_room);
  advertise({
      {.host = "a", .free = 1}
  });
  BOOST_CHECK(choose(x).what == verdict::chosen);
}

BOOST_AUTO_TEST_CASE(a_promise_that_came_to_nothing_gives_its_room_back_once) {
  advertise({
      {.host = "a", .free = 1}
  });
  auto job = next_job();
  maker.promised(id("a"), job, 1);
  maker.ended(id("a"), job);
  maker.ended(id("a"), job);
  BOOST_TEST(fill(request("true"))["a"] == 1);
}

/// The first promise was accepted, which says nothing of the second: the CE does not show that yet.
BOOST_AUTO_TEST_CASE(a_job_that_comes_back_to_a_ce_is_promised_anew) {
  advertise({
      {.host = "a", .free = 1}
  });
  auto job = next_job();
  maker.promised(id("a"), job, 1);
  maker.accepted(id("a"), job);
  maker.ended(id("a"), job);
  maker.promised(id("a"), job, 1);
  advertise({
      {.host = "a", .free = 1}
  });
  BOOST_CHECK(choose(request("true")).what == verdict::no_room);
}

BOOST_AUTO_TEST_CASE(an_ad_that_changes_is_judged_anew_and_one_that_went_is_gone) {
  advertise({
      {.host = "a", .free = 1, .more = "Memory = 1000;"}
  });
  auto x = request("other.Memory >= Wanted");
  BOOST_CHECK(choose(x).what == verdict::no_match);
  advertise({
      {.host = "a", .free = 1, .more = "Memory = 3000;"}
  });
  BOOST_CHECK(choose(x).what == verdict::chosen);
  held.clear();
  publish();
  BOOST_CHECK(choose(x).what == verdict::no_match);
}

BOOST_AUTO_TEST_CASE(clusters_past_the_bound_are_judged_again_with_the_same_answers) {
  settings.max_compiled = 3;
  maker = matchmaker{settings, random_source{7}};
  advertise({
      {.host = "a", .free = 1000, .more = "Memory = 5;"}
  });
  for (int round = 0; round < 2; ++round)
    for (int i = 0; i < 10; ++i)
      BOOST_CHECK((choose(request(fmt::format("other.Memory > {}", i))).what == verdict::chosen)
                  == (i < 5));
}

BOOST_AUTO_TEST_CASE(jobs_that_match_alike_have_one_key) {
  auto x = request("other.Memory >= Wanted");
  auto y = x;
  y.jdl = R"([ Executable = "/bin/other"; Wanted = 2000; ])";
  auto z = x;
  z.jdl = R"([ Executable = "/bin/true"; Wanted = 2001; ])";
  auto more_cpus = x;
  more_cpus.cpus = 4;
  auto key = [&](const match_request& r) { return *cluster_key(r, maker.names()); };
  BOOST_TEST(key(x) == key(y));
  BOOST_TEST(key(x) != key(z));
  BOOST_TEST(key(x) != key(more_cpus));
  for (const auto& r : {x, y, z, more_cpus, x, y, z, more_cpus}) // the second time from memory
    BOOST_TEST(*maker.key_of(r) == key(r));
}

BOOST_AUTO_TEST_CASE(each_clause_says_how_many_ces_it_excludes) {
  ce_ad a, b, c, d;
  a.host = "a";
  a.more = "Memory = 4000;";
  b.host = "b";
  b.more = "Memory = 1000;";
  c.host = "c";
  d.host = "d";
  d.more = "Memory = 9000;";
  d.access = R"("VO:cms")";
  advertise({a, b, c, d});
  auto out = maker.explain(request("other.Memory >= Wanted", "other.Memory"));
  BOOST_REQUIRE(out);
  BOOST_TEST(out->considered == 4u);
  BOOST_REQUIRE_EQUAL(out->ces.size(), 1u);
  BOOST_TEST(out->ces.front().ce == id("a").text());
  BOOST_TEST(out->ces.front().rank == 4000);
  bool memory = false, access = false;
  for (const auto& x : out->clauses) {
    if (x.clause.find("Wanted") != x.clause.npos) {
      memory = true;
      BOOST_TEST(x.excludes == 1u);
      BOOST_TEST(x.undefined == 1u);
      BOOST_TEST(x.undefined_attribute.find("emory") != std::string::npos);
    }
    if (x.clause.find("VO:atlas") != x.clause.npos) {
      access = true;
      BOOST_TEST(x.excludes == 1u);
    }
  }
  BOOST_TEST(memory);
  BOOST_TEST(access);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace trellis::wms
