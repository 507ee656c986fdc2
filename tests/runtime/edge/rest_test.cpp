/// Which operation a request asks for, with what; and that client and server mean the same.
#include "protocols/http/request.hpp"
#include "runtime/edge/openapi.hpp"
#include "runtime/edge/rate_limit.hpp"
#include "runtime/edge/rest.hpp"

#include <boost/test/unit_test.hpp>

BOOST_TEST_DONT_PRINT_LOG_VALUE(trellis::errc)

namespace trellis::edge {
namespace {

using namespace std::chrono_literals;

const job_home home{*host_name::parse("cern.example"), 9000};
const std::string part = "AAAAAAAAAAAAAAAAAAAAAA";
const std::string job = "https://cern.example:9000/" + part;

std::vector<std::string> path(std::string_view text) { return http::read_target(text)->path; }

/// The operation's name, or the status of the refusal.
std::string routed(std::string_view method, std::string_view where) {
  auto x = find_route(method, path(where));
  if (auto none = std::get_if<http::response>(&x))
    return std::to_string(none->status);
  return std::string{std::get<route>(x).what->name};
}

BOOST_AUTO_TEST_CASE(every_row_of_the_table_has_its_own_address) {
  for (const auto& row : all_operations()) {
    auto where = filled(row.path, {
                                      {"job",  part         },
                                      {"file", "out"        },
                                      {"host", "ral.example"}
    });
    BOOST_TEST(routed(row.method, where) == row.name, where);
  }
}

BOOST_AUTO_TEST_CASE(addresses_that_lead_nowhere) {
  BOOST_TEST(routed("GET", "/v1/jobs/counts") == "lb.count_jobs");
  BOOST_TEST(routed("GET", "/v1/jobs/" + part) == "lb.get_status");
  BOOST_TEST(routed("HEAD", "/v1/jobs") == "lb.list_jobs");
  BOOST_TEST(routed("DELETE", "/v1/jobs") == "405");
  BOOST_TEST(routed("PUT", "/v1/jobs/" + part + "/cancel") == "405");
  for (auto nowhere : {"/", "/v1", "/v1/jobs/a/b/c/d", "/v2/jobs", "/V1/jobs"})
    BOOST_TEST(routed("GET", nowhere) == "404", nowhere);
}

/// The request that the server makes of a target and a body.
template <class Request>
result<Request> read(std::string_view method, std::string_view where, std::string_view body = {}) {
  auto target = http::read_target(where);
  BOOST_REQUIRE(target);
  auto to = find_route(method, target->path);
  BOOST_REQUIRE(std::holds_alternative<route>(to));
  auto tree = request_tree(std::get<route>(to), target->query, body, home);
  if (!tree)
    return tree.why();
  return from_json<Request>(*tree);
}

BOOST_AUTO_TEST_CASE(path_query_and_body_fill_the_fields) {
  auto status = read<lb::get_status>("GET", "/v1/jobs/" + part);
  BOOST_TEST(status->job.text() == job);
  auto whole = read<lb::get_status>("GET", "/v1/jobs/" + http::percent_encoded(job));
  BOOST_TEST(whole->job.text() == job);
  auto list = read<lb::list_jobs>("GET", "/v1/jobs?states=Done&states=Running&limit=7&vo=a%20b");
  BOOST_TEST((list->states == std::vector{lb::job_state::done, lb::job_state::running}));
  BOOST_TEST(list->limit == 7u);
  BOOST_TEST(list->vo == "a b");
  auto one = read<lb::list_jobs>("GET", "/v1/jobs?states=Done");
  BOOST_TEST((one->states == std::vector{lb::job_state::done}));
  auto cancel = read<wms::cancel>("POST", "/v1/jobs/" + part + "/cancel", R"({"reason": "why"})");
  BOOST_TEST(cancel->job.text() == job);
  BOOST_TEST(cancel->reason == "why");
  auto submit = read<wms::submit>("POST", "/v1/jobs?dry_run=true", R"({"jdl": "[]"})");
  BOOST_TEST(submit->dry_run);
  auto watch = read<lb::watch>("GET", "/v1/changes?after=18446744073709551615&wait=1.5");
  BOOST_TEST(watch->after == 18446744073709551615u);
  BOOST_TEST((watch->wait == 1500ms));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  auto refused = [](auto x) { return x ? errc::none : x.why().code; };
  auto cancel = "/v1/jobs/" + part + "/cancel";
  BOOST_TEST((refused(read<wms::cancel>("POST", cancel, "[]")) == errc::malformed));
  BOOST_TEST((refused(read<wms::cancel>("POST", cancel, "{")) == errc::malformed));
  BOOST_TEST((refused(read<wms::cancel>("POST", cancel, R"({"reson": ""})")) == errc::usage));
  BOOST_TEST((refused(read<wms::cancel>("POST", cancel, R"({"reason": 1})")) == errc::usage));
  BOOST_TEST((refused(read<wms::cancel>("POST", cancel, R"({"job": "x"})")) == errc::usage));
  BOOST_TEST((refused(read<wms::cancel>("POST", cancel + "?job=x")) == errc::usage));
  BOOST_TEST((refused(read<lb::get_status>("GET", "/v1/jobs/short")) == errc::usage));
  BOOST_TEST((refused(read<lb::list_jobs>("GET", "/v1/jobs?limit=-1")) == errc::usage));
  BOOST_TEST((refused(read<lb::list_jobs>("GET", "/v1/jobs?limit=1e3")) == errc::usage));
  BOOST_TEST((refused(read<wms::read_output>("GET", "/v1/jobs/" + part + "/output/a%2Fb"))
              == errc::usage));
}

BOOST_AUTO_TEST_CASE(whose_role_is_meant) {
  http::fields query{
      {"at", "ral.example"},
      {"vo", "biomed"     }
  };
  auto at = take_receiver(query);
  BOOST_TEST((*at && (*at)->text() == "ral.example"));
  BOOST_TEST(query.size() == 1u);
  BOOST_TEST(!*take_receiver(query));
  http::fields wrong{
      {"at", "no host!"}
  };
  BOOST_TEST(!take_receiver(wrong));
}

/// As a client would send it, and as the server reads it.
template <class Request>
std::string there(const Request& x) {
  auto row = json_of(operation_of<Request>().number);
  auto sent = rest_of(*row, wire::encode(x), *host_name::parse("ral.example"));
  BOOST_REQUIRE(sent);
  auto target = *http::read_target(sent->target);
  BOOST_TEST((take_receiver(target.query)->value().text() == "ral.example"));
  auto to = find_route(sent->method, target.path);
  BOOST_REQUIRE(std::holds_alternative<route>(to));
  BOOST_TEST(std::get<route>(to).what->number == operation_of<Request>().number);
  auto tree = request_tree(std::get<route>(to), target.query, sent->body, home);
  BOOST_REQUIRE_MESSAGE(tree, sent->target);
  auto bytes = row->request_bytes(*tree);
  BOOST_REQUIRE_MESSAGE(bytes, sent->target + (bytes ? "" : bytes.why().text));
  return *bytes;
}

BOOST_AUTO_TEST_CASE(what_a_client_means_is_what_the_server_reads) {
  auto same = [](const auto& x) { BOOST_TEST(there(x) == wire::encode(x)); };
  auto id = *job_id::parse(job);
  auto far = *job_id::parse("https://lb.far.example:9003/" + part);
  same(wms::submit{{}, "r", "[ Executable = \"/bin/ls\"; ]\n", false, true});
  same(wms::cancel{{}, far, "a & b = ?\n\"c\""});
  same(lb::list_jobs{
      {                      },
      { lb::job_state::done, lb::job_state::aborted},
      "biomed", "/CN=a&b", 5, "x"
  });
  same(lb::list_jobs{});
  same(lb::watch{
      {   },
      { id, far},
      18446744073709551615u, 1500ms
  });
  same(lb::get_events{{}, far, 7, 9});
  same(node::forget{{}, *host_name::parse("infn.example")});
  same(ce::drain{{}, false, "why"});
  same(info::list_ces{{}, "biomed", "other.GlueCEStateFreeCPUs > 3"});
  same(wms::why{{}, far});
}

BOOST_AUTO_TEST_CASE(answers_go_through_json_unchanged) {
  auto same = [](const auto& number, const auto& x) {
    auto row = json_of(number);
    auto text = row->response_json(wire::encode(x));
    BOOST_REQUIRE(text);
    auto back = row->response_bytes(*parse_json(*text));
    BOOST_REQUIRE_MESSAGE(back, *text + (back ? "" : back.why().text));
    BOOST_TEST(*back == wire::encode(x), *text);
  };
  lb::job_status status;
  status.job = *job_id::parse(job);
  status.state = lb::job_state::done;
  status.owner = "/DC=example/CN=J\xc3\xbcrgen \"x\"";
  status.jdl = "[ A = \"b\\n\"; ]\n\t";
  status.cpu_time_s = 0.1;
  status.user_tags = {
      {"a", "b"}
  };
  status.state_enter_time = lb::moment{1'700'000'000'123'456us};
  status.state_enter_times = {
      {lb::job_state::done, lb::moment{1us}}
  };
  same(operation_of<lb::get_status>().number, status);
  same(operation_of<lb::list_jobs>().number, lb::job_list{
                                                 {status, {}},
                                                 "next"
  });
  wms::explanation why;
  why.shares = {
      {"biomed", 0.25}
  };
  same(operation_of<wms::why>().number, why);
  same(operation_of<wms::start>().number, wms::started{});
  lb::changes news;
  lb::event event;
  event.job = *job_id::parse(job);
  event.from = lb::source::lrms;
  event.what = lb::user_tag{"name", "value"};
  news.events.push_back({7, lb::moment{5us}, event});
  news.last = ~std::uint64_t{0};
  same(operation_of<lb::watch>().number, news);
}

BOOST_AUTO_TEST_CASE(the_description_has_every_operation) {
  auto tree = parse_json(openapi());
  BOOST_REQUIRE_MESSAGE(tree, (tree ? "" : tree.why().text));
  auto paths = tree->find("paths");
  for (const auto& row : all_operations()) {
    auto where = paths->find(row.path);
    BOOST_REQUIRE_MESSAGE(where, row.path);
    auto method = where->find(http::lower(row.method));
    BOOST_REQUIRE_MESSAGE(method, row.name);
    BOOST_TEST(method->find("operationId")->text == row.name);
    std::size_t names = 0;
    for (auto c : row.path)
      names += c == '{';
    for (const auto& x : method->find("parameters")->items)
      names -= x.find("in")->text == "path";
    BOOST_TEST(names == 0u, row.name);
  }
  BOOST_TEST(openapi().find("\"who\"") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_subject_may_ask_so_often) {
  rate_limit rate{10, 3, 2};
  rate_limit::instant t{};
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(rate.take("alice", t));
  BOOST_TEST(!rate.take("alice", t));
  BOOST_TEST(rate.take("bob", t));
  BOOST_TEST(!rate.take("alice", t + 99ms));
  BOOST_TEST(rate.take("alice", t + 110ms));
  BOOST_TEST(rate.take("carol", t + 1s));
  BOOST_TEST(rate.subjects() <= 2u);
}

} // namespace
} // namespace trellis::edge
