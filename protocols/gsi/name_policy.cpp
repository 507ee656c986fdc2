#include "protocols/gsi/name_policy.hpp"

#include "protocols/gsi/dn.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace trellis::gsi {

namespace {

constexpr char16_t any_run = 0x100, any_one = 0x101;

/// In a text on its way through `normal_slash`, which writes them as \x01 and \x02.
constexpr char run_mark = '\x01', one_mark = '\x02';

constexpr std::size_t max_pattern = 1024, max_rules = 4096;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

struct word {
  std::string_view text;
  char quote = 0; // ' or ", or none
  int line = 0;
};

error bad_line(int line, std::string_view why) {
  return {errc::malformed, fmt::format("line {}: {}", line, why)};
}

/// Words and quoted texts of a file. `#` starts a comment; a backslash at the end of a line does
/// nothing, since lines mean nothing.
result<std::vector<word>> words_of(std::string_view text) {
  std::vector<word> out;
  int line = 1;
  for (std::size_t at = 0; at < text.size();) {
    auto c = text[at];
    if (c == '\n') {
      ++line, ++at;
    } else if (is_blank(c)
               || (c == '\\'
                   && (at + 1 == text.size() || text[at + 1] == '\n' || is_blank(text[at + 1])))) {
      ++at;
    } else if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (c == '\'' || c == '"') {
      auto end = text.find_first_of(c == '\'' ? "'\n" : "\"\n", at + 1);
      if (end == text.npos || text[end] == '\n')
        return bad_line(line, fmt::format("a text in {} has no end", c));
      out.push_back({text.substr(at + 1, end - at - 1), c, line});
      at = end + 1;
    } else {
      auto end = std::min(text.find_first_of(" \t\r\n#'\"", at), text.size());
      out.push_back({text.substr(at, end - at), 0, line});
      at = end;
    }
    if (out.size() > 4 * max_rules)
      return bad_line(line, "too many words");
  }
  return out;
}

} // namespace

struct pattern_maker {
  static result<name_pattern> make(std::string_view written, std::string marked) {
    if (marked.size() > max_pattern)
      return error{errc::malformed, "a pattern is longer than 1024 bytes"};
    auto normal = normal_slash(marked);
    if (!normal.starts_with('/') && !normal.starts_with("\\x01"))
      return error{errc::malformed,
                   fmt::format("the pattern '{}' is no name in slash form", written)};
    name_pattern out;
    for (std::size_t i = 0; i < normal.size(); ++i) {
      auto mark = std::string_view{normal}.substr(i, 4);
      if (mark == "\\x01" || mark == "\\x02") {
        out.tokens_.push_back(mark[3] == '1' ? any_run : any_one);
        i += 3;
      } else {
        out.tokens_.push_back(static_cast<unsigned char>(normal[i]));
      }
    }
    return out;
  }
};

result<name_pattern> name_pattern::glob(std::string_view text) {
  std::string marked;
  for (auto c : text) {
    if (static_cast<unsigned char>(c) < ' ')
      return error{errc::malformed, "a pattern holds a control character"};
    marked.push_back(c == '*' ? run_mark : c == '?' ? one_mark : c);
  }
  return pattern_maker::make(text, std::move(marked));
}

result<name_pattern> name_pattern::regex(std::string_view text, bool to_permit) {
  std::string marked;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (static_cast<unsigned char>(c) < ' ')
      return error{errc::malformed, "a pattern holds a control character"};
    if (c == '.' && i + 1 < text.size() && text[i + 1] == '*') {
      marked.push_back(run_mark);
      ++i;
    } else if (c == '\\' && i + 1 < text.size() && std::ispunct(static_cast<int>(text[i + 1]))) {
      marked.push_back(text[++i]);
    } else if (std::string_view{"*+?|^${}\\()"}.find(c) != std::string_view::npos
               || (!to_permit && (c == '[' || c == ']'))) {
      return error{errc::malformed,
                   fmt::format("'{}' in the pattern '{}' is not supported: only .*", c, text)};
    } else {
      marked.push_back(c == '.' && !to_permit ? one_mark : c);
    }
  }
  return pattern_maker::make(text, std::move(marked));
}

bool name_pattern::matches(std::string_view slash) const {
  auto subject = normal_slash(slash);
  std::size_t p = 0, s = 0;
  std::optional<std::size_t> run; // the last any_run seen, and where its text ends so far
  std::size_t covered = 0;
  while (s < subject.size()) {
    auto c = static_cast<char16_t>(static_cast<unsigned char>(subject[s]));
    if (p < tokens_.size() && tokens_[p] == any_run) {
      run = p++;
      covered = s;
    } else if (p < tokens_.size() && (tokens_[p] == c || tokens_[p] == any_one)) {
      ++p, ++s;
    } else if (run) {
      p = *run + 1;
      s = ++covered;
    } else {
      return false;
    }
  }
  return std::all_of(tokens_.begin() + static_cast<std::ptrdiff_t>(p), tokens_.end(),
                     [](char16_t t) { return t == any_run; });
}

bool name_policy::permits(std::string_view issuer, std::string_view subject) const {
  auto normal = normal_slash(issuer);
  bool permitted = false;
  for (const auto& x : rules) {
    if ((!x.issuer.empty() && x.issuer != normal) || !x.subject.matches(subject))
      continue;
    if (!x.permit)
      return false;
    permitted = true;
  }
  return permitted;
}

namespace {

/// The value of cond_subjects: texts in double quotes, or one without.
result<std::vector<std::string_view>> subjects_of(const word& x) {
  if (x.text.find('"') == x.text.npos)
    return std::vector{x.text};
  std::vector<std::string_view> out;
  for (auto rest = x.text;;) {
    auto begin = rest.find_first_not_of(" \t");
    if (begin == rest.npos)
      return out;
    auto end = rest.find('"', begin + 1);
    if (rest[begin] != '"' || end == rest.npos)
      return bad_line(x.line, "the subjects are not all in quotes");
    out.push_back(rest.substr(begin + 1, end - begin - 1));
    rest.remove_prefix(end + 1);
  }
}

/// `parse_signing_policy` as it goes from one line of three words to the next.
struct eacl {
  name_policy out;
  std::optional<std::string> issuer;
  bool may_sign = false; // the rights named last, for the subjects that follow

  result<done> subjects(const word& value, std::vector<word>::const_iterator rest_begin,
                        std::vector<word>::const_iterator rest_end) {
    if (!issuer)
      return bad_line(value.line, "cond_subjects comes before access_id_CA");
    std::vector<word> all{value};
    all.insert(all.end(), rest_begin, rest_end);
    for (const auto& one : all) {
      auto patterns = subjects_of(one);
      if (!patterns)
        return patterns.why();
      for (auto x : *patterns) {
        auto pattern = name_pattern::glob(x);
        if (!pattern)
          return bad_line(one.line, pattern.why().text);
        if (may_sign)
          out.rules.push_back({*issuer, true, *std::move(pattern)});
      }
    }
    return done{};
  }
};

} // namespace

result<name_policy> parse_signing_policy(std::string_view text) {
  auto words = words_of(text);
  if (!words)
    return words.why();
  eacl state;
  for (auto at = words->cbegin(); at != words->cend();) {
    const auto& key = *at;
    if (words->cend() - at < 3)
      return bad_line(key.line, fmt::format("'{}' and nothing behind it", key.text));
    const auto& value = at[2];
    at += 3;
    if (same_word(key.text, "access_id_CA")) {
      state.issuer = normal_slash(value.text);
      state.may_sign = false;
    } else if (same_word(key.text, "pos_rights")) {
      state.may_sign = same_word(value.text, "CA:sign");
    } else if (same_word(key.text, "neg_rights")) {
      state.may_sign = false;
    } else if (same_word(key.text, "cond_subjects")) {
      auto more = at; // texts that stand beside each other
      while (more != words->cend() && more->quote != 0)
        ++more;
      if (auto r = state.subjects(value, at, more); !r)
        return r.why();
      at = more;
    } else {
      return bad_line(key.line, fmt::format("'{}' is not a word of a signing policy", key.text));
    }
    if (state.out.rules.size() > max_rules)
      return bad_line(key.line, "too many subjects");
  }
  return std::move(state.out);
}

result<name_policy> parse_namespaces(std::string_view text) {
  auto words = words_of(text);
  if (!words)
    return words.why();
  name_policy out;
  std::size_t at = 0;
  auto is = [&](std::string_view what) {
    return at < words->size() && (*words)[at].quote == 0 && same_word((*words)[at].text, what);
  };
  auto line = [&] { return words->empty() ? 1 : (*words)[std::min(at, words->size() - 1)].line; };
  while (at < words->size()) {
    if (!is("TO") || (++at, !is("Issuer")) || ++at >= words->size())
      return bad_line(line(), "TO Issuer and a name are expected");
    auto self = is("SELF");
    if (!self && (*words)[at].quote == 0)
      return bad_line(line(), "the issuer is neither SELF nor in quotes");
    auto issuer = self ? std::string{} : normal_slash((*words)[at].text);
    ++at;
    if (!is("PERMIT") && !is("DENY"))
      return bad_line(line(), "PERMIT or DENY is expected");
    while (is("PERMIT") || is("DENY")) {
      auto permit = is("PERMIT");
      if (++at; !is("Subject") || ++at >= words->size() || (*words)[at].quote == 0)
        return bad_line(line(), "Subject and a pattern in quotes are expected");
      auto pattern = name_pattern::regex((*words)[at].text, permit);
      if (!pattern)
        return bad_line(line(), pattern.why().text);
      out.rules.push_back({issuer, permit, *std::move(pattern)});
      ++at;
    }
    if (out.rules.size() > max_rules)
      return bad_line(line(), "too many subjects");
  }
  return out;
}

} // namespace trellis::gsi
