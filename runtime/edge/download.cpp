/// GET of an output file, or of a part of it with Range: raw bytes, read piece by piece as the
/// client takes them. A job that still runs is read as far as its file has come.
#include "protocols/http/range.hpp"
#include "runtime/edge/exchange.hpp"

#include <algorithm>

namespace trellis::edge {

namespace {

class download : public work {
public:
  void begin(exchange& x) override {
    const auto& what = x.what();
    auto tree = request_tree(what.to, what.target.query, "", x.house().config().jobs);
    auto base = tree ? from_json<wms::read_output>(*tree) : result<wms::read_output>{tree.why()};
    if (!base)
      return x.respond(http::failed(base.why()));
    ask_ = *std::move(base);
    if (auto range = what.head.field("range"))
      range_ = *range;
    // How large the file is comes with its first piece; a range that names its begin saves a call.
    constexpr std::uint64_t any_size = std::uint64_t{1} << 60;
    auto probe = http::read_range(range_, any_size);
    bool from_end = range_.starts_with("bytes=-");
    ask_.offset = probe.verdict == http::range_verdict::part && !from_end ? probe.part.first : 0;
    ask_.size = probe.verdict == http::range_verdict::part && !from_end ? size_of(probe.part.size)
                                                                        : chunk_limit_bytes;
    read(x, [this, &x](const chunk& first) { open(x, first); });
  }

  void sent(exchange& x) override {
    if (left_ == 0)
      return x.finish(x.keeps());
    ask_.offset = at_;
    ask_.size = size_of(left_);
    read(x, [this, &x](const chunk& piece) { go_on(x, piece, ""); });
  }

private:
  static std::uint32_t size_of(std::uint64_t wanted) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, chunk_limit_bytes));
  }

  void read(exchange& x, std::function<void(const chunk&)> then) {
    x.ask(x.what().at, wire::encode(ask_), [this, &x, then](result<std::string> answer) {
      auto piece = answer ? wire::decode<chunk>(*answer) : result<chunk>{answer.why()};
      if (piece && crc32(piece->bytes) != piece->crc32)
        piece = error{errc::malformed, "a piece of the file came with a wrong checksum"};
      if (piece)
        return then(*piece);
      if (begun_)
        return x.finish(false); // the client sees that bytes are missing
      x.respond(http::failed(piece.why()));
    });
  }

  void open(exchange& x, const chunk& first) {
    auto wanted = http::read_range(range_, first.file_size);
    http::fields headers{
        {"Content-Type",        "application/octet-stream"},
        {"Content-Disposition", "attachment"              },
        {"Accept-Ranges",       "bytes"                   }
    };
    if (wanted.verdict == http::range_verdict::outside) {
      auto out = http::failed(416, {errc::usage, "the file has no such part"});
      out.headers.emplace_back("Content-Range",
                               http::text(http::content_range{{}, first.file_size}));
      if (first.last)
        out.headers.emplace_back("Trellis-Last", "true");
      return x.respond(out);
    }
    bool part = wanted.verdict == http::range_verdict::part;
    at_ = part ? wanted.part.first : 0;
    left_ = part ? wanted.part.size : first.file_size;
    if (part)
      headers.emplace_back("Content-Range",
                           http::text(http::content_range{wanted.part, first.file_size}));
    bool here = first.offset == at_;
    if (here && first.last && first.bytes.size() == left_)
      headers.emplace_back("Trellis-Last", "true");
    begun_ = true;
    auto head = http::head(part ? 206 : 200, headers, left_, x.keeps());
    if (x.what().head.method == "HEAD")
      left_ = 0;
    if (here && left_ > 0)
      return go_on(x, first, std::move(head));
    x.send(std::move(head));
  }

  void go_on(exchange& x, const chunk& piece, std::string before) {
    auto n = std::min<std::uint64_t>(piece.bytes.size(), left_);
    if (piece.offset != at_ || n == 0)
      return x.finish(false);
    at_ += n;
    left_ -= n;
    x.send(before.append(piece.bytes, 0, n));
  }

  wms::read_output ask_;
  std::string range_;
  std::uint64_t at_ = 0, left_ = 0;
  bool begun_ = false;
};

} // namespace

std::unique_ptr<work> make_download() { return std::make_unique<download>(); }

} // namespace trellis::edge
