#pragma once
/// What a front with a VOMS server behind it does for clients of VOMS: who asks is a verified
/// certificate, whatever attributes a proxy of it may carry, which may have ended.
#include "protocols/gsi/verify.hpp"
#include "runtime/interfaces/voms.hpp"

#include <functional>

namespace trellis::edge {

struct voms_counter {
  /// Errors: those of gsi::verify_chain.
  std::function<result<gsi::verified_chain>(const std::vector<std::string>& chain)> verify;
  std::function<void(voms::ask)> ask;
};

/// The counter's question, or why the visitor is refused. The FQANs of a proxy that carries
/// attributes are the most that it is given again.
std::variant<voms::ask, voms::reply>
question(const voms_counter& at, const std::vector<std::string>& chain, result<voms::request> what);

} // namespace trellis::edge
