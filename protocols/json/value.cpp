#include "protocols/json/value.hpp"

#include "protocols/json/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace trellis {
namespace {

constexpr int deepest = 64;

class parser {
public:
  explicit parser(std::string_view text) : text_(text) {}

  result<json_value> whole() {
    json_value x;
    value(x, 0);
    blanks();
    if (problem_.empty() && at_ != text_.size())
      fail("something follows the value");
    if (!problem_.empty())
      return error{errc::malformed, problem_};
    return x;
  }

private:
  using kind = json_value::kind;

  void fail(std::string_view why) {
    if (problem_.empty())
      problem_ = fmt::format("cannot read the JSON at character {}: {}", at_ + 1, why);
    at_ = text_.size();
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take(char c) {
    if (peek() != c)
      return false;
    ++at_;
    return true;
  }

  void blanks() {
    while (at_ < text_.size()
           && std::string_view{" \t\r\n"}.find(text_[at_]) != std::string_view::npos)
      ++at_;
  }

  bool literal(std::string_view word) {
    if (text_.substr(at_, word.size()) != word)
      return false;
    at_ += word.size();
    return true;
  }

  void value(json_value& x, int depth) {
    if (depth > deepest)
      return fail("it is nested too deep");
    blanks();
    if (take('{'))
      object(x, depth);
    else if (take('['))
      list(x, depth);
    else if (peek() == '"') {
      x.what = kind::string;
      x.text = string();
    } else if (literal("true") || literal("false")) {
      x.what = kind::boolean;
      x.truth = text_[at_ - 2] == 'u';
    } else if (!literal("null"))
      number(x);
  }

  void object(json_value& x, int depth) {
    x.what = kind::object;
    blanks();
    if (take('}'))
      return;
    do {
      blanks();
      if (peek() != '"')
        return fail("expected the name of a field in quotes");
      auto name = string();
      blanks();
      if (!take(':'))
        return fail("expected ':'");
      if (x.find(name))
        return fail("the field '" + name + "' stands there twice");
      value(x.members.emplace_back(std::move(name), json_value{}).second, depth + 1);
      blanks();
    } while (take(','));
    if (!take('}'))
      fail("expected ',' or '}'");
  }

  void list(json_value& x, int depth) {
    x.what = kind::list;
    blanks();
    if (take(']'))
      return;
    do {
      value(x.items.emplace_back(), depth + 1);
      blanks();
    } while (take(','));
    if (!take(']'))
      fail("expected ',' or ']'");
  }

  void digits() {
    if (peek() < '0' || peek() > '9')
      return fail("expected a value");
    while (peek() >= '0' && peek() <= '9')
      ++at_;
  }

  void number(json_value& x) {
    x.what = kind::number;
    auto start = at_;
    take('-');
    if (!take('0'))
      digits();
    if (take('.'))
      digits();
    if (take('e') || take('E')) {
      if (!take('+'))
        take('-');
      digits();
    }
    if (problem_.empty())
      x.text = text_.substr(start, at_ - start);
  }

  unsigned hex4() {
    unsigned code = 0;
    for (int i = 0; i < 4; ++i) {
      auto digit = std::string_view{"0123456789abcdef"}.find(static_cast<char>(peek() | 32));
      if (at_ >= text_.size() || digit == std::string_view::npos) {
        fail("expected four hexadecimal digits");
        return 0;
      }
      code = code * 16 + static_cast<unsigned>(digit);
      ++at_;
    }
    return code;
  }

  void escaped(std::string& out) {
    constexpr std::string_view names = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
    if (auto i = names.find(peek()); at_ < text_.size() && i != names.npos) {
      out += meanings[i];
      ++at_;
      return;
    }
    if (!take('u'))
      return fail("no such escape");
    auto code = hex4();
    if (code >= 0xD800 && code < 0xDC00) {
      auto low = take('\\') && take('u') ? hex4() : 0;
      if (low < 0xDC00 || low > 0xDFFF)
        return fail("half a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code < 0xE000)
      return fail("half a surrogate pair");
    put_utf8(out, code);
  }

  static void put_utf8(std::string& out, unsigned code) {
    auto add = [&](unsigned byte) { out += static_cast<char>(byte); };
    if (code < 0x80)
      add(code);
    else if (code < 0x800) {
      add(0xC0 | (code >> 6));
      add(0x80 | (code & 63));
    } else if (code < 0x10000) {
      add(0xE0 | (code >> 12));
      add(0x80 | ((code >> 6) & 63));
      add(0x80 | (code & 63));
    } else {
      add(0xF0 | (code >> 18));
      add(0x80 | ((code >> 12) & 63));
      add(0x80 | ((code >> 6) & 63));
      add(0x80 | (code & 63));
    }
  }

  std::string string() {
    std::string out;
    ++at_; // the quote
    while (at_ < text_.size()) {
      auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') {
        ++at_;
        return out;
      }
      if (c < 32) {
        fail("a control character stands in a string");
        return out;
      }
      if (c == '\\') {
        ++at_;
        escaped(out);
        continue;
      }
      auto n = c < 128 ? 1 : utf8_sequence(text_.substr(at_));
      if (n == 0) {
        fail("a byte is no UTF-8");
        return out;
      }
      out += text_.substr(at_, n);
      at_ += n;
    }
    fail("a string is not closed");
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string problem_;
};

} // namespace

const json_value* json_value::find(std::string_view name) const {
  auto i = std::ranges::find(members, name, &json_member::first);
  return i == members.end() ? nullptr : &i->second;
}

result<json_value> parse_json(std::string_view text) { return parser{text}.whole(); }

std::string json_text(const json_value& x) {
  using kind = json_value::kind;
  std::string out;
  switch (x.what) {
  case kind::null:
    return "null";
  case kind::boolean:
    return x.truth ? "true" : "false";
  case kind::number:
    return x.text;
  case kind::string:
    return json_string(x.text);
  case kind::list:
    for (const auto& item : x.items)
      out += (out.empty() ? "" : ", ") + json_text(item);
    return "[" + out + "]";
  case kind::object:
    for (const auto& [name, value] : x.members)
      out += (out.empty() ? "" : ", ") + json_string(name) + ": " + json_text(value);
    return "{" + out + "}";
  }
  return out;
}

bool json_reader::truth(const json_value& v) {
  if (v.loose && (v.text == "true" || v.text == "false"))
    return v.text == "true";
  if (v.what != json_value::kind::boolean)
    fail("expected true or false");
  return v.truth;
}

std::string_view json_reader::number_text(const json_value& v) {
  if (v.what == json_value::kind::number || v.loose)
    return v.text;
  fail("expected a number");
  return "0";
}

double json_reader::number(const json_value& v) {
  auto text = number_text(v);
  double x = 0;
  auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (wrong != std::errc{} || end != text.data() + text.size() || !std::isfinite(x)) {
    fail("expected a number in range");
    return 0;
  }
  return x;
}

/// Bounded so that microseconds in 64 bits hold them.
double json_reader::seconds(const json_value& v) {
  auto x = number(v);
  if (std::abs(x) <= 9e12)
    return x;
  fail("expected a time in range");
  return 0;
}

std::chrono::sys_time<std::chrono::microseconds> json_reader::time(const json_value& v) {
  using microseconds = std::chrono::microseconds;
  if (v.what == json_value::kind::string && !v.text.empty() && v.text.back() == 'Z') {
    auto at = parse_iso_time(v.text);
    if (!at)
      fail("expected a time such as 2026-01-31T12:00:00Z");
    return at.value_or(std::chrono::sys_time<microseconds>{});
  }
  return std::chrono::sys_time<microseconds>{
      std::chrono::duration_cast<microseconds>(std::chrono::duration<double>(seconds(v)))};
}

std::string json_reader::string(const json_value& v) {
  if (v.what != json_value::kind::string)
    fail("expected a string");
  return v.text;
}

void json_reader::check_names() {
  for (const auto& [name, value] : object_->members)
    if (std::ranges::find(known_, name) == known_.end()) {
      std::string all;
      for (auto k : known_)
        all += fmt::format("{}{}", all.empty() ? "" : ", ", k);
      fail(fmt::format("there is no field '{}'; its fields are {}", name,
                       all.empty() ? "none" : all));
    }
}

void json_reader::fail(const std::string& why) {
  if (problem_.empty())
    problem_ = path_.empty() ? why : fmt::format("{}: {}", path_, why);
}

} // namespace trellis
