#pragma once
/// A scenario file as one value: the world, the work, what happens, what must hold. What the words
/// mean stands in scenarios/README.md; `parse` and `print` (scenario_text.hpp) are inverse.
///
/// Units: durations in milliseconds of virtual time, counted from the start; sizes in bytes; rates
/// in bits a second. A value that was parsed without problems holds only names that exist.
/// Nothing here runs anything.
#include "protocols/base/quantity.hpp"
#include "protocols/lb/event_table.hpp"
#include "protocols/names/address.hpp"

#include <vector>

namespace trellis::scenario {

using std::chrono::milliseconds;

/// Where it stands in its file, from 1; 0: in none. Values that differ only in this are equal.
struct place {
  std::uint32_t line = 0, column = 0;

  friend bool operator==(const place&, const place&) { return true; }
};

struct bit_rate {
  std::uint64_t bits_s = 0;

  friend auto operator<=>(const bit_rate&, const bit_rate&) = default;
};

/// A part of the whole, in millionths: 30% is 300,000.
struct fraction {
  std::uint32_t millionths = 0;

  double value() const { return millionths / 1e6; }

  friend auto operator<=>(const fraction&, const fraction&) = default;
};

// --- the world ----------------------------------------------------------------------------------

struct vo {
  std::string name;
  std::uint32_t share = 1; // of the grid, against the other VOs
  place at;

  friend bool operator==(const vo&, const vo&) = default;
};

struct user {
  std::string name, vo, group, role;
  milliseconds proxy{0}; // from the start; 0: it does not run out
  host_name wms;         // that gets the jobs; empty: the first of the file
  place at;

  friend bool operator==(const user&, const user&) = default;
};

/// A domain, and the node of that name if it plays roles. Where no site says which, the first site
/// of the file plays wms, lb and info (`roles_of`, grid.hpp).
struct site {
  host_name name;
  std::vector<role> roles;
  milliseconds lease{0};         // of attempts, by its WMS; 0: the product's default
  milliseconds allowed_skew{0};  // that its WMS adds to a lease; 0: the product's default
  milliseconds half_life{0};     // of usage in its fair share; 0: the product's default
  std::uint32_t max_waiting = 0; // idle jobs at its WMS; 0: the product's default
  bool ask_token = false;        // its WMS grants no token in advance
  place at;

  friend bool operator==(const site&, const site&) = default;
};

/// A queue. CEs with the same host are queues of one node; that node may be a site's.
struct ce {
  host_name host;
  std::string queue = "default", batch = "slurm";
  std::uint32_t slots = 1;
  std::vector<std::string> vos, software; // no VOs: everybody
  milliseconds max_wall{0};               // 0: the product's default, as for the next two
  std::uint32_t max_waiting = 0;
  byte_count memory;
  milliseconds start_delay{500}; // from a free slot to the wrapper
  fraction fails;                // of attempts: over at once, before the payload begins
  fraction crashes;              // of attempts: the worker dies under the payload
  bool black_hole = false;       // all attempts fail at once: the queue is always empty
  place at;

  friend bool operator==(const ce&, const ce&) = default;
};

struct se {
  host_name host;
  byte_count space;
  place at;

  friend bool operator==(const se&, const se&) = default;
};

/// Between two nodes, or between all nodes of two sites. Zero: as links are where none is declared.
struct link {
  host_name a, b;
  bit_rate rate;
  milliseconds rtt{0};
  fraction loss, repeat; // of frames, both ways
  place at;

  friend bool operator==(const link&, const link&) = default;
};

struct file {
  std::string name; // an LFN
  byte_count size;
  std::vector<std::string> on; // SEs
  place at;

  friend bool operator==(const file&, const file&) = default;
};

// --- the work -----------------------------------------------------------------------------------

/// What is submitted under this name, and how its payload behaves. `jdl_of` (grid.hpp) completes
/// the JDL.
struct job {
  std::string name, by;
  milliseconds runs{1'000};
  std::int32_t exit_code = 0;
  milliseconds lease{0}; // 0: as the JDL or the WMS says
  std::string jdl;       // as written, from [ to ]; empty: none
  place at, jdl_at;

  friend bool operator==(const job&, const job&) = default;
};

/// Jobs of a log in the Standard Workload Format, submitted at its times; its user N is number N
/// modulo their count of `by`. Their names are `name#1` and so on, in the order of the log.
struct workload {
  std::string name, swf;
  std::vector<std::string> by;
  std::uint32_t skip = 0, first = 0; // jobs of the log: passed over, then taken (0: all)
  std::uint32_t divide = 1;          // submission and run times
  milliseconds starts{0};            // when the first is submitted
  std::string jdl;
  place at, jdl_at;

  friend bool operator==(const workload&, const workload&) = default;
};

// --- what happens -------------------------------------------------------------------------------

enum class quantifier : std::uint8_t {
  the,   // the one of that name; of a job submitted many times, each
  any,   // one, by chance, drawn anew each time
  every, // all
  some,  // at least one
};

/// Jobs: of a name (none: all), of one ordinal of it (0: all), of a user or VO, on a CE.
struct jobs {
  quantifier how = quantifier::the;
  std::string name;
  std::uint32_t ordinal = 0; // from 1, in the order of submission under this name
  std::string of;
  host_name on;

  friend bool operator==(const jobs&, const jobs&) = default;
};

enum class noun : std::uint8_t { node, site, ce, se, wms, lb, info };

/// Nodes: the one that is named (a site's name: grid.hpp), or any or every one that plays `what`.
struct target {
  quantifier how = quantifier::the;
  noun what = noun::node;
  host_name host;

  friend bool operator==(const target&, const target&) = default;
};

enum class verb : std::uint8_t {
  submit,
  cancel,
  hold,    // in the batch system, by its operator
  release, // undoes hold
  crash,   // the worker dies under the payload, without a word
  kill,    // SIGKILL: what was not synced is lost
  stop,    // SIGTERM, in order
  start,
  drain,
  open,   // undoes drain
  break_, // "break": attempts fail on this CE
  mend,
  cut,
  slow,
  lose,
  repeat,
  heal, // undoes the four before it
  fill, // a disk
  empty,
  corrupt,
  skew,    // its clock from now on: so much off the true time
  backup,  // of its store, as it is now
  restore, // the store is as in its last backup; the node starts on it
  expire,  // a proxy
};

/// One thing done. Which members mean something depends on the verb.
struct action {
  verb what = verb::submit;
  jobs work;              // submit (a name only), cancel, hold, release, crash
  std::vector<target> on; // nodes; two: a link
  std::string user;       // expire
  bool one_way = false;   // cut, slow, lose, repeat, heal: from the first to the second only
  std::uint32_t times = 1;
  bool twice = false; // submit: the reply is lost, the client asks again with the same request id
  bit_rate rate;      // slow
  milliseconds rtt{0};
  fraction chance{1'000'000}; // lose, repeat: of frames; break: of attempts
  bool crashes = false;       // break: the worker dies under the payload
  milliseconds off{0};        // skew; may be below 0

  friend bool operator==(const action&, const action&) = default;
};

/// `at`: once at `from`, or `times` with `every` between. A range (`to`) with `every`: at `from`,
/// then again and again before `to`; without: done at `from`, undone at `to`. `lasts` not 0: each
/// is undone after so long. grid.hpp has the moments (`occurrences`), verbs.hpp `undoing`.
struct happening {
  milliseconds from{0};
  std::optional<milliseconds> to;
  milliseconds every{0}, lasts{0};
  action what;
  place at;

  friend bool operator==(const happening&, const happening&) = default;
};

// --- what must hold -----------------------------------------------------------------------------

enum class comparison : std::uint8_t { less, at_most, equal, unequal, at_least, more };

/// `render is Done on ce01.cern.example exit=0`. Any of the states will do.
struct job_is {
  jobs who;
  bool negated = false;
  std::vector<lb::job_state> states;
  host_name on; // the CE of its present or last attempt
  std::optional<std::int32_t> exit_code;
  std::optional<std::uint32_t> resubmissions, deep, shallow; // of both kinds; of each
  std::string reason;                                        // a part of it

  friend bool operator==(const job_is&, const job_is&) = default;
};

/// `jobs of alice Running >= 2`. No states: jobs in any.
struct job_count {
  jobs who;
  std::vector<lb::job_state> states;
  comparison how = comparison::at_most;
  std::uint64_t n = 0;

  friend bool operator==(const job_count&, const job_count&) = default;
};

enum class figure : std::uint8_t {
  payloads,      // of a job, running at this moment, wherever
  starts,        // of its payload, so far
  attempts,      // handed over to CEs, so far
  resubmissions, // so far
};

/// `payloads of every job <= 1`: of each job alone, never summed.
struct job_figure {
  figure what = figure::payloads;
  jobs who;
  comparison how = comparison::at_most;
  std::uint64_t n = 0;

  friend bool operator==(const job_figure&, const job_figure&) = default;
};

/// `outbox of cern.example <= 100`: letters in a node's store that are not acknowledged yet.
struct outbox_is {
  target who;
  comparison how = comparison::at_most;
  std::uint64_t n = 0;

  friend bool operator==(const outbox_is&, const outbox_is&) = default;
};

/// `share of biomed within 10% of 50%`: the slot time of a VO or user among all that was used so
/// far; 40% to 60% will do.
struct share_is {
  std::string of;
  fraction within, want;

  friend bool operator==(const share_is&, const share_is&) = default;
};

enum class node_state : std::uint8_t { up, down, draining };

/// `every node is up`.
struct node_is {
  target who;
  bool negated = false;
  node_state state = node_state::up;

  friend bool operator==(const node_is&, const node_is&) = default;
};

using condition = std::variant<job_is, job_count, job_figure, outbox_is, share_is, node_is>;

enum class moment : std::uint8_t {
  by,     // it comes true at some step until then
  at,     // it is true then
  never,  // at no step
  always, // at every step
  at_end, // when the run is over
};

struct expectation {
  moment when = moment::at_end;
  milliseconds time{0}; // by, at
  condition what;
  place at;

  friend bool operator==(const expectation&, const expectation&) = default;
};

/// The events of a job in L&B, in order, exactly. Lines are as `trace_line` makes them (trace.hpp,
/// which also says which events count: `shows`).
struct trace {
  std::string name;
  std::uint32_t ordinal = 0;    // 0: the only one
  std::vector<lb::kind> only;   // none: all kinds
  std::vector<lb::source> from; // none: all but LRMS and Application, which the WMS reports too
  std::vector<std::string> lines;
  place at;

  friend bool operator==(const trace&, const trace&) = default;
};

struct story {
  std::string title;
  std::uint64_t seed = 1;
  milliseconds until{0}; // the run ends then; 0: when nothing is left to happen
  std::vector<vo> vos;
  std::vector<user> users;
  std::vector<site> sites;
  std::vector<ce> ces;
  std::vector<se> ses;
  std::vector<link> links;
  std::vector<file> files;
  std::vector<job> jobs;
  std::vector<workload> workloads;
  std::vector<happening> happenings; // in the order of the file; at the same time, in this order
  std::vector<expectation> expectations;
  std::vector<trace> traces;

  friend bool operator==(const story&, const story&) = default;
};

} // namespace trellis::scenario
