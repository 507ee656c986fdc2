#pragma once
/// What one asks of Logging & Bookkeeping. Rules: L&B User's Guide; errors: `not_found` for a job
/// nobody registered here, `denied` for a job that is not the asker's.
#include "protocols/lb/events.hpp"
#include "protocols/lb/status.hpp"
#include "protocols/names/principal.hpp"

#include <vector>

namespace trellis::lb {

/// Registers a job; its first event is a RegJob. Answered after it is on disk; a repeat of the same
/// registration by the same owner is answered as the first one was.
struct register_job {
  principal who; // the owner
  event first;
};
TRELLIS_INSPECT(register_job, who, first)

struct registered {};

/// Events of a step, in order. As a letter between nodes; as a request from producers of this node
/// and from users (UserTag).
struct log {
  principal who;
  std::vector<event> events;
};
TRELLIS_INSPECT(log, who, events)

/// How many were stored; the rest were repeats or refused (then `refused` says why, the first one).
struct logged {
  std::uint32_t stored = 0;
  std::uint32_t repeats = 0;
  std::string refused;
};
TRELLIS_INSPECT(logged, stored, repeats, refused)

struct get_status {
  principal who;
  job_id job;
};
TRELLIS_INSPECT(get_status, who, job)

/// One's own jobs (an operator: all), newest first. Empty lists mean: any.
struct list_jobs {
  principal who;
  std::vector<job_state> states;
  std::string vo, owner;
  std::uint32_t limit = 1000;
  std::string after; // a cursor of the page before
};
TRELLIS_INSPECT(list_jobs, who, states, vo, owner, limit, after)

struct job_list {
  std::vector<job_status> jobs;
  std::string next; // empty: that was all
};
TRELLIS_INSPECT(job_list, jobs, next)

struct count_jobs {
  principal who;
  std::string vo, owner;
};
TRELLIS_INSPECT(count_jobs, who, vo, owner)

struct job_counts {
  std::vector<std::pair<job_state, std::uint64_t>> by_state;
};
TRELLIS_INSPECT(job_counts, by_state)

struct get_events {
  principal who;
  job_id job;
  std::uint64_t after = 0; // arrival number; 0: from the first
  std::uint32_t limit = 1000;
};
TRELLIS_INSPECT(get_events, who, job, after, limit)

struct stored_event {
  std::uint64_t arrival = 0; // counts all events of this server
  std::chrono::sys_time<std::chrono::microseconds> arrived{};
  event what;
};
TRELLIS_INSPECT(stored_event, arrival, arrived, what)

struct event_list {
  std::vector<stored_event> events;
};
TRELLIS_INSPECT(event_list, events)

/// Waits until one of the jobs (empty: any of the asker's) has an event after `after`, at most
/// `wait`; then answers with the new events and the states they led to. How --wait and watch follow
/// without polling.
struct watch {
  principal who;
  std::vector<job_id> jobs;
  std::uint64_t after = 0;
  std::chrono::milliseconds wait{30'000};
};
TRELLIS_INSPECT(watch, who, jobs, after, wait)

struct changes {
  std::vector<stored_event> events;
  std::vector<job_status> states;
  std::uint64_t last = 0; // the `after` of the next watch
};
TRELLIS_INSPECT(changes, events, states, last)

} // namespace trellis::lb
