#include "tests/bench/lb_bench.hpp"

#include "actors/lb/lb_actor.hpp"
#include "runtime/node/store_actor.hpp"
#include "tests/actors/lb/stories.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <atomic>
#include <future>

namespace trellis::bench {
namespace {

using clock = std::chrono::steady_clock;
using batch = std::vector<storage::change>;

constexpr int producers = 64;
constexpr std::size_t floor_events = 1'000; // a batch

const auto here = *host_name::parse("cern.example");

/// Keeps a copy of what is written. For the pass that is not timed.
class recording_engine : public storage::engine {
public:
  explicit recording_engine(storage::engine& below) : below_(below) {}

  result<done> commit(std::span<const storage::change> rows, storage::durability how) override {
    written.insert(written.end(), rows.begin(), rows.end());
    return below_.commit(rows, how);
  }

  result<std::optional<std::string>> get(storage::family in, std::string_view key) const override {
    return below_.get(in, key);
  }

  result<done> scan(storage::family in, std::string_view prefix, std::string_view from,
                    const storage::row_reader& read) const override {
    return below_.scan(in, prefix, from, read);
  }

  batch written;

private:
  storage::engine& below_;
};

/// Who logs: so many jobs at once, each event of a job after the one before it was acknowledged.
struct work {
  lb_actor lb;
  std::vector<lb::event> life; // of one job
  principal who;
  std::atomic<int> next_job{0};
  std::atomic<std::int64_t> left{0}; // events to be acknowledged
  std::atomic<int> failed{0};
  std::promise<void> all;
};

void log_next(caf::event_based_actor* self, work& w, job_id job, std::size_t at) {
  if (at == w.life.size()) {
    at = 0;
    job = lb::tests::job_number(w.next_job++);
  }
  auto acknowledged = [self, &w, job, at] {
    auto left = --w.left;
    if (left == 0)
      w.all.set_value();
    if (left > 0)
      log_next(self, w, job, at + 1);
  };
  auto failed = [&w](const caf::error&) {
    if (w.failed++ == 0)
      w.all.set_value();
  };
  auto e = w.life[at];
  e.job = job;
  if (at == 0)
    self->request(w.lb, caf::infinite, lb::register_job{w.who, std::move(e)})
        .then([acknowledged](const lb::registered&) { acknowledged(); }, failed);
  else
    self->request(w.lb, caf::infinite, lb::log{w.who, {std::move(e)}})
        .then([acknowledged](const lb::logged&) { acknowledged(); }, failed);
}

/// Logs that many events; gives the time from the first to the last acknowledgement.
result<double> log_events(storage::engine& store, int in_flight, std::int64_t events) {
  caf::actor_system_config cfg;
  cfg.set("scheduler.max-threads", 2u);
  caf::actor_system sys{cfg};
  auto writer = spawn_store(sys,
                            {
                                &store, {"birth",                            "one"},
                                 {                                  }
  },
                            false);
  node_context ctx;
  ctx.host = here;
  ctx.rows = &store;
  ctx.store = writer;
  ctx.clock = node_clock{wall_time{std::chrono::seconds{1'000'000}}, sys.clock().now()};
  work w;
  w.lb = spawn_lb(sys, ctx, {});
  lb::tests::teller t;
  w.life = lb::tests::good_life(t);
  for (auto& e : w.life) // one node plays every role
    if (auto* m = std::get_if<lb::match>(&e.what))
      m->dest_id = "cern.example:8443/trellis-fork-queue1";
  w.who.kind = principal_kind::node;
  w.who.subject = here.text();
  w.who.vo = "biomed";
  w.left = events;
  auto begin = clock::now();
  std::vector<caf::actor> all;
  for (int i = 0; i < producers; ++i)
    all.push_back(sys.spawn([&w, in_flight](caf::event_based_actor* self) {
      for (int k = 0; k < in_flight; ++k)
        log_next(self, w, lb::tests::job_number(w.next_job++), 0);
      return caf::behavior{[](caf::unit_t) {}};
    }));
  w.all.get_future().wait();
  std::chrono::duration<double> took = clock::now() - begin;
  caf::scoped_actor self{sys, true};
  for (auto& x : all)
    self->send_exit(x, caf::exit_reason::kill);
  self->send_exit(w.lb, caf::exit_reason::kill);
  self->send_exit(writer, caf::exit_reason::kill);
  if (w.failed > 0)
    return error{errc::storage, "an event was not acknowledged"};
  return took.count();
}

/// The rows of a run, cut after each thousandth event.
std::vector<batch> in_batches(batch written) {
  std::vector<batch> out(1);
  std::size_t events = 0;
  for (auto& x : written) {
    if (x.in == storage::family::lb_events && events++ == floor_events) {
      out.emplace_back();
      events = 1;
    }
    out.back().push_back(std::move(x));
  }
  return out;
}

result<double> write_rows(const std::vector<batch>& all, const std::string& where) {
  auto store = storage::open_rocksdb(where);
  if (!store)
    return store.why();
  auto begin = clock::now();
  for (const auto& x : all)
    if (auto written = (*store)->commit(x, storage::durability::synced); !written)
      return written.why();
  return std::chrono::duration<double>{clock::now() - begin}.count();
}

result<double> timed(const options& x, int in_flight, std::int64_t events) {
  scratch where{x};
  auto store = storage::open_rocksdb(where.path());
  if (!store)
    return store.why();
  return log_events(**store, in_flight, events);
}

result<std::vector<batch>> recorded(const options& x, std::int64_t events) {
  scratch where{x};
  auto store = storage::open_rocksdb(where.path());
  if (!store)
    return store.why();
  recording_engine recording{**store};
  if (auto ran = log_events(recording, 16, events); !ran)
    return ran.why();
  return in_batches(std::move(recording.written));
}

} // namespace

result<rows> lb(const options& x) {
  auto busy = static_cast<std::int64_t>(60'000 * x.scale) + producers * 16;
  auto calm = static_cast<std::int64_t>(10'000 * x.scale) + producers;
  auto batches = recorded(x, busy);
  if (!batches)
    return batches.why();
  std::vector<double> floors, many, few;
  for (int i = 0; i < x.rounds; ++i) {
    scratch where{x};
    auto floor = write_rows(*batches, where.path());
    auto sixteen = timed(x, 16, busy);
    auto one = timed(x, 1, calm);
    for (const auto* part : {&floor, &sixteen, &one})
      if (!*part)
        return part->why();
    floors.push_back(static_cast<double>(busy) / *floor);
    many.push_back(static_cast<double>(busy) / *sixteen);
    few.push_back(static_cast<double>(calm) / *one);
  }
  return rows{
      against("64 producers, 16 in flight", median(many), "events/s", median(floors), 0.48),
      against("64 producers, 1 in flight", median(few), "events/s", median(floors), {}),
  };
}

} // namespace trellis::bench
