#pragma once
/// Every command of `trellis` and `trellis-shell`, one file each, and the old names of some.
#include "actors/shell/session.hpp"

#include <span>

namespace trellis::shell {

extern const command job_submit, job_status, job_list, job_watch, job_why, job_logging_info,
    job_output, job_cancel, job_purge, job_list_match, job_stats, job_acl;
extern const command ce_list, ce_attempts, ce_drain;
extern const command node_status, node_actors, node_links, node_outbox, node_forget, node_send;
extern const command vo_add, vo_remove, vo_list;
extern const command user_add, user_remove, user_list, user_suspend, user_restore, user_import;
extern const command group_add, group_remove, group_list, role_add, role_remove, role_list;
extern const command proxy_init, proxy_info, proxy_destroy, proxy_delegate;
extern const command cred_doctor;
extern const command event_tail;
extern const command jdl_check, jdl_print, jdl_lint, jdl_eval;
extern const command help_command;
extern const command glite_job_submit, glite_job_status, glite_job_list_match, glite_job_output,
    glite_job_cancel, glite_job_logging_info;

/// In the order of the help, verbs of a noun together.
std::span<const command* const> commands();

/// Commands that stand for themselves by the name of the program: glite-wms-job-submit and so on.
std::span<const command* const> old_commands();

/// Runs words as `trellis` does: parses, prints help, attaches, does it; gives the exit code.
int run_words(surroundings& world, const std::vector<std::string>& words, grid* shared = nullptr);

/// Runs a program by its name: an old name stands for its own command.
int run_program(surroundings& world, std::string_view name, const std::vector<std::string>& words);

} // namespace trellis::shell
