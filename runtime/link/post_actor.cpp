#include "runtime/link/post_actor.hpp"

#include "runtime/interfaces/crossings.hpp"
#include "runtime/link/deliveries.hpp"
#include "runtime/link/outbox.hpp"
#include "runtime/link/rights.hpp"
#include "runtime/log/log.hpp"
#include "storage/audit.hpp"
#include "storage/mail.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <fmt/format.h>

namespace trellis {
namespace {

/// For a step of an actor of this node: it ends, with an answer or with the actor. A timer a
/// letter would cost more than the letter.
constexpr auto answer_limit = caf::infinite;

/// Private notes of the post to itself.
struct look_for_silence {
  using stays_at_home = void;
};

struct say_acks {
  using stays_at_home = void;
};

using post_inner = post_actor::extend<told<look_for_silence>, told<say_acks>>;

struct sent_letter {
  std::uint16_t type = 0;
  std::string body;
};

/// One stream of ours.
struct out_stream {
  std::string incarnation;
  outbox<sent_letter> box{1, {}, 0};
  steady_time last_news{}; // when something was sent or acknowledged
};

/// A peer's way in and out; without a carrier the link is down.
struct peer_link {
  std::uint64_t connection = 0;
  carrier_actor carrier;
};

using rights_of_peer = std::shared_ptr<const link::peer_rights>;

/// A letter on its way to the actor of its role.
struct incoming {
  receipt from;
  std::uint16_t type = 0;
  std::string body;
  rights_of_peer rights; // null: a letter of this node
};

class post_shell {
public:
  using self_ptr = post_inner::stateful_pointer<post_shell>;
  static inline const char* name = "post";

  void start(self_ptr self, node_context context, post_config config) {
    self_ = self;
    context_ = std::move(context);
    config_ = config;
    self_->send(context_.store, store::use_post{caf::actor_cast<post_actor>(self_)});
    // A barrier: what is told before its answer is in the rows that are read after it.
    self_->request(context_.store, answer_limit, store::step{})
        .await([this](const store::committed&) { read_rows(); },
               [this](caf::error& e) { self_->quit(std::move(e)); });
  }

  void on_letters(post::committed_letters& x) {
    std::set<address> touched;
    for (auto& letter : x.letters) {
      auto& stream = stream_to(letter.to, letter.incarnation);
      if (letter.number < stream.box.next())
        continue; // read from the rows already
      stream.box.put(letter.number, {letter.type, std::move(letter.body)});
      touched.insert(letter.to);
    }
    for (const auto& to : touched)
      send_due(to);
  }

  void on_up(const post::peer_up& x) {
    links_[x.peer] = {x.connection, x.carrier};
    std::map<address, std::uint64_t> has;
    for (const auto& mark : x.marks)
      if (mark.birth == context_.birth)
        if (auto i = out_.find(mark.to);
            i != out_.end() && i->second.incarnation == mark.incarnation)
          has[mark.to] = mark.last;
    for (auto& [to, stream] : out_)
      if (to.host == x.peer)
        resume(to, stream, has.contains(to) ? has[to] : 0);
  }

  void on_down(const post::peer_down& x) {
    if (auto i = links_.find(x.peer); i != links_.end() && i->second.connection == x.connection)
      links_.erase(i); // else the last words of an older connection
  }

  void on_arrived(post::arrived& x) {
    for (const auto& ack : x.acks)
      if (ack.birth == context_.birth && ack.to.host == x.peer)
        acknowledged(ack.to, ack.incarnation, ack.number);
    for (auto& parcel : x.parcels)
      take(x.peer, parcel, x.rights);
  }

  caf::result<post::marks> on_marks(const post::get_marks& x) {
    post::marks out;
    for (const auto& [key, in] : in_)
      if (key.from == x.peer)
        out.of_peer.push_back({key.birth, key.incarnation, key.to, in.last()});
    return out;
  }

  caf::result<post::depths> on_depths() {
    std::map<host_name, post::depth> sums;
    for (const auto& [to, stream] : out_) {
      auto& sum = sums[to.host];
      sum.peer = to.host;
      sum.letters += stream.box.size();
      stream.box.each([&](const sent_letter& x) { sum.bytes += x.body.size(); });
    }
    post::depths out;
    for (auto& [peer, sum] : sums)
      out.by_peer.push_back(std::move(sum));
    return out;
  }

  void on_silence() {
    watching_ = false;
    auto now = self_->clock().now();
    for (auto& [to, stream] : out_) {
      if (stream.box.empty() || now - stream.last_news < config_.silence)
        continue;
      stream.box.rewind();
      stream.last_news = now;
      send_due(to);
    }
    watch();
  }

  void on_say_acks() {
    unsaid_ = 0;
    for (const auto& key : std::exchange(to_acknowledge_, {})) {
      auto i = links_.find(key.from);
      if (i == links_.end())
        continue; // the next hello says it
      self_->send(i->second.carrier,
                  post::carry{{link::ack{key.birth, key.incarnation, key.to, in_.at(key).last()}}});
    }
  }

private:
  void read_rows() {
    auto outboxes = storage::read_outboxes(*context_.rows);
    auto inboxes = storage::read_inboxes(*context_.rows);
    if (!outboxes || !inboxes) {
      self_->quit(to_caf(!outboxes ? outboxes.why() : inboxes.why()));
      return;
    }
    for (auto& row : *outboxes) {
      auto to = parse_address(row.address);
      if (!to)
        continue; // the store has said so
      std::map<std::uint64_t, sent_letter> waiting;
      for (auto& x : row.waiting)
        waiting[x.number] = {x.type, std::move(x.body)};
      out_[*to] = {
          row.incarnation, {row.next,        std::move(waiting), config_.window},
           {              }
      };
    }
    for (auto& row : *inboxes)
      if (auto to = parse_address(row.address))
        if (auto from = host_name::parse(row.host))
          in_.emplace(
              stream{
                  *from, row.birth, row.incarnation, *to
          },
              intake{inbox{row.last, {row.beyond.begin(), row.beyond.end()}}});
    for (const auto& [to, stream] : out_)
      send_due(to);
  }

  /// A new incarnation replaces the stream: the store began it anew, or the peer was forgotten.
  out_stream& stream_to(const address& to, const std::string& incarnation) {
    auto& stream = out_[to];
    if (stream.incarnation != incarnation)
      stream = {
          incarnation, {1,               {}, config_.window},
           {              }
      };
    return stream;
  }

  void resume(const address& to, out_stream& stream, std::uint64_t peer_has) {
    if (!stream.box.fits(peer_has)) {
      log::warn("stream-restarted",
                "{} is at letter {} of {}, we at {}: one of the two stores went back in time; what "
                "waits is sent as a new stream",
                to.host.text(), peer_has, text(to), stream.box.acknowledged());
      self_->request(context_.store, answer_limit, store::restart_stream{to, peer_has})
          .then([](const store::committed&) {},
                [](const caf::error& e) { log::error("stream-lost", "{}", from_caf(e).text); });
      return;
    }
    acknowledged(to, stream.incarnation, peer_has);
    stream.box.rewind();
    send_due(to);
  }

  void acknowledged(const address& to, const std::string& incarnation, std::uint64_t number) {
    auto i = out_.find(to);
    if (i == out_.end() || i->second.incarnation != incarnation)
      return;
    auto gone = i->second.box.acknowledge(number);
    if (gone.empty())
      return;
    i->second.last_news = self_->clock().now();
    if (to.host != context_.host) // ours went with their receipts
      self_->send(context_.store, store::letters_gone{to, std::move(gone)});
    send_due(to);
  }

  void send_due(const address& to) {
    auto& stream = out_.at(to);
    auto link = links_.find(to.host);
    if (to.host != context_.host && link == links_.end())
      return;
    link::message frames;
    std::vector<link::parcel> here;
    stream.box.due([&](std::uint64_t number, const sent_letter& x) {
      link::parcel parcel{context_.birth, stream.incarnation, to, number, x.type, x.body};
      if (to.host == context_.host)
        here.push_back(std::move(parcel));
      else
        frames.emplace_back(std::move(parcel));
    });
    if (!frames.empty() || !here.empty())
      stream.last_news = self_->clock().now();
    if (!frames.empty())
      self_->send(link->second.carrier, post::carry{std::move(frames)});
    for (auto& parcel : here)
      take(context_.host, parcel, nullptr);
    watch();
  }

  /// A timer runs only while something waits: else a simulation would never come to rest.
  void watch() {
    auto waits = [&](const auto& x) {
      return !x.second.box.empty()
             && (x.first.host == context_.host || links_.contains(x.first.host));
    };
    if (watching_ || !std::ranges::any_of(out_, waits))
      return;
    watching_ = true;
    self_->delayed_send(self_, config_.silence / 2, look_for_silence{});
  }

  void take(const host_name& peer, link::parcel& x, const rights_of_peer& rights) {
    if (x.to.host != context_.host)
      return log::warn("letter-misdirected", "{} sent a letter for {}", peer.text(), text(x.to));
    stream key{peer, std::move(x.birth), std::move(x.incarnation), x.to};
    auto& in = in_.try_emplace(key, inbox{}).first->second;
    if (in.wants(x.number))
      lay_before_actor({
          {key, x.number},
          x.type, std::move(x.body), rights
      });
    else
      acknowledge(key);
  }

  /// The directory is asked once a role; letters that come meanwhile wait in order.
  void lay_before_actor(incoming x) {
    auto to = x.from.from.to;
    if (auto i = served_.find(to); i != served_.end())
      return lay_before(i->second, x);
    auto& queue = unserved_[to];
    queue.push_back(std::move(x));
    if (queue.size() > 1)
      return;
    self_->request(context_.directory, answer_limit, directory::find{to})
        .then([this, to](const directory::found& x) { found(to, x.handle); },
              [this, to](const caf::error& e) {
                for (const auto& x : std::exchange(unserved_[to], {}))
                  failed(x.from, from_caf(e));
              });
  }

  void found(const address& to, const caf::strong_actor_ptr& handle) {
    served_[to] = handle;
    for (const auto& x : std::exchange(unserved_[to], {}))
      lay_before(handle, x);
  }

  void lay_before(const caf::strong_actor_ptr& target, const incoming& x) {
    auto how = link::letter_delivery_of(x.type);
    auto row = crossing_by(x.type);
    if (!how || row->to != x.from.from.to.to)
      return bury(x, {errc::unknown_message, "no letter to this role has this number"});
    auto message = how->open(x.body, x.from, [&](principal& who) { return admit(who, x); });
    if (!message && message.why().code == errc::malformed)
      return bury(x, message.why());
    if (!message)
      return refuse(x, how->refused, message.why());
    auto sent
        = self_->request(caf::actor_cast<caf::actor>(target), answer_limit, std::move(*message));
    self_->add_multiplexed_response_handler(
        sent.id(), {[this, from = x.from](const received&) { accepted(from); },
                    [this, from = x.from](const caf::error& e) { failed(from, from_caf(e)); }});
  }

  /// For whom the letter speaks. Within a node that was settled when it was written.
  std::optional<error> admit(principal& who, const incoming& x) const {
    const auto& peer = x.from.from.from;
    if (peer == context_.host)
      return std::nullopt;
    static const link::peer_rights none;
    return link::admit(who, link::passage::by_role, x.rights ? *x.rights : none);
  }

  void failed(const receipt& from, const error& why) {
    log::warn("letter-not-taken", "letter {} of {} to {}: {}", from.number, from.from.from.text(),
              text(from.from.to), why.text);
    in_.at(from.from).failed(from.number);
  }

  /// A letter nobody can read must not stop those behind it.
  void bury(const incoming& x, const error& why) {
    const auto& from = x.from;
    log::error("letter-buried", "letter {} of {} to {} (message {:#06x}): {}", from.number,
               from.from.from.text(), text(from.from.to), x.type, why.text);
    store::step step;
    step.put(storage::family::dead_letters,
             storage::dead_inbox_key(from.from.from.text(), from.from.incarnation,
                                     text(from.from.to), from.number),
             storage::letter_value(x.type, x.body));
    finish(from, std::move(step));
  }

  void finish(const receipt& from, store::step step) {
    step.accept(from);
    self_->request(context_.store, answer_limit, std::move(step))
        .then([this, from](const store::committed&) { accepted(from); },
              [this, from](const caf::error& e) { failed(from, from_caf(e)); });
  }

  /// A letter that speaks for somebody for whom its sender may not: it goes no further, and those
  /// behind it go on. The peer is told.
  void refuse(const incoming& x, decltype(link::letter_delivery::refused) tell, const error& why) {
    const auto& from = x.from;
    const auto& peer = from.from.from;
    auto said = fmt::format("letter {} of {} to {} (message {:#06x}) is refused: {}", from.number,
                            peer.text(), text(from.from.to), x.type, why.text);
    log::warn("letter-denied", "{}", said);
    store::step step;
    step.changes.push_back(
        storage::put_audit(context_.clock.wall(self_->clock().now()), ++audits_,
                           {peer.text(), "letter-denied", text(from.from.to), false, said}));
    if (tell)
      tell(x.body, from, why, step);
    if (auto link = links_.find(peer); link != links_.end())
      self_->send(link->second.carrier, post::carry{{link::failure{0, {why.code, said}}}});
    finish(from, std::move(step));
  }

  void accepted(const receipt& x) {
    in_.at(x.from).accepted(x.number);
    acknowledge(x.from);
  }

  /// Acknowledgements of a short while leave together, long before the sender's window is full.
  void acknowledge(const stream& key) {
    if (key.from == context_.host)
      return acknowledged(key.to, key.incarnation, in_.at(key).last());
    if (to_acknowledge_.empty())
      self_->delayed_send(self_, config_.ack_pause, say_acks{});
    to_acknowledge_.insert(key);
    if (++unsaid_ == config_.window / 4)
      self_->send(self_, say_acks{});
  }

  self_ptr self_ = nullptr;
  node_context context_;
  post_config config_;
  std::map<address, out_stream> out_;
  std::map<stream, intake> in_;
  std::map<host_name, peer_link> links_;
  std::map<address, caf::strong_actor_ptr> served_;
  std::map<address, std::vector<incoming>> unserved_;
  std::set<stream> to_acknowledge_;
  std::size_t unsaid_ = 0; // letters accepted since the last acknowledgements
  std::uint64_t audits_ = 0;
  bool watching_ = false;
};

post_inner::behavior_type run_post(post_shell::self_ptr self, node_context context,
                                   post_config config) {
  auto& shell = self->state;
  shell.start(self, std::move(context), config);
  return {
      [&shell](post::committed_letters& x) { shell.on_letters(x); },
      [&shell](const post::peer_up& x) { shell.on_up(x); },
      [&shell](const post::peer_down& x) { shell.on_down(x); },
      [&shell](post::arrived& x) { shell.on_arrived(x); },
      [&shell](const post::get_marks& x) { return shell.on_marks(x); },
      [&shell](const post::get_depths&) { return shell.on_depths(); },
      [&shell](look_for_silence) { shell.on_silence(); },
      [&shell](say_acks) { shell.on_say_acks(); },
  };
}

} // namespace

post_actor spawn_post(caf::actor_system& system, node_context context, post_config config) {
  return system.spawn(run_post, std::move(context), config);
}

} // namespace trellis
