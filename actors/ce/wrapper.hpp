#pragma once
/// The script that runs a job on its worker node: plain /bin/sh, in the order of the LCG job
/// wrapper (work directory, environment, prologue, token, payload, epilogue, output). It lives in
/// the session directory:
///
///   wrapper      the script; with the batch system `fork` it is no file but descriptor 3
///   records      who runs it, then what happened: made once, so it is run once only
///   token.granted, token.refused: the answer to token_asked
///   lease        when the lease ends, once it was renewed
///   job/         the job's directory   output/         what the job leaves
///   wrapper.log  what the shell said; with `fork` all share one beside their root
///   proxy        the payload's, where one was delegated
///
/// It starts no process that it can do without: a short job costs two shells and the starter.
#include "protocols/ce/messages.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::ce {

inline constexpr std::string_view proxy_leaf = "proxy";

struct wrapper_paths {
  std::string session; // absolute
  std::string starter; // absolute; empty: the shell does what it can
};

struct wrapper_limits {
  std::chrono::seconds token_wait{600};
  std::chrono::seconds grace{5}; // between TERM and KILL
  bool limit_memory = false;     // by RLIMIT_AS, where the batch system does not
  std::optional<moment> lease;   // when it ends, until the file `lease` says otherwise
};

std::string wrapper_script(const hand_over& task, const wrapper_paths& at,
                           const wrapper_limits& limits);

/// One word for the shell, whatever it holds (no NUL).
std::string quoted(std::string_view s);

/// Splits as a shell does, by blanks, with both quotes and the backslash; nothing is expanded.
std::vector<std::string> split_arguments(std::string_view s);

/// The files of the job's directory that must be executable.
bool runs_itself(const work& w, std::string_view leaf);

} // namespace trellis::ce
