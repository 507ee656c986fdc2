#pragma once
/// Submitting one JDL: what is changed in it, the call that may be repeated, and its input files.
#include "actors/shell/session.hpp"

namespace trellis::shell {

struct submission {
  std::string file;                    // "-": standard input
  std::string resource;                // SubmitTo, when not empty
  std::vector<std::string> attributes; // NAME=EXPRESSION, set in this order
  bool dry_run = false;
  std::string delegation; // of a proxy at the WMS; empty: the job gets none
};

/// The delegation for jobs: the one that is named ("none": none), else, over HTTPS to the node of
/// the WMS, one's usual one there; it is made or renewed when it ends within a quarter of an hour.
result<std::string> delegation_for(session& s, const std::string& named);

/// Registers, sends the input files and starts. The request id is drawn once and repeated when no
/// answer came, so that a lost answer does not make a second job.
result<wms::submitted> submit(session& s, const submission& what);

/// Many at once: their registrations are in flight together, answers are in the order of `all`.
std::vector<result<wms::submitted>> submit_all(session& s, const std::vector<submission>& all);

/// The JDL with the changes that a command line asks for. Errors: `usage`, `malformed`.
result<std::string> changed_jdl(const std::string& text, const std::string& resource,
                                const std::vector<std::string>& attributes);

/// The JDL of a submission: read and changed.
result<std::string> jdl_of(session& s, const submission& what);

} // namespace trellis::shell
