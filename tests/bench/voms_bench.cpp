#include "tests/bench/voms_bench.hpp"

#include "protocols/gsi/voms_ac.hpp"
#include "runtime/edge/identity.hpp"
#include "runtime/link/control_client.hpp"
#include "tests/bench/processes.hpp"
#include "tests/bench/tls_crowd.hpp"
#include "tests/protocols/gsi/forge.hpp"

#include <fmt/format.h>

#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace trellis::bench {
namespace {

using namespace std::chrono_literals;
using gsi::forge::below;

constexpr unsigned clients = 8, kept_connections = 16;

gsi::instant now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

gsi::credential user_of(const gsi::credential& ca, const std::string& name) {
  auto x = gsi::forge::user_recipe(ca, name);
  x.begin = now() - 1h;
  x.end = now() + 24h;
  return below(ca, x);
}

std::string_view key_name(bool rsa) { return rsa ? "RSA 2048" : "P-256"; }

void write(const std::string& path, const std::string& text) {
  std::ofstream{path} << text;
  ::chmod(path.c_str(), 0600);
}

/// A node with the VOMS role alone and a key of this kind, for one VO with one user.
class voms_node {
public:
  voms_node(const std::string& base, const gsi::credential& ca, bool rsa)
      : directory_(base + "/node"),
        log_(base + "/node.log"), party_{base + "/ca.pem", base + "/host.pem", base + "/host.key"} {
    std::filesystem::create_directory(base);
    write_host(rsa);
    ends_well(spawn({beside("trellis-node"), "init", directory_, "--host", "bench.example",
                     "--roles", "voms", "--listen", fmt::format("127.0.0.1:{}", port_), "--ca",
                     party_.ca, "--cert", party_.cert, "--key", party_.key},
                    log_));
    auto anchors = base + "/certificates";
    std::filesystem::create_directory(anchors);
    for (const auto& x : gsi::forge::files(ca, "/*"))
      write(anchors + "/" + x.name, x.bytes);
    std::ofstream{directory_ + "/node.toml", std::ios::app}
        << fmt::format("\n[edge]\nanchors = \"{}\"\nrequests = 1000000\n", anchors);
    pid_ = spawn({beside("trellis-node"), "--config", directory_ + "/node.toml"}, log_);
  }

  ~voms_node() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
  }

  voms_node(const voms_node&) = delete;
  voms_node& operator=(const voms_node&) = delete;

  /// Once it answers: the VO with its user, in two groups and a role.
  result<done> fill(const gsi::certificate& user) const {
    error last{errc::timed_out, "the node did not start; its log is " + log_};
    for (int i = 0; i < 200; ++i, std::this_thread::sleep_for(50ms)) {
      auto to = link::control_client::connect(directory_ + "/node.sock");
      if (!to)
        continue;
      auto changed = to->call(role::voms, vo_of(user));
      if (changed)
        return done{};
      last = changed.why();
    }
    return last;
  }

  const tls_party& party() const { return party_; }

  std::uint16_t port() const { return port_; }

private:
  void write_host(bool rsa) const {
    auto ca = gsi::forge::make_ca("/DC=example/CN=Hosts CA");
    auto x = gsi::forge::user_recipe(ca, "/DC=example/CN=bench.example");
    x.begin = now() - 1h;
    x.end = now() + 24h;
    if (rsa)
      x.key = gsi::forge::rsa_key(2048);
    x.extensions.push_back(gsi::forge::alternative_name("bench.example"));
    write(party_.ca, ca.leaf().pem());
    write(party_.cert, below(ca, x).leaf().pem());
    write(party_.key, x.key.pem());
  }

  static voms::change vo_of(const gsi::certificate& user) {
    voms::change out;
    voms::act x;
    x.vo = "biomed";
    x.certificate = {user.subject(), user.issuer()};
    out.acts.push_back(x);
    x.what = voms::act_kind::add_user;
    out.acts.push_back(x);
    for (const auto* fqan : {"/biomed/analysis", "/biomed/prod/Role=production"}) {
      x.fqan = fqan;
      for (auto what : {voms::act_kind::add_fqan, voms::act_kind::grant}) {
        x.what = what;
        out.acts.push_back(x);
      }
    }
    return out;
  }

  std::string directory_, log_;
  tls_party party_;
  std::uint16_t port_ = static_cast<std::uint16_t>(20'000 + ::getpid() % 20'000);
  pid_t pid_ = -1;
};

// --- attribute certificates over TLS -------------------------------------------------------------

std::string asking(bool keep) {
  return fmt::format("GET /generate-ac?fqans=/biomed/prod/Role=production&lifetime=43200 "
                     "HTTP/1.1\r\nHost: bench.example\r\nConnection: {}\r\n\r\n",
                     keep ? "keep-alive" : "close");
}

bool has_ac(const std::string& answer) { return answer.ends_with("</ac></voms>\n"); }

/// One connection, one attribute certificate.
bool one_ac(ssl_ctx_st* by, std::uint16_t port) {
  tls_client to{by, port};
  return to.say(asking(false)) && has_ac(to.hear(has_ac));
}

struct rates {
  std::vector<double> floor, fresh, kept;
};

result<done> one_round(const voms_node& node, const bare_server& bare, ssl_ctx_st* by,
                       std::chrono::milliseconds time, rates& to) {
  auto floor = crowd(clients, time, [&](unsigned) { return one_ac(by, bare.port()); });
  auto fresh = crowd(clients, time, [&](unsigned) { return one_ac(by, node.port()); });
  std::vector<std::unique_ptr<tls_client>> connections;
  for (unsigned i = 0; i < kept_connections; ++i)
    connections.push_back(std::make_unique<tls_client>(by, node.port()));
  const auto question = asking(true);
  auto kept = crowd(kept_connections, time, [&](unsigned i) {
    return connections[i]->say(question) && has_ac(connections[i]->hear(has_ac));
  });
  if (auto bad = floor.bad + fresh.bad + kept.bad; bad > 0)
    return error{errc::internal,
                 fmt::format("{} bare connections, {} connections and {} questions on kept ones "
                             "brought nothing",
                             floor.bad, fresh.bad, kept.bad)};
  to.floor.push_back(floor.rate());
  to.fresh.push_back(fresh.rate());
  to.kept.push_back(kept.rate());
  return done{};
}

result<rows> over_tls(const std::string& base, const gsi::credential& ca,
                      const gsi::credential& user, bool rsa, const options& x) {
  voms_node node{base, ca, rsa};
  if (auto r = node.fill(user.leaf()); !r)
    return r.why();
  tls_party as_user{node.party().ca, base + "/user.pem", base + "/user.key"};
  write(as_user.cert, user.leaf().pem());
  write(as_user.key, user.key.pem());
  auto by = tls_of(as_user, false);
  auto as_server = node.party();
  as_server.ca = base + "/users.pem";
  write(as_server.ca, ca.leaf().pem());
  bare_server bare{as_server, std::string(3'000, 'A') + "</ac></voms>\n"};
  if (!by || bare.port() == 0)
    return error{errc::internal, "TLS cannot be set up"};
  auto time = std::chrono::milliseconds{static_cast<int>(1'500 * x.scale)};
  rates all;
  for (int i = 0; i < x.rounds; ++i)
    if (auto r = one_round(node, bare, by.get(), time, all); !r)
      return r.why();
  auto key = key_name(rsa);
  auto goal = rsa ? std::nullopt : std::optional<double>{5'000};
  return rows{
      against(fmt::format("AC with a full mutual handshake each, {}, {} clients", key, clients),
              median(all.fresh), "AC/s", median(all.floor), 0.8),
      plain(fmt::format("AC on {} kept connections, {}", kept_connections, key), median(all.kept),
            "AC/s", goal)};
}

// --- verification --------------------------------------------------------------------------------

double cpu_seconds() {
  timespec x{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &x);
  return static_cast<double>(x.tv_sec) + 1e-9 * static_cast<double>(x.tv_nsec);
}

/// A proxy with attributes, and what is needed to judge it.
struct proxied {
  proxied(const gsi::credential& ca, const gsi::credential& user, gsi::private_key key) {
    auto recipe = gsi::forge::user_recipe(ca, "/DC=example/CN=voms.example");
    recipe.begin = now() - 1h;
    recipe.end = now() + 24h;
    recipe.key = std::move(key);
    auto server = below(ca, recipe);
    server.chain = {server.chain.front()};
    gsi::new_ac ac;
    ac.vo = "biomed";
    ac.host = "voms.example";
    ac.port = 15'000;
    for (const auto* x : {"/biomed", "/biomed/analysis", "/biomed/prod"})
      ac.fqans.push_back(*gsi::fqan::parse(x));
    ac.not_before = now() - 1min;
    ac.not_after = now() + 12h;
    gsi::new_proxy wish;
    wish.acs = gsi::ac_sequence({*gsi::issue_ac(server, user.leaf(), ac)});
    const auto proxy = gsi::make_proxy(user, wish, now());
    for (const auto& x : proxy->chain)
      shown.push_back(x.der());
    by.anchors = gsi::trust_anchors::load(gsi::forge::files(ca, "/*"), {}).anchors;
    by.voms.trust("biomed", "voms.example",
                  {
                      {server.leaf().subject(), server.leaf().issuer()}
    });
    by.here = *host_name::parse("ce.example");
  }

  std::vector<std::string> shown;
  edge::trusted by;
};

/// How often a CPU second does `one`.
result<double> each_cpu_second(double seconds, const std::function<result<done>()>& one) {
  if (auto r = one(); !r)
    return r.why();
  auto began = cpu_seconds();
  double n = 0;
  for (; cpu_seconds() < began + seconds; ++n)
    if (auto r = one(); !r)
      return r.why();
  return n / (cpu_seconds() - began);
}

result<rows> verifications(const gsi::credential& ca, const gsi::credential& user,
                           const options& x) {
  rows out;
  auto seconds = 0.3 * x.scale;
  for (bool rsa : {false, true}) {
    proxied it{ca, user, rsa ? gsi::forge::rsa_key(2048) : gsi::forge::new_key()};
    auto chain = edge::verified(it.shown, it.by, now());
    if (!chain)
      return chain.why();
    std::vector<double> alone, whole;
    for (int i = 0; i < x.rounds; ++i) {
      auto ac = each_cpu_second(seconds, [&]() -> result<done> {
        auto y = gsi::verify_voms(*chain, it.by.voms, it.by.anchors, now());
        return y && y->size() == 1 ? result<done>{done{}} : error{errc::internal, "no attributes"};
      });
      auto user_too = each_cpu_second(seconds, [&]() -> result<done> {
        auto y = edge::principal_of(it.shown, it.by, now());
        return y && y->vo == "biomed" ? result<done>{done{}} : error{errc::internal, "no VO"};
      });
      if (!ac || !user_too)
        return ac ? user_too.why() : ac.why();
      alone.push_back(*ac);
      whole.push_back(*user_too);
    }
    out.push_back(plain(fmt::format("AC verified, of a server with {}", key_name(rsa)),
                        median(alone), "1/CPU s", 2'000));
    out.push_back(
        plain(fmt::format("proxy with such an AC judged, from DER"), median(whole), "1/CPU s"));
  }
  return out;
}

} // namespace

result<rows> voms(const options& x) {
  scratch here{x};
  ::chmod(here.path().c_str(), 0755);
  ::signal(SIGPIPE, SIG_IGN);
  auto ca = gsi::forge::make_ca("/DC=example/CN=Bench CA");
  auto user = user_of(ca, "/DC=example/CN=alice");
  rows out;
  for (bool rsa : {false, true}) {
    auto some = over_tls(here.path() + (rsa ? "/rsa" : "/p256"), ca, user, rsa, x);
    if (!some)
      return some.why();
    out.insert(out.end(), some->begin(), some->end());
  }
  auto verified = verifications(ca, user, x);
  if (!verified)
    return verified.why();
  out.insert(out.end(), verified->begin(), verified->end());
  return out;
}

} // namespace trellis::bench
