#pragma once
/// All that will happen in a story, by its time.
#include "protocols/scenario/scenario.hpp"

#include <functional>
#include <map>

namespace trellis::scenario {

struct due {
  enum class kind : std::uint8_t { happens, undone, submits } what = kind::happens;
  std::size_t index = 0; // of a happening, or of a job of a log
  std::uint32_t times = 1;
};

/// A job of a workload's log.
struct logged_job {
  const workload* from = nullptr;
  std::string by;
  milliseconds runs{0};
};

struct agenda {
  std::multimap<milliseconds, due> tasks; // at the same time in the order of the file
  std::vector<logged_job> log;
};

/// Gives the bytes of a `swf=` file.
using log_reader = std::function<result<std::string>(const std::string& name)>;

/// The story must outlive it. Errors: those of the logs; `usage` for a log without jobs.
result<agenda> agenda_of(const story& x, const log_reader& read);

} // namespace trellis::scenario
