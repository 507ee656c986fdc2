/// What comes over HTTP before anybody is known: heads, targets, bodies and ranges. A head that is
/// understood must be understood the same when it is written again, and a body must not depend on
/// how its bytes were cut into packets: else what stands before us and we read two things.
#include "protocols/http/body.hpp"
#include "protocols/http/range.hpp"
#include "protocols/http/request.hpp"
#include "protocols/http/response.hpp"
#include "protocols/http/target.hpp"
#include "tests/fuzz/must.hpp"

namespace {

using namespace trellis;
using namespace trellis::http;
using fuzz::must;

std::string written(const request& x) {
  auto out = x.method + ' ' + x.target + " HTTP/1." + std::to_string(x.minor) + "\r\n";
  for (const auto& [name, value] : x.fields)
    out += name + ": " + value + "\r\n";
  return out + "\r\n";
}

struct content {
  std::string text;
  std::size_t used = 0;
  bool done = false, bad = false;

  friend bool operator==(const content&, const content&) = default;
};

/// The body as it comes in pieces of `piece` bytes, taken in helpings of `room`.
content body_of(const request& head, std::string_view bytes, std::size_t piece, std::size_t room) {
  content out;
  body_reader reader{head};
  for (auto end = std::min(piece, bytes.size()); !reader.done() && !reader.bad();) {
    auto before = out.text.size();
    auto used = reader.read(bytes.substr(out.used, end - out.used), out.text, room);
    must(out.used + used <= end, "more bytes were used than came");
    must(out.text.size() - before <= room, "more content came than there was room");
    out.used += used;
    if (used > 0 || out.text.size() > before)
      continue;
    if (end == bytes.size())
      break;
    end = std::min(end + piece, bytes.size());
  }
  out.done = reader.done();
  out.bad = reader.bad();
  return out;
}

void read_body(const request& head, std::string_view bytes) {
  auto whole = body_of(head, bytes, bytes.size() + 1, bytes.size() + 1);
  auto cut = body_of(head, bytes, 1, 1);
  must(whole.done == cut.done && whole.bad == cut.bad, "a cut body ends otherwise", bytes);
  must(!whole.done || whole == cut, "a cut body has another content", bytes);
}

void read_request(std::string_view text) {
  std::size_t scanned = 0, scanned_slowly = 0;
  auto end = end_of_head(text, scanned);
  std::optional<std::size_t> slowly;
  for (std::size_t n = 1; n <= text.size() && !slowly; ++n)
    slowly = end_of_head(text.substr(0, n), scanned_slowly);
  must(end == slowly, "a head ends elsewhere when it comes byte by byte", text);
  if (!end)
    return;
  auto read = read_head(text.substr(0, *end));
  auto* head = std::get_if<request>(&read);
  if (!head)
    return must(std::get<refused_request>(read).status >= 400, "refused without an error", text);
  auto again = read_head(written(*head));
  auto* same = std::get_if<request>(&again);
  must(same && same->method == head->method && same->target == head->target
           && same->fields == head->fields && same->body == head->body
           && same->length == head->length && same->keep == head->keep,
       "a head reads back otherwise", text);
  read_body(*head, text.substr(*end));
}

void read_path(std::string_view text) {
  auto x = read_target(text);
  if (!x)
    return;
  std::string out;
  for (const auto& part : x->path)
    out += '/' + percent_encoded(part);
  if (out.empty())
    out = "/";
  if (!x->query.empty())
    out += '?' + query_text(x->query);
  auto again = read_target(out);
  must(again && again->path == x->path && again->query == x->query, "a target changes", text);
}

void read_ranges(std::string_view text) {
  constexpr std::uint64_t file = 1'000;
  auto x = read_range(text, file);
  must(x.verdict != range_verdict::part
           || (x.part.size > 0 && x.part.first < file && x.part.size <= file - x.part.first),
       "a part is not in the file", text);
  if (auto range = read_content_range(text)) {
    auto again = read_content_range(http::text(*range));
    must(again && again->part == range->part && again->file_size == range->file_size,
         "a range changes", text);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  read_request(text);
  read_path(text);
  read_ranges(text);
  read_failure(502, text);
  return 0;
}
