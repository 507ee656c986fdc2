#pragma once
/// The options of trellis-node's commands, and what they become.
#include "runtime/node/node_directory.hpp"

#include <CLI/CLI.hpp>

namespace trellis {

struct node_options {
  std::string directory = ".", host, site, socket, vo = "test", cert, key_file, ca;
  std::vector<std::string> roles, listen, vos{"*"};
  std::string valid = "24h", token, request_file, answer_file;
  std::string key;  // of config explain
  std::string user; // of user
  bool all = false;
};

CLI::App* init_command(CLI::App& app, node_options& to);
CLI::App* invite_command(CLI::App& app, node_options& to);
CLI::App* join_command(CLI::App& app, node_options& to);
CLI::App* sign_command(CLI::App& app, node_options& to);
CLI::App* user_command(CLI::App& app, node_options& to);
CLI::App* check_command(CLI::App& app, node_options& to);
CLI::App* explain_command(CLI::App& app, node_options& to);

gsi::instant now();

result<std::vector<role>> roles_from(const std::vector<std::string>& words);

/// Whoever runs the program becomes the node's first local user.
result<new_node> new_node_from(const node_options& x);

/// Prints the text on stdout, or the error on stderr; the exit code.
int ended(const result<std::string>& x);

} // namespace trellis
