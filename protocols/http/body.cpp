#include "protocols/http/body.hpp"

#include <algorithm>

namespace trellis::http {

namespace {

constexpr std::size_t size_line_bytes = 256, trailer_bytes = 4096, size_digits = 12;

/// A line that ends at `end`, or not yet, is longer than `most` whatever comes. The first byte of
/// its end may be there already: the verdict must not depend on how the bytes were cut.
bool too_long(std::string_view in, std::size_t end, std::size_t most) {
  return end == in.npos ? in.size() > most + 1 : end > most;
}

} // namespace

std::size_t body_reader::read_size(std::string_view in) {
  auto end = in.find("\r\n");
  if (too_long(in, end, size_line_bytes))
    return step_ = step::bad, 0;
  if (end == in.npos)
    return 0;
  std::size_t digits = 0;
  left_ = 0;
  for (; digits < end && digits <= size_digits; ++digits) {
    auto digit = std::string_view{"0123456789abcdef"}.find(static_cast<char>(in[digits] | 32));
    if (digit == std::string_view::npos || in[digits] < '0')
      break;
    left_ = left_ * 16 + digit;
  }
  bool extended = digits < end && (in[digits] == ';' || in[digits] == ' ' || in[digits] == '\t');
  if (digits == 0 || digits > size_digits || (digits < end && !extended))
    return step_ = step::bad, 0;
  step_ = left_ == 0 ? step::trailers : step::data;
  return end + 2;
}

std::size_t body_reader::read_data(std::string_view in, std::string& out, std::size_t room) {
  auto n
      = std::min({static_cast<std::uint64_t>(in.size()), left_, static_cast<std::uint64_t>(room)});
  out.append(in.substr(0, n));
  left_ -= n;
  if (left_ == 0)
    step_ = chunked_ ? step::data_end : step::done;
  return n;
}

std::size_t body_reader::read_data_end(std::string_view in) {
  if (in.size() < 2 && std::string_view{"\r\n"}.starts_with(in))
    return 0;
  step_ = in.starts_with("\r\n") ? step::size : step::bad;
  return step_ == step::bad ? 0 : 2;
}

std::size_t body_reader::read_trailer(std::string_view in) {
  auto end = in.find("\r\n");
  if (trailers_ > trailer_bytes || too_long(in, end, trailer_bytes - trailers_))
    return step_ = step::bad, 0;
  if (end == in.npos)
    return 0;
  trailers_ += end + 2;
  if (end == 0)
    step_ = step::done;
  return end + 2;
}

std::size_t body_reader::read(std::string_view in, std::string& out, std::size_t room) {
  std::size_t used = 0;
  for (;;) {
    auto rest = in.substr(used);
    auto before = step_;
    std::size_t n = 0, had = out.size();
    switch (step_) {
    case step::size:
      n = read_size(rest);
      break;
    case step::data:
      n = read_data(rest, out, room);
      break;
    case step::data_end:
      n = read_data_end(rest);
      break;
    case step::trailers:
      n = read_trailer(rest);
      break;
    case step::done:
    case step::bad:
      return used;
    }
    room -= out.size() - had;
    used += n;
    if (n == 0 && step_ == before)
      return used;
  }
}

} // namespace trellis::http
