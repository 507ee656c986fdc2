/// The front on a connection without sockets: requests that are whole, broken, slow or many.
#include "tests/runtime/edge/a_front.hpp"

namespace trellis::edge {
namespace {

BOOST_FIXTURE_TEST_CASE(a_request_becomes_a_call_and_its_answer_json, a_front) {
  for (std::size_t step : {1u, 7u, 4096u}) {
    come();
    say(request("POST /v1/jobs", json_type, R"({"jdl": "[]", "who": {"subject": "/CN=root"}})"),
        step);
    BOOST_TEST(asked<wms::submit>().jdl == "[]");
    BOOST_TEST(calls.front().who.subject == "/CN=alice");
    BOOST_TEST(calls.front().what.to.host.text() == "cern.example");
    answer(wms::submitted{*job_id::parse("https://cern.example:9000/" + part), {"in"}, {}});
    auto got = heard();
    BOOST_TEST(status(got) == 200);
    BOOST_TEST(parse_json(body(got))->find("upload")->items.at(0).text == "in");
    BOOST_TEST(!stream->closed);
  }
}

BOOST_FIXTURE_TEST_CASE(requests_on_one_connection_are_answered_in_order, a_front) {
  come();
  auto two = request("GET /v1/jobs/" + part) + request("GET /v1/jobs/counts");
  say(two);
  BOOST_TEST(calls.size() == 1u);
  answer(lb::job_status{});
  BOOST_TEST(has(heard(), "\"job\""));
  asked<lb::count_jobs>();
  fail(errc::denied);
  auto got = heard();
  BOOST_TEST(status(got) == 403);
  BOOST_TEST(has(got, "\"denied\""));
}

BOOST_FIXTURE_TEST_CASE(nobody_without_a_certificate_but_for_public_pages, a_front) {
  come({});
  say(request("GET /v1/jobs"));
  BOOST_TEST(status(heard()) == 401);
  say(request("GET /v1/whoami"));
  BOOST_TEST(status(heard()) == 401);
  say(request("GET /v1/nothing"));
  BOOST_TEST(status(heard()) == 401); // not even what there is
  say(request("GET /healthz"));
  BOOST_TEST(status(heard()) == 200);
  say(request("GET /openapi.json"));
  BOOST_TEST(status(heard()) == 200);
  BOOST_TEST(calls.empty());
}

BOOST_FIXTURE_TEST_CASE(a_proxy_that_ends_ends_the_rights_of_its_connection, a_front) {
  come();
  say(request("GET /v1/whoami"));
  BOOST_TEST(has(heard(), "/CN=alice"));
  banned = true;
  say(request("GET /v1/whoami"));
  BOOST_TEST(status(heard()) == 200); // judged a moment ago
  banned = false;
  expires = std::chrono::system_clock::now() - 1s;
  come({"bob"});
  say(request("GET /v1/whoami"));
  BOOST_TEST(status(heard()) == 200); // the judge's word counts
  banned = true;
  say(request("GET /v1/whoami"));
  BOOST_TEST(status(heard()) == 401); // but is not kept over the end
}

BOOST_FIXTURE_TEST_CASE(a_token_decides_and_does_what_its_scopes_say, a_front) {
  come();
  say(request("GET /v1/jobs", "Authorization: Bearer abc\r\n"));
  BOOST_TEST(calls.front().who.subject == "abc");
  fail(errc::internal);
  heard();
  say(request("POST /v1/jobs/" + part + "/cancel", "Authorization: bearer abc\r\n"));
  auto got = heard();
  BOOST_TEST(status(got) == 403);
  BOOST_TEST(has(got, "compute.cancel"));
  say(request("GET /v1/jobs")); // the next request has none: the certificate counts
  BOOST_TEST(calls.front().who.subject == "/CN=alice");
}

BOOST_FIXTURE_TEST_CASE(what_the_front_refuses_by_itself, a_front) {
  struct row {
    int status;
    std::string request;
  };

  auto job = "/v1/jobs/" + part;
  // clang-format off
  const row rows[] = {
      {404, request("GET /v2/jobs")                                              },
      {405, request("DELETE /v1/jobs")                                           },
      {400, request("GET /v1/../etc/passwd")                                     },
      {400, request("GET /v1/%2e%2e/x")                                          },
      {400, request("GET " + job + "/output/..%2fx")                             },
      {400, request("GET /v1/jobs?limit=many")                                   },
      {415, request("POST /v1/jobs", "Content-Type: text/plain\r\n", "{}")       },
      {415, request("POST /v1/jobs", "", "{}")                                   },
      {400, request("POST /v1/jobs", json_type, "{]")                            },
      {413, request("POST /v1/jobs", std::string{json_type} + "Content-Length: 99999999\r\n")},
      {411, request("PUT " + job + "/input/a", "Transfer-Encoding: chunked\r\n") },
      {400, request("PUT " + job + "/input/a", "Content-Range: bytes 0-4/9\r\n", "four")},
      {403, request("POST " + job + "/cancel", "Origin: https://evil.example\r\n")},
      {404, request("GET /v1/ces")                                               }, // nobody has it
  };
  // clang-format on
  for (const auto& x : rows) {
    come();
    say(x.request);
    BOOST_TEST(status(heard()) == x.status, x.request);
    BOOST_TEST(calls.empty());
  }
}

BOOST_FIXTURE_TEST_CASE(hostile_requests_end_the_connection, a_front) {
  struct row {
    int status;
    std::string request;
  };

  // clang-format off
  const row rows[] = {
      {431, "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x')},
      {431, std::string(20'000, '\n') },
      {400, "GET /\r\n\r\n"},
      {400, "\x16\x03\x01 hello\r\n\r\n"},
      {400, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"},
      {400, request("POST /v1/jobs", std::string{json_type} + "Transfer-Encoding: chunked\r\n")
                + "5\r\nhelloX"},
  };
  // clang-format on
  for (const auto& x : rows) {
    come();
    say(x.request);
    BOOST_TEST(status(heard()) == x.status, x.request.substr(0, 40));
    visitor->expired();
    BOOST_TEST(stream->closed);
  }
}

BOOST_FIXTURE_TEST_CASE(a_body_above_the_bound_is_not_kept, a_front) {
  config.limits.body = 1000;
  come();
  say(request("POST /v1/jobs", std::string{json_type} + "Transfer-Encoding: chunked\r\n"));
  for (int i = 0; i < 30 && stream->out.empty(); ++i)
    say("64\r\n" + std::string(100, ' ') + "\r\n");
  BOOST_TEST(status(heard()) == 413);
  BOOST_TEST(has(request(""), "Host"));
  say(std::string(300'000, 'x')); // it goes on talking: the answer has to arrive, then it is over
  BOOST_TEST(stream->closed);
}

BOOST_FIXTURE_TEST_CASE(a_slow_client_is_told_and_left, a_front) {
  come();
  BOOST_TEST((stream->limit == config.limits.head_time));
  say("GET /v1/jo");
  visitor->expired();
  BOOST_TEST(status(heard()) == 408);
  come();
  say(request("POST /v1/jobs", std::string{json_type} + "Content-Length: 10\r\n") + "{");
  BOOST_TEST((stream->limit == config.limits.body_time));
  visitor->expired();
  BOOST_TEST(status(heard()) == 408);
  come();
  say(request("GET /healthz"));
  heard();
  BOOST_TEST((stream->limit == config.limits.idle));
  visitor->expired();
  BOOST_TEST(stream->closed);
  BOOST_TEST(stream->out.empty());
}

BOOST_FIXTURE_TEST_CASE(who_does_not_wait_for_answers_has_to_wait, a_front) {
  come();
  say(request("GET /v1/jobs"));
  say(std::string(1'000'000, 'G'));
  BOOST_TEST(unread > 900'000u);
  BOOST_TEST(calls.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(one_subject_asks_too_often, a_front) {
  config.limits.burst = 3;
  config.limits.requests_a_second = 0.001;
  for (int i = 0; i < 3; ++i) {
    come();
    say(request("GET /v1/whoami"));
    BOOST_TEST(status(heard()) == 200);
  }
  come();
  say(request("GET /v1/whoami"));
  auto got = heard();
  BOOST_TEST(status(got) == 429);
  BOOST_TEST(has(got, "Retry-After"));
  come({"bob"});
  say(request("GET /v1/whoami"));
  BOOST_TEST(status(heard()) == 200);
}

BOOST_FIXTURE_TEST_CASE(an_answer_that_comes_too_late_finds_nobody, a_front) {
  come();
  say(request("GET /v1/jobs"));
  auto call = calls.front();
  visitor->ended();
  call.reply(link::answer{call.what.number, ""});
  heard();
  BOOST_TEST(stream->out.empty());
}

// --- sandboxes -----------------------------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_file_is_handed_on_in_pieces, a_front) {
  come();
  std::string file(2 * chunk_limit_bytes + 1000, 'a');
  say(request("PUT /v1/jobs/" + part + "/input/data?executable=true", "", file));
  auto first = asked<wms::put_input>();
  BOOST_TEST(first.file == "data");
  BOOST_TEST(first.executable);
  BOOST_TEST(first.piece.bytes.size() == chunk_limit_bytes);
  BOOST_TEST(first.piece.crc32 == crc32(first.piece.bytes));
  BOOST_TEST(!first.piece.last);
  BOOST_TEST(unread > 0u); // no more is read than one piece and a buffer
  answer(wms::input_taken{chunk_limit_bytes});
  heard();
  say(file.substr(file.size() - unread));
  BOOST_TEST(asked<wms::put_input>().piece.offset == chunk_limit_bytes);
  answer(wms::input_taken{2 * chunk_limit_bytes});
  heard();
  auto last = asked<wms::put_input>().piece;
  BOOST_TEST(last.offset == 2 * chunk_limit_bytes);
  BOOST_TEST(last.bytes.size() == 1000u);
  BOOST_TEST(last.last);
  answer(wms::input_taken{file.size()});
  auto got = heard();
  BOOST_TEST(status(got) == 200);
  BOOST_TEST(has(got, std::to_string(file.size())));
}

BOOST_FIXTURE_TEST_CASE(a_part_of_a_file_says_where_it_belongs, a_front) {
  come();
  auto where = "PUT /v1/jobs/" + part + "/input/data";
  say(request(where, "Content-Range: bytes 4-7/8\r\nExpect: 100-continue\r\n", "4567"));
  BOOST_TEST(heard() == "HTTP/1.1 100 Continue\r\n\r\n");
  auto piece = asked<wms::put_input>().piece;
  BOOST_TEST(piece.offset == 4u);
  BOOST_TEST(piece.bytes == "4567");
  BOOST_TEST(piece.last);
  answer(wms::input_taken{8});
  BOOST_TEST(status(heard()) == 200);
  say(request(where, "Content-Length: 0\r\n"));
  auto empty = asked<wms::put_input>().piece;
  BOOST_TEST(empty.last);
  BOOST_TEST(empty.file_size == 0u);
}

BOOST_FIXTURE_TEST_CASE(a_file_is_read_whole_and_in_parts, a_front) {
  const std::string file = "0123456789";
  auto serve = [&] {
    auto x = asked<wms::read_output>();
    chunk out{x.offset, x.offset < file.size() ? file.substr(x.offset, std::min(x.size, 4u)) : "",
              0, file.size(), false};
    out.crc32 = crc32(out.bytes);
    out.last = x.offset + out.bytes.size() >= file.size();
    answer(out);
  };

  struct row {
    std::string range;
    int status;
    std::string body, content_range;
  };

  // clang-format off
  const row rows[] = {
      {"",                      200, file,    ""                            },
      {"Range: bytes=2-4\r\n",  206, "234",   "Content-Range: bytes 2-4/10" },
      {"Range: bytes=8-\r\n",   206, "89",    "Content-Range: bytes 8-9/10" },
      {"Range: bytes=-7\r\n",   206, "3456789", "Content-Range: bytes 3-9/10"},
      {"Range: bytes=1-2,5-6\r\n", 200, file, ""                            },
      {"Range: bytes=10-\r\n",  416, "",      "Content-Range: bytes */10"   },
  };
  // clang-format on
  for (const auto& x : rows) {
    come();
    say(request("GET /v1/jobs/" + part + "/output/out", x.range));
    std::string got;
    while (!calls.empty()) {
      serve();
      got += heard();
    }
    BOOST_TEST(status(got) == x.status, x.range);
    if (x.status != 416)
      BOOST_TEST(body(got) == x.body);
    BOOST_TEST(has(got, x.content_range), got);
    BOOST_TEST(!stream->closed);
  }
}

BOOST_FIXTURE_TEST_CASE(a_file_that_breaks_off_breaks_the_connection, a_front) {
  come();
  say(request("GET /v1/jobs/" + part + "/output/out"));
  answer(chunk{0, "abc", crc32("abc"), 6, false});
  heard();
  fail(errc::site_unreachable);
  heard();
  BOOST_TEST(stream->closed);
}

BOOST_FIXTURE_TEST_CASE(news_come_as_events, a_front) {
  come();
  say(request("GET /v1/changes", "Accept: text/event-stream\r\nLast-Event-ID: 41\r\n"));
  BOOST_TEST(asked<lb::watch>().after == 41u);
  lb::changes news;
  news.states.push_back({});
  news.last = 42;
  answer(news);
  auto got = heard();
  BOOST_TEST(has(got, "Content-Type: text/event-stream"));
  BOOST_TEST(has(got, "id: 42\nevent: changes\ndata: {"));
  BOOST_TEST(asked<lb::watch>().after == 42u);
  BOOST_TEST((asked<lb::watch>().wait == config.limits.event_time));
  answer(lb::changes{});
  BOOST_TEST(heard() == ":\n\n");
  fail(errc::not_running);
  BOOST_TEST(has(heard(), "event: error\ndata: {\"error\""));
  BOOST_TEST(stream->closed);
}

} // namespace
} // namespace trellis::edge
