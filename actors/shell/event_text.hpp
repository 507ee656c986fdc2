#pragma once
/// Events of Logging & Bookkeeping as people read them: fields and their words, as in the L&B
/// User's Guide.
#include "protocols/lb/event_table.hpp"
#include "protocols/lb/messages.hpp"

#include <string>
#include <utility>
#include <vector>

namespace trellis::shell {

/// The event's own fields in their order, empty ones left out; with `long_texts` also JDLs.
std::vector<std::pair<std::string, std::string>> event_fields(const lb::event_body& x,
                                                              bool long_texts);

/// What happened in a few words: "OK, exit code 0", "ce.example:2811/trellis-fork-x".
std::string gist(const lb::event_body& x);

} // namespace trellis::shell
