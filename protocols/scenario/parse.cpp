#include "protocols/scenario/check.hpp"
#include "protocols/scenario/options.hpp"
#include "protocols/scenario/statements.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::scenario {

namespace {

// --- what must hold ------------------------------------------------------------------------------

void read_expectation(cursor& x, moment when, milliseconds time) {
  expectation out;
  out.at = x.from().words[0].at;
  out.when = when;
  out.time = time;
  auto what = read_condition(x);
  if (!what)
    return;
  x.finish(std::holds_alternative<job_is>(*what) ? option_words<job_is>()
                                                 : std::vector<std::string_view>{});
  out.what = std::move(*what);
  x.file().out.expectations.push_back(std::move(out));
}

void read_at(cursor& x) {
  if (x.take("end"))
    return read_expectation(x, moment::at_end, {});
  auto time = x.time("a time such as 4min, or 'end'");
  if (!time)
    return;
  if (begins_condition(x))
    return read_expectation(x, moment::at, *time);
  happening out;
  out.from = *time;
  read_happening(x, std::move(out));
}

void read_range(cursor& x) {
  happening out;
  auto from = x.time("a time such as 5min");
  if (!from)
    return;
  if (!x.take("to"))
    return x.file().wrong(x.here(), "expected 'to' and a time");
  out.from = *from;
  out.to = x.time("a time such as 2h");
  if (out.to)
    read_happening(x, std::move(out));
}

void read_by(cursor& x) {
  if (auto time = x.time("a time such as 20min"))
    read_expectation(x, moment::by, *time);
}

void read_never(cursor& x) { read_expectation(x, moment::never, {}); }

void read_always(cursor& x) { read_expectation(x, moment::always, {}); }

void read_trace(cursor& x) {
  trace out;
  out.at = x.from().words[0].at;
  jobs who;
  if (x.peek())
    who = read_jobs(x);
  else
    x.need("a job");
  if (who.how != quantifier::the)
    x.file().wrong(out.at, "expected the trace of one job");
  out.name = who.name;
  out.ordinal = who.ordinal;
  read_options(x, out);
  x.finish(option_words<trace>());
  if (!x.from().has_block)
    x.file().wrong(x.from().end, "expected a line ---- below, the events, and a line ---- "
                                 "(trellis-replay --rewrite fills in the events)");
  for (const auto& line : x.from().block)
    out.lines.push_back(line.text);
  x.file().out.traces.push_back(std::move(out));
}

// --- statements ----------------------------------------------------------------------------------

constexpr statement_row rows[] = {
    {"scenario", read_title       },
    {"seed",     read_seed        },
    {"until",    read_until       },
    {"vo",       read_vo          },
    {"user",     read_user        },
    {"site",     read_site        },
    {"ce",       read_ce_statement},
    {"se",       read_se          },
    {"link",     read_link        },
    {"file",     read_file        },
    {"job",      read_job         },
    {"workload", read_workload    },
    {"at",       read_at          },
    {"from",     read_range       },
    {"by",       read_by          },
    {"never",    read_never       },
    {"always",   read_always      },
    {"trace",    read_trace       },
};

void read(const statement& from, reading& file) {
  cursor x{from, file};
  const auto& first = from.words[0];
  auto row = std::ranges::find(rows, first.text, &statement_row::word);
  if (row == std::end(rows) || first.quoted || !first.key.empty()) {
    std::vector<std::string_view> words;
    for (const auto& r : rows)
      words.push_back(r.word);
    return file.expected("a statement", first, words);
  }
  if (!from.jdl.empty() && row->read != read_job && row->read != read_workload)
    file.wrong(from.jdl_at, "only a job and a workload have JDL");
  x.take();
  row->read(x);
}

/// Line ends of other systems are no part of the text.
std::string with_plain_ends(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 1);
  for (auto c : text) {
    if (c == '\n')
      while (out.ends_with('\r'))
        out.pop_back();
    out += c;
  }
  if (!out.ends_with('\n'))
    out += '\n';
  return out;
}

} // namespace

std::span<const statement_row> statements() { return rows; }

std::string to_string(const problem& x) {
  return fmt::format("{}:{}:{}: {}", x.file, x.at.line, x.at.column, x.text);
}

parsed parse(std::string_view text, std::string_view name) {
  reading file;
  if (text.size() > max_file_bytes) {
    file.wrong({1, 1},
               fmt::format("the file has {} bytes, more than {}", text.size(), max_file_bytes));
  } else {
    for (const auto& x : scan(with_plain_ends(text), file.problems))
      read(x, file);
    check(file);
  }
  std::ranges::stable_sort(file.problems, [](const problem& a, const problem& b) {
    return std::pair{a.at.line, a.at.column} < std::pair{b.at.line, b.at.column};
  });
  for (auto& x : file.problems)
    x.file = name;
  return {std::move(file.out), std::move(file.problems)};
}

} // namespace trellis::scenario
