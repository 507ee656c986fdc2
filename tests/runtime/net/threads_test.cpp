/// Connections that come are served by several threads: visitors, links and their ends under load.
#include "tests/runtime/net/nodes.hpp"
#include "tests/runtime/net/strangers.hpp"

#include <atomic>
#include <csignal>
#include <poll.h>
#include <thread>

namespace trellis::net {
namespace {

constexpr std::size_t threads = 4;

/// Answers each byte that comes, and tells what it does.
struct house {
  std::mutex lock;
  std::set<std::thread::id> by; // which threads have served
  std::atomic<std::uint64_t> came = 0, left = 0, bytes = 0, late = 0, strayed = 0;
  std::atomic<bool> over = false;

  reception receives() {
    return [this](std::shared_ptr<byte_stream> stream, tls_visitor) {
      note();
      ++came;
      return std::make_shared<echo>(*this, std::move(stream));
    };
  }

  void note() {
    late += over ? 1 : 0;
    std::lock_guard guard{lock};
    by.insert(std::this_thread::get_id());
  }

  struct echo : visitor {
    echo(house& x, std::shared_ptr<byte_stream> y)
        : in(x), stream(std::move(y)), at(std::this_thread::get_id()) {
      stream->read();
    }

    ~echo() override { ++in.left; }

    void heard(std::string_view x) override {
      in.note();
      in.strayed += at == std::this_thread::get_id() ? 0 : 1;
      in.bytes += x.size();
      stream->write(std::string{x});
    }

    void written() override {
      in.note();
      stream->read();
    }

    void expired() override { stream->close(); }

    void ended() override { in.note(); }

    house& in;
    std::shared_ptr<byte_stream> stream;
    std::thread::id at;
  };
};

/// What a gateway would hear of each connection, and whether it came in order.
struct order {
  struct one {
    bool up = false, down = false;
    std::uint64_t last = 0;
  };

  std::mutex lock;
  std::condition_variable changed;
  std::map<std::uint64_t, one> of; // by connection
  std::map<std::uint64_t, std::shared_ptr<link::connection>> vias;
  std::uint64_t ups = 0, frames = 0, wrong = 0;

  link_callbacks callbacks() {
    link_callbacks out;
    out.up = [this](const host_name&, std::uint64_t n, std::shared_ptr<link::connection> via,
                    std::string, std::string) {
      std::lock_guard guard{lock};
      wrong += std::exchange(of[n].up, true) ? 1 : 0;
      vias[n] = std::move(via);
      ++ups;
      changed.notify_all();
    };
    out.down = [this](const host_name&, std::uint64_t n, std::string) {
      std::lock_guard guard{lock};
      wrong += std::exchange(of[n].down, true) || !of[n].up ? 1 : 0;
      vias.erase(n);
    };
    out.arrived = [this](const host_name&, std::uint64_t n, std::string bytes) {
      auto all = wire::decode<link::message>(bytes);
      std::lock_guard guard{lock};
      auto& x = of[n];
      wrong += !x.up || x.down || !all ? 1 : 0;
      if (all)
        for (const auto& f : *all) {
          auto number = std::get<link::answer>(f).number;
          wrong += number <= x.last ? 1 : 0;
          x.last = number;
          ++frames;
        }
      if (auto via = vias.find(n); via != vias.end())
        via->second->taken(bytes.size());
      changed.notify_all();
    };
    out.dial_failed = [](const host_name&, const error&) {};
    return out;
  }

  bool wait(const std::function<bool()>& until) {
    std::unique_lock guard{lock};
    return changed.wait_for(guard, 60s, until);
  }
};

struct several {
  log::collector log;
  gsi::authority ca = *gsi::make_authority("test", now(), std::chrono::days{60});
  credentials of_cern{"cern", ca, "cern.example", now()};
  credentials of_ral{"ral", ca, "ral.example", now()};
  credentials of_infn{"infn", ca, "infn.example", now()};
  house in; // what the callbacks use outlives the service
  order heard;
  node cern{"cern.example", of_cern.files};

  several() {
    ::signal(SIGPIPE, SIG_IGN);
    cern.listens().knows("ral.example").knows("infn.example");
    cern.config.threads = threads;
    cern.config.connections_per_host = 1'000;
  }

  void starts() {
    auto hears = heard.callbacks();
    hears.front = in.receives();
    auto made = link_service::start(cern.config, std::move(hears));
    BOOST_REQUIRE(bool(made));
    cern.service = std::move(*made);
  }

  std::unique_ptr<tls_stranger> visitor() const {
    return std::make_unique<tls_stranger>(cern.port(), nullptr, "http/1.1");
  }

  /// Dials and numbers what it says, whatever becomes of the link.
  struct talker {
    talker(several& to, const std::string& name, const tls_files& files) : self{name, files} {
      self.config.first_reconnect = self.config.reconnect = 5ms;
      self.knows("cern.example", to.cern.port()).starts();
      thread = std::thread{[this] {
        auto cern = host("cern.example");
        for (std::uint64_t n = 1; !stop; ++n)
          if (auto via = self.ears.via(cern);
              !via || !via->send(some_frame(n), link::urgency::work))
            self.ears.wait([] { return false; }, 1ms);
      }};
    }

    ~talker() {
      stop = true;
      thread.join();
    }

    node self;
    std::atomic<bool> stop = false;
    std::thread thread;
  };
};

bool waits_for(const std::function<bool()>& what) {
  for (int i = 0; i < 4'000 && !what(); ++i)
    ::poll(nullptr, 0, 5);
  return what();
}

BOOST_FIXTURE_TEST_SUITE(several_threads, several)

BOOST_AUTO_TEST_CASE(those_who_are_there_at_once_are_spread) {
  starts();
  std::vector<std::unique_ptr<tls_stranger>> all;
  for (std::size_t i = 0; i < 2 * threads; ++i)
    all.push_back(visitor());
  for (auto& x : all) {
    BOOST_REQUIRE(x->write("hello"));
    BOOST_TEST(x->read() == "hello");
  }
  BOOST_TEST(in.by.size() == threads);
  all.clear();
  BOOST_TEST(waits_for([&] { return in.left == in.came; }));
}

BOOST_AUTO_TEST_CASE(many_visitors_at_once_are_all_served) {
  starts();
  constexpr std::uint64_t clients = 8, rounds = 30;
  std::atomic<std::uint64_t> good = 0;
  std::vector<std::thread> all;
  for (std::uint64_t i = 0; i < clients; ++i)
    all.emplace_back([&] {
      for (std::uint64_t n = 0; n < rounds; ++n) {
        auto x = visitor();
        bool answered = x->write("a") && x->read() == "a" && x->write("bc") && x->read() == "bc";
        good += answered ? 1 : 0;
      }
    });
  for (auto& x : all)
    x.join();
  BOOST_TEST(good == clients * rounds);
  BOOST_TEST(in.came == clients * rounds);
  BOOST_TEST(in.bytes == 3 * clients * rounds);
  BOOST_TEST(in.strayed == 0u);
  BOOST_TEST(waits_for([&] { return in.left == in.came; }));
}

BOOST_AUTO_TEST_CASE(visitors_are_bounded_over_all_threads) {
  cern.config.visitors = 5;
  starts();
  std::vector<std::unique_ptr<tls_stranger>> all;
  std::size_t served = 0;
  for (int i = 0; i < 12; ++i) {
    all.push_back(visitor());
    served += all.back()->write("x") && all.back()->read() == "x" ? 1 : 0;
  }
  BOOST_TEST(served == 5u);
  all.clear();
  BOOST_TEST(waits_for([&] { // their places are free again
    auto x = visitor();
    return x->write("x") && x->read() == "x";
  }));
}

BOOST_AUTO_TEST_CASE(the_oldest_of_the_silent_goes_whichever_thread_it_has) {
  cern.config.pending_handshakes = 6;
  cern.config.handshake = std::chrono::minutes{1};
  starts();
  auto inside = visitor();
  BOOST_REQUIRE(inside->write("x"));
  BOOST_REQUIRE(inside->read() == "x");
  std::vector<stranger> silent;
  for (int i = 0; i < 12; ++i)
    silent.emplace_back(cern.port());
  for (int i = 0; i < 6; ++i)
    BOOST_TEST(silent[static_cast<std::size_t>(i)].closed());
  BOOST_TEST(log.count("link-refused-pending") == 6u);
  for (std::size_t i = 6; i < 12; ++i) {
    pollfd one{silent[i].fd, POLLIN, 0};
    BOOST_TEST(::poll(&one, 1, 0) == 0); // they may stay
  }
  BOOST_TEST(inside->write("y"));
  BOOST_TEST(inside->read() == "y");
}

BOOST_AUTO_TEST_CASE(each_link_is_heard_in_order_while_visitors_come_and_others_take_its_place) {
  starts();
  std::atomic<bool> stop = false;
  std::thread visits{[&] {
    while (!stop) {
      auto x = visitor();
      x->write("a");
      x->read();
    }
  }};
  {
    talker infn{*this, "infn.example", of_infn.files};
    talker ral{*this, "ral.example", of_ral.files}, twin{*this, "ral.example", of_ral.files};
    BOOST_TEST(heard.wait([&] { return heard.ups >= 40 && heard.frames >= 20'000; }));
  }
  stop = true;
  visits.join();
  cern.service.reset();
  BOOST_TEST(heard.wrong == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_is_heard_after_the_end) {
  for (int i = 0; i < 5; ++i) {
    in.over = false;
    starts();
    const auto port = cern.port();
    std::atomic<bool> stop = false;
    std::vector<std::thread> all;
    for (int n = 0; n < 4; ++n)
      all.emplace_back([&] {
        while (!stop) {
          tls_stranger x{port, nullptr, "http/1.1"};
          for (int i = 0; i < 5 && x.there && x.write("a") && x.read() == "a"; ++i)
            ;
        }
      });
    BOOST_TEST(waits_for([&, before = in.came.load()] { return in.came > before + 20; }));
    cern.service.reset();
    in.over = true;
    auto heard_by_then = in.bytes.load();
    stop = true;
    for (auto& x : all)
      x.join();
    BOOST_TEST(in.bytes == heard_by_then);
    BOOST_TEST(in.late == 0u);
    BOOST_TEST(in.left == in.came);
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace trellis::net
