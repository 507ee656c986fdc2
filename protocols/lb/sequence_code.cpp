#include "protocols/lb/sequence_code.hpp"

#include <fmt/format.h>

#include <charconv>

namespace trellis::lb {
namespace {

struct counter_row {
  std::string_view word;
  int width;
};

constexpr std::array<counter_row, sequence_code::size> rows{
    {
     {"UI", 6},
     {"NS", 10},
     {"WM", 6},
     {"BH", 10},
     {"JSS", 6},
     {"LM", 6},
     {"LRMS", 6},
     {"APP", 6},
     {"LBS", 6},
     }
};

} // namespace

std::string sequence_code::print() const {
  std::string out;
  for (std::size_t i = 0; i < size; ++i)
    out += fmt::format("{}{}={:0{}}", i == 0 ? "" : ":", rows[i].word, counters_[i], rows[i].width);
  return out;
}

result<sequence_code> sequence_code::parse(std::string_view text) {
  auto bad
      = error{errc::malformed, fmt::format("'{}' is not a sequence code", text.substr(0, 200))};
  sequence_code out;
  std::size_t i = 0;
  for (auto rest = text; !rest.empty() && i < size; ++i) {
    auto part = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    auto equals = part.find('=');
    if (equals == part.npos || part.substr(0, equals) != rows[i].word)
      return bad;
    auto digits = part.substr(equals + 1);
    auto [end, ec]
        = std::from_chars(digits.data(), digits.data() + digits.size(), out.counters_[i]);
    if (digits.empty() || ec != std::errc{} || end != digits.data() + digits.size())
      return bad;
    if (rest.empty() && i + 2 < size)
      return bad; // fewer than eight
    if (i + 1 == size && !rest.empty())
      return bad;
  }
  if (i < size - 1)
    return bad;
  return out;
}

} // namespace trellis::lb
