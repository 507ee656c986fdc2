#include "actors/shell/expectation.hpp"

#include "actors/shell/times.hpp"

#include <fmt/format.h>

#include <charconv>
#include <regex>

namespace trellis::shell {
namespace {

error wrong(std::string_view why) {
  return {errc::usage, fmt::format("cannot read what is expected: {}; it is written expect [not] "
                                   "TEXT|/REGEX/ or expect exit N, then [within TIME] [in "
                                   "COMMAND...]",
                                   why)};
}

std::optional<std::regex> compiled(const std::string& text) {
  try {
    return std::regex{text, std::regex::ECMAScript};
  } catch (const std::regex_error&) {
    return std::nullopt;
  }
}

/// The subject: `exit N`, a text, or a /regex/. Gives how many words it took.
result<std::size_t> parse_subject(const std::vector<std::string>& words, std::size_t i,
                                  expectation& out) {
  if (i >= words.size())
    return wrong("nothing is named");
  if (words[i] == "exit" && i + 1 < words.size()) {
    const auto& n = words[i + 1];
    int code = 0;
    auto [end, ec] = std::from_chars(n.data(), n.data() + n.size(), code);
    if (ec != std::errc{} || end != n.data() + n.size())
      return wrong(fmt::format("'{}' is no exit code", n));
    out.exit_code = code;
    return std::size_t{2};
  }
  const auto& subject = words[i];
  out.is_regex = subject.size() > 2 && subject.front() == '/' && subject.back() == '/';
  out.text = out.is_regex ? subject.substr(1, subject.size() - 2) : subject;
  if (out.is_regex && !compiled(out.text))
    return wrong(fmt::format("{} is no regular expression", subject));
  if (out.text.empty())
    return wrong("the text is empty");
  return std::size_t{1};
}

} // namespace

result<expectation> parse_expectation(const std::vector<std::string>& words) {
  expectation out;
  std::size_t i = 0;
  if (!words.empty() && words[0] == "not") {
    out.negated = true;
    i = 1;
  }
  auto taken = parse_subject(words, i, out);
  if (!taken)
    return taken.why();
  i += *taken;
  if (i + 1 < words.size() && words[i] == "within") {
    auto d = parse_duration(words[i + 1]);
    if (!d)
      return wrong(d.why().text);
    out.within = *d;
    i += 2;
  }
  if (i + 1 < words.size() && words[i] == "in") {
    out.command.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
    i = words.size();
  }
  if (i != words.size())
    return wrong(fmt::format("'{}' has no place here", words[i]));
  if (out.within && out.command.empty())
    return wrong("'within' repeats a command, and none is named");
  return out;
}

bool expectation::holds(const std::string& output, int code) const {
  bool found = exit_code  ? *exit_code == code
               : is_regex ? std::regex_search(output, *compiled(text))
                          : output.find(text) != output.npos;
  return found != negated;
}

std::string expectation::print() const {
  auto subject = exit_code  ? fmt::format("exit code {}", *exit_code)
                 : is_regex ? fmt::format("/{}/", text)
                            : fmt::format("'{}'", text);
  return (negated ? "not " : "") + subject;
}

} // namespace trellis::shell
