#pragma once
/// The batch systems that are driven by commands: one row each in all.cpp. A row builds command
/// lines and reads what they print; it runs nothing (`command_actor` runs them for all).
///
/// Errors of readers: `lrms_refused` with what the batch system said, `malformed` for output that
/// makes no sense.
#include "protocols/ce/messages.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::ce::batch {

/// A command line and what goes to its standard input.
struct command {
  std::vector<std::string> arguments;
  std::string input;

  friend bool operator==(const command&, const command&) = default;
};

/// What a batch system is told about a job.
struct batch_job {
  std::string name;        // unique on this CE: it is found again by it
  std::string script, log; // absolute paths
  std::string partition;   // empty: the batch system's default
  std::string user;        // who runs it; empty: who asks
  resources needs;
  int gid = -1; // the user's group; -1: not said
};

/// The printed output of a command that has ended.
struct printed {
  int exit_code = 0;
  std::string_view output, errors;
};

enum class job_phase : std::uint8_t { queued, running, held, over, cancelled };

/// One job of the list of all.
struct listed_job {
  std::string local_id, name;
  job_phase phase = job_phase::queued;
  std::string reason; // why it waits, is held or ended so, in the batch system's words

  friend bool operator==(const listed_job&, const listed_job&) = default;
};

/// Of the partition, or of the whole system.
struct capacity {
  std::uint32_t slots = 0, busy = 0;
  std::uint64_t memory_mib = 0; // of its largest node

  friend bool operator==(const capacity&, const capacity&) = default;
};

struct batch_system {
  std::string_view name;
  command (*submit)(const batch_job& job);
  result<std::string> (*read_submit)(const printed& x);
  command (*status_all)(); // of every job that we may see, ended ones as long as they are known
  result<std::vector<listed_job>> (*read_status)(const printed& x);
  command (*cancel)(std::string_view local_id);
  result<done> (*read_cancel)(const printed& x); // a job that is over already is no error
  command (*totals)(std::string_view partition);
  result<capacity> (*read_totals)(const printed& x);
};

/// Null: no such batch system here.
const batch_system* batch_system_of(std::string_view name);

std::span<const batch_system> batch_systems();

} // namespace trellis::ce::batch
