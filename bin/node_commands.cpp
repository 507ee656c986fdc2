#include "bin/node_commands.hpp"

#include "bin/node_options.hpp"
#include "protocols/gsi/random.hpp"
#include "runtime/net/join_client.hpp"
#include "runtime/node/files.hpp"
#include "runtime/node/joining.hpp"
#include "runtime/node/node_check.hpp"
#include "runtime/node/test_user.hpp"

#include <fmt/format.h>

namespace trellis {

namespace {

result<std::string> run_init(const node_options& x) {
  auto node = new_node_from(x);
  if (node && node->listen.empty())
    node->listen.push_back({"::", 9443}); // others are invited to it
  return node ? init_node(*node, now()) : result<std::string>{node.why()};
}

result<std::string> run_invite(const node_options& x) {
  auto node = config::load(x.directory);
  auto host = host_name::parse(x.host);
  auto roles = roles_from(x.roles);
  auto valid = parse_duration(x.valid);
  for (const auto* why : {node ? nullptr : &node.why(), host ? nullptr : &host.why(),
                          roles ? nullptr : &roles.why(), valid ? nullptr : &valid.why()})
    if (why)
      return *why;
  auto ends = now() + std::chrono::floor<std::chrono::seconds>(*valid);
  auto token = invite(*node, {*host, *roles, x.vos, ends}, gsi::random_bytes16());
  return token ? result<std::string>{text(*token) + "\n"} : token.why();
}

result<std::string> run_join(const node_options& x) {
  auto token = parse_token(x.token);
  auto node = new_node_from(x);
  if (!token || !node)
    return token ? node.why() : token.why();
  auto exchange = [&](const invite_token& to, const std::string& request) -> result<std::string> {
    if (!x.answer_file.empty())
      return read_file(x.answer_file);
    if (x.request_file.empty())
      return net::exchange_join({to.connect, to.inviter, to.ca}, request);
    if (auto r = write_file(x.request_file, request, 0600); !r)
      return r.why();
    return error{errc::partial, fmt::format("{0} is written: run trellis-node sign --node DIR {0} "
                                            "--answer FILE on {1}, then join with --answer FILE",
                                            x.request_file, to.inviter.text())};
  };
  return join_node(*node, *token, now(), exchange);
}

result<std::string> run_sign(const node_options& x) {
  auto node = config::load(x.directory);
  auto request = read_file(x.request_file);
  if (!node || !request)
    return node ? request.why() : node.why();
  bool joined = false;
  auto answer = accept_join(*node, *request, now(), joined);
  if (auto r = write_file(x.answer_file, answer, 0600); !r)
    return r.why();
  return fmt::format("The answer is in {}; {}.\n", x.answer_file,
                     joined ? "reload the running node with SIGHUP" : "it is a refusal");
}

result<std::string> run_user(const node_options& x) {
  auto node = config::load(x.directory);
  return node ? make_test_user(*node, x.directory, {x.user, x.vo, x.answer_file}, now())
              : result<std::string>{node.why()};
}

result<std::string> run_check(const node_options& x) {
  auto node = config::load(x.directory);
  if (!node)
    return node.why();
  bool bad = false;
  for (const auto& f : check_node(*node, now())) {
    bad |= f.how == verdict::bad;
    fmt::print("{:5} {}\n",
               f.how == verdict::good  ? "ok"
               : f.how == verdict::bad ? "BAD"
                                       : "warn",
               f.text);
  }
  if (bad)
    return error{errc::usage, fmt::format("{} would not start as it is", node->host.text())};
  return std::string{};
}

result<std::string> run_explain(const node_options& x) {
  return x.all ? config::explain_all() : config::explain(x.key);
}

} // namespace

void add_node_commands(CLI::App& app, std::function<int()>& run) {
  auto options = std::make_shared<node_options>();
  auto on = [&run, options](CLI::App* command, result<std::string> (*act)(const node_options&)) {
    command->callback(
        [&run, options, act] { run = [options, act] { return ended(act(*options)); }; });
  };
  on(init_command(app, *options), run_init);
  on(invite_command(app, *options), run_invite);
  on(join_command(app, *options), run_join);
  on(sign_command(app, *options), run_sign);
  on(user_command(app, *options), run_user);
  on(check_command(app, *options), run_check);
  on(explain_command(app, *options), run_explain);
}

} // namespace trellis
