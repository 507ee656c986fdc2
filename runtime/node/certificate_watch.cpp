#include "runtime/node/certificate_watch.hpp"

#include "runtime/node/node_directory.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <filesystem>
#include <sys/stat.h>

namespace trellis {

result<node_certificates> load_node_certificates(const config::node& node) {
  auto chain = load_certificates(node.path(node.cert));
  if (!chain)
    return chain.why();
  auto anchors = load_certificates(node.path(node.ca));
  if (!anchors)
    return anchors.why();
  return node_certificates{*std::move(chain), *std::move(anchors)};
}

std::optional<int> days_left_bound(gsi::instant ends, gsi::instant now) {
  if (ends <= now)
    return 0;
  for (int bound : {1, 7, 21})
    if (ends - now <= std::chrono::days{bound})
      return bound;
  return {};
}

std::vector<ending_certificate> ending(const node_certificates& x, gsi::instant now) {
  std::vector<ending_certificate> out;
  std::map<std::string, bool> seen; // a CA may stand in the chain and among the anchors
  auto look = [&](const gsi::certificate& c, std::string_view what) {
    auto bound = days_left_bound(c.not_after(), now);
    if (!bound || !seen.emplace(c.fingerprint(), true).second)
      return;
    auto when = fmt::gmtime(c.not_after().time_since_epoch().count());
    auto days = std::chrono::floor<std::chrono::days>(c.not_after() - now).count();
    out.push_back(
        {c.fingerprint(), *bound,
         *bound == 0 ? fmt::format("{} {} ended on {:%Y-%m-%d %H:%M} UTC", what, c.subject(), when)
                     : fmt::format("{} {} ends on {:%Y-%m-%d %H:%M} UTC, in {} days", what,
                                   c.subject(), when, days)});
  };
  for (const auto& c : x.chain)
    look(c, "the certificate");
  for (const auto& c : x.anchors)
    look(c, "the trust anchor");
  return out;
}

std::vector<ending_certificate>
ending_announcer::fresh(const std::vector<ending_certificate>& now) {
  std::vector<ending_certificate> out;
  for (const auto& x : now) {
    auto [at, first] = said_.emplace(x.fingerprint, x.bound);
    if (first || x.bound < at->second)
      out.push_back(x);
    at->second = x.bound;
  }
  return out;
}

} // namespace trellis
