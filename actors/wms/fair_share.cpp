#include "actors/wms/fair_share.hpp"

#include <algorithm>

namespace trellis::wms {

namespace {

constexpr std::uint64_t one = 1024; // of usage: a slot second

/// 2^32 times 2^(-i/16).
constexpr std::uint64_t sixteenths[16] = {
    4294967296, 4112874773, 3938502376, 3771522796, 3611622603, 3458501653, 3311872529, 3171459999,
    3037000500, 2908241642, 2784941738, 2666869345, 2553802834, 2445529972, 2341847524, 2242560872,
};

std::uint64_t times(std::uint64_t x, std::uint64_t fraction) { // fraction of 2^32
  return (x >> 32) * fraction + (((x & 0xffffffff) * fraction) >> 32);
}

} // namespace

std::uint64_t decayed(std::uint64_t usage, std::int64_t elapsed_s, std::int64_t half_life_s) {
  if (elapsed_s <= 0 || half_life_s <= 0)
    return usage;
  auto halvings = elapsed_s / half_life_s;
  if (halvings >= 64)
    return 0;
  auto rest = (elapsed_s % half_life_s) * 16 / half_life_s;
  return times(usage >> halvings, sixteenths[rest]);
}

fair_share::fair_share(share_settings settings) : settings_(std::move(settings)) {
  nodes_.emplace_back(); // the root
}

std::uint32_t fair_share::child(std::uint32_t parent, const std::string& path) {
  auto [at, fresh] = by_path_.try_emplace(path, static_cast<std::uint32_t>(nodes_.size()));
  if (fresh) {
    auto& x = nodes_.emplace_back();
    x.path = path;
    x.parent = parent;
    if (auto share = settings_.shares.find(path); share != settings_.shares.end())
      x.share = std::max(1u, share->second);
  }
  return at->second;
}

fair_share::leaf fair_share::place(const std::string& vo, const std::string& group,
                                   const std::string& user) {
  auto first = child(0, vo);
  auto second = child(first, vo + '|' + group);
  return child(second, vo + '|' + group + '|' + user);
}

std::uint64_t fair_share::key_of(const node& x, std::int64_t now_s) const {
  auto used = decayed(x.usage, now_s - x.as_of_s, settings_.half_life_s);
  auto held = static_cast<std::uint64_t>(std::max<std::int64_t>(0, x.slots))
              * static_cast<std::uint64_t>(settings_.running_weight_s) * one;
  return (used + held) / x.share;
}

void fair_share::show(std::uint32_t at) {
  for (; at != 0; at = nodes_[at].parent) {
    auto& x = nodes_[at];
    if (x.open)
      return;
    x.open = true;
    nodes_[x.parent].children.insert({x.key, at});
  }
}

/// Takes a node out of its parent when nothing below it is open.
void fair_share::hide(std::uint32_t at) {
  for (; at != 0; at = nodes_[at].parent) {
    auto& x = nodes_[at];
    if (!x.open || !x.children.empty() || !x.heads.empty())
      return;
    x.open = false;
    nodes_[x.parent].children.erase({x.key, at});
  }
}

void fair_share::rekey(std::uint32_t at, std::int64_t now_s) {
  for (; at != 0; at = nodes_[at].parent) {
    auto& x = nodes_[at];
    auto key = key_of(x, now_s);
    if (key == x.key)
      continue;
    if (x.open) {
      auto& among = nodes_[x.parent].children;
      among.erase({x.key, at});
      among.insert({key, at});
    }
    x.key = key;
  }
}

void fair_share::add(leaf who, cluster_id cluster, std::uint64_t order, job_id job) {
  auto& x = nodes_[who];
  auto& queue = x.queues[cluster];
  auto head = queue.empty() ? 0 : queue.begin()->first;
  auto had = !queue.empty();
  queue.emplace(order, std::move(job));
  ++idle_;
  users_[cluster].insert(who);
  if (closed_.size() <= cluster)
    closed_.resize(cluster + 1);
  if (closed_[cluster] || (had && head < order))
    return;
  if (had)
    x.heads.erase({head, cluster});
  x.heads.insert({order, cluster});
  rekey(who, now_s_);
  show(who);
}

bool fair_share::remove(leaf who, cluster_id cluster, std::uint64_t order) {
  auto& x = nodes_[who];
  auto queue = x.queues.find(cluster);
  if (queue == x.queues.end() || !queue->second.erase(order))
    return false;
  --idle_;
  auto was_head = x.heads.erase({order, cluster}) > 0;
  if (queue->second.empty()) {
    x.queues.erase(queue);
    if (auto users = users_.find(cluster); users->second.erase(who) && users->second.empty())
      users_.erase(users);
  } else if (was_head)
    x.heads.insert({queue->second.begin()->first, cluster});
  hide(who);
  return true;
}

std::optional<fair_share::candidate> fair_share::next() const {
  std::uint32_t at = 0;
  while (!nodes_[at].children.empty())
    at = nodes_[at].children.begin()->second;
  const auto& x = nodes_[at];
  if (x.heads.empty())
    return std::nullopt;
  auto [order, cluster] = *x.heads.begin();
  return candidate{at, cluster, order, x.queues.at(cluster).at(order)};
}

void fair_share::close(cluster_id cluster) {
  if (closed_.size() <= cluster)
    closed_.resize(cluster + 1);
  closed_[cluster] = true;
  auto users = users_.find(cluster);
  if (users == users_.end())
    return;
  for (auto who : users->second) {
    auto& x = nodes_[who];
    x.heads.erase({x.queues.at(cluster).begin()->first, cluster});
    hide(who);
  }
}

void fair_share::reopen(std::int64_t now_s) {
  now_s_ = now_s;
  for (const auto& [cluster, users] : users_) {
    auto was_closed = closed_[cluster];
    for (auto who : users) {
      auto& x = nodes_[who];
      if (was_closed)
        x.heads.insert({x.queues.at(cluster).begin()->first, cluster});
      rekey(who, now_s);
      show(who);
    }
  }
  std::fill(closed_.begin(), closed_.end(), false);
}

std::uint32_t fair_share::ahead_of(leaf who, std::uint64_t order) const {
  std::uint32_t out = 0;
  auto mine = key_of(nodes_[who], now_s_);
  for (std::uint32_t at = 1; at < nodes_.size(); ++at) {
    const auto& x = nodes_[at];
    if (x.queues.empty() || (at != who && key_of(x, now_s_) > mine))
      continue;
    for (const auto& [cluster, queue] : x.queues)
      out += static_cast<std::uint32_t>(
          std::distance(queue.begin(), at == who ? queue.lower_bound(order) : queue.end()));
  }
  return out;
}

void fair_share::running(leaf who, std::int64_t slots, std::int64_t now_s) {
  now_s_ = std::max(now_s_, now_s);
  for (auto at = who; at != 0; at = nodes_[at].parent)
    nodes_[at].slots += slots;
  rekey(who, now_s_);
}

void fair_share::charge(leaf who, std::uint64_t slot_seconds, std::int64_t now_s) {
  now_s_ = std::max(now_s_, now_s);
  for (auto at = who; at != 0; at = nodes_[at].parent) {
    auto& x = nodes_[at];
    auto step = std::max<std::int64_t>(1, settings_.half_life_s / 16);
    auto steps = std::max<std::int64_t>(0, now_s - x.as_of_s) / step;
    // Only whole steps are counted off, so that many small charges do not stop the decay.
    x.usage = decayed(x.usage, steps * step, step * 16) + slot_seconds * one;
    x.as_of_s += steps * step;
  }
  rekey(who, now_s_);
}

std::vector<std::pair<std::string, double>> fair_share::shares_of(leaf who,
                                                                  std::int64_t now_s) const {
  std::vector<std::pair<std::string, double>> out;
  for (auto at = who; at != 0; at = nodes_[at].parent)
    out.emplace_back(nodes_[at].path,
                     static_cast<double>(key_of(nodes_[at], now_s)) / static_cast<double>(one));
  std::reverse(out.begin(), out.end());
  return out;
}

std::vector<fair_share::usage_row> fair_share::rows_of(leaf who) const {
  std::vector<usage_row> out;
  for (auto at = who; at != 0; at = nodes_[at].parent)
    out.push_back({nodes_[at].path, nodes_[at].usage, nodes_[at].as_of_s});
  return out;
}

void fair_share::restore(const usage_row& x) {
  std::uint32_t parent = 0;
  for (std::size_t bar = 0; bar != x.path.npos;) { // make the parents first
    bar = x.path.find('|', bar + (bar != 0));
    auto path = x.path.substr(0, bar);
    if (bar == x.path.npos || std::count(path.begin(), path.end(), '|') == 2) {
      auto at = child(parent, x.path);
      nodes_[at].usage = x.usage;
      nodes_[at].as_of_s = x.as_of_s;
      return rekey(at, std::max(now_s_, x.as_of_s));
    }
    parent = child(parent, path);
  }
}

} // namespace trellis::wms
