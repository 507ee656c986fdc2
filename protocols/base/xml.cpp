#include "protocols/base/xml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace trellis::xml {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Of those that no text of ours holds.
bool is_control(char c) {
  return (static_cast<unsigned char>(c) < ' ' && !is_blank(c)) || c == 0x7F;
}

bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
}

bool in_name(char c) {
  return starts_name(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

std::string_view trimmed(std::string_view x) {
  while (!x.empty() && is_blank(x.front()))
    x.remove_prefix(1);
  while (!x.empty() && is_blank(x.back()))
    x.remove_suffix(1);
  return x;
}

void append_utf8(std::string& to, std::uint32_t c) {
  if (c < 0x80) {
    to += static_cast<char>(c);
  } else if (c < 0x800) {
    to += static_cast<char>(0xC0 | c >> 6);
    to += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    to += static_cast<char>(0xE0 | c >> 12);
    to += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    to += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    to += static_cast<char>(0xF0 | c >> 18);
    to += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    to += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    to += static_cast<char>(0x80 | (c & 0x3F));
  }
}

constexpr std::pair<std::string_view, char> entities[] = {
    {"lt",   '<' },
    {"gt",   '>' },
    {"amp",  '&' },
    {"quot", '"' },
    {"apos", '\''},
};

/// The character that `name` of `&name;` stands for.
std::optional<std::string> entity(std::string_view name) {
  for (const auto& [word, c] : entities)
    if (word == name)
      return std::string(1, c);
  if (!name.starts_with('#'))
    return std::nullopt;
  auto hex = name.starts_with("#x");
  name.remove_prefix(hex ? 2 : 1);
  std::uint32_t c = 0;
  auto [end, why] = std::from_chars(name.data(), name.data() + name.size(), c, hex ? 16 : 10);
  bool control = c < 0x80 && is_control(static_cast<char>(c));
  if (why != std::errc{} || end != name.data() + name.size() || control || c > 0x10FFFF
      || (c >= 0xD800 && c < 0xE000))
    return std::nullopt;
  std::string out;
  append_utf8(out, c);
  return out;
}

class reader {
public:
  reader(std::string_view text, const limits& within) : text_(text), within_(within) {}

  result<element> document() {
    if (text_.size() > within_.bytes)
      return error{errc::malformed, fmt::format("cannot read XML of {} bytes: at most {} are taken",
                                                text_.size(), within_.bytes)};
    skip_blanks();
    if (rest().starts_with("<?xml ")) {
      at_ = text_.find("?>", at_);
      if (at_ == text_.npos)
        return bad("its first line has no end");
      at_ += 2;
    }
    // The root is the only child of `all`; elements are read without recursion.
    std::vector<element> open(1);
    do {
      if (auto r = step(open); !r)
        return r.why();
      skip_between(open.size() == 1);
    } while (open.size() > 1 || open.front().children.empty());
    if (at_ < text_.size())
      return bad("something stands behind its end");
    return std::move(open.front().children.front());
  }

private:
  std::string_view rest() const { return text_.substr(std::min(at_, text_.size())); }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_]))
      ++at_;
  }

  /// Outside of the root only blanks and comments stand.
  void skip_between(bool outside) {
    while (outside) {
      skip_blanks();
      if (!rest().starts_with("<!--") || !comment())
        return;
    }
  }

  error bad(std::string_view why) const {
    return {errc::malformed, fmt::format("cannot read XML at byte {}: {}", at_, why)};
  }

  bool comment() {
    auto end = text_.find("-->", at_ + 4);
    if (end == text_.npos)
      return false;
    at_ = end + 3;
    return true;
  }

  /// The next piece: text, a comment, a tag.
  result<done> step(std::vector<element>& open) {
    if (at_ >= text_.size())
      return bad("it ends within an element");
    if (rest().starts_with("<!--"))
      return comment() ? result<done>{done{}} : bad("a comment has no end");
    if (rest().starts_with("</"))
      return close(open);
    if (text_[at_] == '<')
      return begin(open);
    if (open.size() == 1) {
      skip_blanks();
      return rest().starts_with('<') ? result<done>{done{}}
                                     : bad("text stands outside of the root");
    }
    auto end = std::min(text_.find('<', at_), text_.size());
    return append_text(open.back().text, end);
  }

  /// Up to `end`, with entities as what they stand for.
  result<done> append_text(std::string& to, std::size_t end) {
    while (at_ < end) {
      auto c = text_[at_];
      if (is_control(c))
        return bad("a control character");
      if (c != '&') {
        to += c;
        ++at_;
        continue;
      }
      auto semicolon = text_.find(';', at_);
      if (semicolon >= end)
        return bad("an entity has no end");
      auto one = entity(text_.substr(at_ + 1, semicolon - at_ - 1));
      if (!one)
        return bad("an entity that is not known");
      to += *one;
      at_ = semicolon + 1;
    }
    return done{};
  }

  result<std::string> name() {
    auto begin = at_;
    if (at_ >= text_.size() || !starts_name(text_[at_]))
      return bad("a name is expected");
    while (at_ < text_.size() && in_name(text_[at_]))
      ++at_;
    return std::string{text_.substr(begin, at_ - begin)};
  }

  result<done> attribute(element& to) {
    auto key = name();
    if (!key)
      return key.why();
    skip_blanks();
    if (!rest().starts_with('='))
      return bad("an attribute has no value");
    ++at_;
    skip_blanks();
    auto quote = at_ < text_.size() ? text_[at_] : '\0';
    auto end = text_.find(quote, at_ + 1);
    if ((quote != '"' && quote != '\'') || end == text_.npos)
      return bad("the value of an attribute is not in quotes");
    ++at_;
    std::string value;
    if (text_.substr(at_, end - at_).find('<') != text_.npos)
      return bad("'<' in the value of an attribute");
    if (auto r = append_text(value, end); !r)
      return r;
    ++at_;
    auto twice = std::ranges::any_of(to.attributes, [&](const auto& x) { return x.first == *key; });
    if (twice || to.attributes.size() == within_.attributes)
      return bad("an attribute is there twice, or there are too many");
    to.attributes.emplace_back(*std::move(key), std::move(value));
    return done{};
  }

  result<done> begin(std::vector<element>& open) {
    ++at_;
    if (open.size() > within_.depth || ++elements_ > within_.elements)
      return bad("too many elements, or one too deep");
    element x;
    auto its_name = name();
    if (!its_name)
      return its_name.why();
    x.name = *std::move(its_name);
    while (true) {
      auto before = at_;
      skip_blanks();
      if (rest().starts_with("/>")) {
        at_ += 2;
        open.back().children.push_back(std::move(x));
        return done{};
      }
      if (rest().starts_with('>')) {
        ++at_;
        open.push_back(std::move(x));
        return done{};
      }
      if (at_ == before)
        return bad("a tag has no end");
      if (auto r = attribute(x); !r)
        return r;
    }
  }

  result<done> close(std::vector<element>& open) {
    at_ += 2;
    auto its_name = name();
    if (!its_name)
      return its_name.why();
    skip_blanks();
    if (!rest().starts_with('>') || open.size() == 1 || open.back().name != *its_name)
      return bad(fmt::format("</{}> closes nothing", *its_name));
    ++at_;
    auto x = std::move(open.back());
    open.pop_back();
    open.back().children.push_back(std::move(x));
    return done{};
  }

  std::string_view text_;
  limits within_;
  std::size_t at_ = 0, elements_ = 0;
};

} // namespace

const element* element::child(std::string_view of_name) const {
  auto at = std::ranges::find(children, of_name, &element::name);
  return at == children.end() ? nullptr : &*at;
}

std::string element::child_text(std::string_view of_name) const {
  auto x = child(of_name);
  return x ? std::string{trimmed(x->text)} : std::string{};
}

result<element> parse(std::string_view text, const limits& within) {
  return reader{text, within}.document();
}

std::string escaped(std::string_view text) {
  std::string out;
  for (auto c : text) {
    auto at = std::ranges::find(entities, c, &std::pair<std::string_view, char>::second);
    if (at != std::end(entities))
      out += fmt::format("&{};", at->first);
    else
      out += is_control(c) ? '?' : c;
  }
  return out;
}

} // namespace trellis::xml
