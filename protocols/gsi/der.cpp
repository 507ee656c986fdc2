#include "protocols/gsi/der.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace trellis::gsi::der {

namespace {

std::uint8_t byte(std::string_view x, std::size_t i) { return static_cast<std::uint8_t>(x[i]); }

/// Base 128, the highest bit of all but the last byte set.
void append_arc(std::string& to, std::uint64_t arc) {
  std::string part(1, static_cast<char>(arc & 0x7F));
  while (arc >>= 7)
    part.push_back(static_cast<char>((arc & 0x7F) | 0x80));
  to.append(part.rbegin(), part.rend());
}

} // namespace

std::optional<value> cursor::next() {
  if (rest_.size() < 2 || (byte(rest_, 0) & 0x1F) == 0x1F)
    return std::nullopt;
  std::size_t head = 2, size = byte(rest_, 1);
  if (size > 0x7F) {
    auto count = size & 0x7F;
    if (count < 1 || count > 4 || rest_.size() < 2 + count)
      return std::nullopt;
    size = 0;
    for (std::size_t i = 0; i < count; ++i)
      size = size << 8 | byte(rest_, 2 + i);
    if (size < 0x80 || size >> (8 * (count - 1)) == 0)
      return std::nullopt; // a shorter form exists
    head += count;
  }
  if (rest_.size() - head < size)
    return std::nullopt;
  value x{byte(rest_, 0), rest_.substr(head, size), rest_.substr(0, head + size)};
  rest_.remove_prefix(head + size);
  return x;
}

std::optional<value> cursor::next(std::uint8_t tag) { return at(tag) ? next() : std::nullopt; }

std::optional<value> only(std::string_view bytes, std::uint8_t tag) {
  cursor all{bytes};
  auto x = all.next(tag);
  return all.at_end() ? x : std::nullopt;
}

std::optional<std::string> positive(const value& x) {
  auto bytes = x.body;
  if (x.tag != integer || bytes.empty() || (byte(bytes, 0) & 0x80) != 0)
    return std::nullopt;
  if (byte(bytes, 0) == 0) {
    if (bytes.size() > 1 && (byte(bytes, 1) & 0x80) == 0)
      return std::nullopt;
    bytes.remove_prefix(1);
  }
  return std::string{bytes};
}

std::optional<std::uint32_t> small(const value& x) {
  auto bytes = positive(x);
  if (!bytes || bytes->size() > 4)
    return std::nullopt;
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < bytes->size(); ++i)
    out = out << 8 | byte(*bytes, i);
  return out;
}

std::optional<std::string> oid_text(std::string_view body) {
  if (body.empty() || body.size() > 64 || (body.back() & 0x80) != 0)
    return std::nullopt;
  std::string out;
  std::uint64_t arc = 0;
  bool begins = true;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if ((begins && byte(body, i) == 0x80) || arc >> 56 != 0)
      return std::nullopt;
    arc = arc << 7 | (byte(body, i) & 0x7F);
    begins = (byte(body, i) & 0x80) == 0;
    if (!begins)
      continue;
    auto first = std::min<std::uint64_t>(arc / 40, 2);
    out += out.empty() ? fmt::format("{}.{}", first, arc - 40 * first) : fmt::format(".{}", arc);
    arc = 0;
  }
  return out;
}

std::optional<std::chrono::sys_seconds> time_of(const value& x) {
  if (x.tag != generalized_time || x.body.size() != 15 || x.body.back() != 'Z')
    return std::nullopt;
  if (!std::ranges::all_of(x.body.substr(0, 14), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  auto number = [&](std::size_t at, std::size_t size) {
    int out = 0;
    std::from_chars(x.body.data() + at, x.body.data() + at + size, out);
    return out;
  };
  namespace c = std::chrono;
  c::year_month_day day{c::year{number(0, 4)}, c::month{static_cast<unsigned>(number(4, 2))},
                        c::day{static_cast<unsigned>(number(6, 2))}};
  auto hour = number(8, 2), minute = number(10, 2), second = number(12, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  return c::sys_days{day} + c::hours{hour} + c::minutes{minute} + c::seconds{second};
}

std::string wrap(std::uint8_t tag, std::string_view body) {
  std::string out(1, static_cast<char>(tag));
  auto size = body.size();
  if (size < 0x80) {
    out.push_back(static_cast<char>(size));
  } else {
    std::string bytes;
    for (; size > 0; size >>= 8)
      bytes.push_back(static_cast<char>(size & 0xFF));
    out.push_back(static_cast<char>(0x80 | bytes.size()));
    out.append(bytes.rbegin(), bytes.rend());
  }
  return out.append(body);
}

std::string oid_of(std::string_view dotted) {
  std::string body;
  std::uint64_t first = 0;
  for (std::size_t i = 0; !dotted.empty(); ++i) {
    std::uint64_t arc = 0;
    auto end = std::from_chars(dotted.data(), dotted.data() + dotted.size(), arc).ptr;
    dotted.remove_prefix(
        std::min(static_cast<std::size_t>(end - dotted.data()) + 1, dotted.size()));
    if (i == 0)
      first = arc;
    else
      append_arc(body, i == 1 ? 40 * first + arc : arc);
  }
  return wrap(oid, body);
}

std::string integer_of(std::string_view bytes) {
  bytes.remove_prefix(std::min(bytes.find_first_not_of('\0'), bytes.size()));
  std::string body{bytes};
  if (body.empty() || (body.front() & 0x80) != 0)
    body.insert(body.begin(), '\0');
  return wrap(integer, body);
}

std::string integer_of(std::uint32_t x) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(x >> shift & 0xFF));
  return integer_of(bytes);
}

std::string time_text(std::chrono::sys_seconds x) {
  return wrap(generalized_time,
              fmt::format("{:%Y%m%d%H%M%S}Z", fmt::gmtime(x.time_since_epoch().count())));
}

} // namespace trellis::gsi::der
