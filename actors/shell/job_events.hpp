#pragma once
/// The history of a job: its events page by page, which kinds are wanted, the block of text.
#include "actors/shell/session.hpp"
#include "protocols/lb/event_table.hpp"

namespace trellis::shell {

result<std::vector<lb::stored_event>> events_of(session& s, const job_id& job);

class event_filter {
public:
  /// Errors: `usage` for a kind nobody knows, with the nearest one.
  static result<event_filter> from(const std::vector<std::string>& wanted,
                                   const std::vector<std::string>& unwanted);

  bool takes(const lb::event& e) const;

private:
  std::vector<lb::kind> wanted_, unwanted_;
};

std::string logging_info_block(const job_id& job, const std::vector<lb::stored_event>& events,
                               int verbosity, const surroundings& world);

} // namespace trellis::shell
