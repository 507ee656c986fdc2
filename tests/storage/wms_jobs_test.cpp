/// The rows of a WMS: what is written is read, VOs and requests are kept apart, a walk takes up
/// where it stopped, and what is torn is said to be.
#include "storage/keys.hpp"
#include "storage/wms_jobs.hpp"
#include "tests/storage/stores.hpp"

using namespace trellis;
using namespace trellis::storage;
using trellis::wms::job_phase;
namespace rows = trellis::storage::wms_jobs;

namespace {

job_id job_number(std::uint8_t n) {
  return job_id::make(*host_name::parse("lb.example"), 9000, {n});
}

principal person(std::string vo, std::string dn) {
  principal out;
  out.kind = principal_kind::x509;
  out.vo = std::move(vo);
  out.subject = std::move(dn);
  return out;
}

wms::job_terms terms_of(std::uint8_t n, const std::string& vo, std::string request = {}) {
  wms::job_terms out;
  out.job = job_number(n);
  out.who = person(vo, "/CN=alice");
  out.vo = vo;
  out.request = std::move(request);
  out.work.executable = "/bin/hostname";
  return out;
}

void write(engine& to, const wms::job_terms& terms, job_phase phase) {
  wms::job_state state;
  state.phase = phase;
  wms::submitted answer;
  answer.job = terms.job;
  std::vector<change> batch{
      {family::wms_jobs,          rows::terms_key(terms.vo, terms.job),         rows::write(terms)},
      {                    family::wms_jobs, rows::state_key(terms.vo,               terms.job), rows::write(state)                  },
      { family::wms_requests,            rows::request_key(terms.who,                          terms.request,                                                     terms.job),
       rows::write(answer)},
  };
  good(to.commit(batch, durability::synced));
}

/// VO and phase of each job that a walk meets.
using met = std::vector<std::pair<std::string, job_phase>>;

std::string walk(const engine& in, std::string_view from, std::size_t limit, met& to) {
  return good(rows::states(in, from, limit,
                           [&](std::string_view vo, const job_id&, const wms::job_state& x) {
                             to.emplace_back(vo, x.phase);
                           }));
}

} // namespace

BOOST_FIXTURE_TEST_CASE(a_job_is_found_in_its_vo_alone, stores) {
  for (auto* to : both()) {
    write(*to, terms_of(1, "atlas"), job_phase::idle);
    auto x = good(rows::load(*to, "atlas", job_number(1)));
    BOOST_TEST(x.terms.work.executable == "/bin/hostname");
    BOOST_CHECK(x.state.phase == job_phase::idle);
    BOOST_CHECK(rows::load(*to, "cms", job_number(1)).why().code == errc::not_found);
    BOOST_CHECK(rows::load(*to, "atlas", job_number(2)).why().code == errc::not_found);
  }
}

BOOST_FIXTURE_TEST_CASE(a_request_is_its_clients_own, stores) {
  for (auto* to : both()) {
    write(*to, terms_of(1, "atlas", "r"), job_phase::idle);
    auto first = good(rows::answered(*to, person("atlas", "/CN=alice"), "r"));
    BOOST_REQUIRE(first.has_value());
    BOOST_CHECK(first->job == job_number(1));
    BOOST_TEST(!good(rows::answered(*to, person("atlas", "/CN=bob"), "r")).has_value());
    BOOST_TEST(!good(rows::answered(*to, person("cms", "/CN=alice"), "r")).has_value());
    BOOST_TEST(!good(rows::answered(*to, person("atlas", "/CN=alice"), "s")).has_value());
  }
}

BOOST_FIXTURE_TEST_CASE(a_walk_takes_up_where_it_stopped, stores) {
  for (auto* to : both()) {
    for (std::uint8_t n = 1; n <= 5; ++n)
      write(*to, terms_of(n, n % 2 ? "atlas" : "cms"), job_phase{n});
    met all;
    walk(*to, {}, 100, all);
    BOOST_TEST(all.size() == 5u);
    met piece_by_piece;
    std::string from;
    int turns = 0;
    do {
      from = walk(*to, from, 2, piece_by_piece);
    } while (!from.empty() && ++turns < 10);
    BOOST_TEST(turns == 2);
    BOOST_CHECK(piece_by_piece == all);
    BOOST_TEST(all.front().first == "atlas");
    BOOST_TEST(all.back().first == "cms");
    int jobs = 0;
    good(rows::each(*to, [&](rows::stored_job&&) { ++jobs; }));
    BOOST_TEST(jobs == 5);
  }
}

BOOST_FIXTURE_TEST_CASE(what_is_erased_leaves_nothing, stores) {
  for (auto* to : both()) {
    write(*to, terms_of(1, "atlas", "r"), job_phase::cleared);
    write(*to, terms_of(2, "atlas"), job_phase::cleared);
    write(*to, terms_of(3, "atlas", "s"), job_phase::done);
    std::vector<change> batch;
    rows::erase(batch, *to, "atlas", job_number(1));
    rows::erase(batch, *to, "atlas", job_number(2));
    good(to->commit(batch, durability::synced));
    for (auto [in, left] : {
             std::pair{family::wms_jobs,     2},
             {family::wms_requests, 1}
    }) {
      int n = 0;
      good(to->scan(in, "", "", [&](auto, auto) { return ++n > 0; }));
      BOOST_TEST(n == left);
    }
    BOOST_TEST(bool(rows::load(*to, "atlas", job_number(3))));
  }
}

BOOST_FIXTURE_TEST_CASE(shares_are_read_as_they_were_put, stores) {
  for (auto* to : both()) {
    std::vector<change> batch{rows::put_share({"atlas", 7, 100}),
                              rows::put_share({"atlas|/atlas|/CN=alice", 3, -5})};
    good(to->commit(batch, durability::synced));
    auto all = good(rows::shares(*to));
    BOOST_REQUIRE(all.size() == 2u);
    BOOST_TEST(all[0].path == "atlas");
    BOOST_TEST(all[1].usage == 3u);
    BOOST_TEST(all[1].as_of_s == -5);
  }
}

BOOST_FIXTURE_TEST_CASE(a_torn_row_is_said_to_be_one, stores) {
  for (auto* to : both()) {
    write(*to, terms_of(1, "atlas"), job_phase::idle);
    auto key = rows::state_key("atlas", job_number(1));
    auto whole = *good(to->get(family::wms_jobs, key));
    for (const auto& torn : {whole.substr(0, whole.size() - 1), std::string{}, "\x63" + whole}) {
      std::vector<change> batch{
          {family::wms_jobs, key, torn}
      };
      good(to->commit(batch, durability::synced));
      BOOST_CHECK(rows::load(*to, "atlas", job_number(1)).why().code == errc::malformed);
      BOOST_TEST(!rows::each(*to, [](rows::stored_job&&) {}));
      BOOST_TEST(!rows::states(*to, {}, 9, [](auto, const auto&, const auto&) {}));
    }
  }
}
