#include "actors/shell/link_table.hpp"

#include "actors/shell/times.hpp"

#include <fmt/format.h>

namespace trellis::shell {
namespace {

constexpr column columns[] = {
    text_column("PEER", "peer"),
    text_column("LINK", "link"),
    text_column("DIR", "direction"),
    number_column("SINCE", "since_s"),
    number_column("CLOCK", "clock_difference_ms"),
    number_column("CALLS", "open_calls"),
    number_column("OUTBOX", "outbox_letters"),
    wide(number_column("BYTES", "outbox_bytes")),
    wide(number_column("IN", "frames_in")),
    wide(number_column("OUT", "frames_out")),
    wide(text_column("REMOTE", "remote")),
    cuttable(text_column("LAST ERROR", "last_error")),
};

} // namespace

view<node::link_row> link_view(form how) {
  view<node::link_row> v;
  v.schema = "trellis.link";
  v.columns = columns;
  v.cells = [how](const node::link_row& x) {
    bool csv = how == form::csv;
    return row{
        x.peer.text(),
        {x.up ? "up" : "down", x.up ? colour::green : colour::red},
        x.direction,
        csv ? std::to_string(x.since.count()) : brief(x.since),
        csv ? std::to_string(x.clock_difference_ms) : fmt::format("{:+}ms", x.clock_difference_ms),
        std::to_string(x.open_calls),
        std::to_string(x.outbox_letters),
        std::to_string(x.outbox_bytes),
        std::to_string(x.frames_in),
        std::to_string(x.frames_out),
        x.remote,
        x.last_error
    };
  };
  v.id = [](const node::link_row& x) { return x.peer.text(); };
  return v;
}

} // namespace trellis::shell
