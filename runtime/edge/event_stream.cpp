/// News about jobs as server-sent events: one event for each answer of lb.watch, with the mark to
/// go on from as its id, and a comment now and then so that nobody takes a quiet line for a dead
/// one.
#include "protocols/json/text.hpp"
#include "runtime/edge/exchange.hpp"

#include <fmt/format.h>

#include <charconv>

namespace trellis::edge {

namespace {

class event_stream : public work {
public:
  void begin(exchange& x) override {
    const auto& what = x.what();
    auto tree = request_tree(what.to, what.target.query, "", x.house().config().jobs);
    auto base = tree ? from_json<lb::watch>(*tree) : result<lb::watch>{tree.why()};
    if (!base)
      return x.respond(http::failed(base.why()));
    ask_ = *std::move(base);
    ask_.wait = x.house().limits().event_time;
    if (auto last = what.head.field("last-event-id"))
      std::from_chars(last->data(), last->data() + last->size(), ask_.after);
    watch(x, std::chrono::milliseconds{1}); // errors have a status as long as no head is out
  }

  void sent(exchange& x) override {
    if (ending_)
      return x.finish(false);
    watch(x, ask_.wait);
  }

private:
  void watch(exchange& x, std::chrono::milliseconds wait) {
    auto request = ask_;
    request.wait = wait;
    x.ask(x.what().at, wire::encode(request), [this, &x](result<std::string> answer) {
      auto news = answer ? wire::decode<lb::changes>(*answer, {16, 1u << 20})
                         : result<lb::changes>{answer.why()};
      bool first = !std::exchange(begun_, true);
      if (!news && first)
        return x.respond(http::failed(news.why()));
      std::string out;
      if (first)
        out = http::head(200,
                         {
                             {"Content-Type", "text/event-stream"}
        },
                         std::nullopt, false);
      if (!news) {
        ending_ = true;
        out += "event: error\ndata: " + one_line(http::failed(news.why()).body) + "\n\n";
      } else if (news->events.empty() && news->states.empty())
        out += ":\n\n";
      else {
        ask_.after = news->last;
        out += fmt::format("id: {}\nevent: changes\ndata: {}\n\n", news->last, json(*news));
      }
      x.send(std::move(out));
    });
  }

  static std::string one_line(std::string text) {
    std::erase(text, '\n');
    return text;
  }

  lb::watch ask_;
  bool begun_ = false, ending_ = false;
};

} // namespace

std::unique_ptr<work> make_event_stream() { return std::make_unique<event_stream>(); }

} // namespace trellis::edge
