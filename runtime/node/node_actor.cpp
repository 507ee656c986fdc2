#include "runtime/node/node_actor.hpp"

#include "runtime/log/log.hpp"
#include "runtime/node/supervision.hpp"
#include "storage/audit.hpp"
#include "storage/mail.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace trellis {

namespace {

using namespace std::chrono_literals;

struct look {
  using stays_at_home = void;
};

using node_inner = node_actor::extend<told<look>>;

/// More letters than a person reads are not listed.
constexpr std::size_t listed_letters = 10'000;

std::uint64_t resident_kib() {
  std::uint64_t total = 0, resident = 0;
  std::ifstream{"/proc/self/statm"} >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
}

class node_shell {
public:
  static inline const char* name = "node";
  using self_ptr = node_inner::stateful_pointer<node_shell>;

  void start(self_ptr self, node_context ctx, node_actor_config config) {
    self_ = self;
    ctx_ = std::move(ctx);
    config_ = std::move(config);
    began_ = self_->clock().now();
    if (config_.files)
      on_look();
  }

  caf::result<node::status> on_status() {
    auto promise = self_->make_response_promise<node::status>();
    auto out = std::make_shared<node::status>(own_status());
    auto fail = [promise](caf::error& e) mutable { promise.deliver(std::move(e)); };
    self_->request(config_.links, 10s, link::get_links{})
        .then(
            [this, promise, out, fail](link::link_rows& x) mutable {
              out->links = std::move(x.links);
              self_->request(config_.post, 10s, post::get_depths{})
                  .then(
                      [this, promise, out](const post::depths& d) mutable {
                        add_depths(*out, d);
                        promise.deliver(std::move(*out));
                      },
                      fail);
            },
            fail);
    return promise;
  }

  caf::result<node::actor_rows> on_actors(const node::list_actors& x) {
    if (!is_operator(x.who))
      return not_operator(x.who, "see the actors");
    if (!config_.root)
      return node::actor_rows{};
    auto promise = self_->make_response_promise<node::actor_rows>();
    self_->request(caf::actor_cast<caf::actor>(config_.root), 10s, supervision::get_tree{x.subtree})
        .then([promise](node::actor_rows& rows) mutable { promise.deliver(std::move(rows)); },
              [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
    return promise;
  }

  caf::result<node::outbox_rows> on_outbox(const node::list_outbox& x) {
    if (!is_operator(x.who))
      return not_operator(x.who, "see the outbox");
    auto streams = storage::read_outboxes(*ctx_.rows);
    if (!streams)
      return to_caf(streams.why());
    node::outbox_rows out;
    for (const auto& stream : *streams) {
      auto to = parse_address(stream.address);
      if (!to || (!x.peer.empty() && to->host.text() != x.peer))
        continue;
      for (const auto& letter : stream.waiting)
        if (out.letters.size() < listed_letters)
          out.letters.push_back(
              {*to, letter.number, letter.body.size(), fmt::format("{:04x}", letter.type)});
    }
    return out;
  }

  caf::result<node::forgotten> on_forget(const node::forget& x) {
    if (!is_operator(x.who))
      return not_operator(x.who, "give up a peer");
    auto promise = self_->make_response_promise<node::forgotten>();
    auto fail = [promise](caf::error& e) mutable { promise.deliver(std::move(e)); };
    auto then = [this, promise, fail, peer = x.peer](const store::committed&) mutable {
      self_->request(ctx_.store, 60s, store::forget_peer{peer})
          .then(
              [promise, peer](const store::forgotten& f) mutable {
                log::warn("peer-forgotten", "{}: {} letters are dead letters now", peer.text(),
                          f.letters);
                promise.deliver(node::forgotten{f.letters});
              },
              fail);
    };
    store::step s;
    storage::audit_entry act{x.who.subject, "peer-forgotten", x.peer.text(), true,
                             "letters to " + x.peer.text() + " become dead letters"};
    s.changes.push_back(storage::put_audit(ctx_.clock.wall(self_->clock().now()), ++audited_, act));
    self_->request(ctx_.store, 60s, std::move(s)).then(std::move(then), fail);
    return promise;
  }

  void on_look() {
    self_->delayed_send(self_, config_.look_every, look{});
    auto all = load_node_certificates(*config_.files);
    if (!all) {
      certificate_warnings_ = {all.why().text};
      return;
    }
    auto now = std::chrono::floor<std::chrono::seconds>(ctx_.clock.wall(self_->clock().now()));
    auto rows = ending(*all, now);
    certificate_warnings_.clear();
    for (const auto& x : rows)
      certificate_warnings_.push_back(x.text);
    for (const auto& x : announcer_.fresh(rows))
      log::warn("certificate-ending", "{}", x.text);
  }

private:
  static caf::error not_operator(const principal& who, std::string_view what) {
    return to_caf({errc::denied, fmt::format("{} may not {}: that is for operators of the node",
                                             who.subject, what)});
  }

  node::status own_status() const {
    node::status out;
    out.host = ctx_.host;
    out.site = ctx_.site;
    out.version = config_.version;
    out.birth = ctx_.birth;
    out.incarnation = ctx_.incarnation;
    out.roles = config_.roles;
    out.up = std::chrono::floor<std::chrono::seconds>(self_->clock().now() - began_);
    out.warnings = certificate_warnings_;
    if (ctx_.simulated)
      return out;
    out.memory_kib = resident_kib();
    std::error_code wrong;
    auto space = std::filesystem::space(ctx_.directory_path, wrong);
    if (!wrong && space.available < config_.disk_low_bytes)
      out.warnings.push_back(fmt::format("{} has {} left", ctx_.directory_path,
                                         text(byte_count{space.available >> 20 << 20})));
    return out;
  }

  void add_depths(node::status& out, const post::depths& depths) const {
    for (auto& row : out.links) {
      for (const auto& d : depths.by_peer)
        if (d.peer == row.peer) {
          row.outbox_letters = d.letters;
          row.outbox_bytes = d.bytes;
        }
      if (row.up && std::abs(row.clock_difference_ms) > config_.clock_warn.count())
        out.warnings.push_back(fmt::format("the clock of {} differs by {} ms", row.peer.text(),
                                           row.clock_difference_ms));
    }
  }

  self_ptr self_ = nullptr;
  node_context ctx_;
  node_actor_config config_;
  steady_time began_{};
  ending_announcer announcer_;
  std::vector<std::string> certificate_warnings_;
  std::uint64_t audited_ = 0;
};

node_inner::behavior_type run_node(node_shell::self_ptr self, node_context ctx,
                                   node_actor_config config) {
  auto& shell = self->state;
  shell.start(self, std::move(ctx), std::move(config));
  return {
      [&shell](const node::get_status&) { return shell.on_status(); },
      [&shell](const node::list_actors& x) { return shell.on_actors(x); },
      [&shell](const node::list_outbox& x) { return shell.on_outbox(x); },
      [&shell](const node::forget& x) { return shell.on_forget(x); },
      [&shell](look) { shell.on_look(); },
  };
}

} // namespace

node_actor spawn_node_actor(caf::actor_system& in, node_context ctx, node_actor_config config) {
  return in.spawn(run_node, std::move(ctx), std::move(config));
}

} // namespace trellis
