#pragma once
/// The HTTPS front: what all its visitors have in common, and the two seams behind it: who a chain
/// of certificates is, and who answers a call. No CAF and no sockets here; wiring.hpp joins them.
///
/// A connection serves one request after the other. Who asks is settled before a request is routed,
/// anew for each one: certificates end, CRLs and VOs change while a connection lasts. Every refusal
/// has a log id (edge-refused-*, edge-slow).
///
/// A visitor lives on the thread of its connection, and there are several. What visitors share is
/// here: it is set before the first of them comes, or may be used by all at once.
#include "protocols/http/request.hpp"
#include "protocols/link/frames.hpp"
#include "runtime/edge/background.hpp"
#include "runtime/edge/metrics.hpp"
#include "runtime/edge/rate_limit.hpp"
#include "runtime/edge/rest.hpp"
#include "runtime/edge/verdicts.hpp"
#include "runtime/edge/voms_counter.hpp"
#include "runtime/log/refusals.hpp"
#include "runtime/net/visitor.hpp"

#include <functional>
#include <memory>
#include <mutex>

namespace trellis::edge {

using std::chrono::milliseconds;

struct front_limits {
  http::head_limits head;
  std::size_t body = 1u << 20;     // bytes of a JSON body
  milliseconds head_time{10'000};  // from a request's first byte to the end of its head
  milliseconds body_time{30'000};  // for a JSON body, or a piece of a file
  milliseconds idle{60'000};       // between two requests
  milliseconds write_time{60'000}; // for a client to take one piece of an answer
  milliseconds call_time{60'000};  // for the role that answers
  milliseconds event_time{15'000}; // an event stream says at least this often that it lives
  double requests_a_second = 100;  // of one subject
  double burst = 200;
};

/// Answers a call, here or on a peer; once, from any thread. `x.number` comes back. Called from any
/// thread.
using answerer = std::function<void(principal who, link::call x, std::function<void(link::frame)>)>;

/// What a visitor shows of who they are: a chain of certificates to TLS, a token with a request. If
/// both are there the token decides.
struct shown {
  std::vector<std::string> chain; // DER
  std::optional<std::string> bearer;
};

/// Called from any thread.
using judge = std::function<result<principal>(const shown& what)>;

struct front_config {
  host_name here;
  std::map<role, host_name> serving; // whom a request without `at` is for
  job_home jobs;
  front_limits limits;
};

class delegations;

class front : public std::enable_shared_from_this<front> {
public:
  front(front_config config, judge who, answerer ask)
      : config_(std::move(config)), judge_(std::move(who)), ask_(std::move(ask)),
        rate_(config_.limits.requests_a_second, config_.limits.burst) {}

  /// One more visitor.
  std::shared_ptr<net::visitor> receive(std::shared_ptr<net::byte_stream> stream,
                                        net::tls_visitor who);

  const front_config& config() const { return config_; }

  const front_limits& limits() const { return config_.limits; }

  /// Who asks, as it was found out within the last seconds.
  verdict<result<principal>> authenticate(const shown& what);

  /// Who stands at the VOMS server's counter, likewise.
  verdict<result<voms_visitor>> at_counter(const std::vector<std::string>& chain);

  /// Another number means that what was judged before may be judged otherwise. Before the first
  /// visitor.
  void judge_anew(std::function<std::uint64_t()> edition) {
    edition_of_trust_ = std::move(edition);
  }

  std::uint64_t edition() const { return edition_of_trust_ ? edition_of_trust_() : 0; }

  front_counters& counters() { return counters_; }

  void ask(principal who, link::call x, std::function<void(link::frame)> reply) const {
    ask_(std::move(who), std::move(x), std::move(reply));
  }

  /// Where delegated proxies are kept, for `in_background` alone; null: nowhere.
  void keep_delegations(std::shared_ptr<edge::delegations> in) { delegations_ = std::move(in); }

  std::shared_ptr<edge::delegations> delegations() const { return delegations_; }

  /// Clients of VOMS are served, too. Before the first visitor.
  void serve_voms(voms_counter x) { voms_ = std::move(x); }

  /// Null: there is no VOMS server here.
  const voms_counter* voms() const { return voms_ ? &*voms_ : nullptr; }

  /// False when too much waits.
  bool in_background(std::function<void()> what) { return background_.run(std::move(what)); }

  /// Whose role a request is for. Errors: `no_such_address` when nobody known has it.
  result<address> receiver(role which, const std::optional<host_name>& at) const;

  bool may_ask(const std::string& subject);

  void refused(std::string_view log_id, const std::string& remote, const error& why);

private:
  const front_config config_;
  judge judge_;
  std::function<std::uint64_t()> edition_of_trust_;
  answerer ask_;
  std::mutex rating_; // of rate_
  rate_limit rate_;
  log::refusals refusals_{"request"};
  verdicts<principal> principals_;
  verdicts<voms_visitor> at_counter_;
  front_counters counters_;
  std::shared_ptr<edge::delegations> delegations_;
  std::optional<voms_counter> voms_;
  background background_;
};

} // namespace trellis::edge
