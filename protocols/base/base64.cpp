#include "protocols/base/base64.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace trellis {

namespace {

constexpr std::string_view standard
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view for_urls
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<signed char, 256> values_of(std::string_view alphabet) {
  std::array<signed char, 256> out{};
  out.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    out[static_cast<unsigned char>(alphabet[i])] = static_cast<signed char>(i);
  return out;
}

constexpr auto standard_values = values_of(standard), url_values = values_of(for_urls);

std::string digits(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  out.reserve(bytes.size() * 4 / 3 + 4);
  std::uint32_t bits = 0;
  int have = 0;
  for (unsigned char c : bytes) {
    bits = (bits << 8) | c;
    for (have += 8; have >= 6; have -= 6)
      out += alphabet[(bits >> (have - 6)) & 63];
  }
  if (have > 0)
    out += alphabet[(bits << (6 - have)) & 63];
  return out;
}

/// `text` has only digits.
std::optional<std::string> bytes_of(std::string_view text,
                                    const std::array<signed char, 256>& values) {
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int have = 0;
  for (unsigned char c : text) {
    if (values[c] < 0)
      return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(values[c]);
    if ((have += 6) >= 8)
      out += static_cast<char>((bits >> (have -= 8)) & 255);
  }
  if (have >= 6 || (bits & ((1U << have) - 1)) != 0)
    return std::nullopt; // a digit too many, or bits that no byte gave
  return out;
}

} // namespace

std::string base64(std::string_view bytes, std::size_t columns) {
  auto line = digits(bytes, standard);
  line.append((4 - line.size() % 4) % 4, '=');
  if (columns == 0)
    return line;
  std::string out;
  for (std::size_t i = 0; i < line.size(); i += columns)
    (out += line.substr(i, columns)) += '\n';
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  std::ranges::copy_if(text, std::back_inserter(line),
                       [](char c) { return c != ' ' && c != '\n' && c != '\r' && c != '\t'; });
  if (line.size() % 4 != 0)
    return std::nullopt;
  for (int i = 0; i < 2 && line.ends_with('='); ++i)
    line.pop_back();
  return bytes_of(line, standard_values);
}

std::string base64url(std::string_view bytes) { return digits(bytes, for_urls); }

std::optional<std::string> from_base64url(std::string_view text) {
  return bytes_of(text, url_values);
}

} // namespace trellis
