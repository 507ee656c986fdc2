#pragma once
/// Nodes with real sockets on this machine, certificates made for the test, and other ends that
/// keep
/// to no rule. No test sleeps: waits end with what is waited for, or fail at a deadline.
#include "protocols/gsi/authority.hpp"
#include "protocols/link/frames.hpp"
#include "runtime/log/log.hpp"
#include "runtime/net/link_service.hpp"

#include <boost/test/unit_test.hpp>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

BOOST_TEST_DONT_PRINT_LOG_VALUE(trellis::errc)

namespace trellis::net {

using namespace std::chrono_literals;

inline host_name host(std::string_view text) { return *host_name::parse(text); }

/// Files of one host under its own directory.
class credentials {
public:
  credentials(const std::string& name, const gsi::authority& ca, std::string_view in_cert,
              gsi::instant made, std::chrono::days valid = std::chrono::days{30})
      : directory_(std::filesystem::temp_directory_path()
                   / ("trellis-net-" + std::to_string(::getpid()) + "-" + name)) {
    std::filesystem::create_directories(directory_);
    files = {path("ca.pem"), path("host.pem"), path("host.key"), ""};
    write(files.ca, ca.cert.pem());
    issue(ca, in_cert, made, valid);
  }

  ~credentials() { std::filesystem::remove_all(directory_); }

  credentials(const credentials&) = delete;
  credentials& operator=(const credentials&) = delete;

  void issue(const gsi::authority& ca, std::string_view in_cert, gsi::instant made,
             std::chrono::days valid) {
    auto key = gsi::private_key::generate();
    auto request = gsi::make_request(*key, host(in_cert));
    auto cert = gsi::sign_host(ca, *request, host(in_cert), made, valid);
    BOOST_REQUIRE(bool(cert));
    write(files.key, key->pem());
    write(files.cert, cert->pem());
  }

  /// Renamed into place, as a certificate tool does.
  void write(const std::string& file, const std::string& text) {
    std::ofstream{file + ".new"} << text;
    std::filesystem::rename(file + ".new", file);
  }

  std::string path(const std::string& name) const { return directory_ / name; }

  tls_files files;

private:
  std::filesystem::path directory_;
};

inline gsi::instant now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// What a service told, and a way to wait for it.
class hearing {
public:
  struct one_link {
    std::uint64_t number = 0;
    std::shared_ptr<link::connection> via;
    std::string direction, remote;
  };

  link_callbacks callbacks() {
    link_callbacks out;
    out.up
        = [this](const host_name& peer, std::uint64_t number, std::shared_ptr<link::connection> via,
                 std::string direction, std::string remote) {
            note([&] {
              links[peer] = {number, std::move(via), std::move(direction), std::move(remote)};
              ++ups;
            });
          };
    out.down = [this](const host_name& peer, std::uint64_t number, std::string why) {
      note([&] {
        if (links[peer].number == number)
          links.erase(peer);
        downs.push_back(std::move(why));
      });
    };
    out.arrived = [this](const host_name& peer, std::uint64_t, std::string bytes) {
      note([&] {
        auto frames = wire::decode<link::message>(bytes);
        messages.push_back(bytes.size());
        if (!frames)
          unreadable.push_back(std::move(bytes));
        else
          for (auto& f : *frames)
            heard.push_back(std::move(f));
        if (acknowledge && links.contains(peer))
          links[peer].via->taken(messages.back());
      });
    };
    out.dial_failed
        = [this](const host_name&, const error& why) { note([&] { failures.push_back(why); }); };
    return out;
  }

  /// False at the deadline.
  bool wait(const std::function<bool()>& until, std::chrono::milliseconds limit = 20s) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, limit, until);
  }

  bool linked(const host_name& peer) {
    return wait([&] { return links.contains(peer); });
  }

  std::shared_ptr<link::connection> via(const host_name& peer) {
    std::lock_guard lock{mutex_};
    return links.contains(peer) ? links[peer].via : nullptr;
  }

  // read under `wait`, or when nothing can come any more
  std::map<host_name, one_link> links;
  std::size_t ups = 0;
  std::vector<std::string> downs;
  std::vector<link::frame> heard;
  std::vector<std::string> unreadable;
  std::vector<std::size_t> messages;
  std::vector<error> failures;
  bool acknowledge = true;

private:
  void note(const std::function<void()>& what) {
    std::lock_guard lock{mutex_};
    what();
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
};

/// A node's links without the node.
struct node {
  hearing ears;
  link_service_config config;
  std::unique_ptr<link_service> service;

  node(const std::string& name, const tls_files& files) {
    config.host = host(name);
    config.files = files;
    config.first_reconnect = 20ms;
    config.reconnect = 100ms;
  }

  node& listens(std::string at = "127.0.0.1") {
    config.listen.push_back({std::move(at), 0});
    return *this;
  }

  node& knows(const std::string& peer, std::optional<std::uint16_t> port = std::nullopt,
              std::string at = "127.0.0.1") {
    std::optional<endpoint> connect;
    if (port)
      connect = endpoint{std::move(at), *port};
    config.peers.push_back({host(peer), connect});
    return *this;
  }

  node& starts() {
    auto made = link_service::start(config, ears.callbacks());
    if (!made)
      BOOST_FAIL(made.why().text);
    service = std::move(*made);
    return *this;
  }

  std::uint16_t port() const { return service->ports().at(0); }
};

/// A note of `size` bytes that the other end can recognise.
inline std::string some_frame(std::uint64_t number, std::size_t size = 10) {
  return wire::encode(link::frame{
      link::answer{number, std::string(size, 'x')}
  });
}

/// Whether what one says the other hears.
inline bool talk(node& from, const host_name& to_host, node& to, std::uint64_t number) {
  auto via = from.ears.via(to_host);
  if (!via || !via->send(some_frame(number), link::urgency::owed))
    return false;
  return to.ears.wait([&] {
    return std::ranges::any_of(to.ears.heard, [&](const auto& f) {
      auto x = std::get_if<link::answer>(&f);
      return x && x->number == number;
    });
  });
}

} // namespace trellis::net
