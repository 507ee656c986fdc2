#include "tests/bench/edge_bench.hpp"

#include "protocols/gsi/voms_ac.hpp"
#include "tests/bench/bench_node.hpp"
#include "tests/bench/tls_crowd.hpp"
#include "tests/protocols/gsi/forge_ac.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <csignal>
#include <deque>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace trellis::bench {
namespace {

using namespace std::chrono_literals;

constexpr unsigned many = 64;
constexpr unsigned crowd_size = 10'000;

/// Jobs that wait: what is measured is their submission.
constexpr std::string_view waiting_job
    = R"([ Executable = "/bin/true"; Requirements = other.GlueCEUniqueID == "none"; ])";

/// The same as a value of JSON.
constexpr std::string_view waiting_job_text
    = R"("[ Executable = \"/bin/true\"; Requirements = other.GlueCEUniqueID == \"none\"; ]")";

int connect_from(std::uint32_t source, int port) {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(source);
  int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0) {
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    if (::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0)
      return fd;
  }
  ::close(fd);
  return -1;
}

/// A user's program: one kept connection, one request after the other.
class https_user {
public:
  https_user(ssl_ctx_st* context, int port) : tls_(context, static_cast<std::uint16_t>(port)) {}

  /// The status of the answer; 0 when the connection broke.
  int ask(std::string_view method, std::string_view target, std::string_view body = {}) {
    auto text = fmt::format("{} {} HTTP/1.1\r\nHost: bench.example\r\n", method, target);
    if (!body.empty())
      text += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", body.size());
    if (!tls_.good() || !tls_.say(fmt::format("{}\r\n{}", text, body)))
      return 0;
    auto answer = tls_.hear(is_whole);
    return answer.size() < 12 ? 0 : std::atoi(answer.c_str() + 9);
  }

private:
  static bool is_whole(const std::string& x) {
    auto end = x.find("\r\n\r\n");
    if (end == x.npos)
      return false;
    auto length = x.find("Content-Length: ");
    return length > end || x.size() >= end + 4 + std::strtoul(x.c_str() + length + 16, nullptr, 10);
  }

  tls_client tls_;
};

/// Alice of testvo with her proxy, and the files by which a node knows her.
class people {
public:
  explicit people(const std::string& base) : base_(base) {
    auto put = [&](const std::string& name, std::string_view text) {
      std::filesystem::create_directories(std::filesystem::path{base_ + name}.parent_path());
      std::ofstream{base_ + name} << text;
    };
    for (const auto& x : world_.anchors)
      put("/anchors/" + x.name, x.bytes);
    for (const auto& x : world_.vomsdir)
      put("/vomsdir/" + x.name, x.bytes);
  }

  std::string configuration() const {
    return fmt::format("\n[edge]\nanchors = \"{0}/anchors\"\nvomsdir = \"{0}/vomsdir\"\n"
                       "requests = 1000000\nconnections = 20000\n"
                       "\n[limits]\nconnections_per_host = 1000\n",
                       base_);
  }

  std::unique_ptr<ssl_ctx_st, free_tls> context() const {
    auto pem = base_ + "/proxy.pem";
    std::ofstream{pem} << gsi::credential_pem(
        world_.proxy(gsi::ac_sequence({gsi::forge::sign(world_.recipe())})));
    return tls_of({base_ + "/node/ca.pem", pem, pem}, false);
  }

private:
  std::string base_;
  gsi::forge::vo_world world_;
};

/// Every piece of work done once, by `threads` that begin together.
template <class Work>
double rate(unsigned n, unsigned threads, Work work) {
  std::atomic<unsigned> next = 0;
  std::vector<std::thread> all;
  auto began = clock::now();
  for (unsigned t = 0; t < threads; ++t)
    all.emplace_back([&, t] { work(t, next, n); });
  for (auto& x : all)
    x.join();
  return n / seconds_since(began);
}

std::string request_name(std::string_view kind, unsigned round, unsigned i) {
  return fmt::format("{}-{}-{}", kind, round, i);
}

/// Submissions over HTTPS with `connections` that are there already.
result<double> over_https(ssl_ctx_st* context, int port, unsigned connections, unsigned n,
                          unsigned round) {
  std::vector<std::unique_ptr<https_user>> users;
  for (unsigned i = 0; i < connections; ++i)
    users.push_back(std::make_unique<https_user>(context, port));
  std::atomic<int> wrong = 0;
  auto kind = fmt::format("rest{}", connections);
  auto out = rate(n, connections, [&](unsigned t, std::atomic<unsigned>& next, unsigned all) {
    for (unsigned i; (i = next++) < all;) {
      auto body = fmt::format(R"({{"request": "{}", "jdl": {}}})", request_name(kind, round, i),
                              waiting_job_text);
      if (auto status = users[t]->ask("POST", "/v1/jobs", body); status != 200)
        wrong = status == 0 ? -1 : status;
    }
  });
  if (wrong)
    return error{errc::internal, fmt::format("a submission was answered with {}", wrong.load())};
  return out;
}

/// The same over the control socket, `window` of them on their way at once.
result<double> over_control(link::control_client& to, unsigned window, unsigned n, unsigned round) {
  std::deque<std::uint64_t> waiting;
  auto began = clock::now();
  for (unsigned i = 0; i < n || !waiting.empty();) {
    if (i < n && waiting.size() < window) {
      wms::submit x;
      x.request = request_name(fmt::format("control{}", window), round, i++);
      x.jdl = waiting_job;
      auto number = to.send(to.at(role::wms), x);
      if (!number)
        return number.why();
      waiting.push_back(*number);
      continue;
    }
    if (auto answer = to.receive<wms::submitted>(waiting.front()); !answer)
      return answer.why();
    waiting.pop_front();
  }
  return n / seconds_since(began);
}

/// Connections of a user a second, each with its mutual handshake and one request.
double handshakes(ssl_ctx_st* context, int port, unsigned n) {
  return rate(n, 2, [&](unsigned, std::atomic<unsigned>& next, unsigned all) {
    while (next++ < all)
      https_user{context, port}.ask("GET", "/v1/whoami");
  });
}

struct feeling {
  double kept_ms = 0, fresh_ms = 0; // an answer over a kept connection, and over a new one
};

feeling felt_by(ssl_ctx_st* context, int port) {
  std::vector<double> kept, fresh;
  https_user user{context, port};
  for (int i = 0; i < 300; ++i) {
    auto began = clock::now();
    user.ask("GET", "/v1/whoami");
    kept.push_back(1'000 * seconds_since(began));
  }
  for (int i = 0; i < 60; ++i) {
    auto began = clock::now();
    https_user{context, port}.ask("GET", "/v1/whoami");
    fresh.push_back(1'000 * seconds_since(began));
  }
  return {median(kept), median(fresh)};
}

/// Those who connect from 250 addresses and say nothing.
class silent_crowd {
public:
  silent_crowd(int port, unsigned n) {
    for (unsigned i = 0; i < n; ++i)
      if (auto fd = connect_from(INADDR_LOOPBACK + 256 + i % 250, port); fd >= 0)
        all_.push_back(fd);
  }

  ~silent_crowd() {
    for (auto fd : all_)
      ::close(fd);
  }

  silent_crowd(const silent_crowd&) = delete;
  silent_crowd& operator=(const silent_crowd&) = delete;

  /// Those whom the node has not sent away.
  std::size_t there() const {
    char byte;
    return static_cast<std::size_t>(std::ranges::count_if(all_, [&](int fd) {
      return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
    }));
  }

private:
  std::vector<int> all_;
};

/// Twice the crowd must have descriptors, here and in the node.
void raise_limits() {
  rlimit x{};
  ::getrlimit(RLIMIT_NOFILE, &x);
  x.rlim_cur = std::min<rlim_t>(x.rlim_max, 65'536);
  ::setrlimit(RLIMIT_NOFILE, &x);
}

struct series {
  std::vector<double> control_one, rest_one, control_many, rest_many, connections;
};

std::optional<error> one_round(link::control_client& to, ssl_ctx_st* context, int port,
                               double scale, unsigned round, series& out) {
  auto few = static_cast<unsigned>(300 * scale), lots = static_cast<unsigned>(3'000 * scale);
  auto add = [](std::vector<double>& to, const result<double>& x) -> std::optional<error> {
    if (!x)
      return x.why();
    to.push_back(*x);
    return {};
  };
  if (auto e = add(out.control_one, over_control(to, 1, few, round)))
    return e;
  if (auto e = add(out.rest_one, over_https(context, port, 1, few, round)))
    return e;
  if (auto e = add(out.control_many, over_control(to, many, lots, round)))
    return e;
  if (auto e = add(out.rest_many, over_https(context, port, many, lots, round)))
    return e;
  out.connections.push_back(handshakes(context, port, few));
  return {};
}

} // namespace

result<rows> edge(const options& x) {
  scratch here{x};
  ::signal(SIGPIPE, SIG_IGN);
  raise_limits();
  people all{here.path()};
  bench_node node{here.path(), 1, "testvo", all.configuration()};
  auto to = node.client();
  if (!to)
    return to.why();
  auto context = all.context();
  series got;
  for (int i = 0; i < x.rounds; ++i)
    if (auto e = one_round(*to, context.get(), node.port(), x.scale, static_cast<unsigned>(i), got))
      return *e;
  auto alone = felt_by(context.get(), node.port());
  silent_crowd silent{node.port(), crowd_size};
  auto began = silent.there();
  auto among = felt_by(context.get(), node.port());
  return rows{
      against("submissions over one HTTPS connection, beside the control socket",
              median(got.rest_one), "jobs/s", median(got.control_one), {}),
      against(fmt::format("the same over {} connections, beside {} in flight", many, many),
              median(got.rest_many), "jobs/s", median(got.control_many), {}),
      plain("connections of users, each with handshake and a question", median(got.connections),
            "1/s"),
      plain(fmt::format("silent connections, of {}", crowd_size), static_cast<double>(began), ""),
      plain("silent connections after it", static_cast<double>(silent.there()), ""),
      against("an answer over a kept connection among them, beside alone", among.kept_ms, "ms",
              alone.kept_ms, {}),
      against("an answer over a new connection among them, beside alone", among.fresh_ms, "ms",
              alone.fresh_ms, {}),
  };
}

} // namespace trellis::bench
