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

/// Who stands at the counter.
struct voms_visitor {
  std::string subject;
  gsi::certificate certificate; // of the end entity
  /// FQANs of a proxy that carries attributes: the most that it is given again.
  std::optional<std::vector<std::string>> most;
  gsi::instant ends;
};

/// Errors: those of `verify`.
result<voms_visitor> voms_visitor_of(const voms_counter& at, const std::vector<std::string>& chain);

} // namespace trellis::edge
