/// Both ends of a stream of letters, as rows and as objects that die between any two lines, over a
/// network that loses, repeats and reorders. It would catch a number given twice after a crash, an
/// acknowledgement before the commit, and a window that forgets what it sent.
#include "runtime/link/outbox.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>

namespace trellis {
namespace {

using box = outbox<std::string>;

struct parcel {
  std::uint64_t number = 0;
  std::string body;
};

struct two_ends {
  static constexpr std::size_t window = 8;

  explicit two_ends(std::uint64_t seed) : rng(seed) {}

  bool chance(unsigned percent) { return faults && rng() % 100 < percent; }

  void connect() {
    to_receiver.clear();
    to_sender.clear();
    BOOST_TEST_REQUIRE(out.fits(disk_in.last()));
    acknowledge(disk_in.last());
    out.rewind();
  }

  void restart_sender() {
    out = box{disk_next, disk_out, window};
    connect();
  }

  void restart_receiver() {
    in = intake{disk_in};
    working.clear();
    connect();
  }

  template <class T>
  void post(std::vector<T>& net, T x) {
    if (chance(20))
      return;
    net.push_back(x);
    if (chance(10))
      net.push_back(x);
  }

  template <class T>
  T pick(std::vector<T>& net) {
    auto i = net.begin() + static_cast<std::ptrdiff_t>(faults ? rng() % net.size() : 0);
    T x = *i;
    net.erase(i);
    return x;
  }

  void send_due() {
    std::vector<parcel> due;
    out.due([&](std::uint64_t n, const std::string& body) { due.push_back({n, body}); });
    for (const auto& x : due)
      post(to_receiver, x);
    if (chance(3))
      restart_sender();
  }

  void put() {
    auto body = "m" + std::to_string(rng());
    if (chance(10))
      return restart_sender(); // before the commit: it never happened
    auto number = disk_next++;
    disk_out[number] = body;
    promised.push_back(body);
    if (chance(10))
      return restart_sender();
    out.put(number, body);
    send_due();
  }

  /// The actor is given the letter now; its commit comes later, and in any order.
  void receive() {
    if (to_receiver.empty())
      return;
    auto x = pick(to_receiver);
    if (in.wants(x.number)) {
      BOOST_TEST_REQUIRE(x.number <= given + 1); // in order, or one that failed before
      given = std::max(given, x.number);
      working.push_back(x);
    }
    post(to_sender, in.last());
  }

  void commit() {
    if (working.empty())
      return;
    auto x = pick(working);
    if (chance(10))
      return in.failed(x.number);
    if (!disk_in.has(x.number)) {
      disk_in.accept(x.number);
      done[x.number].push_back(x.body);
    }
    if (chance(10))
      return restart_receiver(); // committed, the acknowledgement lost
    in.accepted(x.number);
    post(to_sender, in.last());
  }

  void acknowledge(std::uint64_t number) {
    for (auto n : out.acknowledge(number))
      if (!chance(10)) // rows go lazily: a crash may keep some
        disk_out.erase(n);
  }

  void acknowledged() {
    if (to_sender.empty())
      return;
    acknowledge(pick(to_sender));
    if (chance(10))
      return restart_sender();
    send_due();
  }

  void step() {
    switch (rng() % 9) {
    case 0:
    case 1:
      return put();
    case 2:
    case 3:
    case 4:
      return receive();
    case 5:
    case 6:
      return commit();
    case 7:
      return acknowledged();
    default:
      out.rewind();
      send_due();
    }
  }

  void run() {
    for (int i = 0; i < 400; ++i)
      step();
    faults = false;
    restart_sender();
    for (send_due(); !out.empty(); receive(), commit(), acknowledged())
      if (to_receiver.empty() && to_sender.empty() && working.empty()) {
        out.rewind();
        send_due();
      }
  }

  std::mt19937_64 rng;
  std::uint64_t disk_next = 1;
  std::map<std::uint64_t, std::string> disk_out;
  inbox disk_in;
  std::map<std::uint64_t, std::vector<std::string>> done;
  std::vector<std::string> promised;
  box out{1, {}, window};
  intake in{inbox{}};
  std::uint64_t given = 0;
  std::vector<parcel> working, to_receiver;
  std::vector<std::uint64_t> to_sender;
  bool faults = true;
};

} // namespace

BOOST_AUTO_TEST_CASE(what_was_promised_arrives_once_and_is_given_in_order) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed)
    BOOST_TEST_CONTEXT("seed " << seed) {
      two_ends x{seed};
      x.run();
      BOOST_TEST_REQUIRE(x.done.size() == x.promised.size());
      for (std::size_t i = 0; i < x.promised.size(); ++i) {
        const auto& got = x.done[i + 1];
        BOOST_TEST_REQUIRE(got.size() == 1u);
        BOOST_TEST_REQUIRE(got[0] == x.promised[i]);
      }
    }
}

BOOST_AUTO_TEST_CASE(a_store_that_went_back_in_time_is_noticed) {
  box a{100, {}, 8};
  BOOST_TEST(!a.fits(98));  // the receiver lost its rows
  BOOST_TEST(!a.fits(100)); // we lost ours
  BOOST_TEST(a.fits(99));
}

BOOST_AUTO_TEST_CASE(receipts_out_of_order_are_remembered_until_the_gap_closes) {
  inbox x{5, {}};
  BOOST_TEST(x.accept(7).empty());
  BOOST_TEST(x.last() == 5u);
  BOOST_TEST(x.has(7));
  BOOST_TEST(!x.has(6));
  BOOST_TEST(x.accept(6) == std::vector<std::uint64_t>{7}, boost::test_tools::per_element());
  BOOST_TEST(x.last() == 7u);
}

} // namespace trellis
