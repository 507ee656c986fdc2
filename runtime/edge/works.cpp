#include "protocols/sandbox/chunk.hpp"
#include "runtime/edge/exchange.hpp"

#include <fmt/format.h>

namespace trellis::edge {

namespace {

bool is_json(const http::request& head) {
  auto type = head.field("content-type");
  return type && http::lists(*type, "application/json");
}

/// L&B asks about a job go to its own server.
std::optional<host_name> receiver_of(const asked_for& what, const json_value& tree) {
  auto job = tree.find("job");
  if (what.at || what.to.what->to != role::lb || !job)
    return what.at;
  auto id = job_id::parse(job->text);
  return id ? std::optional{id->lb()} : std::nullopt;
}

class call_work : public work {
public:
  void begin(exchange& x) override {
    const auto& head = x.what().head;
    if (head.body == http::framing::none)
      return carry_out(x, "");
    if (!is_json(head))
      return x.respond(http::failed(
          415, {errc::usage, "the body has to be JSON, with Content-Type: application/json"}));
    if (head.length > x.house().limits().body)
      return too_large(x);
    x.want_body(x.house().limits().body + 1);
  }

  void body(exchange& x, std::string piece, bool last) override {
    if (!last || piece.size() > x.house().limits().body)
      return too_large(x);
    carry_out(x, piece);
  }

private:
  static void too_large(exchange& x) {
    x.respond(http::failed(413, {errc::usage, fmt::format("a body has at most {} bytes here",
                                                          x.house().limits().body)}));
  }

  static void carry_out(exchange& x, std::string_view body) {
    const auto& what = x.what();
    auto row = json_of(what.to.what->number);
    auto tree = request_tree(what.to, what.target.query, body, x.house().config().jobs);
    auto bytes = tree ? row->request_bytes(*tree) : result<std::string>{tree.why()};
    if (!bytes)
      return x.respond(http::failed(bytes.why()));
    x.ask(receiver_of(what, *tree), *std::move(bytes), [&x, row](result<std::string> answer) {
      auto text = answer ? row->response_json(*answer) : answer;
      x.respond(text ? http::json_response(*text + "\n") : http::failed(text.why()));
    });
  }
};

} // namespace

void work::body(exchange&, std::string, bool) {}

void work::sent(exchange&) {}

std::unique_ptr<work> make_call() { return std::make_unique<call_work>(); }

std::unique_ptr<work> work_for(const asked_for& what) {
  auto number = what.to.what->number;
  auto accept = what.head.field("accept");
  if (number == operation_of<wms::put_input>().number)
    return make_upload();
  if (number == operation_of<wms::read_output>().number)
    return make_download();
  if (number == operation_of<lb::watch>().number && accept
      && http::lists(*accept, "text/event-stream"))
    return make_event_stream();
  return make_call();
}

} // namespace trellis::edge
