#pragma once
/// Three sites under one virtual clock, with the actors that run in production: cern.example
/// (wms, lb, info), ral.example and infn.example (ce). Only the batch systems are simulated; they
/// outlive the nodes that use them, as real ones do.
#include "actors/ce/ce_actor.hpp"
#include "actors/info/info_actor.hpp"
#include "actors/lb/lb_actor.hpp"
#include "actors/wms/sandbox_actor.hpp"
#include "actors/wms/wms_actor.hpp"
#include "actors/world/lrms_actor.hpp"
#include "runtime/interfaces/crossings.hpp"
#include "tests/runtime/grid.hpp"

namespace trellis {

using namespace std::chrono_literals;

struct whole_grid : grid {
  struct site {
    batch_actor lrms;
    std::shared_ptr<world::lrms_facts> facts = std::make_shared<world::lrms_facts>();
  };

  explicit whole_grid(std::uint64_t seed = 2006) : grid(seed) {
    post.silence = 1s;
    add("cern.example", {role::wms, role::lb, role::info});
    for (auto name : {"ral.example", "infn.example"}) {
      add(name, {role::ce});
      auto& here = sites[name];
      here.lrms = keep(caf::actor_cast<batch_actor>(
          system.spawn(world::simulated_lrms, world::lrms_config{}, here.facts)));
    }
    make_roles = [this](grid&, grid_node& node) { roles_of(node); };
    start_all();
    advance(5s);
  }

  ~whole_grid() { make_roles = nullptr; }

  void roles_of(grid_node& node) {
    if (node.name.text() != "cern.example")
      return serve(node, role::ce,
                   keep_at(node, system.spawn(computing_element, node.context, ce_of(node))));
    lb_config lb;
    for (const auto& [name, site] : sites)
      lb.peers[host(name)] = trellis::roles(role::ce);
    serve(node, role::lb, keep_at(node, spawn_lb(system, node.context, lb)));
    serve(node, role::info,
          keep_at(node, system.spawn(info::info, node.context, info::info_config{})));
    wms::wms_config wms;
    wms.lb = node.name;
    wms.allowed_skew = 5s;
    wms.sandbox = sandboxes;
    wms.delegations = [this](const std::string& owner, const std::string& id) {
      return delegated ? delegated(owner, id)
                       : result<gsi::credential>{
                           error{errc::not_found, "nothing is delegated"}
      };
    };
    serve(node, role::wms, keep_at(node, system.spawn(wms::wms, node.context, wms)));
  }

  ce_config ce_of(const grid_node& node) {
    ce_config out;
    ce_queue queue;
    queue.slots = 4;
    queue.lrms = "sim";
    queue.batch = [lrms = sites.at(node.name.text()).lrms](caf::local_actor&) { return lrms; };
    out.queues.push_back(queue);
    out.advertise_to = {host("cern.example")};
    out.advertise_every = 10s;
    out.trust = [this] { return trusted; };
    return out;
  }

  static principal alice() {
    principal who;
    who.kind = principal_kind::local_user;
    who.subject = "/CN=alice";
    who.vo = "biomed";
    return who;
  }

  /// Asks a role of cern.example.
  template <role R, class Response, class Request>
  result<Response> ask_role(Request x, caf::timespan wait = 1s) {
    auto found = ask<directory::found>(at("cern.example").context.directory,
                                       directory::find{
                                           {R, host("cern.example"), 0}
    },
                                       0s);
    if (!found)
      return found.why();
    return ask<Response>(caf::actor_cast<actor_of<R>>(found->handle), std::move(x), wait);
  }

  result<job_id> submit(const std::string& jdl, const std::string& request,
                        caf::timespan wait = 1s) {
    wms::submit x;
    x.who = alice();
    x.request = request;
    x.jdl = jdl;
    auto answer = ask_role<role::wms, wms::submitted>(x, wait);
    if (!answer)
      return answer.why();
    return answer->job;
  }

  result<lb::job_status> status(const job_id& job) {
    return ask_role<role::lb, lb::job_status>(lb::get_status{alice(), job}, 100ms);
  }

  wms::proxy_source delegated; // to cern.example
  std::shared_ptr<const edge::trusted> trusted = std::make_shared<edge::trusted>(); // by all CEs
  std::map<std::string, site> sites;
  std::shared_ptr<wms::sandbox_files> sandboxes = wms::memory_sandboxes();
};

} // namespace trellis
