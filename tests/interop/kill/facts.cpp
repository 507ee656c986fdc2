#include "tests/interop/kill/facts.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace trellis {

std::map<int, payload_facts> read_facts(const std::string& file) {
  std::map<int, payload_facts> out;
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    std::istringstream words{line};
    std::string what;
    int job = -1, pid = 0;
    words >> what >> job >> pid;
    if (what == "S")
      ++out[job].starts;
    else if (what == "E")
      ++out[job].ends;
    else
      ++out[job].overlaps;
  }
  return out;
}

std::string payload_jdl(int job, const std::string& script, const std::string& file,
                        const std::string& lrms, double seconds, unsigned lease_s) {
  return fmt::format(
      R"([ Executable = "/bin/sh"; Arguments = "{} {} {} {:.2f}";
  Requirements = {};
  RetryCount = 10; ShallowRetryCount = 10; LeaseTime = {}; ])",
      script, file, job, seconds,
      lrms.empty() ? "true" : fmt::format(R"(other.GlueCEInfoLRMSType == "{}")", lrms), lease_s);
}

std::string payload_script() {
  return R"(# FILE JOB SECONDS: notes when the payload of JOB begins and ends.
grep "^S $2 " "$1" | while read -r _ job pid; do
  grep -q "^E $job $pid$" "$1" && continue
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q " $2 $3 *$" && echo "O $2 $$" >>"$1"
done
echo "S $2 $$" >>"$1"
sleep "$3"
echo "E $2 $$" >>"$1"
)";
}

} // namespace trellis
