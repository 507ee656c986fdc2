#include "protocols/names/principal.hpp"

namespace trellis {

bool is_operator(const principal& who) {
  return std::ranges::find(who.capabilities, "operator") != who.capabilities.end();
}

} // namespace trellis
