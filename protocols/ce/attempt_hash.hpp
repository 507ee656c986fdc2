#pragma once
/// For tables by attempt that nobody reads in order.
#include "protocols/ce/messages.hpp"

#include <unordered_map>

namespace trellis::ce {

struct attempt_hash {
  std::size_t operator()(const attempt_id& x) const {
    return std::hash<std::string_view>{}(x.job.text()) + x.number;
  }
};

template <class T>
using by_attempt = std::unordered_map<attempt_id, T, attempt_hash>;

} // namespace trellis::ce
