#include "actors/shell/session.hpp"

#include "actors/shell/hints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace trellis::shell {

result<std::string> session::endpoint() const {
  if (!wanted_.endpoint.empty())
    return wanted_.endpoint;
  if (!wanted_.node.empty())
    return std::string{};
  if (auto url = world_.environment("TRELLIS_ENDPOINT"); url && !url->empty())
    return *url;
  if (world_.environment("TRELLIS_SOCKET"))
    return std::string{};
  return world_.profile_endpoint();
}

result<std::string> session::socket_path() const {
  if (!wanted_.node.empty())
    return wanted_.node + "/node.sock";
  if (auto path = world_.environment("TRELLIS_SOCKET"))
    return *path;
  if (auto dir = world_.environment("XDG_RUNTIME_DIR"))
    if (auto path = *dir + "/trellis/node.sock"; world_.exists(path))
      return path;
  constexpr auto last = "/run/trellis/node.sock";
  if (world_.exists(last))
    return std::string{last};
  return error{
      errc::site_unreachable,
      "cannot find a node: there is no --node DIR, no TRELLIS_SOCKET, no socket "
      "trellis/node.sock under XDG_RUNTIME_DIR, and no /run/trellis/node.sock; nor is there "
      "an --endpoint, a TRELLIS_ENDPOINT or a profile with one"};
}

result<std::unique_ptr<grid>> session::attach() {
  auto url = endpoint();
  if (!url)
    return url.why();
  if (!url->empty())
    return world_.attach_to_endpoint(*url);
  auto path = socket_path();
  if (!path)
    return path.why();
  return world_.attach(*path);
}

result<grid*> session::nodes() {
  if (shared_)
    return shared_;
  if (!own_) {
    auto attached = attach();
    if (!attached)
      return attached.why();
    own_ = std::move(*attached);
  }
  return own_.get();
}

result<address> session::serving(role x) {
  if (auto i = known_.find(x); i != known_.end())
    return i->second;
  auto found = find_serving(x);
  if (found)
    known_[x] = *found;
  return found;
}

result<address> session::find_serving(role x) {
  auto told = x == role::wms ? wanted_.wms : x == role::lb ? wanted_.lb : std::string{};
  if (told.empty())
    if (auto name = world_.environment(x == role::wms ? "TRELLIS_WMS" : "TRELLIS_LB");
        name && (x == role::wms || x == role::lb))
      told = *name;
  if (!told.empty()) {
    auto host = host_name::parse(told);
    if (!host)
      return error{errc::usage, host.why().text};
    return address{x, *host, 0};
  }
  auto there = nodes();
  if (!there)
    return there.why();
  const auto& home = (*there)->node();
  if (x == role::node || std::ranges::find(home.roles, x) != home.roles.end())
    return address{x, home.host, 0};
  auto status = shell::ask(**there, {role::node, home.host, 0}, node::get_status{});
  if (!status)
    return status.why();
  std::vector<host_name> peers;
  for (const auto& link : status->links)
    if (std::ranges::find(link.roles, x) != link.roles.end())
      peers.push_back(link.peer);
  if (peers.size() == 1)
    return address{x, peers.front(), 0};
  return error{peers.empty() ? errc::no_such_address : errc::usage,
               fmt::format("cannot tell which {} to ask: {} has no such role and {} of its linked "
                           "peers do",
                           word(x), home.host.text(), peers.size())};
}

int session::fail(const error& e, std::string_view next) {
  out().flush();
  auto hint = next.empty() ? hint_for(e) : std::string{next};
  auto text = e.text.empty() ? std::string{word(e.code)} : e.text;
  // Further lines, such as the problems of a JDL, stand indented below the first.
  for (std::size_t i = 0; (i = text.find('\n', i)) != text.npos; i += 3)
    text.replace(i, 1, "\n  ");
  err() << fmt::format("{}: TRL-{:04}: {}\n", program, static_cast<unsigned>(e.code), text);
  if (!hint.empty())
    err() << "  next: " << hint << '\n';
  return exit_code(e.code);
}

void session::fail_one(const error& e, std::string_view next) {
  fail(e, next);
  if (failures_++ == 0)
    first_failure_ = e.code;
  else if (exit_code(first_failure_) != exit_code(e.code))
    mixed_ = true;
}

int session::verdict(std::size_t succeeded) const {
  if (failures_ == 0)
    return 0;
  if (succeeded > 0)
    return exit_code(errc::partial);
  return mixed_ ? 1 : exit_code(first_failure_);
}

void session::note(std::string_view text) {
  if (world_.err_is_terminal())
    err() << text << '\n';
}

page session::paper() const {
  auto no_colour = world_.environment("NO_COLOR");
  auto terminal = world_.environment("TERM");
  page p;
  p.width = std::max(40u, world_.width());
  p.colours = world_.out_is_terminal() && (!no_colour || no_colour->empty())
              && !(terminal && *terminal == "dumb");
  return p;
}

} // namespace trellis::shell
