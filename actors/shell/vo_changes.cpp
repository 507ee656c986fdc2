#include "actors/shell/vo_changes.hpp"

#include <fmt/format.h>

#include <ostream>

namespace trellis::shell {

namespace {

/// Calls `f` with each line that says something, and its number.
template <class F>
void each_line(std::string_view text, F f) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto end = text.find('\n');
    auto line = text.substr(0, end);
    text = end == text.npos ? std::string_view{} : text.substr(end + 1);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    auto first = line.find_first_not_of(" \t");
    if (first != line.npos && line[first] != '#')
      f(line.substr(first), number);
  }
}

std::optional<std::vector<std::string>> csv_fields(std::string_view line) {
  std::vector<std::string> out(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    bool doubled = quoted && line.substr(i, 2) == "\"\"";
    if (doubled)
      out.back() += line[i++];
    else if (line[i] == '"')
      quoted = !quoted;
    else if (line[i] == ',' && !quoted)
      out.emplace_back();
    else
      out.back() += line[i];
  }
  return quoted ? std::nullopt : std::optional{out};
}

/// As many acts as fit into one message.
voms::change next_change(const std::vector<voms::act>& acts, std::size_t first) {
  voms::change out;
  for (std::size_t bytes = 0; first < acts.size() && bytes < voms::page_bytes; ++first) {
    bytes += wire::encode(acts[first]).size();
    out.acts.push_back(acts[first]);
  }
  return out;
}

} // namespace

voms::act act_from(voms::act_kind what, const arguments& given, std::size_t at) {
  voms::act out;
  out.what = what;
  out.vo = given.operands().front();
  if (given.operands().size() > at) {
    out.certificate.subject = given.operands()[at];
    out.certificate.issuer = given.text_or("--ca", "");
  }
  return out;
}

result<done> add_attributes(const arguments& given, const voms::act& of,
                            std::vector<voms::act>& to) {
  for (const auto& x : given.all("--attribute")) {
    auto equals = x.find('=');
    if (equals == x.npos || equals == 0)
      return error{errc::usage, fmt::format("'{}' is no attribute: write NAME=VALUE", x)};
    auto set = of;
    set.what = voms::act_kind::set_attribute;
    set.name = x.substr(0, equals);
    set.text = x.substr(equals + 1);
    to.push_back(std::move(set));
  }
  return done{};
}

result<std::vector<std::vector<std::string>>> read_csv(std::string_view text,
                                                       std::string_view header) {
  std::vector<std::vector<std::string>> out;
  std::optional<error> bad;
  bool first = true;
  each_line(text, [&](std::string_view line, std::size_t number) {
    auto fields = csv_fields(line);
    if (!fields && !bad)
      bad = error{errc::usage, fmt::format("line {}: a quoted field has no end", number)};
    if (fields && !(std::exchange(first, false) && fields->front() == header))
      out.push_back(*std::move(fields));
  });
  if (bad)
    return *bad;
  return out;
}

result<std::vector<std::string>> read_gridmap(std::string_view text) {
  std::vector<std::string> out;
  std::optional<error> bad;
  each_line(text, [&](std::string_view line, std::size_t number) {
    auto end = line.find('"', 1);
    if (line.front() == '"' && end != line.npos && line.substr(1, 1) == "/")
      out.emplace_back(line.substr(1, end - 1));
    else if (!bad)
      bad = error{errc::usage, fmt::format("line {}: it does not begin with a name in quotes, such "
                                           "as \"/DC=example/CN=name\"",
                                           number)};
  });
  if (bad)
    return *bad;
  return out;
}

int carry_out(session& s, const arguments& given, std::vector<voms::act> acts,
              std::string_view done) {
  if (given.flag("--dry-run")) {
    s.out() << fmt::format("would be done, in {} {}: {}\n", acts.size(),
                           acts.size() == 1 ? "act" : "acts", done);
    return 0;
  }
  std::uint64_t changed = 0;
  for (std::size_t first = 0; first < acts.size();) {
    auto x = next_change(acts, first);
    auto r = s.ask(x);
    if (!r)
      return s.fail(first == 0
                        ? r.why()
                        : error{r.why().code, fmt::format("the first {} of {} acts are done; "
                                                          "then: {}",
                                                          first, acts.size(), r.why().text)});
    first += x.acts.size();
    changed += r->acts;
  }
  if (changed == 0)
    s.out() << "nothing has changed: it was so before\n";
  else
    s.out() << done << '\n';
  return 0;
}

} // namespace trellis::shell
