#include "protocols/http/range.hpp"

#include <algorithm>
#include <charconv>

namespace trellis::http {

namespace {

/// Far above any file, far below where sums overflow.
constexpr std::uint64_t most = std::uint64_t{1} << 60;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t x = 0;
  auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (wrong != std::errc{} || end != text.data() + text.size() || x > most)
    return {};
  return x;
}

} // namespace

wanted_range read_range(std::string_view header, std::uint64_t file_size) {
  constexpr std::string_view unit = "bytes=";
  if (!header.starts_with(unit))
    return {};
  header.remove_prefix(unit.size());
  auto dash = header.find('-');
  if (dash == header.npos)
    return {};
  auto first = number(header.substr(0, dash)), last = number(header.substr(dash + 1));
  if (dash == 0) { // the last N bytes
    if (!last)
      return {};
    auto size = std::min(*last, file_size);
    if (size == 0)
      return {range_verdict::outside, {}};
    return {
        range_verdict::part, {file_size - size, size}
    };
  }
  if (!first || (dash + 1 < header.size() && !last) || (last && *last < *first))
    return {};
  if (*first >= file_size)
    return {range_verdict::outside, {}};
  auto end = last ? std::min(*last + 1, file_size) : file_size;
  return {
      range_verdict::part, {*first, end - *first}
  };
}

std::optional<content_range> read_content_range(std::string_view header) {
  constexpr std::string_view unit = "bytes ";
  auto slash = header.find('/');
  if (!header.starts_with(unit) || slash == header.npos)
    return {};
  auto size = number(header.substr(slash + 1));
  auto part = header.substr(unit.size(), slash - unit.size());
  if (!size)
    return {};
  if (part == "*")
    return content_range{
        {0, 0},
        *size
    };
  auto dash = part.find('-');
  auto first = dash == part.npos ? std::nullopt : number(part.substr(0, dash));
  auto last = dash == part.npos ? std::nullopt : number(part.substr(dash + 1));
  if (!first || !last || *last < *first || *last >= *size)
    return {};
  return content_range{
      {*first, *last - *first + 1},
      *size
  };
}

std::string text(const content_range& x) {
  auto size = std::to_string(x.file_size);
  if (x.part.size == 0)
    return "bytes */" + size;
  return "bytes " + std::to_string(x.part.first) + "-"
         + std::to_string(x.part.first + x.part.size - 1) + "/" + size;
}

} // namespace trellis::http
