#pragma once
/// The inside of a replay; for its own files alone.
#include "actors/world/client_actor.hpp"
#include "actors/world/promises.hpp"
#include "actors/world/replay.hpp"
#include "actors/world/sites.hpp"

namespace trellis::world {

using namespace scenario;

/// What an island has to say, in the order in which it happened there.
struct finding {
  struct accepted {
    job_index which;
    job_id id;
  };

  struct refused {
    job_index which;
    std::string why;
  };

  struct broken {
    std::string promise;
  };

  steady_time at;
  std::variant<std::vector<seen::row>, seen::payload, accepted, refused, broken> what;
};

struct replay::parts {
  replay* self = nullptr;
  const story& told;
  replay_options options;
  std::uint64_t seed;
  simulation::islands time;
  std::vector<random_source> chance;       // of each island; the first is the story's, too
  std::vector<std::vector<finding>> found; // of each island, since it was last looked at
  truth facts;
  sites grid;
  judge verdicts;
  promises kept;
  std::vector<client_actor> users; // of each WMS
  std::map<std::string, std::uint32_t> wms_of_user;
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
  bool ran_out = false;   // the run was not cut short
  milliseconds window{1}; // simulation::network::window

  parts(const story& x, replay_options o)
      : told(x), options(std::move(o)), seed(options.seed.value_or(x.seed)),
        time(seed, islands_for(x), options.threads, options.shuffle), found(time.size()),
        grid(time, told, seed,
             [this](const node& at, std::size_t ce, const trellis::ce::hand_over& task) {
               return plan(at, ce, task);
             }),
        verdicts(told, facts, asked_nodes()), kept(told, facts) {
    for (std::size_t i = 0; i < time.size(); ++i)
      chance.emplace_back(seed + i, "story");
  }

  milliseconds now() const {
    return std::chrono::floor<milliseconds>(time.now().time_since_epoch());
  }

  node_facts asked_nodes();
  std::optional<error> prepare();
  std::optional<error> refuse_what_is_missing() const;
  payload_plan plan(const node& at, std::size_t ce, const trellis::ce::hand_over& task);
  void watch(node& x);
  void spawn_users();

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

  void note(std::size_t island, decltype(finding::what) what) {
    found[island].push_back({time.at(island).now(), std::move(what)});
  }

  void take(finding& x);
  bool look(milliseconds at);
  bool after_step();
  bool settle();
  void go_on(milliseconds next, milliseconds limit);
  bool calm();
  bool play();

  bool all_over() const { return open_jobs == 0 && tasks.empty(); }

  std::optional<milliseconds> next_event() const;
  milliseconds last_word() const;
  progress seen_so_far() const;
  std::vector<traced> traces();
  std::uint64_t hash();
};

} // namespace trellis::world
