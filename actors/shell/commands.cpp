#include "actors/shell/commands.hpp"

#include "actors/shell/help.hpp"
#include "actors/shell/parse.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr const command* all[] = {
    &job_submit,       &job_status,   &job_list,     &job_watch,     &job_why,
    &job_logging_info, &job_output,   &job_cancel,   &job_purge,     &job_list_match,
    &job_stats,        &job_acl,      &ce_list,      &ce_attempts,   &ce_drain,
    &node_status,      &node_links,   &node_actors,  &node_outbox,   &node_send,
    &node_forget,      &proxy_init,   &proxy_info,   &proxy_destroy, &proxy_delegate,
    &cred_doctor,      &vo_list,      &vo_add,       &vo_remove,     &user_list,
    &user_add,         &user_remove,  &user_suspend, &user_restore,  &user_import,
    &group_list,       &group_add,    &group_remove, &role_list,     &role_add,
    &role_remove,      &event_tail,   &jdl_check,    &jdl_print,     &jdl_lint,
    &jdl_eval,         &help_command,
};

constexpr const command* old_ones[] = {
    &glite_job_submit, &glite_job_status, &glite_job_list_match,
    &glite_job_output, &glite_job_cancel, &glite_job_logging_info,
};

int do_it(surroundings& world, const result<parsed_words>& parsed, const std::string& about,
          std::string_view program, grid* shared) {
  if (!parsed) {
    session s{world, {}};
    s.program = program;
    return s.fail(parsed.why(),
                  fmt::format("{}{}{} --help", program, about.empty() ? "" : " ", about));
  }
  if (!parsed->help.empty()) {
    world.out() << parsed->help;
    return 0;
  }
  session s{world, parsed->wanted};
  s.program = program;
  if (shared)
    s.use(shared);
  auto code = parsed->what->run(s, parsed->given);
  world.out().flush();
  if (!world.out())
    return s.fail({errc::storage, "cannot write the output: standard output does not take it"});
  return code;
}

} // namespace

std::span<const command* const> commands() { return all; }

std::span<const command* const> old_commands() { return old_ones; }

int run_words(surroundings& world, const std::vector<std::string>& words, grid* shared) {
  std::string about;
  auto parsed = parse_words(commands(), words, &about);
  return do_it(world, parsed, about, "trellis", shared);
}

int run_program(surroundings& world, std::string_view name, const std::vector<std::string>& words) {
  auto slash = name.rfind('/');
  auto leaf = slash == name.npos ? name : name.substr(slash + 1);
  for (auto c : old_commands())
    if (c->noun == leaf)
      return do_it(world, parse_operands(*c, words), "", leaf, nullptr);
  return run_words(world, words);
}

} // namespace trellis::shell
