#include "actors/shell/commands.hpp"
#include "actors/shell/event_print.hpp"
#include "actors/shell/event_text.hpp"
#include "actors/shell/help.hpp"
#include "actors/shell/wait.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace trellis::shell {
namespace {

constexpr option_row options[] = {
    option("-n,--count", "N", "Stop after so many events."),
    option("--timeout", "TIME", "Stop after this time, well."),
    flag("--since-start", "Begin with the oldest events, not with the next one."),
};

/// `Done`, `Done,Abort`, `source=LRMS`, `host=ral.example`, `job=3u9m`, `text=lease`: all hold.
class tail_filter {
public:
  static result<tail_filter> from(const std::vector<std::string>& words);
  bool takes(const lb::event& e) const;

private:
  std::vector<lb::kind> kinds_;
  std::vector<std::pair<std::string, std::string>> wanted_;
};

result<tail_filter> tail_filter::from(const std::vector<std::string>& words) {
  constexpr std::string_view keys[] = {"source", "host", "job", "text"};
  tail_filter filter;
  for (const auto& word : words) {
    if (auto equals = word.find('='); equals != word.npos) {
      auto key = word.substr(0, equals);
      if (std::ranges::find(keys, key) == std::end(keys))
        return error{errc::usage, fmt::format("'{}' is no filter of events: expected a kind, or "
                                              "source=, host=, job=, text=",
                                              word)};
      filter.wanted_.emplace_back(key, word.substr(equals + 1));
      continue;
    }
    for (std::string_view rest = word; !rest.empty();) {
      auto comma = rest.find(',');
      auto name = rest.substr(0, comma);
      auto kind = lb::kind_from(name);
      if (!kind) {
        auto near = nearest(name, {lb::kind_words.begin(), lb::kind_words.end()});
        return error{errc::usage,
                     fmt::format("'{}' is no kind of event{}", name,
                                 near.empty() ? "" : "; did you mean '" + near + "'?")};
      }
      filter.kinds_.push_back(*kind);
      rest = comma == rest.npos ? std::string_view{} : rest.substr(comma + 1);
    }
  }
  return filter;
}

bool tail_filter::takes(const lb::event& e) const {
  if (!kinds_.empty() && std::ranges::count(kinds_, lb::kind_of(e.what)) == 0)
    return false;
  return std::ranges::all_of(wanted_, [&](const auto& x) {
    const auto& [key, value] = x;
    if (key == "source")
      return word(e.from) == value;
    if (key == "host")
      return e.host == value;
    if (key == "job")
      return e.job.text() == value || e.job.unique().starts_with(value);
    return gist(e.what).find(value) != std::string::npos;
  });
}

int run(session& s, const arguments& given) {
  auto filter = tail_filter::from(given.operands());
  auto limit = wait_wanted(given);
  if (!filter || !limit)
    return s.fail(filter ? limit.why() : filter.why());
  auto count = std::strtoull(given.text_or("--count", "0").c_str(), nullptr, 10);
  lb::watch request;
  auto until = s.world().now() + limit->value_or(std::chrono::hours{24 * 365});
  event_printer printer{s};
  std::uint64_t shown = 0;
  bool skip = !given.flag("--since-start");
  while (!s.world().interrupted() && s.world().now() < until) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(until - s.world().now());
    request.wait
        = skip ? std::chrono::milliseconds{0} : std::min(left, std::chrono::milliseconds{5'000});
    auto news = s.ask(request, request.wait + std::chrono::seconds{15});
    if (!news)
      return s.fail(news.why());
    // What was before is read up and left out first, page by page.
    bool old = skip;
    skip = skip && !news->events.empty();
    request.after = std::max(request.after, news->last);
    for (const auto& e : news->events)
      if (!old && filter->takes(e.what)) {
        printer.print(e);
        if (++shown == count)
          return 0;
      }
  }
  return 0;
}

} // namespace

const command event_tail{
    .noun = "event",
    .verb = "tail",
    .operands = "[FILTER...]",
    .least = 0,
    .most = -1,
    .summary = "Print events of all your jobs as they happen.",
    .example = "trellis event tail Done,Abort source=LRMS --timeout 1min",
    .options = options,
    .run = run,
    .more = "FILTER is a list of kinds such as Done,Abort, or source=, host=, job= or text= with a "
            "value; all must hold.",
};

} // namespace trellis::shell
