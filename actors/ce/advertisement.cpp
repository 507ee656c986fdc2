#include "actors/ce/advertisement.hpp"

#include <fmt/format.h>

#include <cmath>

namespace trellis::ce {
namespace {

/// The rule of a queue that is open to every VO.
const std::vector<std::string> everybody{"*"};

std::string text(std::string_view s) {
  std::string out = "\"";
  for (char c : s) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string list(const std::vector<std::string>& of, std::string_view before) {
  std::string out = "{ ";
  for (std::size_t i = 0; i < of.size(); ++i)
    out += (i ? ", " : "") + text(std::string{before} + of[i]);
  return out + " }";
}

class ad {
public:
  ad& say(std::string_view name, std::string_view value) {
    text_ += fmt::format("  {} = {};\n", name, value);
    return *this;
  }

  ad& say(std::string_view name, std::uint64_t value) { return say(name, std::to_string(value)); }

  std::string print() const { return text_ + "]"; }

private:
  std::string text_ = "[\n";
};

} // namespace

std::uint32_t free_cpus(const queue_state& x) {
  auto taken = x.cpus_running + x.cpus_waiting;
  return taken < x.slots ? x.slots - taken : 0;
}

std::uint64_t response_time_s(const queue_state& x) {
  if (free_cpus(x) > 0 || x.slots == 0)
    return 0;
  // On average the running ones are half done.
  auto work = x.mean_wall_s * (x.cpus_waiting + x.cpus_running / 2.0 + 1);
  return static_cast<std::uint64_t>(std::ceil(work / x.slots));
}

std::string advertisement(const queue_state& x) {
  auto minutes = [](std::chrono::minutes m) { return static_cast<std::uint64_t>(m.count()); };
  ad out;
  out.say("GlueCEUniqueID", text(x.id.text()))
      .say("GlueCEName", text(x.id.queue()))
      .say("GlueCEInfoHostName", text(x.id.host().text()))
      .say("GlueCEInfoLRMSType", text(x.id.lrms()))
      .say("GlueCEInfoJobManager", text(x.id.lrms()))
      .say("GlueCEInfoContactString", text(x.id.text()))
      .say("GlueCEInfoTotalCPUs", x.slots)
      .say("GlueCEImplementationName", text("Trellis"))
      .say("GlueSiteUniqueID", text(x.site))
      .say("GlueCEStateStatus", text(x.status))
      .say("GlueCEStateFreeCPUs", free_cpus(x))
      .say("GlueCEStateFreeJobSlots", free_cpus(x))
      .say("GlueCEStateRunningJobs", x.running)
      .say("GlueCEStateWaitingJobs", x.waiting)
      .say("GlueCEStateTotalJobs", std::uint64_t{x.running} + x.waiting)
      .say("GlueCEStateEstimatedResponseTime", response_time_s(x))
      .say("GlueCEStateWorstResponseTime", response_time_s(x) * 2)
      .say("GlueCEPolicyMaxWallClockTime", minutes(x.max_wall))
      .say("GlueCEPolicyMaxCPUTime", minutes(x.max_cpu))
      .say("GlueCEPolicyMaxTotalJobs", x.max_total)
      .say("GlueCEPolicyMaxRunningJobs", x.slots)
      .say("GlueCEPolicyAssignedJobSlots", x.slots)
      .say("GlueCEAccessControlBaseRule", list(x.vos.empty() ? everybody : x.vos, "VO:"))
      .say("GlueHostArchitectureSMPSize", x.smp_size)
      .say("GlueHostApplicationSoftwareRunTimeEnvironment", list(x.software, ""));
  if (x.memory_mib > 0)
    out.say("GlueHostMainMemoryRAMSize", x.memory_mib);
  return out.print();
}

} // namespace trellis::ce
