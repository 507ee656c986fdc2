#pragma once
/// The body of a request as it comes, whatever its framing (RFC 9112, 6 and 7): bytes in, content
/// out. Chunk extensions and trailers are read and forgotten, within bounds.
#include "protocols/http/request.hpp"

namespace trellis::http {

class body_reader {
public:
  body_reader() = default;

  explicit body_reader(const request& of)
      : step_(of.body == framing::chunked  ? step::size
              : of.body == framing::length ? step::data
                                           : step::done),
        chunked_(of.body == framing::chunked), left_(of.length) {}

  /// Appends at most `room` bytes of content to `out` and gives how many of `in` were used. With
  /// nothing used, nothing appended and not `done`, more of `in` is needed.
  std::size_t read(std::string_view in, std::string& out, std::size_t room);

  bool done() const { return step_ == step::done; }

  /// The framing is broken: nothing after it can be understood.
  bool bad() const { return step_ == step::bad; }

private:
  enum class step : std::uint8_t { size, data, data_end, trailers, done, bad };

  std::size_t read_size(std::string_view in);
  std::size_t read_data(std::string_view in, std::string& out, std::size_t room);
  std::size_t read_data_end(std::string_view in);
  std::size_t read_trailer(std::string_view in);

  step step_ = step::done;
  bool chunked_ = false;
  std::uint64_t left_ = 0; // of the body or of this chunk
  std::size_t trailers_ = 0;
};

} // namespace trellis::http
