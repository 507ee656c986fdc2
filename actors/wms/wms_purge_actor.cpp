/// What is old goes, some jobs at a time, so that users do not wait for it.
#include "actors/wms/wms_actor.hpp"
#include "runtime/log/log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace trellis::wms {

namespace rows = storage::wms_jobs;

namespace {
constexpr auto store_timeout = caf::infinite; // our own: it answers or ends
constexpr std::size_t jobs_a_turn = 500;
constexpr auto next_turn = std::chrono::milliseconds{100};
} // namespace

void wms_shell::purge_some(const std::string& from) {
  std::vector<job_id> to_clear;
  store::step forget;
  auto next = rows::states(*ctx.rows, from, jobs_a_turn,
                           [&](std::string_view vo, const job_id& job, const job_state& state) {
                             if (jobs.contains(job.text()))
                               return; // something happens to it
                             auto what = due(config->keep, state, wall());
                             if (what == keeping::clear)
                               to_clear.push_back(job);
                             else if (what == keeping::forget)
                               rows::erase(forget.changes, *ctx.rows, vo, job);
                           });
  if (!next) {
    log::error("wms-not-purged", "old jobs stay for now: {}", next.why().text);
    return at(now() + config->purge_every, timer::purge, {});
  }
  for (const auto& job : to_clear)
    tell(job, purge_asked{lb::clear_reason::timeout});
  if (!forget.changes.empty())
    self->request(ctx.store, store_timeout, std::move(forget))
        .then([](const store::committed&) {},
              [](const caf::error& e) {
                log::warn("wms-not-purged", "old jobs stay for now: {}", from_caf(e).text);
              });
  if (next->empty())
    at(now() + config->purge_every, timer::purge, {});
  else
    at(now() + next_turn, timer::purge, *next);
}

} // namespace trellis::wms
