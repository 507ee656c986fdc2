#pragma once
/// What cancel and purge have in common: many jobs, a question before several, a list of what came
/// of it.
#include "actors/shell/session.hpp"

#include <functional>

namespace trellis::shell {

struct job_act {
  std::string_view verb, participle; // "cancel", "cancelled"
  std::function<result<done>(const address& wms, const job_id& job)> act;
};

/// Does it to each job that is named; gives the exit code.
int act_on_jobs(session& s, const arguments& given, const job_act& what);

/// Asks a person at the terminal; without one, or with --yes, the answer is yes.
bool confirmed(session& s, const arguments& given, std::string_view question);

} // namespace trellis::shell
