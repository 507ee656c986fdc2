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

} // namespace trellis::world
