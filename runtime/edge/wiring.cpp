#include "runtime/edge/wiring.hpp"

#include "runtime/edge/delegations.hpp"
#include "runtime/edge/front.hpp"
#include "runtime/edge/token_identity.hpp"
#include "runtime/log/log.hpp"

#include <caf/send.hpp>
#include <fmt/format.h>

#include <future>

namespace trellis::edge {

namespace {

/// This node where it has the role, else the one peer that has it.
std::map<role, host_name> serving(const config::node& config) {
  std::map<role, host_name> out{
      {role::node, config.host}
  };
  for (auto which : {role::wms, role::lb, role::ce, role::info, role::voms}) {
    std::vector<host_name> found;
    for (const auto& peer : config.peers)
      if (std::ranges::find(peer.roles, which) != peer.roles.end())
        found.push_back(peer.host);
    if (config.has(which))
      out[which] = config.host;
    else if (found.size() == 1)
      out[which] = found.front();
  }
  return out;
}

front_config config_of(const config::node& config) {
  front_config out;
  out.here = config.host;
  out.serving = serving(config);
  out.jobs.lb = config.wms.lb;
  if (auto lb = out.serving.find(role::lb); out.jobs.lb.empty() && lb != out.serving.end())
    out.jobs.lb = lb->second;
  out.jobs.port = static_cast<std::uint16_t>(config.wms.lb_port);
  out.limits.head_time = config.edge.request_time;
  out.limits.body_time = config.edge.request_time * 3;
  out.limits.requests_a_second = config.edge.requests;
  out.limits.burst = 2.0 * config.edge.requests;
  return out;
}

/// How tokens name this node.
std::vector<std::string> audiences(const config::node& config) {
  std::vector<std::string> out{config.host.text(), "https://" + config.host.text()};
  if (config.connect)
    out.push_back("https://" + text(*config.connect));
  for (const auto& at : config.listen)
    out.push_back(fmt::format("https://{}:{}", config.host.text(), at.port));
  return out;
}

constexpr std::chrono::seconds patience{2}; // of monitoring

/// Asks a role of this node, as its monitoring, and waits.
template <class Request>
result<response_of<Request>> ask_here(const user_gate_actor& gate, const host_name& here,
                                      Request what, std::chrono::milliseconds limit) {
  auto answered = std::make_shared<std::promise<link::frame>>();
  auto answer = answered->get_future();
  constexpr auto row = operation_of<Request>();
  principal who;
  who.kind = principal_kind::local_user;
  who.issuer = who.subject = here.text();
  who.capabilities = {"operator"};
  link::call call;
  call.number = 1;
  call.to = {row.to, here, 0};
  call.type = row.number;
  call.time_left = limit;
  call.body = wire::encode(what);
  caf::anon_send(gate, link::user_call{who, call, [answered](link::frame f) {
                                         answered->set_value(std::move(f));
                                       }});
  if (answer.wait_for(limit) != std::future_status::ready)
    return error{errc::timed_out, fmt::format("{} does not answer", word(row.to))};
  auto frame = answer.get();
  if (auto why = std::get_if<link::failure>(&frame))
    return why->why;
  return wire::decode<response_of<Request>>(std::get<link::answer>(frame).body, {16, 1u << 20});
}

} // namespace

withdrawal_actor watch_withdrawals(caf::actor_system& in, const node_context& ctx,
                                   const config::node& config, std::shared_ptr<trust_book> trust) {
  withdrawal_config watch;
  if (config.has(role::voms))
    watch.servers.push_back(config.host);
  for (const auto& peer : config.peers)
    if (is_voms(peer))
      watch.servers.push_back(peer.host);
  watch.tell = [trust = std::move(trust)](const host_name& server, const withdrawals::table& all) {
    trust->take_back(server, all);
  };
  return spawn_withdrawal_watch(in, ctx, std::move(watch));
}

bool is_voms(const config::peer& x) {
  return std::ranges::find(x.roles, role::voms) != x.roles.end();
}

result<std::unique_ptr<metrics_port>> open_metrics(const config::node& config,
                                                   const user_gate_actor& gate,
                                                   std::shared_ptr<front> house) {
  if (!config.edge.metrics)
    return std::unique_ptr<metrics_port>{};
  auto status
      = [gate, here = config.host] { return ask_here(gate, here, node::get_status{}, patience); };
  monitored what;
  what.health = [status] {
    auto x = status();
    return x ? http::json_response("{\"status\": \"ok\"}\n") : http::failed(503, x.why());
  };
  what.metrics = [status, gate, here = config.host, house, has_lb = config.has(role::lb)] {
    auto x = status();
    if (!x)
      return http::failed(503, x.why());
    std::optional<lb::job_counts> jobs;
    if (has_lb)
      if (auto counts = ask_here(gate, here, lb::count_jobs{}, patience))
        jobs = *std::move(counts);
    return http::response{200,
                          {{"Content-Type", "text/plain; version=0.0.4"}},
                          metrics_text(*x, house ? &house->counters() : nullptr, jobs)};
  };
  return metrics_port::open(*config.edge.metrics, std::move(what));
}

result<std::unique_ptr<trust_book>> open_trust(const config::node& config) {
  trust_places places;
  places.anchors = config.path(config.edge.anchors);
  places.vomsdir = config.path(config.edge.vomsdir);
  places.here = config.host;
  if (!config.edge.issuers.empty())
    places.issuers = config.path(config.edge.issuers);
  places.audiences = audiences(config);
  auto trust = trust_book::open(std::move(places));
  return trust ? std::move(trust) : error{errc::usage, "edge.anchors: " + trust.why().text};
}

result<front_of_node> open_front(const config::node& config, const user_gate_actor& gate,
                                 const voms_actor& voms) {
  auto trust = open_trust(config);
  if (!trust)
    return trust.why();
  front_of_node out;
  out.trust = *std::move(trust);
  auto who = [book = out.trust](const shown& what) {
    auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    auto by = book->now();
    return what.bearer ? principal_of_token(*what.bearer, by->tokens, now)
                       : principal_of(what.chain, *by, now);
  };
  auto ask = [gate](principal by, link::call x, std::function<void(link::frame)> reply) {
    caf::anon_send(gate, link::user_call{std::move(by), std::move(x), std::move(reply)});
  };
  out.house = std::make_shared<front>(config_of(config), who, ask);
  out.house->judge_anew([book = out.trust] { return book->edition(); });
  out.house->keep_delegations(std::make_shared<delegations>(
      config.path("delegations"), [book = out.trust] { return book->now(); }));
  if (voms)
    out.house->serve_voms({[book = out.trust](const std::vector<std::string>& chain) {
                             auto now = std::chrono::floor<std::chrono::seconds>(
                                 std::chrono::system_clock::now());
                             return verified(chain, *book->now(), now);
                           },
                           [voms](voms::ask x) { caf::anon_send(voms, std::move(x)); }});
  out.receive
      = [house = out.house](std::shared_ptr<net::byte_stream> stream, net::tls_visitor visitor) {
          return house->receive(std::move(stream), std::move(visitor));
        };
  return out;
}

} // namespace trellis::edge
