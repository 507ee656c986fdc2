#include "protocols/scenario/grid.hpp"
#include "protocols/scenario/options.hpp"
#include "protocols/scenario/statements.hpp"
#include "protocols/scenario/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::scenario {

namespace {

constexpr std::uint64_t most_times = 1'000'000; // of one statement

place begin_of(const cursor& x) { return x.from().words[0].at; }

bool is_number(const word& x, std::size_t from) {
  return !x.quoted && x.text.size() > from && x.text[from] >= '0' && x.text[from] <= '9';
}

/// `x200`, `30%`, `+5s`, `->`, `twice`, `crashes`: told by their form, wherever they stand.
void read_extras(cursor& x, const verb_row& row, action& out) {
  auto has = [&](std::string_view extra) { return row.extras.find(extra) != row.extras.npos; };
  auto once = [&](const word& w, auto&& parsed, auto& to, bool& seen) {
    if (seen)
      x.file().wrong(w.at, fmt::format("expected one quantity, and '{}' is the second", w.text));
    seen = true;
    if (parsed)
      to = *parsed;
    else
      x.file().wrong(w.at, "expected a quantity: " + parsed.why().text);
    return true;
  };
  bool seen = false;
  std::uint64_t times = 1;
  x.take_if([&](const word& w) {
    if (has("x ") && w.text.starts_with('x') && is_number(w, 1))
      return once(w, parse_count(std::string_view{w.text}.substr(1)), times, seen);
    if (has("%") && is_number(w, 0))
      return once(w, parse_fraction(w.text), out.chance, seen);
    if (has("+-") && (w.text.starts_with('+') || w.text.starts_with('-')) && w.text != "->")
      return once(w, parse_offset(w.text), out.off, seen);
    return false;
  });
  if (times == 0 || times > most_times)
    x.file().wrong(begin_of(x), fmt::format("expected x1 to x{}", most_times));
  out.times = static_cast<std::uint32_t>(std::min(times, most_times));
  if (has("+-") && !seen)
    x.file().wrong(x.from().end, "expected an offset such as +30s or -2min");
  out.twice = has("twice") && x.flag("twice");
  out.crashes = has("crashes") && x.flag("crashes");
  if (has("rate="))
    read_options(x, out);
}

naming named_by(operands x) {
  switch (x) {
  case operands::ces:
    return naming::ce;
  case operands::disks:
    return any_host;
  default:
    return naming::site | naming::ce;
  }
}

void read_operands(cursor& x, const verb_row& row, action& out) {
  if (row.takes == operands::submission) {
    auto at = x.here();
    out.work.name = x.name("a job");
    if (!out.work.name.empty())
      x.file().refer(naming::job, out.work.name, at);
  } else if (row.takes == operands::jobs) {
    out.work = read_jobs(x);
  } else if (row.takes == operands::user) {
    auto at = x.here();
    out.user = x.name("a user");
    if (!out.user.empty())
      x.file().refer(naming::user, out.user, at);
  } else {
    auto links = row.takes == operands::links;
    do {
      out.on.push_back(read_target(x, named_by(row.takes)));
      if (links && out.on.size() == 1)
        out.one_way = x.take("->");
      else if (links)
        break;
    } while (x.peek());
    if (out.one_way && out.on.size() < 2)
      x.file().wrong(x.from().end, "expected a second node after '->'");
  }
}

void check_times(cursor& x, const happening& out, const verb_row& row, bool every, bool lasts) {
  auto wrong = [&](std::string text) { x.file().wrong(out.at, std::move(text)); };
  if (out.to && *out.to <= out.from)
    wrong(fmt::format("expected a time after {}, not {}", time_text(out.from), time_text(*out.to)));
  else if (occurrences_count(out) > most_times
           || occurrences_count(out) * out.what.times > most_times)
    wrong(fmt::format("expected at most {} times, not more", most_times));
  if (every && out.every.count() == 0)
    wrong("every=: expected a time above 0");
  if (lasts && out.lasts.count() == 0)
    wrong("for=: expected a time above 0");
  if (every && !out.to && row.takes != operands::submission)
    wrong("every= repeats in a range: expected from T to T");
  if (lasts && !row.undo)
    wrong(fmt::format("for=: nothing undoes '{}'", row.word));
  if (lasts && out.to && !every)
    wrong("for= in a range needs every=; without them it lasts as long as the range");
  if (out.to && !every && !row.undo)
    wrong(fmt::format("expected every=: nothing undoes '{}' at the end of the range", row.word));
}

} // namespace

void read_happening(cursor& x, happening out) {
  out.at = begin_of(x);
  auto given = x.need("a verb");
  if (!given)
    return;
  auto row = verb_from(given->text);
  if (!row) {
    std::vector<std::string_view> words;
    for (const auto& v : verbs())
      words.push_back(v.word);
    return x.file().expected("a verb", *given, words);
  }
  out.what.what = row->what;
  bool every = false, lasts = false;
  for (auto [key, time, seen] : {
           std::tuple{"every", &out.every, &every},
           {"for",   &out.lasts, &lasts}
  })
    if (auto value = x.option(key)) {
      auto parsed = parse_time(value->text);
      if (parsed)
        *time = *parsed;
      else
        x.file().wrong(value->text_at, fmt::format("{}=: {}", key, parsed.why().text));
      *seen = bool(parsed);
    }
  read_extras(x, *row, out.what);
  read_operands(x, *row, out.what);
  if (row->what == verb::slow && out.what.rate.bits_s == 0 && out.what.rtt.count() == 0)
    x.file().wrong(x.from().end, "expected rate= or rtt=");
  check_times(x, out, *row, every, lasts);
  x.finish({"every", "for", "twice", "rate", "rtt", "crashes"});
  x.file().out.happenings.push_back(std::move(out));
}

} // namespace trellis::scenario
