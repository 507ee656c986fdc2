#include "tests/tidy/source.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <regex>

namespace trellis::tidy {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// Overwrites what is not code with blanks, one construct at a time.
class blanker {
public:
  explicit blanker(std::string text) : text_{std::move(text)} {}

  std::string run() {
    while (at_ < text_.size())
      step();
    return std::move(text_);
  }

private:
  bool here(std::string_view what) const {
    return std::string_view{text_}.substr(at_).starts_with(what);
  }

  void blank_to(std::size_t end) {
    for (end = std::min(end, text_.size()); at_ < end; ++at_)
      if (text_[at_] != '\n')
        text_[at_] = ' ';
  }

  /// Just behind the next `what`, or the end of the text.
  std::size_t behind(std::string_view what, std::size_t from) const {
    auto found = text_.find(what, from);
    return found == text_.npos ? text_.size() : found + what.size();
  }

  /// The end of a line that a backslash may continue.
  std::size_t end_of_logical_line() const {
    auto end = text_.find('\n', at_);
    while (end != text_.npos && end > 0 && text_[end - 1] == '\\')
      end = text_.find('\n', end + 1);
    return end == text_.npos ? text_.size() : end;
  }

  std::size_t end_of_literal(char quote) const {
    auto i = at_ + 1;
    while (i < text_.size() && text_[i] != quote && text_[i] != '\n')
      i += text_[i] == '\\' ? 2 : 1;
    return i + 1;
  }

  /// A quote between digits separates them, as in 1'000.
  bool separates_digits() const {
    auto first = at_;
    while (first > 0 && (is_word(text_[first - 1]) || text_[first - 1] == '\''))
      --first;
    return first < at_ && std::isdigit(static_cast<unsigned char>(text_[first]));
  }

  bool starts_a_line() const {
    auto before = text_.find_last_not_of(" \t", at_ == 0 ? 0 : at_ - 1);
    return at_ == 0 || before == text_.npos || text_[before] == '\n';
  }

  void step() {
    if (here("//"))
      blank_to(end_of_logical_line());
    else if (here("/*"))
      blank_to(behind("*/", at_ + 2));
    else if (here("R\"") && (at_ == 0 || !is_word(text_[at_ - 1])))
      blank_raw_literal();
    else if (text_[at_] == '"' || (text_[at_] == '\'' && !separates_digits()))
      blank_to(end_of_literal(text_[at_]));
    else if (text_[at_] == '#' && starts_a_line())
      blank_to(end_of_logical_line());
    else
      ++at_;
  }

  void blank_raw_literal() {
    auto open = text_.find('(', at_);
    auto close = ")" + text_.substr(at_ + 2, open - at_ - 2) + "\"";
    blank_to(behind(close, at_));
  }

  std::string text_;
  std::size_t at_ = 0;
};

/// Walks braces from the outside and reports the function bodies.
class body_finder {
public:
  explicit body_finder(std::string_view code) : code_{code} {}

  std::vector<body> run() {
    while (at_ < code_.size())
      step();
    return std::move(found_);
  }

private:
  void step() {
    auto c = code_[at_];
    if (c == '\n')
      ++line_;
    if (c == '{' && (parens_ > 0 || opens_a_member_initialiser()))
      skip_braces();
    else if (c == '{')
      open();
    else if (c == '}' || (c == ';' && parens_ == 0))
      head_.clear();
    else
      head_ += c == '\n' ? ' ' : c;
    parens_ = std::max(0, parens_ + (c == '(') - (c == ')'));
    ++at_;
  }

  /// `foo(int a) : a_{a} {`: the first brace belongs to a member.
  bool opens_a_member_initialiser() const {
    static const std::regex initialisers{R"(\)\s*(noexcept\s*)?:[^:])"};
    static const std::regex member{R"([\w>]\s*$)"};
    static const std::regex behind_parameters{R"(\b(const|noexcept|override|final|mutable)\s*$)"};
    return std::regex_search(head_, initialisers) && std::regex_search(head_, member)
           && !std::regex_search(head_, behind_parameters);
  }

  bool opens_a_function() const {
    static const std::regex scope{R"(^\s*(template\s*<.*>\s*)?(inline\s+)?)"
                                  R"((namespace|class|struct|enum|union|extern)\b)"};
    static const std::regex scope_behind_a_macro{R"(\)\s*(namespace|class|struct|enum|union)\b)"};
    static const std::regex value{R"([=,]\s*$)"};
    return head_.find('(') != head_.npos && !std::regex_search(head_, scope)
           && !std::regex_search(head_, scope_behind_a_macro) && !std::regex_search(head_, value);
  }

  void open() {
    if (opens_a_function()) {
      auto first = line_;
      skip_braces();
      found_.push_back({first, line_, head_.substr(head_.find_first_not_of(" \t"))});
    }
    head_.clear();
  }

  /// From an opening brace to the one that closes it.
  void skip_braces() {
    for (int depth = 0; at_ < code_.size(); ++at_) {
      depth += (code_[at_] == '{') - (code_[at_] == '}');
      line_ += code_[at_] == '\n';
      if (depth == 0)
        return;
    }
  }

  std::string_view code_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  int parens_ = 0;
  std::string head_; ///< what was read since the last brace or semicolon
  std::vector<body> found_;
};

} // namespace

source::source(std::string p, std::string t)
    : path{std::move(p)}, text{std::move(t)}, code{blanker{text}.run()} {}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::vector<include> includes_of(const source& file) {
  static const std::regex form{R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])"};
  std::vector<include> found;
  std::size_t number = 0;
  for (auto line : lines_of(file.text)) {
    ++number;
    std::match_results<std::string_view::const_iterator> match;
    if (std::regex_search(line.begin(), line.end(), match, form))
      found.push_back({number, match[2].str(), match[1] == "\""});
  }
  return found;
}

std::vector<body> functions_of(const source& file) { return body_finder{file.code}.run(); }

} // namespace trellis::tidy
