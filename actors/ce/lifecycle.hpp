#pragma once
/// The life of an attempt on its CE (CREAM user guide, job states). The CE alone moves it; a step
/// that is not listed is refused. One rule is ours: a PENDING attempt can be cancelled, since it is
/// the CE itself that fetches its input.
#include "protocols/ce/messages.hpp"

#include <array>
#include <optional>
#include <string_view>

namespace trellis::ce {

enum class step : std::uint8_t {
  start,           // the CE begins to fetch the input
  refuse,          // the CE or its batch system does not take it
  queue,           // the batch system has it
  wrapper_started, // seen in the records
  payload_started,
  end_well, // the payload ended, whatever its exit code
  fail,     // the wrapper failed, or what it ran was ended
  lose,     // the batch system knows it no more
  cancel,
  hold,
  resume,         // held: back in the queue
  resume_wrapper, // held: the wrapper goes on
  resume_payload, // held: the payload goes on
  purge,
};

inline constexpr std::array<std::string_view, 14> step_words{
    "start", "refuse", "queue", "wrapper_started", "payload_started", "end_well",       "fail",
    "lose",  "cancel", "hold",  "resume",          "resume_wrapper",  "resume_payload", "purge",
};

constexpr std::string_view word(step x) { return step_words[static_cast<std::size_t>(x)]; }

struct transition {
  attempt_state from;
  step by;
  attempt_state to;
};

inline constexpr transition lifecycle[] = {
    {attempt_state::registered,     step::start,           attempt_state::pending       },
    {attempt_state::registered,     step::refuse,          attempt_state::aborted       },
    {attempt_state::registered,     step::cancel,          attempt_state::cancelled     },
    {attempt_state::registered,     step::purge,           attempt_state::purged        },

    {attempt_state::pending,        step::queue,           attempt_state::idle          },
    {attempt_state::pending,        step::refuse,          attempt_state::aborted       },
    {attempt_state::pending,        step::cancel,          attempt_state::cancelled     },

    {attempt_state::idle,           step::wrapper_started, attempt_state::running       },
    {attempt_state::idle,           step::hold,            attempt_state::held          },
    {attempt_state::idle,           step::fail,            attempt_state::done_failed   },
    {attempt_state::idle,           step::lose,            attempt_state::aborted       },
    {attempt_state::idle,           step::cancel,          attempt_state::cancelled     },

    {attempt_state::running,        step::payload_started, attempt_state::really_running},
    {attempt_state::running,        step::hold,            attempt_state::held          },
    {attempt_state::running,        step::fail,            attempt_state::done_failed   },
    {attempt_state::running,        step::lose,            attempt_state::aborted       },
    {attempt_state::running,        step::cancel,          attempt_state::cancelled     },

    {attempt_state::really_running, step::end_well,        attempt_state::done_ok       },
    {attempt_state::really_running, step::hold,            attempt_state::held          },
    {attempt_state::really_running, step::fail,            attempt_state::done_failed   },
    {attempt_state::really_running, step::lose,            attempt_state::aborted       },
    {attempt_state::really_running, step::cancel,          attempt_state::cancelled     },

    {attempt_state::held,           step::resume,          attempt_state::idle          },
    {attempt_state::held,           step::resume_wrapper,  attempt_state::running       },
    {attempt_state::held,           step::resume_payload,  attempt_state::really_running},
    {attempt_state::held,           step::fail,            attempt_state::done_failed   },
    {attempt_state::held,           step::lose,            attempt_state::aborted       },
    {attempt_state::held,           step::cancel,          attempt_state::cancelled     },

    {attempt_state::done_ok,        step::purge,           attempt_state::purged        },
    {attempt_state::done_failed,    step::purge,           attempt_state::purged        },
    {attempt_state::cancelled,      step::purge,           attempt_state::purged        },
    {attempt_state::aborted,        step::purge,           attempt_state::purged        },
};

constexpr std::optional<attempt_state> next(attempt_state from, step by) {
  for (const auto& row : lifecycle)
    if (row.from == from && row.by == by)
      return row.to;
  return std::nullopt;
}

static_assert(!next(attempt_state::done_ok, step::start), "done is final on a CE");
static_assert(!next(attempt_state::done_ok, step::cancel), "what is over cannot be cancelled");
static_assert(!next(attempt_state::really_running, step::wrapper_started),
              "REALLY-RUNNING never goes back to RUNNING");
static_assert(!next(attempt_state::running, step::end_well), "no payload, no good end");
static_assert(
    [] {
      for (const auto& a : lifecycle)
        for (const auto& b : lifecycle)
          if (&a != &b && a.from == b.from && a.by == b.by)
            return false;
      return true;
    }(),
    "two rows say different things about one step");

} // namespace trellis::ce
