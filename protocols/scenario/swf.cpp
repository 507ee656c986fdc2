#include "protocols/scenario/swf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <zlib.h>

namespace trellis::scenario {

namespace {

constexpr std::size_t columns = 18;
constexpr std::size_t longest_line = 4096;

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

/// Bytes of a log piece by piece; a piece of plain text is all of it.
class source {
public:
  explicit source(std::string_view bytes) : bytes_(bytes), gzip_(is_gzip(bytes)) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    broken_ = gzip_ && inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK;
  }

  source(const source&) = delete;
  source& operator=(const source&) = delete;

  ~source() {
    if (gzip_)
      inflateEnd(&stream_);
  }

  bool broken() const { return broken_; }

  /// The next piece; empty at the end.
  std::string_view next() {
    if (!gzip_)
      return std::exchange(bytes_, {});
    while (!over_ && !broken_) {
      if (stream_.avail_in == 0)
        feed();
      stream_.next_out = reinterpret_cast<Bytef*>(piece_.data());
      stream_.avail_out = static_cast<uInt>(piece_.size());
      auto rc = inflate(&stream_, Z_NO_FLUSH);
      auto out = piece_.size() - stream_.avail_out;
      if (rc == Z_STREAM_END)
        end_member();
      else
        broken_ = rc != Z_OK;
      if (out > 0)
        return {piece_.data(), out};
    }
    return {};
  }

private:
  void feed() {
    auto n = std::min<std::size_t>(bytes_.size(), 1u << 30);
    stream_.avail_in = static_cast<uInt>(n);
    bytes_.remove_prefix(n);
  }

  /// Members of gzip follow each other; zeros after the last are padding.
  void end_member() {
    if (stream_.avail_in == 0)
      feed();
    if (stream_.avail_in == 0 || *stream_.next_in == 0)
      over_ = true;
    else
      broken_ = inflateReset(&stream_) != Z_OK;
  }

  std::string_view bytes_;
  bool gzip_, over_ = false, broken_ = false;
  z_stream stream_{};
  std::array<char, 64 * 1024> piece_;
};

class swf_reader {
public:
  explicit swf_reader(const swf_limits& limits) : limits_(limits) {}

  /// False at an error, or when there are enough jobs.
  bool take(std::string_view piece) {
    while (!piece.empty()) {
      auto end = piece.find('\n');
      line_.append(piece.substr(0, end));
      if (line_.size() > longest_line)
        return fail(fmt::format("is longer than {} bytes", longest_line));
      if (end == piece.npos)
        return true;
      piece.remove_prefix(end + 1);
      if (!take_line())
        return false;
    }
    return true;
  }

  std::vector<swf_job> jobs;

  const std::string& why() const { return why_; }

private:
  bool take_line() {
    std::string_view rest = line_;
    if (!rest.starts_with(';') && rest.find_first_not_of(" \t\r") != rest.npos && !job(rest))
      return false;
    line_.clear();
    ++number_;
    return true;
  }

  bool fail(std::string_view why) {
    why_ = fmt::format("line {} of the workload {}", number_, why);
    return false;
  }

  bool job(std::string_view rest) {
    std::array<std::int64_t, columns> x{};
    for (std::size_t i = 0; i < columns; ++i)
      if (!column(rest, x[i]))
        return fail(fmt::format("has no whole number in column {} of {}", i + 1, columns));
    if (rest.find_first_not_of(" \t\r") != rest.npos)
      return fail(fmt::format("has more than {} columns", columns));
    if (x[1] < last_)
      return fail("was submitted before the one above it");
    last_ = x[1];
    if (seen_++ < limits_.skip)
      return true;
    jobs.push_back(
        {x[0], x[1], x[2], x[3], x[4] > 0 ? x[4] : x[7], x[8], x[10], x[11], x[12], x[14], x[15]});
    return jobs.size() < limits_.most;
  }

  /// Some logs have averages with a fraction in the columns of CPU time and memory.
  bool column(std::string_view& rest, std::int64_t& out) const {
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    auto word = rest.substr(0, rest.find_first_of(" \t\r"));
    auto point = word.find('.');
    auto whole = word.substr(0, point);
    auto [end, ec] = std::from_chars(whole.data(), whole.data() + whole.size(), out);
    if (ec != std::errc{} || end != whole.data() + whole.size() || out < -1
        || out > 1'000'000'000'000'000)
      return false;
    auto digits = point == word.npos ? std::string_view{"0"} : word.substr(point + 1);
    rest.remove_prefix(word.size());
    return !digits.empty() && digits.find_first_not_of("0123456789") == digits.npos;
  }

  const swf_limits& limits_;
  std::string line_, why_;
  std::uint64_t number_ = 1, seen_ = 0; // number_: of the line at hand
  std::int64_t last_ = 0;
};

} // namespace

result<std::vector<swf_job>> read_swf(std::string_view bytes, const swf_limits& limits) {
  source from{bytes};
  swf_reader to{limits};
  if (limits.most == 0)
    return std::vector<swf_job>{};
  std::uint64_t total = 0;
  auto go_on = true;
  for (auto piece = from.next(); go_on && !piece.empty(); piece = from.next()) {
    total += piece.size();
    if (total > limits.max_bytes)
      return error{errc::busy,
                   fmt::format("the workload has more than {} bytes", limits.max_bytes)};
    go_on = to.take(piece);
  }
  if (go_on && from.broken())
    return error{errc::malformed, "the workload is no whole gzip file"};
  if (go_on)
    to.take("\n");
  if (!to.why().empty())
    return error{errc::malformed, to.why()};
  return std::move(to.jobs);
}

} // namespace trellis::scenario
