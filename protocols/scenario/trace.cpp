#include "protocols/scenario/trace.hpp"

#include "protocols/names/ce_id.hpp"
#include "protocols/scenario/reading.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::scenario {

namespace {

std::string join(std::string_view a, std::string_view b) {
  return a.empty() || b.empty() ? fmt::format("{}{}", a, b) : fmt::format("{} {}", a, b);
}

/// One function a kind: the compiler asks for the one that is missing.
struct matter {
  std::string operator()(const lb::reg_job& x) const { return std::string{lb::word(x.jobtype)}; }

  std::string operator()(const lb::transfer& x) const {
    return join(lb::word(x.destination), lb::word(x.result));
  }

  std::string operator()(const lb::accepted& x) const { return std::string{lb::word(x.from)}; }

  std::string operator()(const lb::refused& x) const { return join(lb::word(x.from), x.reason); }

  std::string operator()(const lb::enqueued& x) const { return std::string{lb::word(x.result)}; }

  std::string operator()(const lb::dequeued&) const { return {}; }

  std::string operator()(const lb::helper_call& x) const { return x.helper_name; }

  std::string operator()(const lb::helper_return& x) const { return join(x.helper_name, x.retval); }

  std::string operator()(const lb::match& x) const {
    auto ce = ce_id::parse(x.dest_id);
    return ce ? ce->host().text() : x.dest_id;
  }

  std::string operator()(const lb::pending& x) const { return x.reason; }

  std::string operator()(const lb::running& x) const { return x.node; }

  std::string operator()(const lb::really_running&) const { return {}; }

  std::string operator()(const lb::suspend& x) const { return x.reason; }

  std::string operator()(const lb::resume& x) const { return x.reason; }

  std::string operator()(const lb::resubmission& x) const {
    return std::string{lb::word(x.result)};
  }

  std::string operator()(const lb::done& x) const {
    auto code = x.exit_code > 0 ? fmt::format("exit={}", x.exit_code) : std::string{};
    return join(lb::word(x.status_code), code);
  }

  std::string operator()(const lb::cancel& x) const { return std::string{lb::word(x.status_code)}; }

  std::string operator()(const lb::abort& x) const { return x.reason; }

  std::string operator()(const lb::clear& x) const { return std::string{lb::word(x.reason)}; }

  std::string operator()(const lb::purge&) const { return {}; }

  std::string operator()(const lb::user_tag& x) const { return x.name + "=" + x.value; }

  std::string operator()(const lb::resource_usage& x) const { return x.resource; }

  std::string operator()(const lb::collection_state& x) const { return x.state; }

  std::string operator()(const lb::change_acl& x) const { return join(x.operation, x.permission); }

  std::string operator()(const lb::sandbox& x) const { return x.sandbox_type; }

  std::string operator()(const lb::cur_descr&) const { return {}; }

  std::string operator()(const lb::remark& x) const { return x.id; }
};

/// As the scanner reads it back: one line, single blanks, no other controls.
std::string one_line(std::string_view text) {
  std::string out;
  for (auto c : text) {
    auto blank = (c >= '\0' && c <= ' ') || c == '\x7f';
    if (!blank)
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  if (out.ends_with(' '))
    out.pop_back();
  return out;
}

/// The lines of a text, each with its end.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    auto n = std::min(text.find('\n'), text.size() - 1) + 1;
    out.push_back(text.substr(0, n));
    text.remove_prefix(n);
  }
  return out;
}

bool is_rule(std::string_view line) {
  auto x = one_line(line);
  return x.size() >= 4 && x.find_first_not_of('-') == x.npos;
}

} // namespace

bool shows(const trace& x, const lb::event& e) {
  auto of_worker = e.from == lb::source::lrms || e.from == lb::source::application;
  auto from = x.from.empty() ? !of_worker : std::ranges::count(x.from, e.from) > 0;
  auto kind = x.only.empty() || std::ranges::count(x.only, lb::kind_of(e.what)) > 0;
  return from && kind;
}

std::string trace_line(const lb::event& e) {
  return one_line(join(lb::word(lb::kind_of(e.what)), std::visit(matter{}, e.what)));
}

result<std::string> replace_trace(std::string_view text, const trace& which,
                                  const std::vector<std::string>& lines) {
  auto all = lines_of(text);
  auto at = which.at.line == 0 ? all.size() : which.at.line - 1;
  if (at >= all.size() || !one_line(all[at]).starts_with("trace "))
    return error{errc::not_found,
                 fmt::format("no trace of {} begins on line {}", which.name, which.at.line)};
  auto first = std::find_if(all.begin() + static_cast<std::ptrdiff_t>(at), all.end(), is_rule);
  auto last = first == all.end() ? first : std::find_if(first + 1, all.end(), is_rule);
  if (last == all.end())
    return error{errc::not_found, fmt::format("the trace of {} on line {} has no two lines ----",
                                              which.name, which.at.line)};
  trace fresh = which;
  fresh.lines = lines;
  std::string out;
  for (auto i = all.begin(); i <= first; ++i)
    out += *i;
  out += aligned(fresh);
  for (auto i = last; i != all.end(); ++i)
    out += *i;
  return out;
}

} // namespace trellis::scenario
