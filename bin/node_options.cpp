#include "bin/node_options.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <pwd.h>
#include <unistd.h>

namespace trellis {

namespace {

void describe_new_node(CLI::App& to, node_options& x) {
  to.add_option("--host", x.host, "the node's host name")->required();
  to.add_option("--site", x.site, "its site; by default the domain of the host");
  to.add_option("--roles", x.roles, "wms, lb, ce, info, voms; by default all but voms")
      ->delimiter(',');
  to.add_option("--listen", x.listen,
                "address:port for peers; a joining node without it only dials")
      ->delimiter(',');
  to.add_option("--socket", x.socket, "the control socket; by default node.sock in the directory");
  to.add_option("--vo", x.vo, "your VO on this node");
}

void add_node(CLI::App& to, node_options& x) {
  to.add_option("--node", x.directory, "the node's directory; by default the present one");
}

} // namespace

CLI::App* init_command(CLI::App& app, node_options& to) {
  auto c = app.add_subcommand("init", "Make a node's directory, with a test CA or given files");
  c->add_option("directory", to.directory, "to make")->required();
  describe_new_node(*c, to);
  c->add_option("--cert", to.cert, "the host certificate, in PEM");
  c->add_option("--key", to.key_file, "its private key");
  c->add_option("--ca", to.ca, "the trust anchors: a file or a directory");
  return c;
}

CLI::App* invite_command(CLI::App& app, node_options& to) {
  auto c = app.add_subcommand("invite", "Print a token with which another node joins this one");
  add_node(*c, to);
  c->add_option("--host", to.host, "the host name of the node that will join")->required();
  c->add_option("--roles", to.roles, "what it may do here; by default what it asks for")
      ->delimiter(',');
  c->add_option("--vos", to.vos, "for whose users it may speak; by default all")->delimiter(',');
  c->add_option("--valid", to.valid, "how long the token holds, such as 2h");
  return c;
}

CLI::App* join_command(CLI::App& app, node_options& to) {
  auto c = app.add_subcommand("join", "Make the directory of a node that joins with a token");
  c->add_option("token", to.token, "as printed by invite")->required();
  c->add_option("--dir", to.directory, "to make")->required();
  describe_new_node(*c, to);
  c->add_option("--request", to.request_file, "only write the request to this file");
  c->add_option("--answer", to.answer_file, "take the answer of sign from this file");
  return c;
}

CLI::App* sign_command(CLI::App& app, node_options& to) {
  auto c = app.add_subcommand("sign", "Answer the request of a node that cannot dial this one");
  add_node(*c, to);
  c->add_option("request", to.request_file, "the file that join --request wrote")->required();
  c->add_option("--answer", to.answer_file, "the file to write")->required();
  return c;
}

CLI::App* user_command(CLI::App& app, node_options& to) {
  auto c = app.add_subcommand("user", "Make a user of the test CA, who comes over HTTPS");
  add_node(*c, to);
  c->add_option("name", to.user, "such as alice")->required();
  c->add_option("--vo", to.vo, "the user's VO, with this node as its VOMS server");
  c->add_option("--dir", to.answer_file, "to make; by default users/NAME of the node");
  return c;
}

CLI::App* check_command(CLI::App& app, node_options& to) {
  auto c = app.add_subcommand("check", "Try everything before a start");
  add_node(*c, to);
  return c;
}

CLI::App* explain_command(CLI::App& app, node_options& to) {
  auto c = app.add_subcommand("config", "About settings")->require_subcommand(1);
  auto e = c->add_subcommand("explain", "What a setting does, its range and default");
  e->add_option("key", to.key, "such as limits.stop");
  e->add_flag("--all", to.all, "all settings");
  return e;
}

gsi::instant now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

result<std::vector<role>> roles_from(const std::vector<std::string>& words) {
  std::vector<role> out;
  for (const auto& w : words) {
    auto found = role_from(w);
    if (!found || *found == role::node)
      return error{errc::usage, fmt::format("'{}' is no role: wms, lb, ce, info, voms", w)};
    out.push_back(*found);
  }
  return out;
}

result<new_node> new_node_from(const node_options& x) {
  new_node out;
  auto host = host_name::parse(x.host);
  auto roles = roles_from(x.roles);
  if (!host || !roles)
    return host ? roles.why() : host.why();
  for (const auto& text : x.listen) {
    auto at = parse_endpoint(text);
    if (!at)
      return at.why();
    out.listen.push_back(*at);
  }
  out.directory = x.directory;
  out.host = *host;
  out.site = x.site;
  out.roles = roles->empty() ? std::vector{role::wms, role::lb, role::ce, role::info} : *roles;
  out.socket = x.socket;
  out.vo = x.vo;
  out.cert = x.cert;
  out.key = x.key_file;
  out.ca = x.ca;
  out.uid = ::geteuid();
  auto who = ::getpwuid(out.uid);
  out.user = who ? who->pw_name : fmt::format("uid{}", out.uid);
  return out;
}

int ended(const result<std::string>& x) {
  if (x) {
    fmt::print("{}", *x);
    return 0;
  }
  fmt::print(stderr, "trellis-node: {} (TRL-{:04})\n", x.why().text,
             static_cast<unsigned>(x.why().code));
  return exit_code(x.why().code);
}

} // namespace trellis
