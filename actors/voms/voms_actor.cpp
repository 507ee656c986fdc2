#include "actors/voms/voms_actor.hpp"

#include "actors/voms/listing.hpp"
#include "actors/voms/signing.hpp"
#include "runtime/log/log.hpp"
#include "storage/audit.hpp"
#include "storage/voms_vos.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

namespace trellis::voms {

namespace rows = storage::voms_vos;

namespace {

using namespace std::chrono_literals;

signer_actor::behavior_type signer(signer_actor::pointer) {
  return {[](sign& x) {
    x.what.answer(answer(*x.vos, *x.by, x.here, *x.what.certificate, std::move(x.what.most),
                         x.what.what, x.now));
  }};
}

caf::error not_operator(const principal& who, std::string_view act) {
  return to_caf({errc::denied,
                 fmt::format("{} may not {}: only operators of the node may", who.subject, act)});
}

template <class T>
caf::result<T> reply_of(result<T> x) {
  if (!x)
    return to_caf(x.why());
  return *std::move(x);
}

void put_touched(const edition& from, store::step& s) {
  const auto& vos = from.now();
  auto vo_of = [&](const std::string& name) {
    auto i = vos.find(name);
    return i == vos.end() ? nullptr : i->second.get();
  };
  for (const auto& name : from.touched().settings) {
    auto in = vo_of(name);
    s.changes.push_back(in ? rows::put_settings(*in) : rows::erase_settings(name));
  }
  for (const auto& [name, fqan] : from.touched().fqans) {
    auto in = vo_of(name);
    bool there = in && in->fqans.contains(fqan);
    s.changes.push_back(there ? rows::put_fqan(name, fqan, in->fqans.at(fqan))
                              : rows::erase_fqan(name, fqan));
  }
  for (const auto& [name, number] : from.touched().members) {
    auto in = vo_of(name);
    bool there = in && in->members.contains(number);
    s.changes.push_back(there ? rows::put_member(name, in->members.at(number))
                              : rows::erase_member(name, number));
  }
}

} // namespace

gsi::instant voms_shell::now() const {
  return std::chrono::floor<std::chrono::seconds>(ctx.clock.wall(self->clock().now()));
}

result<done> voms_shell::read() {
  auto stored = rows::all(*ctx.rows);
  if (!stored)
    return stored.why();
  for (auto& [name, x] : *stored)
    planned[name] = std::make_shared<const vo>(std::move(x));
  auto lost = rows::taken(*ctx.rows);
  if (!lost)
    return lost.why();
  taken = taken_book{*std::move(lost)};
  return done{};
}

void voms_shell::start() {
  if (auto known = read(); !known) {
    log::error("voms-rows-unreadable", "no VO is served: {}", known.why().text);
    return self->quit(to_caf(known.why()));
  }
  published = std::make_shared<const book>(planned);
  auto micros = ctx.clock.wall(self->clock().now()).time_since_epoch().count();
  withdrawals = withdrawal_log{static_cast<std::uint64_t>(micros)};
  withdrawals.add(taken.all(planned));
  for (std::size_t i = 0; i < config.signers; ++i)
    signers.push_back(self->spawn<caf::linked>(signer));
  on_look();
}

void voms_shell::on_look() {
  self->delayed_send(self, config.look_every, look{});
  auto fresh = config.load();
  if (fresh)
    credential = std::make_shared<const gsi::credential>(*std::move(fresh));
  else
    log::warn("voms-credential-unreadable", "attributes are signed with {}: {}",
              credential ? "the old key" : "no key, so not at all", fresh.why().text);
}

caf::result<changed> voms_shell::on_change(const change& x) {
  if (!is_operator(x.who))
    return not_operator(x.who, "change VOs");
  if (x.acts.size() > change::max_acts)
    return to_caf({errc::usage, fmt::format("{} acts are more than the {} of one change",
                                            x.acts.size(), change::max_acts)});
  edition next{planned};
  changed done;
  store::step s;
  for (const auto& one : x.acts) {
    auto changes = next.apply(one);
    if (!changes)
      return to_caf({changes.why().code, x.acts.size() == 1
                                             ? changes.why().text
                                             : fmt::format("nothing was changed: {} ({})",
                                                           changes.why().text, sentence(one))});
    if (!*changes)
      continue;
    ++done.acts;
    storage::audit_entry entry{x.who.subject, fmt::format("voms-{}", word(one.what)), one.vo, true,
                               sentence(one)};
    s.changes.push_back(storage::put_audit(ctx.clock.wall(self->clock().now()), ++audited, entry));
  }
  if (done.acts == 0)
    return done;
  auto promise = self->make_response_promise<changed>();
  commit(next, std::move(s), done, promise);
  return promise;
}

void voms_shell::commit(const edition& next, store::step s, changed done,
                        caf::typed_response_promise<changed> promise) {
  put_touched(next, s);
  std::set<owner> taken_from;
  taken.forget(now(), taken_from);
  auto news = taken.update(planned, next, now(), taken_from);
  for (const auto& x : taken_from) {
    auto fqans = taken.find(x);
    s.changes.push_back(fqans ? rows::put_taken(x, *fqans) : rows::erase_taken(x));
  }
  planned = next.now();
  self->request(ctx.store, 60s, std::move(s))
      .then(
          [this, promise, done, fresh = std::make_shared<const book>(planned),
           news = std::move(news)](const store::committed&) mutable {
            published = fresh;
            tell(std::move(news));
            promise.deliver(done);
          },
          [this, promise](caf::error& e) mutable {
            promise.deliver(e);
            self->quit(std::move(e)); // started again, it reads what is on disk
          });
}

void voms_shell::tell(std::vector<withdrawn> news) {
  if (news.empty())
    return;
  withdrawals.add(std::move(news));
  for (auto& [id, x] : std::exchange(watchers, {}))
    x.promise.deliver(withdrawals.news(x.what));
}

caf::result<withdrawn_news> voms_shell::on_watch(const watch_withdrawn& x) {
  if (withdrawals.has_news(x) || x.wait <= x.wait.zero())
    return withdrawals.news(x);
  if (watchers.size() >= config.watches)
    return to_caf({errc::busy, fmt::format("cannot watch: {} others do already", watchers.size())});
  auto promise = self->make_response_promise<withdrawn_news>();
  auto id = next_watch++;
  watchers.emplace(id, watcher{promise, x});
  self->delayed_send(self, std::min(x.wait, config.longest_watch), watch_over{id});
  return promise;
}

void voms_shell::on_watch_over(std::uint64_t id) {
  if (auto node = watchers.extract(id); !node.empty())
    node.mapped().promise.deliver(withdrawals.news(node.mapped().what));
}

caf::result<vo_list> voms_shell::on_list_vos(const list_vos& x) const {
  if (!is_operator(x.who))
    return not_operator(x.who, "list VOs");
  return rows_of(*published, fmt::format("{}:{}", config.here.host, config.here.port));
}

caf::result<user_list> voms_shell::on_list_users(const list_users& x) const {
  if (!is_operator(x.who))
    return not_operator(x.who, "list the users of a VO");
  return reply_of(users_of(*published, x));
}

caf::result<fqan_list> voms_shell::on_list_fqans(const list_fqans& x) const {
  if (!is_operator(x.who))
    return not_operator(x.who, "list the groups of a VO");
  return reply_of(fqans_of(*published, x));
}

void voms_shell::on_ask(ask& x) {
  if (!credential)
    return x.answer(refuse(refusal::internal_error, "the server cannot read its key"));
  self->send(signers[next_signer++ % signers.size()],
             sign{published, credential, config.here, now(), std::move(x)});
}

voms_keeper::behavior_type voms_server(voms_keeper::stateful_pointer<voms_shell> self,
                                       node_context ctx, voms_config config) {
  auto& shell = self->state;
  shell.self = self;
  shell.ctx = std::move(ctx);
  shell.config = std::move(config);
  shell.start();
  return {
      [&shell](const change& x) { return shell.on_change(x); },
      [&shell](const list_vos& x) { return shell.on_list_vos(x); },
      [&shell](const list_users& x) { return shell.on_list_users(x); },
      [&shell](const list_fqans& x) { return shell.on_list_fqans(x); },
      [&shell](const watch_withdrawn& x) { return shell.on_watch(x); },
      [&shell](ask& x) { shell.on_ask(x); },
      [&shell](const look&) { shell.on_look(); },
      [&shell](const watch_over& x) { shell.on_watch_over(x.id); },
  };
}

} // namespace trellis::voms
