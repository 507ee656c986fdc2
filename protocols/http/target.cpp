#include "protocols/http/target.hpp"

#include <algorithm>

namespace trellis::http {

namespace {

constexpr std::size_t most_parts = 32, most_names = 256;

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'
         || c == '.' || c == '_' || c == '~';
}

int hex_digit(char c) {
  auto at = std::string_view{"0123456789abcdef"}.find(static_cast<char>(c | 32));
  return at == std::string_view::npos || c < '0' ? -1 : static_cast<int>(at);
}

bool has_control(std::string_view x) {
  return std::ranges::any_of(x,
                             [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
}

} // namespace

result<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    bool whole = i + 2 < text.size();
    int high = whole ? hex_digit(text[i + 1]) : -1, low = whole ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      return error{errc::malformed, "a % in the address is not followed by two digits"};
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (auto c : text)
    if (is_plain(c))
      out += c;
    else {
      auto byte = static_cast<unsigned char>(c);
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  return out;
}

std::string query_text(const std::vector<std::pair<std::string, std::string>>& query) {
  std::string out;
  for (const auto& [name, value] : query)
    out += (out.empty() ? "" : "&") + percent_encoded(name) + "=" + percent_encoded(value);
  return out;
}

result<target> read_target(std::string_view text) {
  target out;
  auto mark = text.find('?');
  auto path = text.substr(0, mark);
  auto query = mark == text.npos ? std::string_view{} : text.substr(mark + 1);
  if (!path.starts_with('/'))
    return error{errc::malformed, "the address does not begin with a slash"};
  path.remove_prefix(1);
  while (!path.empty()) {
    auto slash = path.find('/');
    auto part = percent_decoded(path.substr(0, slash));
    if (!part)
      return part.why();
    if (part->empty() || *part == "." || *part == ".." || has_control(*part))
      return error{errc::malformed, "a part of the path is empty, '.', '..' or not text"};
    if (out.path.size() == most_parts)
      return error{errc::malformed, "the path has too many parts"};
    out.path.push_back(std::move(*part));
    path.remove_prefix(slash == path.npos ? path.size() : slash + 1);
  }
  while (!query.empty()) {
    auto end = query.find('&');
    auto one = query.substr(0, end);
    auto equals = one.find('=');
    auto name = percent_decoded(one.substr(0, equals));
    auto value = percent_decoded(equals == one.npos ? std::string_view{} : one.substr(equals + 1));
    if (!name || !value)
      return (name ? value : name).why();
    if (out.query.size() == most_names)
      return error{errc::malformed, "the query has too many parts"};
    if (!one.empty())
      out.query.emplace_back(std::move(*name), std::move(*value));
    query.remove_prefix(end == query.npos ? query.size() : end + 1);
  }
  return out;
}

} // namespace trellis::http
