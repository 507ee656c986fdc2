#pragma once
/// The head of an HTTP/1.x request (RFC 9112), read strictly and within bounds. Old VOMS clients
/// end lines with LF alone, which is taken; everything else that two readers could read differently
/// is refused: folded lines, blanks before a colon, two lengths, a length beside an encoding.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace trellis::http {

struct head_limits {
  std::size_t bytes = 16 * 1024; // of the whole head
  std::size_t target = 8 * 1024;
  std::size_t fields = 64;
};

enum class framing : std::uint8_t { none = 0, length, chunked };

struct request {
  std::string method, target;
  unsigned minor = 1;                                      // of HTTP/1.x
  std::vector<std::pair<std::string, std::string>> fields; // names in lower case
  framing body = framing::none;
  std::uint64_t length = 0; // with framing::length
  bool keep = true;         // the connection, as the client wishes
  bool expects = false;     // 100-continue before it sends the body

  /// The first one of this name (in lower case), or null.
  const std::string* field(std::string_view name) const;
};

/// An answer in place of reading on; then the connection closes.
struct refused_request {
  int status = 400;
  std::string why;
};

/// Where a head ends in `bytes`, counting its empty line; nothing while it is not whole. `scanned`
/// keeps how far was looked before, and begins with 0.
std::optional<std::size_t> end_of_head(std::string_view bytes, std::size_t& scanned);

/// `head` is all up to `end_of_head`.
std::variant<request, refused_request> read_head(std::string_view head,
                                                 const head_limits& limits = {});

/// RFC 9110 token: what a method and a field's name are made of.
bool is_token(std::string_view text);

std::string lower(std::string_view text);

/// Whether `word` (in lower case) is an element of a comma list such as Connection or Accept, its
/// parameters left out.
bool lists(std::string_view list, std::string_view word);

} // namespace trellis::http
