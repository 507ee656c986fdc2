#include "runtime/node/config.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <set>

using namespace trellis;
using namespace std::chrono_literals;

namespace {

const std::string file = "/etc/trellis/node.toml";

std::string mistakes_of(std::string_view toml) {
  auto r = config::parse(toml, file);
  return r ? "" : r.why().text;
}

bool says(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

void refuses(std::string_view toml, std::string_view part) {
  auto wrong = mistakes_of("host = 'a.example'\n" + std::string{toml});
  BOOST_TEST(says(wrong, part), toml << " gives: " << wrong);
}

/// A file in which `line` stands in the section of `key`, with everything that is needed beside it.
std::string with(const config::key_info& key, std::string_view value) {
  std::string out;
  if (key.full_name() != "host")
    out += "host = 'a.example'\n";
  auto line = fmt::format("{} = {}\n", key.name, value);
  if (key.section.empty())
    return out + line;
  out += key.section + "\n";
  for (const auto& other : config::all_keys())
    if (other.section == key.section && other.name != key.name
        && other.fallback.starts_with("none: it must"))
      out += fmt::format("{} = 'b.example'\n", other.name);
  if (key.section == "[[local_user]]" && key.name != "uid" && key.name != "user"
      && key.name != "group")
    out += "uid = 1\n";
  return out + line;
}

/// A value of the right type that is surely taken.
std::string good_value(const config::key_info& key) {
  if (key.range.find('|') != key.range.npos)
    return fmt::format("'{}'", key.range.substr(0, key.range.find('|')));
  if (key.type == "text")
    return "'x'";
  if (key.type == "host name")
    return "'c.example'";
  if (key.type == "host:port")
    return "'127.0.0.1:9443'";
  if (key.type == "list of text")
    return "['x']";
  if (key.type == "list of role")
    return "['lb']";
  if (key.type == "list of host:port")
    return "['[::1]:9443']";
  if (key.type == "true or false")
    return "true";
  if (key.type == "number" && key.range.empty())
    return "7";
  return key.fallback;
}

} // namespace

BOOST_AUTO_TEST_CASE(five_lines_are_enough) {
  auto r = config::parse("host = 'cern.example'\n"
                         "roles = ['wms', 'lb', 'ce', 'info']\n"
                         "listen = ['0.0.0.0:9443']\n",
                         file);
  BOOST_REQUIRE_MESSAGE(r, mistakes_of("host = 'cern.example'"));
  BOOST_TEST(r->host.text() == "cern.example");
  BOOST_TEST(r->site == "example");
  BOOST_TEST(r->has(role::wms));
  BOOST_TEST((r->wms.lb == r->host));
  BOOST_TEST((r->connect == endpoint{"cern.example", 9443}));
  BOOST_TEST(r->ce.queues.size() == 1u);
  BOOST_TEST(r->ce.queues.front().lrms == "fork");
  BOOST_TEST(r->path(r->socket) == "/etc/trellis/node.sock");
  BOOST_TEST(r->path("/x") == "/x");
}

BOOST_AUTO_TEST_CASE(a_whole_file_is_read) {
  auto r = config::parse(R"(
host = "ral.example"
site = "RAL"
roles = ["ce"]
listen = []

[[peer]]
host = "cern.example"
connect = "127.0.0.2:9443"
vos = ["biomed", "cms"]
roles = ["wms", "lb", "info"]

[[local_user]]
uid = 1000
dn = "/DC=example/CN=alice"
vo = "biomed"
operator = true

[ce]
payload_user = "grid"
token_wait = "2min"

[[ce.queue]]
name = "long"
lrms = "slurm"
slots = 16
vos = ["*"]
partition = "main"

[limits]
outbox_peer = "64MB"
)",
                         file);
  BOOST_REQUIRE(r);
  BOOST_TEST(r->listen.empty());
  BOOST_TEST(!r->connect);
  BOOST_REQUIRE(r->peers.size() == 1u);
  BOOST_TEST((r->peers[0].roles == std::vector{role::wms, role::lb, role::info}));
  BOOST_TEST(r->peer_of(*host_name::parse("cern.example")));
  BOOST_TEST(!r->peer_of(*host_name::parse("infn.example")));
  BOOST_TEST(r->local_users.at(0).is_operator);
  BOOST_TEST(*r->local_users.at(0).uid == 1000u);
  BOOST_TEST((r->ce.token_wait == 2min));
  BOOST_TEST(r->ce.queues.at(0).partition == "main");
  BOOST_TEST(r->limits.outbox_peer.bytes == 64'000'000u);
}

BOOST_AUTO_TEST_CASE(there_are_at_most_eighty_settings_with_words) {
  auto keys = config::all_keys();
  BOOST_TEST(keys.size() <= 80u);
  std::set<std::string> names;
  for (const auto& key : keys) {
    BOOST_TEST(names.insert(key.full_name()).second, key.full_name() << " is there twice");
    BOOST_TEST(!key.what.empty(), key.full_name());
    BOOST_TEST(!key.low.empty(), key.full_name());
    if (!key.range.empty() && key.range.find('|') == key.range.npos)
      BOOST_TEST(!key.high.empty(), key.full_name());
    bool quantity = key.type.starts_with("size") || key.type.starts_with("duration");
    BOOST_TEST((!quantity || !key.range.empty()), key.full_name() << " has no range");
  }
}

BOOST_AUTO_TEST_CASE(every_key_takes_a_good_value) {
  for (const auto& key : config::all_keys()) {
    auto wrong = mistakes_of(with(key, good_value(key)));
    BOOST_TEST(wrong.empty(), key.full_name() << ": " << wrong);
  }
}

BOOST_AUTO_TEST_CASE(every_key_refuses_a_wrong_type_with_its_line) {
  for (const auto& key : config::all_keys()) {
    auto toml = with(key, "1979-05-27");
    auto line = std::count(toml.begin(), toml.end(), '\n');
    auto wrong = mistakes_of(toml);
    BOOST_TEST(says(wrong, fmt::format("{}:{}: {} ", file, line, key.name)), key.full_name()
                                                                                 << ": " << wrong);
  }
}

BOOST_AUTO_TEST_CASE(every_range_is_kept) {
  int tried = 0;
  for (const auto& key : config::all_keys()) {
    auto to = key.range.find(" to ");
    if (to == key.range.npos)
      continue;
    bool number = key.type == "number";
    auto least = key.range.substr(0, to), most = key.range.substr(to + 4);
    auto quoted = [&](const std::string& x) { return number ? x : "'" + x + "'"; };
    auto above = number ? fmt::to_string(std::stoull(most) + 1) : "9" + most;
    auto wrong = mistakes_of(with(key, quoted(above)));
    BOOST_TEST(says(wrong, ", above " + most + ": " + key.high), key.full_name() << ": " << wrong);
    ++tried;
    if (least[0] == '0')
      continue;
    wrong = mistakes_of(with(key, number ? "0" : key.type[0] == 's' ? "'0B'" : "'0ms'"));
    BOOST_TEST(says(wrong, ", below " + least + ": " + key.low), key.full_name() << ": " << wrong);
  }
  BOOST_TEST(tried > 30);
}

BOOST_AUTO_TEST_CASE(choices_are_kept) {
  BOOST_TEST(says(mistakes_of("host = 'a.example'\nlog_level = 'loud'"),
                  ":2: log_level is 'loud', not one of debug|info|warn|error"));
}

BOOST_AUTO_TEST_CASE(unknown_keys_are_refused_with_what_was_meant) {
  refuses("lisen = []", ":2: 'lisen' is no key of the top level; did you mean 'listen'?");
  refuses("[limits]\nstopp = '1s'", ":3: 'stopp' is no key of [limits]; did you mean 'stop'?");
  refuses("lease = '1h'", ":2: 'lease' is no key of the top level, but of [wms]");
  refuses("[limit]\nstop = '1s'", "did you mean 'limits'?");
  refuses("[ce]\n[[ce.queues]]\nname = 'x'", "did you mean 'queue'?");
  refuses("zzzzzzzz = 1", ":2: 'zzzzzzzz' is no key of the top level");
}

BOOST_AUTO_TEST_CASE(all_mistakes_are_told_at_once) {
  auto wrong = mistakes_of("lisen = []\nroles = ['king']\n[wms]\nlease = 5\n");
  BOOST_TEST(says(wrong, ": the top level needs the key 'host'"));
  BOOST_TEST(says(wrong, ":1: 'lisen'"));
  BOOST_TEST(says(wrong, ":2: roles is a list of which each must be one of wms, lb, ce, info"));
  BOOST_TEST(says(wrong, ":4: lease must be a duration in quotes"));
}

BOOST_AUTO_TEST_CASE(what_contradicts_itself_is_refused) {
  refuses("[[peer]]\nhost = 'a.example'", "is this node itself");
  refuses("[[peer]]\nhost = 'b.example'\n[[peer]]\nhost = 'b.example'", ":4: the peer b.example");
  refuses("[[local_user]]\ndn = '/CN=x'", "exactly one of uid, user, group");
  refuses("[[local_user]]\ndn = '/CN=x'\nuid = 1\ngroup = 'g'", "exactly one of uid, user, group");
  refuses("[[ce.queue]]\nname = 'q'\n[[ce.queue]]\nname = 'q'", "the queue 'q' is there twice");
  refuses("roles = ['wms']", "needs an L&B server and 0 peers");
  refuses("[wms]\nlease = '2h'\nmax_lease = '1h'", "longer than max_lease");
  refuses("[info]\nlifetime = '1min'\nadvertise = '1min'", "must be longer than advertise");
  refuses("peer = 3", "'peer' is repeated: write [[peer]]");
  refuses("limits = 3", "'limits' is a section: write [limits]");
  refuses("roles = [", ":2: Error while parsing");
}

BOOST_AUTO_TEST_CASE(the_l_and_b_of_a_lone_wms_is_its_one_peer_with_that_role) {
  auto r = config::parse("host = 'a.example'\nroles = ['wms']\n"
                         "[[peer]]\nhost = 'b.example'\nroles = ['lb']\n",
                         file);
  BOOST_REQUIRE(r);
  BOOST_TEST(r->wms.lb.text() == "b.example");
}

BOOST_AUTO_TEST_CASE(a_long_socket_path_is_refused) {
  auto path = "/" + std::string(config::socket_path_limit, 'x');
  BOOST_TEST(says(mistakes_of("host = 'a.example'\nsocket = '" + path + "'"), "has 108 bytes"));
  path.pop_back();
  BOOST_TEST(mistakes_of("host = 'a.example'\nsocket = '" + path + "'").empty());
}

BOOST_AUTO_TEST_CASE(keys_are_explained) {
  BOOST_TEST(*config::explain("limits.stop")
             == "limits.stop\n"
                "  How long a clean stop may take before the node exits regardless.\n"
                "  type     duration (ms s min h d)\n"
                "  range    100ms to 10min\n"
                "  default  \"10s\"\n"
                "  too low  Open requests are cut off.\n"
                "  too high A restart takes long.\n");
  BOOST_TEST(says(*config::explain("connect"), "peer.connect"));
  auto none = config::explain("limits.stpo");
  BOOST_REQUIRE(!none);
  BOOST_TEST(none.why().text == "there is no setting 'limits.stpo'; did you mean 'limits.stop'?");
  for (const auto& key : config::all_keys())
    BOOST_TEST(says(config::explain_all(), "\n  " + key.what), key.full_name());
}

BOOST_AUTO_TEST_CASE(a_missing_file_says_what_to_do) {
  auto r = config::load("/nowhere/node.toml");
  BOOST_REQUIRE(!r);
  BOOST_TEST((r.why().code == errc::not_found));
  BOOST_TEST(says(r.why().text, "trellis-node init"));
}
