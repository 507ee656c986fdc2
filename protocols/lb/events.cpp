#include "protocols/lb/events.hpp"

namespace trellis::lb {

event_body::event_body() = default;
event_body::event_body(const event_body&) = default;
event_body::event_body(event_body&&) noexcept = default;
event_body& event_body::operator=(const event_body&) = default;
event_body& event_body::operator=(event_body&&) noexcept = default;
event_body::~event_body() = default;

} // namespace trellis::lb
