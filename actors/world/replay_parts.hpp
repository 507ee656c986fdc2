#pragma once
/// The inside of a replay; for its own files alone.
#include "actors/world/client_actor.hpp"
#include "actors/world/promises.hpp"
#include "actors/world/replay.hpp"
#include "actors/world/sites.hpp"

namespace trellis::world {

using namespace scenario;

struct replay::parts {
  replay* self = nullptr;
  const story& told;
  replay_options options;
  std::uint64_t seed;
  random_source chance;
  simulation::virtual_system time;
  truth facts;
  sites grid;
  judge verdicts;
  promises kept;
  client_actor users;
  std::multimap<milliseconds, due> tasks;
  std::vector<logged_job> log;
  std::vector<milliseconds> runs; // of the payload of each job
  std::vector<int> exit_codes;
  std::map<std::string, std::uint32_t> ordinals;
  std::map<std::string, milliseconds> proxy_ends;
  std::map<host_name, action> broken;
  std::map<std::size_t, std::vector<action>> to_undo; // by happening, as they were drawn
  std::uint64_t open_jobs = 0;
  std::vector<bool> is_over;
  std::uint64_t told_at = 0;
  bool ran_out = false; // the run was not cut short

  parts(const story& x, replay_options o)
      : told(x), options(std::move(o)), seed(options.seed.value_or(x.seed)), chance(seed, "story"),
        time(seed, options.shuffle),
        grid(time, told, seed,
             [this](std::size_t ce, const trellis::ce::hand_over& task) { return plan(ce, task); }),
        verdicts(told, facts, asked_nodes()), kept(told, facts) {}

  milliseconds now() const {
    return std::chrono::floor<milliseconds>(time.now().time_since_epoch());
  }

  node_facts asked_nodes();
  std::optional<error> prepare();
  std::optional<error> refuse_what_is_missing() const;
  payload_plan plan(std::size_t ce, const trellis::ce::hand_over& task);

  void submit(const std::string& name, std::uint32_t ordinal, const std::string& by,
              std::string jdl, milliseconds takes, int exit_code, bool twice);
  void submit(const action& x, std::uint32_t times);
  void act(const action& x, std::uint32_t times);
  void act_on_jobs(const action& x);
  void act_on_node(const action& x, const host_name& host);
  void act_on_links(const action& x);
  void act_on_link(const action& x, const host_name& a, const host_name& b);
  void perform(const due& x);
  principal principal_of(const std::string& name) const;
  const user* user_of(const std::string& name) const;

  bool after_step();
  bool settle();
  bool calm();
  bool play();

  bool all_over() const { return open_jobs == 0 && tasks.empty(); }

  milliseconds last_word() const;
  progress look() const;
  std::vector<traced> traces();
  std::uint64_t hash();
};

} // namespace trellis::world
