#include "protocols/classad/text.hpp"
#include "protocols/jdl/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <ostream>

namespace trellis::jdl {
namespace {

std::string_view trimmed(std::string_view s) {
  constexpr std::string_view blanks = " \t\r\n";
  auto from = s.find_first_not_of(blanks);
  if (from == s.npos)
    return {};
  return s.substr(from, s.find_last_not_of(blanks) - from + 1);
}

/// `name = expression`: where the expression starts, 0 when it is no assignment. `==`, `=?=` and
/// `=!=` compare, but `a =!b` assigns.
std::size_t assignment(std::string_view s) {
  std::size_t i = 0;
  if (s.starts_with('\'')) {
    for (i = 1; i < s.size() && s[i] != '\''; ++i)
      i += s[i] == '\\' ? 1 : 0;
    if (i >= s.size())
      return 0;
    ++i;
  } else {
    auto part = [&](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
             || (i > 0 && c >= '0' && c <= '9');
    };
    while (i < s.size() && part(s[i]))
      ++i;
  }
  if (i == 0)
    return 0;
  while (i < s.size() && (s[i] == ' ' || s[i] == '\t'))
    ++i;
  auto rest = s.substr(std::min(i, s.size()));
  bool assigns = rest.starts_with('=') && !rest.starts_with("==") && !rest.starts_with("=?=")
                 && !rest.starts_with("=!=");
  return assigns ? i + 1 : 0;
}

} // namespace

classad::ad read_file_ad(std::string_view text, std::string& problem) {
  classad::read_options options;
  options.hash_comments = true;
  options.brackets_optional = true;
  classad::reader reader{options};
  if (auto x = reader.read_ad(text))
    return *std::move(x);
  const auto& e = reader.error();
  problem = fmt::format("line {}, column {}: {}", e.at.line, e.at.column, e.text);
  return {};
}

std::optional<std::string> eval_session::line(std::string_view text) {
  problem_.clear();
  auto s = trimmed(text);
  if (s.empty() || s.starts_with("//") || s.starts_with('#'))
    return std::nullopt;
  while (s.ends_with(';'))
    s = trimmed(s.substr(0, s.size() - 1));
  if (assignment(s) > 0) {
    // Read as an ad of one attribute, so that the name is judged by the same rules.
    classad::read_options options;
    options.brackets_optional = true;
    auto x = classad::parse_ad(s, options);
    if (!x) {
      problem_ = x.why().text;
      return std::nullopt;
    }
    for (const auto& [name, what] : x->attributes())
      self_.insert(name, what);
    return std::nullopt;
  }
  auto x = classad::parse_expression(s);
  if (!x) {
    problem_ = x.why().text;
    return "error";
  }
  auto v = target_ ? classad::evaluate(*x, self_, *target_, context_)
                   : classad::evaluate(*x, self_, context_);
  return classad::print(classad::evaluate_items(v, context_));
}

std::variant<eval_session, outcome> open_session(std::optional<std::string_view> ad_text,
                                                 std::optional<std::string_view> target_text,
                                                 const classad::evaluation_context& context) {
  std::string problem;
  auto self = ad_text ? read_file_ad(*ad_text, problem) : classad::ad{};
  if (!problem.empty())
    return outcome{1, "", fmt::format("reading the ad: {}\n", problem)};
  std::optional<classad::ad> target;
  if (target_text)
    target = read_file_ad(*target_text, problem);
  if (!problem.empty())
    return outcome{1, "", fmt::format("reading the target: {}\n", problem)};
  return eval_session{std::move(self), std::move(target), context};
}

int eval_lines(eval_session session, std::istream& in, std::ostream& out, std::ostream& err) {
  int exit_code = 0;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (auto value = session.line(line))
      out << *value << '\n' << std::flush;
    if (session.problem().empty())
      continue;
    err << "input line " << number << ": " << session.problem() << '\n';
    exit_code = 1;
  }
  return exit_code;
}

outcome eval(std::optional<std::string_view> ad_text, std::optional<std::string_view> target_text,
             std::string_view expression, const classad::evaluation_context& context) {
  auto opened = open_session(ad_text, target_text, context);
  if (auto failed = std::get_if<outcome>(&opened))
    return *failed;
  auto& session = std::get<eval_session>(opened);
  auto value = session.line(expression);
  if (!session.problem().empty())
    return {1, "", fmt::format("reading the expression: {}\n", session.problem())};
  return {0, value.value_or("") + (value ? "\n" : ""), ""};
}

} // namespace trellis::jdl
