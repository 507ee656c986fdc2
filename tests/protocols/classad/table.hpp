#pragma once
/// Tables of `expression => value`, one a line; blank lines and `#` lines separate. A line
/// `name := expression` adds to the ad the following lines stand in.
#include "protocols/classad/evaluate.hpp"
#include "protocols/classad/text.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

namespace trellis::classad {

inline evaluation_context test_context() {
  evaluation_context c;
  c.now_s = 1'132'000'000; // 2005-11-14T20:26:40Z
  return c;
}

inline std::string trimmed(const std::string& s) {
  auto from = s.find_first_not_of(" \t");
  return from == s.npos ? "" : s.substr(from, s.find_last_not_of(" \t") - from + 1);
}

/// What an expression evaluates to in an ad, printed with its items evaluated.
inline std::string value_in(const ad& self, const std::string& text,
                            const evaluation_context& context = test_context()) {
  auto x = parse_expression(text);
  if (!x)
    return "does not read: " + x.why().text;
  return print(evaluate_items(evaluate(*x, self, context), context));
}

inline void check_table(const char* table, const evaluation_context& context = test_context()) {
  std::istringstream lines{table};
  std::string line;
  ad self;
  int checked = 0;
  while (std::getline(lines, line)) {
    line = trimmed(line);
    if (line.empty() || line[0] == '#')
      continue;
    if (auto assign = line.find(" := "); assign != line.npos) {
      auto x = parse_expression(line.substr(assign + 4));
      BOOST_REQUIRE_MESSAGE(bool(x), line);
      self.insert(trimmed(line.substr(0, assign)), *x);
      continue;
    }
    auto arrow = line.rfind(" => ");
    BOOST_REQUIRE_MESSAGE(arrow != line.npos, line);
    auto expression = trimmed(line.substr(0, arrow)), wanted = trimmed(line.substr(arrow + 4));
    auto found = value_in(self, expression, context);
    // A row may name its value in another form of the same: 2.5 for 2.500000000000000E+00.
    auto plain = parse_expression(wanted);
    auto same_value = plain && (*plain)->kind == node_kind::literal && print(*plain) == found;
    BOOST_CHECK_MESSAGE(found == wanted || same_value,
                        expression << " is " << found << ", not " << wanted);
    ++checked;
  }
  BOOST_TEST(checked > 0);
}

} // namespace trellis::classad
