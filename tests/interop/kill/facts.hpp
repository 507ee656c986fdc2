#pragma once
/// What the payloads wrote down themselves, one line each, and what it says: how often a job's
/// payload began, and whether two of a job ever ran at once.
///
///   S <job> <pid>      a payload begins
///   E <job> <pid>      it has ended
///   O <job> <pid>      at its begin another one of the same job was alive
#include <map>
#include <string>
#include <vector>

namespace trellis {

struct payload_facts {
  unsigned starts = 0;
  unsigned ends = 0;
  unsigned overlaps = 0;
};

/// By the job's own number. Lines that cannot be read are counted under -1 as overlaps.
std::map<int, payload_facts> read_facts(const std::string& file);

/// The JDL of a job with this number: notes its facts in `file` and sleeps `seconds`, where the
/// batch system is `lrms` (empty: anywhere).
std::string payload_jdl(int job, const std::string& script, const std::string& file,
                        const std::string& lrms, double seconds, unsigned lease_s);

/// The shell script all jobs run: FILE JOB SECONDS.
std::string payload_script();

} // namespace trellis
