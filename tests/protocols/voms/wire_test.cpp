#include "protocols/voms/legacy.hpp"
#include "protocols/voms/rest.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::voms;
using namespace std::chrono_literals;

namespace {

wish group(std::string g) { return {wish_kind::group, std::move(g), {}}; }

wish role(std::string g, std::string r) {
  return {wish_kind::group_role, std::move(g), std::move(r)};
}

gsi::fqan name(std::string_view text) { return *gsi::fqan::parse(text); }

bool holds(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

} // namespace

BOOST_AUTO_TEST_CASE(what_the_clients_send_is_understood) {
  auto plain = *parse_rest_request("/generate-ac?fqans=/testvo&lifetime=43200");
  BOOST_TEST((plain.wishes == std::vector{group("/testvo")}));
  BOOST_TEST((plain.lifetime == 43200s));
  BOOST_TEST(plain.unknown.empty());
  // In C++, with -order and -target.
  auto cpp = *parse_rest_request("/generate-ac?fqans=/testvo/prod/Role=production,/testvo"
                                 "&order=/testvo/prod:production&order=/testvo&targets=a.x,b.x");
  BOOST_TEST((cpp.wishes == std::vector{role("/testvo/prod", "production"), group("/testvo")}));
  BOOST_TEST((cpp.order == std::vector{name("/testvo/prod/Role=production"), name("/testvo")}));
  BOOST_TEST((cpp.targets == std::vector<std::string>{"a.x", "b.x"}));
  BOOST_TEST(!cpp.lifetime);
  // In Java: percent-encoded, a comma behind the targets.
  auto java = *parse_rest_request("/generate-ac?fqans=%2Ftestvo%2FRole%3DNULL&targets=a.x,b.x,"
                                  "&lifetime=0");
  BOOST_TEST((java.wishes == std::vector{group("/testvo")}));
  BOOST_TEST(java.targets.size() == 2u);
  BOOST_TEST(!java.lifetime);
  BOOST_TEST(
      (*parse_rest_request("/generate-ac?fqans=all") == request{{wish{}}, {}, {}, {}, {}, {}}));
  BOOST_TEST((*parse_rest_request("/generate-ac") == request{}));
  BOOST_TEST(parse_rest_request("/generate-ac?foo=1")->unknown.at(0) == "foo");
}

BOOST_AUTO_TEST_CASE(requests_that_mean_nothing_are_refused) {
  for (auto bad :
       {"", "generate-ac", "/generate-ac?fqans=testvo", "/generate-ac?fqans=/a/..",
        "/generate-ac?lifetime=x", "/generate-ac?lifetime=1s", "/generate-ac?targets=a/b",
        "/generate-ac?order=/a:b:c", "/generate-ac?fqans=/a%0Ab", "/generate-ac?fqans=/a%2",
        "/generate-ac?lifetime=99999999999999999999"})
    BOOST_TEST(!parse_rest_request(bad), bad);
  BOOST_TEST((parse_rest_request("/other").why().code == errc::not_found));
  std::string many = "/generate-ac?fqans=";
  for (int i = 0; i < 513; ++i)
    many += "/a,";
  BOOST_TEST(!parse_rest_request(many));
}

BOOST_AUTO_TEST_CASE(a_request_reads_back) {
  request x;
  x.wishes = {role("/vo/a", "r"), group("/vo"), wish{}};
  x.order = {name("/vo/a/Role=r"), name("/vo")};
  x.targets = {"a.example", "b.example"};
  x.lifetime = 3600s;
  BOOST_TEST((*parse_rest_request(rest_target(x)) == x), rest_target(x));
  BOOST_TEST((*parse_legacy_request(legacy_request(x)) == x), legacy_request(x));
  x.wishes.push_back({wish_kind::role, "", "r"});
  x.list = true;
  BOOST_TEST((*parse_legacy_request(legacy_request(x)) == x), legacy_request(x));
}

BOOST_AUTO_TEST_CASE(the_legacy_request_of_the_clients_is_understood) {
  std::string text
      = "<?xml version=\"1.0\" encoding=\"US-ASCII\"?><voms><command>G/testvo</command>"
        "<command>B/testvo/prod:production</command><command>Rpilot</command><order>/testvo/prod:"
        "production,/testvo</order><base64>1</base64><version>4</version>"
        "<lifetime>43200</lifetime></voms>";
  auto x = *parse_legacy_request(text);
  BOOST_TEST((x.wishes
              == std::vector{
                  group("/testvo"), role("/testvo/prod", "production"),
                  wish{wish_kind::role, "", "pilot"}
  }));
  BOOST_TEST(x.order.size() == 2u);
  BOOST_TEST((x.lifetime == 43200s));
  BOOST_TEST((parse_legacy_request(text + std::string("\n\0", 2))->wishes == x.wishes));
  for (std::size_t step : {1u, 2u, 7u, 1000u}) {
    std::size_t scanned = 0, have = 0;
    std::optional<std::size_t> end;
    auto more = text + "x";
    while (!end && have < more.size())
      end = end_of_legacy_request(more.substr(0, have = std::min(have + step, more.size())),
                                  scanned);
    BOOST_TEST((end == text.size()), step);
  }
  std::size_t scanned = 0;
  BOOST_TEST(!end_of_legacy_request(text.substr(0, text.size() - 1), scanned));
  for (std::size_t i = 0; i < text.size(); ++i)
    BOOST_TEST(!parse_legacy_request(text.substr(0, i)), i);
}

BOOST_AUTO_TEST_CASE(bad_legacy_requests_are_refused) {
  for (auto bad :
       {"<voms></voms>", "<vomsans><command>A</command></vomsans>",
        "<voms><command></command></voms>", "<voms><command>X</command></voms>",
        "<voms><command>G</command></voms>", "<voms><command>Gvo</command></voms>",
        "<voms><command>G/vo/Role=r</command></voms>", "<voms><command>R</command></voms>",
        "<voms><command>R/</command></voms>", "<voms><command>B/vo</command></voms>",
        "<voms><command>B/vo:</command></voms>", "<voms><command>B:r</command></voms>",
        "<voms><command>B/vo:r/s</command></voms>", "<voms><command>A<b/></command></voms>",
        "<voms><a><b/></a></voms>"})
    BOOST_TEST(!parse_legacy_request(bad), bad);
}

BOOST_AUTO_TEST_CASE(attributes_come_back_with_warnings) {
  reply x;
  x.ac = std::string(100, '\x30');
  x.warnings = {
      {warning_kind::lifetime, "testvo://a:1: The validity of this VOMS AC is shortened <to> 1 s"}
  };
  auto rest = rest_reply(x);
  BOOST_TEST(rest_status(x) == 200);
  BOOST_TEST(rest.find('\n', rest.find("<ac>")) - rest.find("<ac>") == 68u, "64 columns");
  BOOST_TEST((*parse_rest_reply(rest) == x), rest);
  auto legacy = legacy_reply(x);
  BOOST_TEST(holds(legacy, "<item><number>2</number><message>testvo://a:1: The validity"));
  BOOST_TEST((*parse_legacy_reply(legacy) == x), legacy);
  reply list;
  list.list = "/testvo\n";
  BOOST_TEST((*parse_legacy_reply(legacy_reply(list)) == list));
}

BOOST_AUTO_TEST_CASE(each_refusal_reads_back) {
  for (const auto& row : refusal_rows) {
    reply x;
    x.refused = row.code;
    x.why = "testvo: User unknown to this VO & \"more\".";
    BOOST_TEST(rest_status(x) == row.http_status);
    BOOST_TEST(holds(rest_reply(x), row.word));
    BOOST_TEST((*parse_rest_reply(rest_reply(x)) == x));
    auto legacy = legacy_reply(x);
    BOOST_TEST(holds(legacy, "<ac>QQ==\n</ac>"), "clients read no error without it");
    BOOST_TEST((*parse_legacy_reply(legacy) == x), legacy);
  }
}

BOOST_AUTO_TEST_CASE(bad_answers_are_refused) {
  for (auto bad : {"", "<voms/>", "<voms><ac></ac></voms>", "<voms><ac>Zg</ac></voms>", "<html/>",
                   "<voms><ac>MII=</voms>"})
    BOOST_TEST(!parse_rest_reply(bad), bad);
  for (auto bad : {"", "<vomsans/>", "<vomsans><ac></ac></vomsans>", "<voms><ac>Zg==</ac></voms>",
                   "<vomsans><ac>Z</ac></vomsans>"})
    BOOST_TEST(!parse_legacy_reply(bad), bad);
  BOOST_TEST((parse_rest_reply("<voms><error><code>New</code></error></voms>")->refused
              == refusal::internal_error));
}

BOOST_AUTO_TEST_CASE(the_first_bytes_tell_the_protocol) {
  struct row {
    std::string_view bytes;
    first_bytes what;
    std::size_t skip;
  };

  constexpr row rows[] = {
      {"",             first_bytes::more,    0},
      {"0",            first_bytes::more,    1},
      {"0GET /",       first_bytes::http,    1},
      {"GET /",        first_bytes::http,    0},
      {"POST",         first_bytes::http,    0},
      {"0<",           first_bytes::more,    1},
      {"<?xm",         first_bytes::more,    0},
      {"0<?xml ver",   first_bytes::legacy,  1},
      {"<voms>",       first_bytes::legacy,  0},
      {"<html>",       first_bytes::neither, 0},
      {"00GET",        first_bytes::neither, 1},
      {"\x16\x03\x01", first_bytes::neither, 0},
  };
  for (const auto& x : rows) {
    auto got = look_at(x.bytes);
    BOOST_TEST((got.what == x.what), x.bytes);
    BOOST_TEST(got.skip == x.skip, x.bytes);
  }
}
