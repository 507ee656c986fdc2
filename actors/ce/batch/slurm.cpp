#include "actors/ce/batch/slurm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace trellis::ce::batch::slurm {
namespace {

/// Native states (squeue manual, job state codes). One that is not listed is taken as running: it
/// will be asked about again.
struct state_row {
  std::string_view word;
  job_phase phase;
};

constexpr state_row states[] = {
    {"PENDING",       job_phase::queued   },
    {"CONFIGURING",   job_phase::queued   },
    {"REQUEUED",      job_phase::queued   },
    {"REQUEUE_FED",   job_phase::queued   },
    {"RUNNING",       job_phase::running  },
    {"COMPLETING",    job_phase::running  },
    {"STAGE_OUT",     job_phase::running  },
    {"SIGNALING",     job_phase::running  },
    {"RESIZING",      job_phase::running  },
    {"SUSPENDED",     job_phase::held     },
    {"STOPPED",       job_phase::held     },
    {"REQUEUE_HOLD",  job_phase::held     },
    {"SPECIAL_EXIT",  job_phase::held     },
    {"RESV_DEL_HOLD", job_phase::held     },
    {"COMPLETED",     job_phase::over     },
    {"FAILED",        job_phase::over     },
    {"TIMEOUT",       job_phase::over     },
    {"NODE_FAIL",     job_phase::over     },
    {"OUT_OF_MEMORY", job_phase::over     },
    {"BOOT_FAIL",     job_phase::over     },
    {"DEADLINE",      job_phase::over     },
    {"PREEMPTED",     job_phase::over     },
    {"REVOKED",       job_phase::over     },
    {"CANCELLED",     job_phase::cancelled},
};

job_phase phase_of(std::string_view state, std::string_view reason) {
  if (state == "PENDING" && (reason == "JobHeldUser" || reason == "JobHeldAdmin"))
    return job_phase::held;
  for (const auto& row : states)
    if (row.word == state)
      return row.phase;
  return job_phase::running;
}

std::string_view first_line(std::string_view s) {
  while (s.starts_with('\n'))
    s.remove_prefix(1);
  return s.substr(0, s.find('\n'));
}

error refused(std::string_view what, const printed& x) {
  auto said = first_line(x.errors.empty() ? x.output : x.errors);
  return {errc::lrms_refused,
          fmt::format("{} ended with {}: {}", what, x.exit_code, said.empty() ? "no word" : said)};
}

/// Texts of a Slurm that is not there at the moment: a later try may mend it.
bool is_away(std::string_view said) {
  return said.find("Unable to contact slurm controller") != said.npos
         || said.find("Socket timed out") != said.npos
         || said.find("Connection refused") != said.npos
         || said.find("Zero Bytes were transmitted") != said.npos
         || said.find("temporarily") != said.npos;
}

std::string_view cut(std::string_view& line, char at) {
  auto end = line.find(at);
  auto out = line.substr(0, end);
  line.remove_prefix(end == line.npos ? line.size() : end + 1);
  return out;
}

template <class T>
bool read(std::string_view s, T& to) {
  auto [end, problem] = std::from_chars(s.data(), s.data() + s.size(), to);
  return problem == std::errc{} && end != s.data();
}

} // namespace

/// Everything on the command line, so that a script cannot say otherwise; nothing of our own
/// environment goes with it.
command submit(const batch_job& job) {
  command out{
      {"sbatch",        "--parsable", "--no-requeue", "--mail-type=NONE", "--nodes=1", "--ntasks=1",
       fmt::format("--cpus-per-task={}", std::max(1u, job.needs.cpus)), "--job-name=" + job.name,
       "--output=" + job.log, "--input=/dev/null", "--export=PATH=/usr/local/bin:/usr/bin:/bin",
       "--chdir=/"},
      {   }
  };
  auto add = [&](std::string option) { out.arguments.push_back(std::move(option)); };
  if (!job.partition.empty())
    add("--partition=" + job.partition);
  if (!job.user.empty())
    add("--uid=" + job.user);
  if (!job.user.empty() && job.gid >= 0)
    add(fmt::format("--gid={}", job.gid)); // else it keeps the node's own group
  if (job.needs.memory_mib > 0)
    add(fmt::format("--mem={}M", job.needs.memory_mib));
  if (job.needs.disk_mib > 0)
    add(fmt::format("--tmp={}M", job.needs.disk_mib));
  if (job.needs.wall_time.count() > 0) // Slurm counts whole minutes; the starter is exact
    add(fmt::format("--time={}", (job.needs.wall_time.count() + 59) / 60 + 1));
  if (job.needs.gpus > 0)
    add(job.needs.gpu_model.empty()
            ? fmt::format("--gpus={}", job.needs.gpus)
            : fmt::format("--gpus={}:{}", job.needs.gpu_model, job.needs.gpus));
  add(job.script);
  return out;
}

/// `sbatch --parsable` prints "id" or "id;cluster".
result<std::string> read_submit(const printed& x) {
  if (x.exit_code != 0) {
    auto why = refused("sbatch", x);
    if (is_away(x.errors))
      why.code = errc::busy;
    return why;
  }
  auto line = x.output;
  if (auto end = line.find('\n'); end == line.npos)
    return error{errc::malformed, fmt::format("sbatch printed '{}'", x.output)};
  else
    line = line.substr(0, end);
  auto id = cut(line, ';');
  if (id.empty() || id.find_first_not_of("0123456789") != id.npos)
    return error{errc::malformed, fmt::format("sbatch printed '{}'", first_line(x.output))};
  return std::string{id};
}

command status_all() {
  return {
      {"squeue",        "--noheader", "--states=all", "--format=%i|%j|%T|%r"},
      {        }
  };
}

/// One line a job, `id|name|state|reason`; the steps of arrays and the jobs of others have names of
/// their own.
result<std::vector<listed_job>> read_status(const printed& x) {
  if (x.exit_code != 0)
    return refused("squeue", x);
  if (!x.output.empty() && !x.output.ends_with('\n'))
    return error{errc::malformed, "the list of squeue is cut off"};
  std::vector<listed_job> out;
  for (auto rest = x.output; !rest.empty();) {
    auto line = cut(rest, '\n');
    listed_job job;
    job.local_id = cut(line, '|');
    job.name = cut(line, '|');
    auto state = cut(line, '|');
    auto reason = line.substr(0, line.find_last_not_of(' ') + 1);
    if (job.local_id.empty() || state.empty())
      continue;
    job.phase = phase_of(state, reason);
    job.reason = reason.empty() || reason == "None" ? std::string{state}
                                                    : fmt::format("{}: {}", state, reason);
    out.push_back(std::move(job));
  }
  return out;
}

command cancel(std::string_view local_id) {
  command out;
  out.arguments = {"scancel", std::string{local_id}};
  return out;
}

result<done> read_cancel(const printed& x) {
  auto over = x.errors.find("Invalid job id") != x.errors.npos
              || x.errors.find("already completing or completed") != x.errors.npos;
  if (x.exit_code != 0 && !over)
    return refused("scancel", x);
  return done{};
}

command totals(std::string_view partition) {
  command out{
      {"sinfo",           "--noheader", "--format=%C|%m"},
      {                }
  };
  if (!partition.empty())
    out.arguments.push_back("--partition=" + std::string{partition});
  return out;
}

/// Lines `allocated/idle/other/total|memory`, one a kind of node; memory may end in a plus.
result<capacity> read_totals(const printed& x) {
  if (x.exit_code != 0)
    return refused("sinfo", x);
  capacity out;
  for (auto rest = x.output; !rest.empty();) {
    auto line = cut(rest, '\n');
    if (line.empty())
      continue;
    std::uint32_t busy = 0, idle = 0, other = 0, total = 0;
    std::uint64_t memory = 0;
    if (!read(cut(line, '/'), busy) || !read(cut(line, '/'), idle) || !read(cut(line, '/'), other)
        || !read(cut(line, '|'), total) || !read(line, memory) || total != busy + idle + other)
      return error{errc::malformed, fmt::format("sinfo printed '{}'", first_line(x.output))};
    out.slots += total - other;
    out.busy += busy;
    out.memory_mib = std::max(out.memory_mib, memory);
  }
  return out;
}

} // namespace trellis::ce::batch::slurm
