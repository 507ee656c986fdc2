#include "runtime/net/link_service.hpp"

#include "runtime/log/log.hpp"
#include "runtime/log/refusals.hpp"
#include "runtime/net/crowd.hpp"
#include "runtime/net/lane.hpp"
#include "runtime/net/session.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <random>
#include <unistd.h>

namespace trellis::net {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using failure_code = boost::system::error_code;
using clock = std::chrono::steady_clock;

/// Two ends that dial at once do it within this time.
constexpr std::chrono::seconds at_once{3};

/// A link that lasted so long did work.
constexpr std::chrono::seconds worked{5};

std::string text_of(const tcp::endpoint& x) {
  auto address = x.address().to_string();
  return x.address().is_v6() ? fmt::format("[{}]:{}", address, x.port())
                             : fmt::format("{}:{}", address, x.port());
}

std::size_t threads_of(const link_service_config& x) {
  auto cores = std::clamp(std::thread::hardware_concurrency(), 1u, 8u);
  return x.threads > 0 ? x.threads : cores;
}

} // namespace

/// What is not said otherwise belongs to the thread of the service.
class link_service::service : public session_owner {
public:
  service(link_service_config config, link_callbacks callbacks)
      : config_(std::move(config)), callbacks_(std::move(callbacks)), io_(own_.io()),
        watch_(config_.files), watch_timer_(*io_),
        crowd_(config_.pending_handshakes, config_.visitors), chance_(std::random_device{}()) {
    for (const auto& x : config_.peers) {
      enter(x);
      name(x.host);
    }
    for (std::size_t i = 0; i < threads_of(config_); ++i)
      lanes_.push_back(std::make_unique<lane>());
  }

  result<done> prepare();
  void start();
  void stop();

  /// From any thread. The name comes last, so that who comes under it finds its entry.
  void add_peer(link_peer x) {
    auto host = x.host;
    asio::post(*io_, [this, x = std::move(x)] {
      if (!stopping_ && !peers_.contains(x.host))
        dial(enter(x));
    });
    name(host);
  }

  std::vector<std::uint16_t> ports() const {
    std::vector<std::uint16_t> out;
    for (const auto& x : listeners_)
      out.push_back(x->local_endpoint().port());
    return out;
  }

  // What sessions call, each on its own thread.

  std::shared_ptr<const std::set<host_name>> peers() const override {
    std::lock_guard lock{naming_};
    return names_;
  }

  const link_service_config& config() const override { return config_; }

  const link_callbacks& callbacks() const override { return callbacks_; }

  bool visited(std::uint64_t id) override { return crowd_.visit(id); }

  void opened(std::uint64_t id) override {
    crowd_.leave(id);
    asio::dispatch(*io_, [this, id] {
      if (!stopping_)
        take_up(id);
    });
  }

  void closed(std::uint64_t id, const refusal& why) override {
    asio::dispatch(*io_, [this, id, why] {
      if (!stopping_)
        strike_out(id, why);
    });
  }

private:
  struct peer {
    peer(const link_peer& x, asio::io_context& io) : what(x), timer(io), resolver(io) {}

    link_peer what;
    asio::steady_timer timer; // until the next attempt
    tcp::resolver resolver;
    std::shared_ptr<tcp::socket> socket; // that is being connected
    bool dialling = false;
    unsigned attempts = 0;  // since the last link
    std::uint64_t link = 0; // the session that is the link; 0: none
    clock::time_point since;
  };

  struct entry {
    std::shared_ptr<session> what;
    std::string remote_host;
    lane* by = nullptr; // none: the thread of the service
    bool open = false;
  };

  peer& enter(const link_peer& x) { return peers_.try_emplace(x.host, x, *io_).first->second; }

  /// From any thread.
  void name(const host_name& x) {
    std::lock_guard lock{naming_};
    auto more = *names_;
    more.insert(x);
    names_ = std::make_shared<const std::set<host_name>>(std::move(more));
  }

  result<done> listen(const endpoint& at);
  void accept(std::size_t listener);
  void take(tcp::socket socket);
  void send_away(std::uint64_t id);
  void left(const entry& x);
  void take_up(std::uint64_t id);
  void strike_out(std::uint64_t id, const refusal& why);
  void dial(peer& x);
  void connect(peer& x, const tcp::resolver::results_type& where);
  void dial_again(peer& x);
  void dial_failed(peer& x, const error& why);
  bool keeps(const peer& old, const session& fresh) const;
  void look_at_files();

  void refused(const std::string& remote, const refusal& why) {
    refusals_.say(why.log_id, remote, why.why);
  }

  const link_service_config config_;
  const link_callbacks callbacks_;
  mutable std::mutex naming_; // of names_
  std::shared_ptr<const std::set<host_name>> names_ = std::make_shared<std::set<host_name>>();
  lane own_;
  std::vector<std::unique_ptr<lane>> lanes_; // for those who come
  std::shared_ptr<asio::io_context> io_;
  std::shared_ptr<const tls_contexts> tls_;
  file_watch watch_;
  asio::steady_timer watch_timer_;
  std::vector<std::unique_ptr<tcp::acceptor>> listeners_;
  std::map<host_name, peer> peers_;
  std::map<std::uint64_t, entry> sessions_;
  std::map<std::string, std::size_t> of_remote_; // sessions by remote address
  crowd crowd_;                                  // for any thread
  std::uint64_t last_id_ = 0;
  std::mt19937_64 chance_; // of the jitter alone
  log::refusals refusals_{"connection"};
  bool stopping_ = false;
};

// --- start and stop ----------------------------------------------------------------------------

result<done> link_service::service::prepare() {
  auto tls = tls_contexts::load(config_.files);
  if (!tls)
    return tls.why();
  tls_ = std::move(*tls);
  for (const auto& at : config_.listen)
    if (auto ok = listen(at); !ok)
      return ok;
  return done{};
}

result<done> link_service::service::listen(const endpoint& at) {
  failure_code ec;
  tcp::resolver resolver{*io_};
  auto found = resolver.resolve(at.host, std::to_string(at.port),
                                tcp::resolver::passive | tcp::resolver::numeric_service, ec);
  if (ec)
    return error{errc::usage, fmt::format("cannot listen at {}: {}", text(at), ec.message())};
  auto where = found.begin()->endpoint();
  auto listener = std::make_unique<tcp::acceptor>(*io_);
  listener->open(where.protocol(), ec);
  listener->set_option(tcp::acceptor::reuse_address{true}, ec);
  if (where.address().is_v6())
    listener->set_option(asio::ip::v6_only{true}, ec);
  listener->bind(where, ec);
  if (!ec)
    listener->listen(1024, ec);
  if (ec)
    return error{errc::usage, fmt::format("cannot listen at {}: {}", text(at), ec.message())};
  listeners_.push_back(std::move(listener));
  return done{};
}

void link_service::service::start() {
  for (std::size_t i = 0; i < listeners_.size(); ++i)
    accept(i);
  for (auto& [host, x] : peers_)
    dial(x);
  look_at_files();
  for (auto& x : lanes_)
    x->start();
  own_.start();
}

void link_service::service::stop() {
  asio::post(*io_, [this] {
    stopping_ = true;
    for (auto& x : listeners_)
      x->close();
    watch_timer_.cancel();
    for (auto& [host, x] : peers_) {
      x.timer.cancel();
      x.resolver.cancel();
    }
  });
  own_.stop(); // nobody comes any more, and the books are ours
  for (auto& [id, x] : sessions_)
    x.what->abort();
  for (auto& x : lanes_)
    x->stop();
  sessions_.clear();
  own_.drain();
  for (auto& x : lanes_)
    x->drain();
}

void link_service::service::look_at_files() {
  watch_timer_.expires_after(config_.watch_files);
  watch_timer_.async_wait([this](failure_code ec) {
    if (ec || stopping_)
      return;
    auto change = watch_.look();
    if (change != file_watch::change::none) {
      auto fresh = tls_contexts::load(config_.files);
      if (!fresh)
        log::error("tls-reload-failed", "the certificates stay as they were: {}", fresh.why().text);
      else {
        tls_ = std::move(*fresh);
        log::info("tls-reloaded", "certificates were read again from {}", config_.files.cert);
        if (change == file_watch::change::trust) // who is a link now may be revoked
          for (auto& [id, x] : sessions_)
            if (x.open)
              x.what->close("the trusted CAs or CRLs have changed");
      }
    }
    look_at_files();
  });
}

// --- those who come ----------------------------------------------------------------------------

void link_service::service::accept(std::size_t listener) {
  listeners_[listener]->async_accept([this, listener](failure_code ec, tcp::socket socket) {
    if (stopping_)
      return;
    if (!ec)
      take(std::move(socket));
    else if (ec == asio::error::no_descriptors) {
      log::error("link-no-descriptors", "no connection can be accepted: {}", ec.message());
      auto pause = std::make_shared<asio::steady_timer>(*io_, milliseconds{100});
      return pause->async_wait([this, listener, pause](failure_code) { accept(listener); });
    }
    accept(listener);
  });
}

void link_service::service::take(tcp::socket socket) {
  failure_code ec;
  auto from = socket.remote_endpoint(ec);
  if (ec)
    return; // it has gone already
  auto host = from.address().to_string();
  if (of_remote_[host] >= config_.connections_per_host)
    return refused(text_of(from),
                   {
                       {errc::busy, fmt::format("{} connections from there are open already",
                        of_remote_[host])},
                       "link-refused-connections"
    });
  auto& by = **std::ranges::min_element(lanes_, {}, [](const auto& x) { return x->connections; });
  tcp::socket theirs{*by.io()};
  auto handle = socket.release(ec);
  if (ec)
    return;
  if (theirs.assign(from.protocol(), handle, ec); ec)
    return static_cast<void>(::close(handle));
  auto id = ++last_id_;
  if (auto oldest = crowd_.arrive(id))
    send_away(*oldest);
  ++of_remote_[host];
  ++by.connections;
  auto& x = sessions_[id];
  x.remote_host = host;
  x.by = &by;
  x.what
      = session::begin(std::move(theirs), {id, tls_, by.io(), text_of(from), std::nullopt}, *this);
}

/// Somebody who is silent at the door, for somebody who has come.
void link_service::service::send_away(std::uint64_t id) {
  auto i = sessions_.find(id);
  if (i == sessions_.end())
    return; // it has gone at this moment
  auto oldest = std::move(i->second);
  sessions_.erase(i);
  left(oldest);
  refused(oldest.what->how().remote,
          {
              {errc::busy,
               fmt::format("it is the oldest of {} that are silent", config_.pending_handshakes)},
              "link-refused-pending"
  });
  oldest.what->abort();
}

void link_service::service::left(const entry& x) {
  if (x.by)
    --x.by->connections;
  if (auto r = of_remote_.find(x.remote_host); r != of_remote_.end() && --r->second == 0)
    of_remote_.erase(r);
}

// --- those we dial -----------------------------------------------------------------------------

void link_service::service::dial(peer& x) {
  if (!x.what.connect || x.link || x.dialling || stopping_)
    return;
  x.dialling = true;
  ++x.attempts;
  const auto& to = *x.what.connect;
  x.resolver.async_resolve(to.host, std::to_string(to.port), tcp::resolver::numeric_service,
                           [this, &x](failure_code ec, tcp::resolver::results_type where) {
                             if (stopping_)
                               return;
                             if (ec)
                               return dial_failed(x, {errc::site_unreachable, ec.message()});
                             connect(x, where);
                           });
}

void link_service::service::connect(peer& x, const tcp::resolver::results_type& where) {
  x.socket = std::make_shared<tcp::socket>(*io_);
  auto limit = std::make_shared<asio::steady_timer>(*io_, config_.handshake);
  limit->async_wait([socket = x.socket](failure_code ec) {
    failure_code ignored;
    if (!ec)
      socket->close(ignored);
  });
  asio::async_connect(
      *x.socket, where, [this, &x, limit, socket = x.socket](failure_code ec, tcp::endpoint at) {
        if (stopping_)
          return;
        bool in_time = limit->cancel() > 0;
        x.socket.reset();
        if (!in_time || !socket->is_open())
          return dial_failed(x, {errc::timed_out, "no answer in time"});
        if (ec)
          return dial_failed(x, {errc::site_unreachable, ec.message()});
        auto id = ++last_id_;
        auto& entry = sessions_[id];
        entry.what
            = session::begin(std::move(*socket), {id, tls_, io_, text_of(at), x.what.host}, *this);
      });
}

void link_service::service::dial_failed(peer& x, const error& why) {
  x.dialling = false;
  error told{why.code, fmt::format("cannot link with {} at {}: {}", x.what.host.text(),
                                   text(*x.what.connect), why.text)};
  // The first failure is news; the ones after it are told from time to time.
  if ((x.attempts & (x.attempts - 1)) == 0)
    log::warn("link-dial-failed", "{} ({}, attempt {})", told.text, word(told.code), x.attempts);
  callbacks_.dial_failed(x.what.host, told);
  dial_again(x);
}

void link_service::service::dial_again(peer& x) {
  if (!x.what.connect || x.link || stopping_)
    return;
  auto doubled = config_.first_reconnect * (1u << std::min(x.attempts, 16u));
  auto longest = std::min(doubled, config_.reconnect);
  std::uniform_real_distribution<> jitter{0.5, 1.0};
  auto wait = std::chrono::duration_cast<milliseconds>(longest * jitter(chance_));
  x.timer.expires_after(wait);
  x.timer.async_wait([this, &x](failure_code ec) {
    if (!ec)
      dial(x);
  });
}

// --- links -------------------------------------------------------------------------------------

/// Whether the link of `old` goes on although `fresh` has come: only when both ends dialled at
/// once, and then both decide alike.
bool link_service::service::keeps(const peer& old, const session& fresh) const {
  auto i = sessions_.find(old.link);
  if (i == sessions_.end() || clock::now() - old.since > at_once)
    return false;
  bool old_is_ours = i->second.what->how().dialled.has_value();
  bool fresh_is_ours = fresh.how().dialled.has_value();
  bool ours_wins = config_.host < old.what.host;
  return old_is_ours != fresh_is_ours && old_is_ours == ours_wins;
}

void link_service::service::take_up(std::uint64_t id) {
  auto here = sessions_.find(id);
  if (here == sessions_.end())
    return; // it was sent away
  auto fresh = here->second.what;
  auto& x = peers_.at(fresh->peer());
  bool ours = fresh->how().dialled.has_value();
  if (ours)
    x.dialling = false;
  here->second.open = true;
  if (x.link && keeps(x, *fresh))
    return fresh->close("both ends dialled at once; the other connection stays");
  auto old = std::exchange(x.link, id);
  x.since = clock::now();
  x.timer.cancel();
  if (auto i = sessions_.find(old); old && i != sessions_.end()) {
    i->second.what->mute();
    callbacks_.down(x.what.host, old, "a new connection took its place");
    i->second.what->close("a new connection took its place");
  }
  callbacks_.up(x.what.host, id, fresh, ours ? "out" : "in", fresh->how().remote);
  fresh->start_reading();
}

void link_service::service::strike_out(std::uint64_t id, const refusal& why) {
  auto i = sessions_.find(id);
  if (i == sessions_.end())
    return;
  auto gone = std::move(i->second);
  sessions_.erase(i);
  left(gone);
  crowd_.leave(id);
  const auto& how = gone.what->how();
  if (!gone.open) {
    if (how.dialled)
      return dial_failed(peers_.at(*how.dialled), why.why);
    if (why.why.code != errc::none)
      refused(how.remote, why);
    return;
  }
  auto& x = peers_.at(gone.what->peer());
  if (x.link == id) {
    x.link = 0;
    if (clock::now() - x.since > worked)
      x.attempts = 0; // else somebody closes it again and again
    log::info(why.log_id, "the connection to {} has ended ({}): {}", x.what.host.text(),
              word(why.why.code), why.why.text);
    callbacks_.down(x.what.host, id, why.why.text);
  }
  dial_again(x);
}

// --- the handle --------------------------------------------------------------------------------

result<std::unique_ptr<link_service>> link_service::start(link_service_config config,
                                                          link_callbacks callbacks) {
  auto made = std::make_shared<service>(std::move(config), std::move(callbacks));
  if (auto ready = made->prepare(); !ready)
    return ready.why();
  made->start();
  return std::unique_ptr<link_service>{new link_service{std::move(made)}};
}

link_service::link_service(std::shared_ptr<service> x) : service_(std::move(x)) {}

link_service::~link_service() { service_->stop(); }

void link_service::add_peer(link_peer x) { service_->add_peer(std::move(x)); }

std::vector<std::uint16_t> link_service::ports() const { return service_->ports(); }

} // namespace trellis::net
