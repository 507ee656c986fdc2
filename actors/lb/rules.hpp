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
  note also = note::none;
};

/// The first row that fits counts.
inline constexpr rule rules[] = {
    {kind::reg_job,             any_source,                   outcome::none,job_state::submitted},

    {kind::transfer,            source::user_interface,       outcome::ok,job_state::waiting},
    {kind::transfer,            source::job_controller,       outcome::ok,job_state::ready},
    {kind::transfer,            source::log_monitor,          outcome::ok,job_state::scheduled,note::both},
    {kind::transfer,                         source::user_interface,                                        outcome::fail,job_state::submitted},
    {kind::transfer,                         source::job_controller,                                        outcome::fail,job_state::ready},
    {kind::transfer,                         source::log_monitor,                                        outcome::fail,job_state::ready,note::late_when_running},
    {kind::transfer,  any_source,                              outcome::start,stays                                                             },
    {kind::transfer,                    any_source,                                                outcome::refused,                   stays},

    {kind::accepted,                    source::network_server,                                                outcome::none,job_state::waiting},
    {kind::accepted,       source::log_monitor,                                   outcome::none,      job_state::ready,note::both},
    {kind::accepted,         source::lrms,                           outcome::none,job_state::scheduled},
    {kind::refused,            source::network_server,outcome::none,job_state::submitted       },
    {kind::refused,            source::log_monitor,                           outcome::none,job_state::ready},
    {kind::refused,            source::lrms,outcome::none,job_state::ready},

    {kind::enqueued,            source::network_server,                           outcome::ok,                    job_state::waiting                                        },
    {kind::enqueued,              source::workload_manager,outcome::ok,job_state::ready,
     note::late_when_running},
    {kind::enqueued,              source::log_monitor,                             outcome::ok,job_state::waiting},
    {kind::enqueued,source::network_server,outcome::fail,job_state::waiting},
    {kind::enqueued,           source::workload_manager,                                             outcome::fail,                                  job_state::waiting                                                                    },
    {kind::enqueued,source::log_monitor,outcome::fail,stays},
    {kind::enqueued,                any_source,                                                                      outcome::start,                                                                                                                                                           stays                                                                                                                                                                                                                                                                                                                                                                                        },
    {kind::enqueued,any_source,outcome::refused,stays},
    {kind::dequeued,                source::workload_manager,                                                                                    outcome::none,                                                                                                                                                                                                                                                                                                      job_state::waiting                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    },
    {kind::dequeued,source::job_controller,outcome::none,job_state::ready,
     note::late_when_running},

    {kind::helper_call,                  any_source,                                                                                                                    outcome::none,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              job_state::waiting},
    {kind::helper_return,         any_source,          outcome::none,job_state::waiting},
    {kind::match,       any_source,                 outcome::none,job_state::waiting                                                                                         },
    {kind::pending,               any_source,                           outcome::none,job_state::waiting},

    {kind::running,             any_source,                 outcome::none,job_state::running},
    {kind::really_running,             source::lrms,                   outcome::none,job_state::running},
    {kind::really_running,      source::log_monitor,          outcome::none,job_state::running},
    {kind::suspend,      any_source,          outcome::none,stays},
    {kind::resume,             any_source,                          outcome::none,stays     },

    {kind::resubmission,              any_source,                    outcome::none,stays},

    {kind::done,        source::lrms,             outcome::none,stays},
    {kind::done,                any_source,                         outcome::ok,job_state::done        },
    {kind::done,                any_source,                   outcome::fail,job_state::done},
    {kind::done,                any_source,                   outcome::killed,job_state::done},
    {kind::done,                any_source,                   outcome::cancelled,job_state::cancelled},

    {kind::cancel,                any_source,                   outcome::done,job_state::cancelled},
    {kind::cancel,              any_source,                 outcome::none,stays},
    {kind::abort,              any_source,                   outcome::none,job_state::aborted},
    {kind::clear,               any_source,                    outcome::none,job_state::cleared},

 // Its state is a field of the event itself.
    {kind::collection_state,               source::lb_server,                   outcome::none,stays},

    {kind::purge,    any_source, outcome::none,stays},
    {kind::user_tag,               any_source,                              outcome::none,stays                                    },
    {kind::resource_usage,            any_source,                outcome::none,stays},
    {kind::change_acl,      any_source,             outcome::none,stays},
    {kind::sandbox,          any_source,                       outcome::none,stays  },
    {kind::cur_descr,             any_source,                      outcome::none,stays},
    {kind::remark,           any_source,                 outcome::none,stays},
};

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
