#pragma once
/// The front with a connection that has no sockets: the test is the network, the clock, the judge
/// and whoever answers calls.
#include "protocols/sandbox/chunk.hpp"
#include "runtime/edge/front.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>

namespace trellis::edge {

using namespace std::chrono_literals;

inline const host_name here = *host_name::parse("cern.example");
inline const std::string part = "AAAAAAAAAAAAAAAAAAAAAA";

/// What the front does with a connection; the test is the network and the clock.
class fake_stream : public net::byte_stream {
public:
  void read() override { reading = true; }

  void write(std::string bytes) override {
    out += bytes;
    writing = true;
  }

  void close() override { closed = true; }

  void expire_after(std::chrono::milliseconds x) override { limit = x; }

  void post(std::function<void()> what) override { posted.push_back(std::move(what)); }

  std::string out;
  std::chrono::milliseconds limit{};
  std::deque<std::function<void()>> posted;
  bool reading = false, writing = false, closed = false;
};

struct call_here {
  principal who;
  link::call what;
  std::function<void(link::frame)> reply;
};

struct a_front {
  a_front() {
    config.here = here;
    config.jobs = {here, 9000};
    for (auto which : {role::wms, role::lb, role::node})
      config.serving[which] = here;
  }

  void come(std::vector<std::string> chain = {"alice"}) {
    auto judge = [this](const shown& x) -> result<principal> {
      ++judged;
      if (x.bearer) {
        principal who;
        who.kind = principal_kind::token;
        who.subject = *x.bearer;
        who.capabilities = {"compute.read"};
        return who;
      }
      if (x.chain.empty())
        return error{errc::unauthenticated, "no certificate was shown"};
      if (banned)
        return error{errc::unauthenticated, "revoked"};
      if (suspended)
        return error{errc::denied, "alice is suspended"};
      principal who;
      who.kind = principal_kind::x509;
      who.subject = "/CN=" + x.chain[0];
      who.expires = expires;
      return who;
    };
    auto ask = [this](principal who, link::call x, std::function<void(link::frame)> reply) {
      calls.push_back({std::move(who), std::move(x), std::move(reply)});
    };
    if (!house) {
      house = std::make_shared<front>(config, judge, ask);
      house->judge_anew([this] { return edition; });
      if (counter)
        house->serve_voms(*counter);
    }
    stream = std::make_shared<fake_stream>();
    visitor = house->receive(stream, {"[::1]:7", "[::1]", std::move(chain)});
  }

  /// In pieces of `step` bytes; what is not read waits.
  void say(std::string_view bytes, std::size_t step = 4096) {
    while (!bytes.empty() && stream->reading && !stream->closed) {
      stream->reading = false;
      visitor->heard(bytes.substr(0, step));
      bytes.remove_prefix(std::min(step, bytes.size()));
    }
    unread = bytes.size();
  }

  /// Everything that was written is taken, and all that was posted is done.
  std::string heard() {
    while (!stream->closed && (stream->writing || !stream->posted.empty())) {
      if (std::exchange(stream->writing, false))
        visitor->written();
      if (stream->posted.empty())
        continue;
      auto next = std::move(stream->posted.front());
      stream->posted.pop_front();
      next();
    }
    return std::exchange(stream->out, {});
  }

  template <class Response>
  void answer(const Response& x) {
    auto call = std::move(calls.front());
    calls.pop_front();
    call.reply(link::answer{call.what.number, wire::encode(x)});
  }

  void fail(errc code) {
    auto call = std::move(calls.front());
    calls.pop_front();
    call.reply(link::failure{
        call.what.number, {code, "no"}
    });
  }

  template <class Request>
  Request asked() {
    BOOST_REQUIRE(!calls.empty());
    BOOST_TEST(calls.front().what.type == operation_of<Request>().number);
    auto x = wire::decode<Request>(calls.front().what.body);
    BOOST_REQUIRE(x);
    return *x;
  }

  front_config config;
  std::shared_ptr<front> house;
  std::shared_ptr<fake_stream> stream;
  std::shared_ptr<net::visitor> visitor;
  std::deque<call_here> calls;
  std::chrono::system_clock::time_point expires = std::chrono::system_clock::now() + 1h;
  std::size_t unread = 0;
  bool banned = false, suspended = false;
  std::uint64_t edition = 1; // of what is trusted
  unsigned judged = 0;
  std::optional<voms_counter> counter;
};

inline int status(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
}

inline std::string body(const std::string& answer) {
  auto end = answer.find("\r\n\r\n");
  return end == answer.npos ? "" : answer.substr(end + 4);
}

inline bool has(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

inline std::string request(std::string_view line, std::string_view headers = "",
                           std::string_view content = "") {
  std::string out{line};
  out += " HTTP/1.1\r\nHost: cern.example\r\n";
  out += headers;
  if (!content.empty())
    out += "Content-Length: " + std::to_string(content.size()) + "\r\n";
  return out + "\r\n" + std::string{content};
}

inline constexpr std::string_view json_type = "Content-Type: application/json\r\n";

} // namespace trellis::edge
