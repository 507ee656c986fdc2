#include "runtime/link/post_actor.hpp"

#include "runtime/link/letters.hpp"
#include "runtime/link/outbox.hpp"
#include "runtime/log/log.hpp"
#include "storage/mail.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

namespace trellis {
namespace {

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

/// A letter whose addressee is being looked up.
struct laid_aside {
  receipt from;
  std::uint16_t type = 0;
  std::string body;
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
    self_->request(context_.store, std::chrono::seconds{60}, store::step{})
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
      take(x.peer, parcel);
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
      self_->request(context_.store, std::chrono::seconds{60}, store::restart_stream{to, peer_has})
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
      take(context_.host, parcel);
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

  void take(const host_name& peer, link::parcel& x) {
    if (x.to.host != context_.host)
      return log::warn("letter-misdirected", "{} sent a letter for {}", peer.text(), text(x.to));
    stream key{peer, std::move(x.birth), std::move(x.incarnation), x.to};
    auto& in = in_.try_emplace(key, inbox{}).first->second;
    if (in.wants(x.number))
      lay_before_actor({key, x.number}, x.type, std::move(x.body));
    else
      acknowledge(key);
  }

  /// The directory is asked once a role; letters that come meanwhile wait in order.
  void lay_before_actor(receipt from, std::uint16_t type, std::string body) {
    auto to = from.from.to;
    if (auto i = served_.find(to); i != served_.end())
      return lay_before(i->second, from, type, body);
    auto& queue = unserved_[to];
    queue.push_back({std::move(from), type, std::move(body)});
    if (queue.size() > 1)
      return;
    self_->request(context_.directory, std::chrono::seconds{30}, directory::find{to})
        .then([this, to](const directory::found& x) { found(to, x.handle); },
              [this, to](const caf::error& e) {
                for (const auto& x : std::exchange(unserved_[to], {}))
                  failed(x.from, from_caf(e));
              });
  }

  void found(const address& to, const caf::strong_actor_ptr& handle) {
    served_[to] = handle;
    for (const auto& x : std::exchange(unserved_[to], {}))
      lay_before(handle, x.from, x.type, x.body);
  }

  void lay_before(const caf::strong_actor_ptr& target, const receipt& from, std::uint16_t type,
                  const std::string& body);

  void failed(const receipt& from, const error& why) {
    log::warn("letter-not-taken", "letter {} of {} to {}: {}", from.number, from.from.from.text(),
              text(from.from.to), why.text);
    in_.at(from.from).failed(from.number);
  }

  /// A letter nobody can read must not stop those behind it.
  void bury(const receipt& from, std::uint16_t type, const std::string& body, const error& why) {
    log::error("letter-buried", "letter {} of {} to {} (message {:#06x}): {}", from.number,
               from.from.from.text(), text(from.from.to), type, why.text);
    store::step step;
    step.put(storage::family::dead_letters,
             storage::dead_inbox_key(from.from.from.text(), from.from.incarnation,
                                     text(from.from.to), from.number),
             storage::letter_value(type, body));
    step.accept(from);
    self_->request(context_.store, std::chrono::seconds{60}, std::move(step))
        .then([this, from](const store::committed&) { accepted(from); },
              [this, from](const caf::error& e) { failed(from, from_caf(e)); });
  }

  void accepted(const receipt& x) {
    in_.at(x.from).accepted(x.number);
    acknowledge(x.from);
  }

  /// Acknowledgements of one turn leave together.
  void acknowledge(const stream& key) {
    if (key.from == context_.host)
      return acknowledged(key.to, key.incarnation, in_.at(key).last());
    if (to_acknowledge_.empty())
      self_->send(self_, say_acks{});
    to_acknowledge_.insert(key);
  }

  self_ptr self_ = nullptr;
  node_context context_;
  post_config config_;
  std::map<address, out_stream> out_;
  std::map<stream, intake> in_;
  std::map<host_name, peer_link> links_;
  std::map<address, caf::strong_actor_ptr> served_;
  std::map<address, std::vector<laid_aside>> unserved_;
  std::set<stream> to_acknowledge_;
  bool watching_ = false;
};

using post_self = std::remove_pointer_t<post_shell::self_ptr>;

void post_shell::lay_before(const caf::strong_actor_ptr& target, const receipt& from,
                            std::uint16_t type, const std::string& body) {
  static const auto letters = letters_of<post_self, role::wms, role::lb, role::ce>();
  auto how = letters.find(type);
  auto row = crossing_by(type);
  if (how == letters.end() || row->to != from.from.to.to)
    return bury(from, type, body,
                {errc::unknown_message, "no letter to this role has this number"});
  auto laid = how->second(self_, target, from, body, [this, from](const std::optional<error>& why) {
    why ? failed(from, *why) : accepted(from);
  });
  if (!laid)
    bury(from, type, body, laid.why());
}

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
