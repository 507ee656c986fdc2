#pragma once
/// The history of a job: its events page by page, which kinds are wanted, the block of text.
#include "actors/shell/session.hpp"
#include "protocols/lb/event_table.hpp"

namespace trellis::shell {

/// The options by which kinds of events are chosen.
inline constexpr option_row event_option{
    "--event", "NAME", "Only events of this kind, such as Done; may be repeated."};
inline constexpr option_row exclude_option{"--exclude", "NAME",
                                           "No events of this kind; may be repeated."};

class event_filter {
public:
  /// Errors: `usage` for a kind nobody knows, with the nearest one.
  static result<event_filter> from(const arguments& given);

  bool takes(const lb::event& e) const;

private:
  std::vector<lb::kind> wanted_, unwanted_;
};

result<std::vector<lb::stored_event>> events_of(session& s, const job_id& job,
                                                const event_filter& wanted);

std::string logging_info_block(const job_id& job, const std::vector<lb::stored_event>& events,
                               int verbosity, const surroundings& world);

} // namespace trellis::shell
