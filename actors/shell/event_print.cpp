#include "actors/shell/event_print.hpp"

#include "actors/shell/event_text.hpp"
#include "actors/shell/times.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {
namespace {

constexpr column columns[] = {
    text_column("TIME", "time"),
    text_column("JOB", "job"),
    text_column("EVENT", "event"),
    wide(text_column("SOURCE", "source")),
    wide(text_column("HOST", "host")),
    cuttable(text_column("WHAT", "what")),
    wide(text_column("SEQUENCE CODE", "seqcode")),
};

} // namespace

view<lb::stored_event> event_view(session& s) {
  view<lb::stored_event> v;
  v.schema = "trellis.event";
  v.columns = columns;
  v.cells = [&s](const lb::stored_event& x) {
    const auto& e = x.what;
    return row{s.output() == form::csv ? iso_time(e.timestamp) : clock_time(s.world(), e.timestamp),
               s.output() == form::csv ? e.job.text() : std::string{e.job.unique()},
               std::string{word(lb::kind_of(e.what))},
               std::string{word(e.from)},
               e.host,
               gist(e.what),
               e.seqcode.print()};
  };
  v.id = [](const lb::stored_event& x) { return x.what.job.text(); };
  return v;
}

void event_printer::print(const lb::stored_event& e) {
  auto v = event_view(session_);
  auto& out = session_.out();
  if (session_.output() == form::json || session_.output() == form::jsonl)
    print_json_line(out, v.schema, v.version, e);
  else if (session_.output() == form::csv) {
    if (begun_)
      print_csv(out, {}, {v.cells(e)});
    else
      print_csv(out, v.columns, {v.cells(e)});
  } else if (session_.output() == form::id)
    out << v.id(e) << '\n';
  else {
    // A stream has no widths to compute: these hold for all events.
    auto line = fmt::format("{}  {}  {:<13} {}", clock_time(session_.world(), e.what.timestamp),
                            e.what.job.unique(), word(lb::kind_of(e.what.what)), gist(e.what.what));
    line.erase(line.find_last_not_of(' ') + 1);
    for (auto& c : line)
      if (static_cast<unsigned char>(c) < 32)
        c = ' ';
    out << (session_.output() == form::wide ? line : cut(line, session_.paper().width)) << '\n';
  }
  begun_ = true;
  out.flush();
}

} // namespace trellis::shell
