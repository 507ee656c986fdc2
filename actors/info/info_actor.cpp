#include "actors/info/info_actor.hpp"

#include "runtime/log/log.hpp"
#include "storage/info_ads.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace trellis::info {

namespace rows = storage::info_ads;

ce::moment info_shell::wall() const { return ctx.clock.wall(self->clock().now()); }

void info_shell::start() {
  auto stored = rows::all(*ctx.rows);
  if (!stored) {
    log::warn("info-rows-unreadable", "starts without advertisements: {}", stored.why().text);
    stored = std::vector<rows::stored_ad>{};
  }
  for (const auto& x : *stored) {
    auto left = std::chrono::floor<std::chrono::seconds>(x.ends - wall());
    if (left <= std::chrono::seconds{0} || left > config.max_validity)
      continue;
    if (auto ad = read_ad({x.ce, x.ad, left, x.serial}, wall()))
      ads.take(std::move(*ad), wall());
  }
  publish();
}

void info_shell::wake_at(steady_time when) {
  auto now = self->clock().now();
  if (due_at > now && due_at <= when)
    return;
  due_at = std::max(when, now);
  self->delayed_send(self, due_at - now, due{});
}

caf::result<advertised> info_shell::on_advertise(advertise& x) {
  if (x.ad.size() > config.max_ad_bytes)
    return to_caf({errc::usage, fmt::format("cannot take the advertisement of {}: it has {} bytes, "
                                            "at most {} are allowed",
                                            x.ce.text(), x.ad.size(), config.max_ad_bytes)});
  auto held = ads.all().find(x.ce);
  if (held == ads.all().end() && ads.all().size() >= config.max_ces)
    return to_caf({errc::busy, fmt::format("cannot take the advertisement of {}: {} CEs are known "
                                           "already",
                                           x.ce.text(), ads.all().size())});
  x.time_left = std::clamp(x.time_left, std::chrono::seconds{0}, config.max_validity);
  auto ad = read_ad(x, wall(), held == ads.all().end() ? nullptr : held->second.get());
  if (!ad)
    return to_caf(ad.why());
  auto taken = ads.take(*ad, wall());
  if (taken == supermarket::taken::nothing)
    return advertised{};
  unsaved[x.ce] = std::move(*ad);
  changed = true;
  wake_at(std::max(self->clock().now(), published + config.pause));
  return advertised{};
}

caf::result<ce_list> info_shell::on_list(const list_ces& x) const {
  auto out = list(ads, x, wall());
  if (!out)
    return to_caf(out.why());
  return std::move(*out);
}

void info_shell::on_subscribe(const subscribe& x) {
  if (std::find(listeners.begin(), listeners.end(), x.who) == listeners.end())
    listeners.push_back(x.who);
  self->send(x.who, news{latest});
}

void info_shell::on_due() {
  due_at = {};
  for (const auto& ce : ads.drop_ended(wall())) {
    log::info("info-ad-ended", "{} has not advertised itself in time", ce.text());
    changed = true;
    unsaved[ce] = nullptr;
  }
  if (changed)
    publish();
  else if (auto end = ads.next_end())
    wake_at(self->clock().now() + std::max(*end - wall(), ce::moment::duration{1}));
}

void info_shell::publish() {
  changed = false;
  published = self->clock().now();
  latest = ads.publish();
  for (const auto& x : listeners)
    self->send(x, news{latest});
  save();
  if (auto end = ads.next_end())
    wake_at(published + std::max(*end - wall(), ce::moment::duration{1}));
}

void info_shell::save() {
  store::step s;
  s.lazy = true;
  for (const auto& [ce, x] : std::exchange(unsaved, {}))
    s.changes.push_back(x ? rows::put({ce, x->text, x->serial, x->arrived, x->ends})
                          : rows::erase(ce));
  if (s.changes.empty())
    return;
  self->request(ctx.store, caf::infinite, std::move(s))
      .then([](const store::committed&) {},
            [](const caf::error& e) {
              log::warn("info-not-written", "advertisements are kept in memory only: {}",
                        from_caf(e).text);
            });
}

info_keeper::behavior_type info(info_keeper::stateful_pointer<info_shell> self, node_context ctx,
                                info_config config) {
  auto& shell = self->state;
  shell.self = self;
  shell.ctx = std::move(ctx);
  shell.config = config;
  shell.start();
  return {
      [&shell](advertise& x) { return shell.on_advertise(x); },
      [&shell](const list_ces& x) { return shell.on_list(x); },
      [&shell](const subscribe& x) { shell.on_subscribe(x); },
      [&shell](const due&) { shell.on_due(); },
  };
}

} // namespace trellis::info
