#include "bin/replay/playable.hpp"

#include "protocols/scenario/grid.hpp"
#include "protocols/scenario/missing.hpp"
#include "protocols/scenario/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::real {

using namespace scenario;

namespace {

class objections {
public:
  objections(const story& x, const std::string& file) : story_(x), file_(file) {}

  void add(const place& at, std::string text) { out.push_back({file_, at, std::move(text)}); }

  void need_simulation(const place& at, std::string_view word) {
    add(at, fmt::format("'{}' needs a part that is simulated: it works under the virtual clock "
                        "only, not with --nodes",
                        word));
  }

  void happenings();
  void world();
  void users(bool accounts);
  void leases(scale by);
  void programs();
  void payloads();

  std::vector<problem> out;

private:
  const story& story_;
  const std::string& file_;
};

void objections::happenings() {
  for (const auto& x : story_.happenings)
    if (row_of(x.what.what).where == works::virtual_clock)
      need_simulation(x.at, row_of(x.what.what).word);
  for (const auto& x : missing_parts(story_))
    add(x.at, x.why);
}

void objections::world() {
  auto nodes = nodes_of(story_).size();
  if (nodes == 0)
    add({1, 1}, "the world has no node: it needs a site and a CE");
  if (nodes > most_nodes)
    add({1, 1},
        fmt::format("{} nodes are too many for one machine: at most {}", nodes, most_nodes));
  for (const auto& x : story_.vos)
    if (x.share != 1)
      need_simulation(x.at, "share=");
  for (const auto& x : story_.users) {
    if (x.proxy.count() > 0)
      need_simulation(x.at, "proxy=");
    if (wms_of(story_, x.name) != wms_of(story_, ""))
      need_simulation(x.at, "wms=");
  }
  for (const auto& x : story_.ces) {
    if (x.fails.millionths > 0)
      need_simulation(x.at, "fails=");
    if (x.crashes.millionths > 0)
      need_simulation(x.at, "crashes=");
    if (x.black_hole)
      need_simulation(x.at, "black-hole");
    if (!x.software.empty())
      need_simulation(x.at, "software=");
    if (x.memory.bytes > 0)
      need_simulation(x.at, "memory=");
  }
  for (const auto& x : story_.links)
    if (x.repeat.millionths > 0)
      need_simulation(x.at, "repeat=");
}

void objections::users(bool accounts) {
  const user* first = nullptr;
  for (const auto& x : story_.users) {
    if (!first)
      first = &x;
    else if (!accounts && (x.vo != first->vo || x.group != first->group || x.role != first->role))
      add(x.at,
          fmt::format("{} is not to the grid what {} is, and so needs an account of their own "
                      "on this machine: with --nodes that takes root",
                      x.name, first->name));
  }
}

void objections::leases(scale by) {
  auto look = [&](const place& at, milliseconds lease) {
    if (lease.count() == 0 || by.real(lease) >= shortest_lease)
      return;
    add(at, fmt::format("a lease of {} s takes {:.1f} s at this speed, which is too short for real "
                        "processes; --speed {} at most",
                        lease.count() / 1000, static_cast<double>(by.real(lease).count()) / 1000,
                        std::max<std::int64_t>(1, lease / shortest_lease)));
  };
  for (const auto& x : story_.sites)
    look(x.at, x.lease);
  for (const auto& x : story_.jobs)
    look(x.at, x.lease);
}

bool has_program(const std::string& jdl) {
  auto ad = ad_in(jdl);
  return ad && ad->find("Executable");
}

/// Programs of a story are names alone: nothing that could be sent.
void objections::programs() {
  auto look = [this](const place& at, const std::string& jdl) {
    if (auto ad = ad_in(jdl); ad && ad->find("InputSandbox"))
      need_simulation(at, "InputSandbox");
  };
  for (const auto& x : story_.jobs)
    look(x.jdl_at, jdl_of(story_, x));
  for (const auto& x : story_.workloads)
    look(x.jdl_at, jdl_of(story_, x, "", {}));
}

/// A program of the user's does not tell when it begins and ends; ours does.
void objections::payloads() {
  const place* program = nullptr;
  for (const auto& x : story_.jobs)
    if (has_program(x.jdl))
      program = &x.jdl_at;
  for (const auto& x : story_.workloads)
    if (has_program(x.jdl))
      program = &x.jdl_at;
  if (!program)
    return;
  for (const auto& x : story_.expectations) {
    const auto* f = std::get_if<job_figure>(&x.what);
    if (std::holds_alternative<share_is>(x.what)
        || (f && (f->what == figure::payloads || f->what == figure::starts)))
      add(x.at, fmt::format("what real payloads do is seen only without an Executable in the JDL, "
                            "and line {} has one",
                            program->line));
  }
}

} // namespace

std::vector<problem> unplayable(const story& x, const std::string& file, scale by, bool accounts) {
  objections all{x, file};
  all.happenings();
  all.world();
  all.users(accounts);
  all.leases(by);
  all.programs();
  all.payloads();
  std::ranges::stable_sort(all.out, {}, [](const problem& p) { return p.at.line; });
  return std::move(all.out);
}

} // namespace trellis::real
