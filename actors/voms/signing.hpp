#pragma once
/// From a question to an answer: what is granted, signed with the host's key.
#include "actors/voms/granting.hpp"

namespace trellis::voms {

reply answer(const book& vos, const gsi::credential& by, const place& here,
             const gsi::certificate& holder, std::optional<std::vector<std::string>> most,
             const request& what, gsi::instant now);

} // namespace trellis::voms
