#pragma once
/// The inside of a run with real nodes: what `real_acts.cpp` does and `real_run.cpp` sees.
#include "bin/replay/payloads.hpp"
#include "bin/replay/real_run.hpp"
#include "bin/replay/real_world.hpp"
#include "bin/replay/users.hpp"
#include "bin/replay/watcher.hpp"

namespace trellis::real {

struct real_run::parts {
  const scenario::story& told;
  real_options options;
  random_source chance;
  payloads work;
  std::unique_ptr<real_world> grid;
  scenario::agenda plan;
  world::truth facts;
  world::judge verdicts;
  std::map<std::string, std::uint64_t> letters;  // by socket
  std::map<std::string, std::uint64_t> arrivals; // the newest event of a job's status, by id
  std::map<std::string, world::job_index> by_label;
  std::map<std::string, std::uint32_t> ordinals;
  std::map<std::size_t, std::vector<scenario::action>> to_undo; // by happening, as they were drawn
  std::vector<payloads::news> early;                            // of jobs whose id is not known yet
  std::map<std::string, std::vector<lb::stored_event>> events;
  std::vector<bool> is_over;
  std::uint64_t open_jobs = 0, looks = 0;
  clock::time_point began, told_at;
  lb::moment began_at{};
  bool was_interrupted = false;
  std::string run_name; // request ids are of this run
  std::unique_ptr<watcher> eyes;
  std::unique_ptr<users> people;

  parts(const scenario::story& x, real_options o, payloads p, scenario::agenda a)
      : told(x), options(std::move(o)), chance(options.seed.value_or(x.seed), "story"),
        work(std::move(p)), plan(std::move(a)), verdicts(told, facts, asked_nodes()) {}

  scenario::milliseconds now() const { return options.by.told(clock::now() - began); }

  clock::time_point when(scenario::milliseconds x) const { return began + options.by.real(x); }

  world::node_facts asked_nodes();
  watcher::settings what_to_watch();
  std::uint32_t account_of(const std::string& user) const;

  void submit(const scenario::job& x, std::uint32_t ordinal, const std::string& label,
              std::string jdl, bool twice);
  void submit(const scenario::action& x, std::uint32_t times);
  void submit(const scenario::logged_job& x);
  void cancel(const scenario::action& x);
  void act(const scenario::action& x, std::uint32_t times);
  void act_on_node(const scenario::action& x, node_process& node);
  void act_on_links(const scenario::action& x);
  void perform(const scenario::due& x);

  void take_answers();
  void take_states();
  void take_payloads();
  void take(const payloads::news& x);
  void look();
  void judge_changes();
  void do_what_is_due();
  void pause();
  bool play();
  scenario::milliseconds last_word() const;
  scenario::milliseconds end_of(std::optional<scenario::milliseconds> quiet) const;
  void read_events();
  world::progress progress() const;
};

} // namespace trellis::real
