#include "runtime/edge/withdrawals.hpp"

#include <fmt/format.h>

namespace trellis::edge {

result<done> withdrawals::check(const std::string& host, const std::string& vo,
                                const voms::certificate_name& who,
                                const std::vector<gsi::fqan>& fqans) const {
  auto at = servers_.find(host);
  if (at == servers_.end())
    return done{};
  auto found = at->second->find({vo, who});
  if (found == at->second->end())
    return done{};
  const auto& x = found->second;
  if (!x.suspended.empty())
    return error{errc::denied,
                 fmt::format("{} is suspended in the VO {}: {}", who.subject, vo, x.suspended)};
  for (const auto& fqan : fqans)
    if (auto text = fqan.text(); x.fqans.contains(text))
      return error{
          errc::denied,
          fqan.role.empty() && fqan.group == '/' + vo
              ? fmt::format("{} is no user of the VO {} any more", who.subject, vo)
              : fmt::format("{} does not hold {} any more: get a new proxy", who.subject, text)};
  return done{};
}

withdrawals withdrawals::with(const host_name& server, table x) const {
  auto out = *this;
  out.servers_[server.text()] = std::make_shared<const table>(std::move(x));
  return out;
}

bool withdrawal_reader::take(const voms::withdrawn_news& x) {
  if (x.edition != edition_)
    known_.clear();
  changed_ = changed_ || x.edition != edition_ || !x.rows.empty();
  edition_ = x.edition;
  last_ = x.last;
  more_ = x.more;
  for (const auto& row : x.rows) {
    withdrawals::owner of{row.vo, row.who};
    if (row.suspended.empty() && row.fqans.empty())
      known_.erase(of);
    else
      known_[of] = row;
  }
  return !x.more && std::exchange(changed_, false);
}

} // namespace trellis::edge
