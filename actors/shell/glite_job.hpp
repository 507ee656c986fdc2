#pragma once
/// What the commands of the old user interface have in common: rule, banner, options that
/// are taken and have no effect here, and `-o FILE` for job ids.
#include "actors/shell/session.hpp"

namespace trellis::shell {

/// Options of the old user interface that say where and how it talked to its services. They are
/// taken so that old scripts run, and do nothing: the node knows.
inline constexpr option_row old_config{"-c,--config", "FILE", "Taken, without effect here."};
inline constexpr option_row old_vo{"--vo", "VO", "Taken, without effect: the node knows your VO."};
inline constexpr option_row old_endpoint{"-e,--endpoint", "URL", "Taken, without effect here."};
inline constexpr option_row old_delegation{"-d,--delegationid", "ID",
                                           "The delegated proxy to run with."};
inline constexpr option_row old_automatic{"-a,--autm-delegation", "",
                                          "Delegate the usual proxy, as happens without -d."};
inline constexpr option_row old_logfile{"--logfile", "FILE", "Taken, without effect here."};
inline constexpr option_row old_debug{"--debug", "", "Taken, without effect here."};
inline constexpr option_row old_noint{"--noint", "", "Ask nothing."};
inline constexpr option_row old_nomsg{"--nomsg", "", "Print only what a script needs."};
inline constexpr option_row old_output{"-o,--output", "FILE", "Append the result to FILE."};
inline constexpr option_row old_input{"-i,--input", "FILE", "Read job ids from FILE."};

/// "====== glite-wms-job-submit Success ======" over the text, a rule below it.
std::string old_banner(std::string_view title, std::string_view text);

/// The jobs that are named: operands and `--input`; at a terminal one may pick from a file's list
/// unless `--noint`. Errors as `named_jobs`.
result<std::vector<job_id>> old_jobs(session& s, const arguments& given);

/// Prints, or appends to the file that `--output` names.
int old_print(session& s, const arguments& given, const std::string& text);

} // namespace trellis::shell
