#include "bin/replay/directories.hpp"

#include "protocols/gsi/random.hpp"
#include "runtime/node/files.hpp"
#include "runtime/node/joining.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace trellis::real {

using namespace scenario;
using namespace std::chrono_literals;

namespace {

/// As root: accounts above those of people and services.
constexpr std::uint32_t first_uid = 62'001;

std::vector<role> roles_of(const node_plan& x) {
  auto out = x.roles;
  if (!x.ces.empty() && std::ranges::count(out, role::ce) == 0)
    out.push_back(role::ce);
  return out;
}

std::string in_quotes(std::string_view x) { return fmt::format("\"{}\"", x); }

std::string list(const std::vector<role>& x) {
  std::vector<std::string> words;
  for (auto r : x)
    words.push_back(in_quotes(word(r)));
  return fmt::format("[{}]", fmt::join(words, ", "));
}

std::string list(const std::vector<std::string>& x) {
  std::vector<std::string> words;
  for (const auto& w : x)
    words.push_back(in_quotes(w));
  return fmt::format("[{}]", fmt::join(words, ", "));
}

/// What a duration becomes at this speed, within the range of its key.
std::string at_speed(scale by, milliseconds x, milliseconds least) {
  return fmt::format("\"{}ms\"", std::max(by.real(x), least).count());
}

milliseconds or_else(milliseconds x, milliseconds usual) { return x.count() > 0 ? x : usual; }

std::string of_user(const story& x, const account& who, bool is_operator) {
  auto u = std::ranges::find(x.users, who.user, &user::name);
  if (u == x.users.end())
    return fmt::format("[[local_user]]\nuid = {}\ndn = \"/CN=operator\"\noperator = true\n",
                       who.uid);
  auto group = "/" + u->vo + (u->group.empty() ? "" : "/" + u->group);
  auto fqan = u->role.empty() ? group : group + "/Role=" + u->role;
  return fmt::format("[[local_user]]\nuid = {}\ndn = \"/CN={}\"\nvo = \"{}\"\nfqans = [\"{}\"]\n{}",
                     who.uid, u->name, u->vo, fqan, is_operator ? "operator = true\n" : "");
}

std::string of_users(const grid_plan& x) {
  std::string out;
  auto all = accounts_of(x.story, x.uid);
  for (const auto& who : all)
    out += of_user(x.story, who, who.uid == x.uid);
  if (std::ranges::count(all, x.uid, &account::uid) == 0)
    out += of_user(x.story, {x.uid, ""}, true);
  return out;
}

std::string of_peers(const grid_plan& x, std::size_t node) {
  std::string out;
  for (std::size_t i = 0; i < x.pairs.size(); ++i) {
    const auto& p = x.pairs[i];
    if (p.dials != node && p.dialled != node)
      continue;
    const auto& other = x.nodes[p.dials == node ? p.dialled : p.dials];
    out += fmt::format("[[peer]]\nhost = \"{}\"\nvos = [\"*\"]\nroles = {}\n", other.host.text(),
                       list(roles_of(other)));
    if (p.dials == node)
      out += fmt::format("connect = \"127.0.0.1:{}\"\n", relay_port + i);
  }
  return out;
}

std::string of_ce(const grid_plan& x, std::size_t node) {
  auto out = fmt::format("[ce]\npoll = \"100ms\"\nbatch_poll = {}\ntoken_wait = {}\n",
                         at_speed(x.by, 30s, 1s), at_speed(x.by, 10min, 2s));
  if (x.uid == 0)
    out += "payload_user = \"nobody\"\n";
  for (auto i : x.nodes[node].ces) {
    const auto& q = x.story.ces[i];
    out += fmt::format("[[ce.queue]]\nname = \"{}\"\nlrms = \"fork\"\nslots = {}\nvos = {}\n",
                       q.queue, q.slots, q.vos.empty() ? "[\"*\"]" : list(q.vos));
    if (q.max_wall.count() > 0)
      out += fmt::format("max_wall = \"{}ms\"\n", q.max_wall.count());
    if (q.max_waiting > 0)
      out += fmt::format("max_waiting = {}\n", q.max_waiting);
  }
  return out;
}

std::string of_wms(const grid_plan& x, std::size_t node) {
  std::string out = "[wms]\n";
  for (const auto& n : x.nodes)
    if (std::ranges::count(n.roles, role::lb) > 0) {
      out += fmt::format("lb = \"{}\"\n", n.host.text());
      break;
    }
  const auto* s = site_of(x.story, x.nodes[node].host);
  out += fmt::format("lease = {}\nmatch_retry = {}\n",
                     at_speed(x.by, or_else(s ? s->lease : 0ms, 30min), shortest_lease),
                     at_speed(x.by, 5min, 1s));
  out += fmt::format("share_half_life = {}\n",
                     at_speed(x.by, or_else(s ? s->half_life : 0ms, 168h), 1min));
  if (s && s->max_waiting > 0)
    out += fmt::format("max_jobs = {}\n", s->max_waiting);
  if (s && s->ask_token)
    out += "grant_in_advance = false\n";
  return out;
}

std::string of_limits(const grid_plan& x, std::size_t node) {
  const auto* s = site_of(x.story, x.nodes[node].host);
  // One machine has one clock; what a WMS adds to a lease is all that is left of the skew.
  auto skew = or_else(s ? s->allowed_skew : 0ms, 5min);
  return fmt::format("[limits]\nlink_idle = {}\nreconnect = {}\nclock_refuse = {}\n"
                     "connections_per_host = 10000\n",
                     at_speed(x.by, 30s, 2s), at_speed(x.by, 30s, 200ms), at_speed(x.by, skew, 1s));
}

result<config::node> first_node(const grid_plan& x) {
  new_node n;
  n.directory = x.directory(0);
  n.host = x.nodes[0].host;
  n.roles = {role::info}; // until it has its own configuration, which names its peers
  n.listen = {
      endpoint{"127.0.0.1", first_port}
  };
  n.user = "operator";
  n.uid = x.uid;
  auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  auto made = init_node(n, now);
  if (!made)
    return made.why();
  return config::load(n.directory);
}

result<done> join(const grid_plan& x, const config::node& first, std::size_t node) {
  auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  new_node n;
  n.directory = x.directory(node);
  n.host = x.nodes[node].host;
  n.roles = roles_of(x.nodes[node]);
  n.user = "operator";
  n.uid = x.uid;
  auto token = invite(first, {n.host, n.roles, {"*"}, now + 1h}, gsi::random_bytes16());
  if (!token)
    return token.why();
  auto joined = join_node(n, *token, now, [&](const invite_token&, const std::string& request) {
    bool accepted = false;
    return result<std::string>{accept_join(first, request, now, accepted)};
  });
  return joined ? result<done>{done{}} : result<done>{joined.why()};
}

} // namespace

std::vector<pair_of_nodes> pairs_of(const std::vector<node_plan>& nodes) {
  std::vector<pair_of_nodes> out;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (!nodes[i].roles.empty() || !nodes[k].roles.empty())
        out.push_back({i, k});
  return out;
}

std::vector<account> accounts_of(const story& x, std::uint32_t uid) {
  std::vector<account> out;
  for (const auto& u : x.users)
    if (uid == 0)
      out.push_back({first_uid + static_cast<std::uint32_t>(out.size()), u.name});
    else if (out.empty())
      out.push_back({uid, u.name});
  return out;
}

std::string config_text(const grid_plan& x, std::size_t node) {
  const auto& n = x.nodes[node];
  auto out = fmt::format("host = \"{}\"\nsite = \"{}\"\nroles = {}\nlisten = [\"127.0.0.1:{}\"]\n"
                         "log_form = \"text\"\nlog_level = \"{}\"\n",
                         n.host.text(), n.site.text(), list(roles_of(n)), first_port + node,
                         x.log_level);
  out += of_users(x) + of_peers(x, node) + of_limits(x, node);
  out += fmt::format("[info]\nadvertise = {}\nlifetime = {}\n", at_speed(x.by, 1min, 1s),
                     at_speed(x.by, 5min, 5s));
  if (!n.ces.empty())
    out += of_ce(x, node);
  if (std::ranges::count(n.roles, role::wms) > 0)
    out += of_wms(x, node);
  return out;
}

result<done> make_directories(const grid_plan& x) {
  auto first = first_node(x);
  if (!first)
    return first.why();
  for (std::size_t i = 1; i < x.nodes.size(); ++i)
    if (auto joined = join(x, *first, i); !joined)
      return joined;
  for (std::size_t i = 0; i < x.nodes.size(); ++i)
    if (auto r = write_file(x.directory(i) + "/node.toml", config_text(x, i), 0644); !r)
      return r;
  return done{};
}

} // namespace trellis::real
