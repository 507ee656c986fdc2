#pragma once
/// Events as they are shown while they happen: a line each, in the form that was asked for.
#include "actors/shell/session.hpp"

namespace trellis::shell {

class event_printer {
public:
  explicit event_printer(session& s) : session_(s) {}

  void print(const lb::stored_event& e);

private:
  session& session_;
  bool begun_ = false;
};

/// The columns of a list of events.
view<lb::stored_event> event_view(session& s);

} // namespace trellis::shell
