#pragma once
/// Golden traces of a story against what was played.
#include "actors/world/truth.hpp"
#include "protocols/lb/messages.hpp"

namespace trellis::world {

/// What a golden trace was, and is.
struct traced {
  const scenario::trace* what = nullptr;
  std::vector<std::string> lines; // as played
  std::string problem;            // no such job, or several; empty: none
  bool same = false;
};

/// The events of a job that L&B has, in the order of their arrival.
using events_reader = std::function<std::vector<lb::stored_event>(const job_id& job)>;

std::vector<traced> compare_traces(const scenario::story& told, const truth& facts,
                                   const events_reader& events_of);

} // namespace trellis::world
