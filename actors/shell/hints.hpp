#pragma once
/// What to do next after an error, where the command itself knows no better.
#include "protocols/base/result.hpp"

#include <string>

namespace trellis::shell {

std::string hint_for(const error& e);

} // namespace trellis::shell
