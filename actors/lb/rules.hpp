#pragma once
/// What an event, and who sends it, says about a job (L&B User's Guide, job states). Whether it is
/// late is judged apart, by its sequence code (actors/lb/order.hpp). No event is refused here: one
/// that no row expects is kept, without effect.
#include "protocols/lb/event_table.hpp"

namespace trellis::lb {

/// What the event itself says came out. `none`: it has no such field.
enum class outcome : std::uint8_t {
  none,
  start,
  ok,
  refused,
  fail,
  cancelled,
  killed,
  req,
  refuse,
  done,
  abort,
  willresub,
  wontresub,
  shallow
};

inline constexpr auto any_source = source::none;
inline constexpr auto stays = job_state::undef;

enum class note : std::uint8_t {
  none = 0,
  /// Late once the worker node was heard of (Running, Done).
  late_when_running = 1,
  /// Events of the worker node, which carry no LM counter, may still follow it.
  favour_lrms = 2,
  both = 3,
};

constexpr bool has(note x, note flag) {
  return (static_cast<int>(x) & static_cast<int>(flag)) == static_cast<int>(flag);
}

struct rule {
  kind what;
  source from;
  outcome result; // `none`: any
  job_state to;   // `stays`: the state remains
  note also;
};

namespace rule_words {

using to = job_state;
inline constexpr auto plain = note::none;
inline constexpr auto late = note::late_when_running;
inline constexpr auto both = note::both;

/// The first row that fits counts. A CollectionState brings its state in a field of its own.
inline constexpr rule rules[] = {
    {kind::reg_job,          any_source,               outcome::none,      to::submitted, plain},
    {kind::transfer,         source::user_interface,   outcome::ok,        to::waiting,   plain},
    {kind::transfer,         source::job_controller,   outcome::ok,        to::ready,     plain},
    {kind::transfer,         source::log_monitor,      outcome::ok,        to::scheduled, both },
    {kind::transfer,         source::user_interface,   outcome::fail,      to::submitted, plain},
    {kind::transfer,         source::job_controller,   outcome::fail,      to::ready,     plain},
    {kind::transfer,         source::log_monitor,      outcome::fail,      to::ready,     late },
    {kind::transfer,         any_source,               outcome::start,     stays,         plain},
    {kind::transfer,         any_source,               outcome::refused,   stays,         plain},
    {kind::accepted,         source::network_server,   outcome::none,      to::waiting,   plain},
    {kind::accepted,         source::log_monitor,      outcome::none,      to::ready,     both },
    {kind::accepted,         source::lrms,             outcome::none,      to::scheduled, plain},
    {kind::refused,          source::network_server,   outcome::none,      to::submitted, plain},
    {kind::refused,          source::log_monitor,      outcome::none,      to::ready,     plain},
    {kind::refused,          source::lrms,             outcome::none,      to::ready,     plain},
    {kind::enqueued,         source::network_server,   outcome::ok,        to::waiting,   plain},
    {kind::enqueued,         source::workload_manager, outcome::ok,        to::ready,     late },
    {kind::enqueued,         source::log_monitor,      outcome::ok,        to::waiting,   plain},
    {kind::enqueued,         source::network_server,   outcome::fail,      to::waiting,   plain},
    {kind::enqueued,         source::workload_manager, outcome::fail,      to::waiting,   plain},
    {kind::enqueued,         source::log_monitor,      outcome::fail,      stays,         plain},
    {kind::enqueued,         any_source,               outcome::start,     stays,         plain},
    {kind::enqueued,         any_source,               outcome::refused,   stays,         plain},
    {kind::dequeued,         source::workload_manager, outcome::none,      to::waiting,   plain},
    {kind::dequeued,         source::job_controller,   outcome::none,      to::ready,     late },
    {kind::helper_call,      any_source,               outcome::none,      to::waiting,   plain},
    {kind::helper_return,    any_source,               outcome::none,      to::waiting,   plain},
    {kind::match,            any_source,               outcome::none,      to::waiting,   plain},
    {kind::pending,          any_source,               outcome::none,      to::waiting,   plain},
    {kind::running,          any_source,               outcome::none,      to::running,   plain},
    {kind::really_running,   source::lrms,             outcome::none,      to::running,   plain},
    {kind::really_running,   source::log_monitor,      outcome::none,      to::running,   plain},
    {kind::suspend,          any_source,               outcome::none,      stays,         plain},
    {kind::resume,           any_source,               outcome::none,      stays,         plain},
    {kind::resubmission,     any_source,               outcome::none,      stays,         plain},
    {kind::done,             source::lrms,             outcome::none,      stays,         plain},
    {kind::done,             any_source,               outcome::ok,        to::done,      plain},
    {kind::done,             any_source,               outcome::fail,      to::done,      plain},
    {kind::done,             any_source,               outcome::killed,    to::done,      plain},
    {kind::done,             any_source,               outcome::cancelled, to::cancelled, plain},
    {kind::cancel,           any_source,               outcome::done,      to::cancelled, plain},
    {kind::cancel,           any_source,               outcome::none,      stays,         plain},
    {kind::abort,            any_source,               outcome::none,      to::aborted,   plain},
    {kind::clear,            any_source,               outcome::none,      to::cleared,   plain},
    {kind::collection_state, source::lb_server,        outcome::none,      stays,         plain},
    {kind::purge,            any_source,               outcome::none,      stays,         plain},
    {kind::user_tag,         any_source,               outcome::none,      stays,         plain},
    {kind::resource_usage,   any_source,               outcome::none,      stays,         plain},
    {kind::change_acl,       any_source,               outcome::none,      stays,         plain},
    {kind::sandbox,          any_source,               outcome::none,      stays,         plain},
    {kind::cur_descr,        any_source,               outcome::none,      stays,         plain},
    {kind::remark,           any_source,               outcome::none,      stays,         plain},
};

} // namespace rule_words

using rule_words::rules;

constexpr const rule* find_rule(kind what, source from, outcome result) {
  for (const auto& row : rules)
    if (row.what == what && (row.from == any_source || row.from == from)
        && (row.result == outcome::none || row.result == result))
      return &row;
  return nullptr;
}

static_assert(find_rule(kind::done, source::lrms, outcome::ok)->to == stays,
              "the wrapper's Done is not the job's");
static_assert(!find_rule(kind::dequeued, source::network_server, outcome::none),
              "the front takes nothing from a queue");

} // namespace trellis::lb
