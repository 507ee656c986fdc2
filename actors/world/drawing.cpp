#include "actors/world/drawing.hpp"

#include "protocols/scenario/grid.hpp"
#include "protocols/scenario/verbs.hpp"

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

std::optional<scenario::action> next_act(const scenario::happening& of, bool at_its_end,
                                         std::vector<scenario::action>& undo,
                                         const scenario::story& told, const truth& facts,
                                         random_source& chance) {
  if (!at_its_end) {
    auto out = drawn(of.what, told, facts, chance);
    if (scenario::undoing(of.what))
      undo.push_back(out);
    return out;
  }
  if (undo.empty())
    return std::nullopt;
  auto out = scenario::undoing(undo.front());
  undo.erase(undo.begin());
  return out;
}

} // namespace trellis::world
