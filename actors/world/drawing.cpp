#include "actors/world/drawing.hpp"

#include "protocols/scenario/grid.hpp"

namespace trellis::world {

using namespace scenario;

std::vector<const job_facts*> living(const truth& facts, const jobs& x) {
  std::vector<const job_facts*> out;
  for (const auto& job : facts.jobs())
    if (is_about(x, job) && !job.id.empty() && !over(job))
      out.push_back(&job);
  return out;
}

action drawn(action x, const story& told, const truth& facts, random_source& chance) {
  for (auto& t : x.on)
    if (t.how == quantifier::any)
      if (auto hosts = nodes_meant(told, t); !hosts.empty())
        t = {quantifier::the, t.what, hosts[chance.below(hosts.size())]};
  if (x.work.how == quantifier::any)
    if (auto all = living(facts, x.work); !all.empty()) {
      const auto& one = *all[chance.below(all.size())];
      x.work = {quantifier::the, one.name, one.ordinal, {}, {}};
    }
  return x;
}

} // namespace trellis::world
