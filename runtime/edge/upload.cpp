/// PUT of a file of the input sandbox, or of a part of it with Content-Range: raw bytes, handed on
/// piece by piece as they come. The answer says how much of the file is there.
#include "protocols/http/range.hpp"
#include "protocols/json/text.hpp"
#include "runtime/edge/exchange.hpp"

#include <fmt/format.h>

namespace trellis::edge {

namespace {

/// Where the body belongs in its file.
result<http::content_range> place_of(const http::request& head) {
  auto given = head.field("content-range");
  if (!given)
    return http::content_range{
        {0, head.length},
        head.length
    };
  auto x = http::read_content_range(*given);
  if (!x || x->part.size != head.length)
    return error{errc::usage, fmt::format("Content-Range '{}' does not fit a body of {} bytes",
                                          *given, head.length)};
  return *x;
}

class upload : public work {
public:
  void begin(exchange& x) override {
    const auto& what = x.what();
    if (what.head.body == http::framing::chunked)
      return x.respond(
          http::failed(411, {errc::usage, "a file has to come with its Content-Length"}));
    auto place = place_of(what.head);
    auto tree = request_tree(what.to, what.target.query, "", x.house().config().jobs);
    auto base = tree ? from_json<wms::put_input>(*tree) : result<wms::put_input>{tree.why()};
    if (!place || !base)
      return x.respond(http::failed(place ? base.why() : place.why()));
    piece_ = *std::move(base);
    place_ = *place;
    at_ = place_.part.size > 0 ? place_.part.first : place_.file_size;
    if (what.head.body == http::framing::none)
      return hand_on(x, "", true);
    x.want_body(chunk_limit_bytes);
  }

  void body(exchange& x, std::string bytes, bool last) override {
    hand_on(x, std::move(bytes), last);
  }

private:
  void hand_on(exchange& x, std::string bytes, bool last) {
    auto end = at_ + bytes.size();
    piece_.piece = {at_, std::move(bytes), 0, place_.file_size, end == place_.file_size};
    piece_.piece.crc32 = crc32(piece_.piece.bytes);
    x.ask(x.what().at, wire::encode(piece_), [this, &x, end, last](result<std::string> answer) {
      auto taken = answer ? wire::decode<wms::input_taken>(*answer)
                          : result<wms::input_taken>{answer.why()};
      if (!taken)
        return x.respond(http::failed(taken.why()));
      if (last || taken->size < end) // it goes on from somewhere else
        return x.respond(http::json_response(json(*taken) + "\n"));
      at_ = end;
      x.want_body(chunk_limit_bytes);
    });
  }

  wms::put_input piece_;
  http::content_range place_;
  std::uint64_t at_ = 0;
};

} // namespace

std::unique_ptr<work> make_upload() { return std::make_unique<upload>(); }

} // namespace trellis::edge
