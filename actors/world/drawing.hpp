#pragma once
/// Whom an action meets.
#include "actors/world/truth.hpp"
#include "runtime/node/random.hpp"

namespace trellis::world {

/// Jobs that are meant, known to a WMS and not over.
std::vector<const job_facts*> living(const truth& facts, const scenario::jobs& x);

/// `any` becomes the one that chance names, so that the same one can be undone.
scenario::action drawn(scenario::action x, const scenario::story& told, const truth& facts,
                       random_source& chance);

/// What is done at a happening, drawn, or at its end: `undo` holds what waits to be undone, oldest
/// first. Nothing when there is nothing to undo.
std::optional<scenario::action> next_act(const scenario::happening& of, bool at_its_end,
                                         std::vector<scenario::action>& undo,
                                         const scenario::story& told, const truth& facts,
                                         random_source& chance);

} // namespace trellis::world
