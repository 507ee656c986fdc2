/// Requests as clients send them, and as those send them who try what a reader makes of it.
#include "protocols/http/body.hpp"
#include "protocols/http/range.hpp"
#include "protocols/http/response.hpp"
#include "protocols/http/target.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>

namespace trellis::http {
namespace {

/// The status that a head is refused with; 0: it is taken.
int status(const std::string& head, const head_limits& limits = {}) {
  auto x = read_head(head, limits);
  auto bad = std::get_if<refused_request>(&x);
  return bad ? bad->status : 0;
}

request taken(const std::string& head) {
  auto x = read_head(head);
  auto good = std::get_if<request>(&x);
  BOOST_REQUIRE_MESSAGE(good, head);
  return *good;
}

const std::string host = "Host: cern.example\r\n";
const std::string put = "PUT / HTTP/1.1\r\n" + host;

BOOST_AUTO_TEST_CASE(a_request_is_read) {
  auto x = taken("GET /v1/jobs?vo=biomed HTTP/1.1\r\nHost: cern.example:1\r\nX-A:  b c \r\n\r\n");
  BOOST_TEST(x.method == "GET");
  BOOST_TEST(x.target == "/v1/jobs?vo=biomed");
  BOOST_TEST(*x.field("x-a") == "b c");
  BOOST_TEST(!x.field("X-A"));
  BOOST_TEST(x.keep);
  BOOST_TEST((x.body == framing::none));
}

BOOST_AUTO_TEST_CASE(an_old_voms_client_ends_lines_with_lf_alone) {
  auto x = taken("GET /generate-ac?fqans=/biomed HTTP/1.0\nUser-Agent: voms APIs 2.0\n\n");
  BOOST_TEST(x.minor == 0u);
  BOOST_TEST(!x.keep);
  BOOST_TEST(*x.field("user-agent") == "voms APIs 2.0");
}

BOOST_AUTO_TEST_CASE(whether_the_connection_is_kept) {
  BOOST_TEST(!taken("GET / HTTP/1.1\r\nConnection: foo, Close\r\n" + host + "\r\n").keep);
  BOOST_TEST(taken("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep);
  BOOST_TEST(!taken("GET / HTTP/1.0\r\n\r\n").keep);
}

BOOST_AUTO_TEST_CASE(what_two_readers_could_read_differently_is_refused) {
  struct row {
    int status;
    std::string head;
  };

  // clang-format off
  const row rows[] = {
      {400, "GET /\r\n\r\n"},
      {400, "GET  / HTTP/1.1\r\n" + host + "\r\n"},
      {400, "G(T / HTTP/1.1\r\n" + host + "\r\n"},
      {400, "GET http://x/ HTTP/1.1\r\n" + host + "\r\n"},
      {400, "GET /a b HTTP/1.1\r\n" + host + "\r\n"},
      {400, "GET /\x01 HTTP/1.1\r\n" + host + "\r\n"},
      {400, "GET /\xff HTTP/1.1\r\n" + host + "\r\n"},
      {505, "GET / HTTP/2.0\r\n" + host + "\r\n"},
      {400, "GET / XTTP/1.1\r\n" + host + "\r\n"},
      {400, "GET / HTTP/1.1\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\n" + host + host + "\r\n"},
      {400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\n" + host + " folded\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\n" + host + "X: a\rb\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\n" + host + std::string("X: a\0b\r\n\r\n", 10)},
      {400, "GET / HTTP/1.1\r\n" + host + "no colon\r\n\r\n"},
      {400, put + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"},
      {400, put + "Content-Length: +1\r\n\r\n"},
      {400, put + "Content-Length: 1, 1\r\n\r\n"},
      {400, put + "Content-Length: 9999999999999999999\r\n\r\n"},
      {400, put + "Content-Length:\r\n\r\n"},
      {400, put + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {501, put + "Transfer-Encoding: gzip, chunked\r\n\r\n"},
      {501, "PUT / HTTP/1.0\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n"},
      {417, put + "Expect: a miracle\r\n\r\n"},
  };
  // clang-format on
  for (const auto& x : rows)
    BOOST_TEST(status(x.head) == x.status, x.head);
}

BOOST_AUTO_TEST_CASE(a_head_has_bounds) {
  head_limits limits{.bytes = 200, .target = 50, .fields = 3};
  auto get = "GET / HTTP/1.1\r\n" + host;
  BOOST_TEST(status(get + "A: 1\r\nB: 2\r\n\r\n", limits) == 0);
  BOOST_TEST(status(get + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits) == 431);
  BOOST_TEST(status(get + "A: " + std::string(200, 'a') + "\r\n\r\n", limits) == 431);
  BOOST_TEST(status("GET /" + std::string(50, 'a') + " HTTP/1.1\r\n" + host + "\r\n", limits)
             == 414);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_head_is_found_however_it_comes) {
  for (std::string head : {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.0\nA: b\n\n",
                           "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    std::string bytes;
    std::size_t scanned = 0;
    std::optional<std::size_t> end;
    for (auto c : head + "rest") {
      BOOST_TEST(!end.has_value());
      bytes += c;
      if ((end = end_of_head(bytes, scanned)))
        break;
    }
    BOOST_TEST((end && *end == head.size()), head);
    std::size_t anew = 0;
    BOOST_TEST((end_of_head(head + "rest", anew) == head.size()));
  }
}

/// All of a body, read in pieces of `step` bytes with `room` for each read; nothing when broken.
std::optional<std::string> body_of(const request& head, const std::string& bytes, std::size_t step,
                                   std::size_t room) {
  body_reader reader{head};
  std::string in, out;
  for (std::size_t at = 0; at < bytes.size() && !reader.done() && !reader.bad(); at += step) {
    in += bytes.substr(at, step);
    for (std::size_t before = 1; before != 0 && !reader.done() && !reader.bad();) {
      auto had = out.size();
      before = reader.read(in, out, room);
      BOOST_TEST(out.size() - had <= room);
      in.erase(0, before);
    }
  }
  return reader.done() ? std::optional{out} : std::nullopt;
}

BOOST_AUTO_TEST_CASE(a_body_is_the_same_however_it_comes) {
  auto fixed = taken(put + "Content-Length: 11\r\n\r\n");
  auto chunked = taken(put + "Transfer-Encoding: Chunked\r\n\r\n");
  const std::string pieces = "5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nT: x\r\n\r\n";
  for (std::size_t step = 1; step <= pieces.size(); ++step)
    for (std::size_t room : {1u, 4u, 100u}) {
      BOOST_TEST((body_of(fixed, "hello world", step, room) == "hello world"));
      BOOST_TEST((body_of(chunked, pieces, step, room) == "hello world"));
    }
}

/// At the bound itself the verdict was another when the packet ended between CR and LF.
BOOST_AUTO_TEST_CASE(long_lines_are_judged_the_same_however_they_come) {
  auto chunked = taken(put + "Transfer-Encoding: chunked\r\n\r\n");
  for (std::size_t size : {255u, 256u, 257u}) {
    auto bytes = "0;" + std::string(size - 2, 'x') + "\r\n\r\n";
    for (std::size_t step : {std::size_t{1}, bytes.size()})
      BOOST_TEST(body_of(chunked, bytes, step, 100).has_value() == (size <= 256));
  }
  for (std::size_t size : {4095u, 4096u, 4097u}) {
    auto bytes = "0\r\n" + std::string(size, 't') + "\r\n\r\n";
    auto whole = body_of(chunked, bytes, bytes.size(), 100).has_value();
    BOOST_TEST(body_of(chunked, bytes, 1, 100).has_value() == whole, size);
  }
}

BOOST_AUTO_TEST_CASE(broken_chunks_are_refused) {
  auto chunked = taken(put + "Transfer-Encoding: chunked\r\n\r\n");
  for (std::string bytes :
       {"\r\n", "x\r\n", "-1\r\n", "5 hello", "5\r\nhelloX\r\n", "5\r\nhello\n5",
        "0x5\r\nhello\r\n", "1000000000000\r\n", "\x15\r\n", " 5\r\nhello\r\n"}) {
    body_reader reader{chunked};
    std::string out;
    bytes += std::string(5000, 'y');
    while (auto used = reader.read(bytes, out, 100'000))
      bytes.erase(0, used);
    BOOST_TEST(reader.bad(), bytes.substr(0, 20));
  }
}

BOOST_AUTO_TEST_CASE(an_address_is_taken_apart) {
  auto x = read_target("/v1/jobs/https%3A%2F%2Fa%3A9000%2Fx?vo=a%20b&empty&plus=1+1");
  BOOST_REQUIRE(x);
  BOOST_TEST((x->path == std::vector<std::string>{"v1", "jobs", "https://a:9000/x"}));
  BOOST_TEST(x->query.size() == 3u);
  BOOST_TEST(x->query[0].second == "a b");
  BOOST_TEST(x->query[2].second == "1+1");
  BOOST_TEST(percent_encoded("a/b c~") == "a%2Fb%20c~");
  BOOST_TEST(*percent_decoded(percent_encoded("\xff/%+")) == "\xff/%+");
}

BOOST_AUTO_TEST_CASE(tricks_with_the_path_are_refused) {
  for (auto bad : {"/a/../b", "/a/%2e%2e/b", "/a/.%2E/b", "/./a", "//a", "/a//b", "/a%00b",
                   "/a%0ab", "/a%", "/a%2", "/a%zz", "/%7f", "a", "/a?b=%1"})
    BOOST_TEST(!read_target(bad), bad);
}

BOOST_AUTO_TEST_CASE(ranges_of_a_file) {
  auto part = [](std::string_view header, std::uint64_t size) { return read_range(header, size); };
  BOOST_TEST((part("bytes=0-3", 10).part == byte_range{0, 4}));
  BOOST_TEST((part("bytes=4-", 10).part == byte_range{4, 6}));
  BOOST_TEST((part("bytes=-3", 10).part == byte_range{7, 3}));
  BOOST_TEST((part("bytes=-30", 10).part == byte_range{0, 10}));
  BOOST_TEST((part("bytes=5-99", 10).part == byte_range{5, 5}));
  for (auto outside : {"bytes=10-", "bytes=10-12", "bytes=-0"})
    BOOST_TEST((part(outside, 10).verdict == range_verdict::outside), outside);
  BOOST_TEST((part("bytes=0-0", 0).verdict == range_verdict::outside));
  for (auto whole : {"", "bytes=3-1", "bytes=1-2,4-5", "lines=1-2", "bytes=a-b", "bytes=-",
                     "bytes=1-99999999999999999999"})
    BOOST_TEST((part(whole, 10).verdict == range_verdict::whole), whole);
}

BOOST_AUTO_TEST_CASE(where_a_piece_belongs) {
  auto x = read_content_range("bytes 2-5/9");
  BOOST_REQUIRE(x);
  BOOST_TEST((x->part == byte_range{2, 4}));
  BOOST_TEST(x->file_size == 9u);
  BOOST_TEST(text(*x) == "bytes 2-5/9");
  BOOST_TEST(text(*read_content_range("bytes */0")) == "bytes */0");
  for (auto bad : {"bytes 5-2/9", "bytes 2-9/9", "bytes 2-5/*", "bytes 2-5", "2-5/9", "bytes -5/9"})
    BOOST_TEST(!read_content_range(bad), bad);
}

BOOST_AUTO_TEST_CASE(an_error_goes_there_and_back) {
  error why{errc::not_found, "there is no \"x\"\nhere"};
  auto x = failed(why);
  BOOST_TEST(x.status == 404);
  BOOST_TEST((read_failure(x.status, x.body) == why));
  BOOST_TEST((read_failure(403, "<html>").code == errc::denied));
  BOOST_TEST(
      (read_failure(200, R"({"error": {"code": "none", "text": ""}})").code == errc::internal));
  BOOST_TEST(text(json_response("{}"), false).starts_with("HTTP/1.1 200 OK\r\n"));
}

} // namespace
} // namespace trellis::http
