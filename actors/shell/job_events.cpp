#include "actors/shell/job_events.hpp"

#include "actors/shell/event_block.hpp"
#include "actors/shell/help.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::shell {
namespace {

constexpr std::string_view rule
    = "**********************************************************************\n";

result<std::vector<lb::kind>> kinds_from(const std::vector<std::string>& words) {
  std::vector<lb::kind> found;
  for (const auto& word : words) {
    auto kind = lb::kind_from(word);
    if (!kind) {
      auto near = nearest(word, {lb::kind_words.begin(), lb::kind_words.end()});
      return error{errc::usage, fmt::format("'{}' is no kind of event{}", word,
                                            near.empty() ? "" : "; did you mean '" + near + "'?")};
    }
    found.push_back(*kind);
  }
  return found;
}

} // namespace

result<std::vector<lb::stored_event>> events_of(session& s, const job_id& job,
                                                const event_filter& wanted) {
  std::vector<lb::stored_event> found;
  lb::get_events request;
  request.job = job;
  request.limit = 500;
  for (;;) {
    auto page = s.ask_at(s.lb_of(job), request);
    if (!page)
      return page.why();
    if (page->events.empty())
      return found;
    request.after = page->events.back().arrival;
    auto whole = page->events.size() < request.limit;
    std::ranges::copy_if(page->events, std::back_inserter(found),
                         [&](const auto& x) { return wanted.takes(x.what); });
    if (whole)
      return found;
  }
}

result<event_filter> event_filter::from(const arguments& given) {
  event_filter filter;
  auto yes = kinds_from(given.all("--event")), no = kinds_from(given.all("--exclude"));
  if (!yes || !no)
    return yes ? no.why() : yes.why();
  filter.wanted_ = std::move(*yes);
  filter.unwanted_ = std::move(*no);
  return filter;
}

bool event_filter::takes(const lb::event& e) const {
  auto kind = lb::kind_of(e.what);
  return (wanted_.empty() || std::ranges::count(wanted_, kind) > 0)
         && std::ranges::count(unwanted_, kind) == 0;
}

std::string logging_info_block(const job_id& job, const std::vector<lb::stored_event>& events,
                               int verbosity, const surroundings& world) {
  auto out
      = fmt::format("{}LOGGING INFORMATION:\n\nPrinting info for the Job : {}\n", rule, job.text());
  for (const auto& e : events)
    out += "\n        ---\n" + event_block(e, verbosity, world);
  return out + std::string{rule};
}

} // namespace trellis::shell
