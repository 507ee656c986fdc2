#pragma once
/// For tables by attempt, or by job, that nobody reads in order.
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

struct job_hash {
  std::size_t operator()(const job_id& x) const { return std::hash<std::string_view>{}(x.text()); }
};

template <class T>
using by_job = std::unordered_map<job_id, T, job_hash>;

} // namespace trellis::ce
