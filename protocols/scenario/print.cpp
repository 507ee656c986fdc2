#include "protocols/scenario/options.hpp"
#include "protocols/scenario/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::scenario {

namespace {

std::string in_quotes(std::string_view x) {
  std::string out = "\"";
  for (auto c : x) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string line(std::string_view word, std::string_view rest) {
  return fmt::format("{:<5} {}\n", word, rest);
}

std::string with_jdl(std::string line, const std::string& jdl) {
  return jdl.empty() ? line : fmt::format("{}  {}\n", line, jdl);
}

std::string print_world(const story& x) {
  std::string out;
  for (const auto& v : x.vos)
    out += line("vo", v.name + options_text(v));
  for (const auto& u : x.users)
    out += line("user", u.name + options_text(u));
  for (const auto& s : x.sites)
    out += line("site", s.name.text() + options_text(s));
  for (const auto& c : x.ces)
    out += line("ce", c.host.text() + options_text(c));
  for (const auto& s : x.ses)
    out += line("se", s.host.text() + options_text(s));
  for (const auto& l : x.links)
    out += line("link", fmt::format("{} {}{}", l.a.text(), l.b.text(), options_text(l)));
  for (const auto& f : x.files)
    out += line("file", quoted(f.name) + options_text(f));
  return out;
}

std::string print_work(const story& x) {
  std::string out;
  for (const auto& j : x.jobs)
    out += with_jdl(line("job", j.name + options_text(j)), j.jdl);
  for (const auto& w : x.workloads)
    out += with_jdl(line("workload", w.name + options_text(w)), w.jdl);
  return out;
}

std::size_t width_of(const trace& x) {
  std::size_t width = 0;
  for (const auto& line : x.lines)
    width = std::max(width, std::min(line.find(' '), line.size()));
  return width;
}

std::string print_trace(const trace& x) {
  return fmt::format("trace {}{}{}\n----\n{}----\n", x.name,
                     x.ordinal > 0 ? fmt::format("#{}", x.ordinal) : "", options_text(x),
                     aligned(x));
}

std::string part(std::string_view head, std::string_view body) {
  return body.empty() ? "" : fmt::format("\n# {}\n{}", head, body);
}

} // namespace

std::string aligned(const trace& x) {
  std::string out;
  auto width = width_of(x);
  for (const auto& line : x.lines) {
    auto blank = std::min(line.find(' '), line.size());
    out += blank == line.size()
               ? line + "\n"
               : fmt::format("{:<{}}  {}\n", line.substr(0, blank), width, line.substr(blank + 1));
  }
  return out;
}

std::string quoted(std::string_view x) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789_./:,@%+*-~";
  return !x.empty() && x.find_first_not_of(plain) == x.npos ? std::string{x} : in_quotes(x);
}

std::string text(const action& x) {
  const auto& row = row_of(x.what);
  std::string out{row.word};
  auto has = [&](std::string_view extra) { return row.extras.find(extra) != row.extras.npos; };
  if (has("%") && x.chance.millionths != 1'000'000)
    out += " " + text(x.chance);
  if (row.takes == operands::submission)
    out += " " + x.work.name;
  else if (row.takes == operands::jobs)
    out += " " + text(x.work);
  else if (row.takes == operands::user)
    out += " " + x.user;
  for (std::size_t i = 0; i < x.on.size(); ++i)
    out += (i == 1 && x.one_way ? " -> " : " ") + text(x.on[i]);
  if (has("+-"))
    out += " " + offset_text(x.off);
  if (x.times > 1)
    out += fmt::format(" x{}", x.times);
  if (x.twice)
    out += " twice";
  if (x.crashes)
    out += " crashes";
  return out + options_text(x);
}

std::string text(const happening& x) {
  auto out = x.to ? fmt::format("from {} to {} ", time_text(x.from), time_text(*x.to))
                  : fmt::format("at {} ", time_text(x.from));
  out += text(x.what);
  if (x.every.count() > 0)
    out += " every=" + time_text(x.every);
  if (x.lasts.count() > 0)
    out += " for=" + time_text(x.lasts);
  return out;
}

std::string text(const expectation& x) {
  auto what = text(x.what);
  switch (x.when) {
  case moment::by:
    return fmt::format("by {} {}", time_text(x.time), what);
  case moment::at:
    return fmt::format("at {} {}", time_text(x.time), what);
  case moment::never:
    return "never " + what;
  case moment::always:
    return "always " + what;
  case moment::at_end:
    return "at end " + what;
  }
  return what;
}

std::string print(const story& x) {
  auto out = fmt::format("scenario {}\nseed {}\n", in_quotes(x.title), x.seed);
  if (x.until.count() > 0)
    out += fmt::format("until {}\n", time_text(x.until));
  out += part("The world", print_world(x));
  out += part("The work", print_work(x));
  std::string happens, holds;
  for (const auto& h : x.happenings)
    happens += text(h) + "\n";
  for (const auto& e : x.expectations)
    holds += text(e) + "\n";
  out += part("What happens", happens) + part("What must hold", holds);
  for (const auto& t : x.traces)
    out += "\n" + print_trace(t);
  return out;
}

} // namespace trellis::scenario
