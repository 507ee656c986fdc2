#include "runtime/link/links.hpp"
#include "runtime/link/post_actor.hpp"
#include "runtime/node/node_actor.hpp"
#include "runtime/node/store_actor.hpp"
#include "runtime/node/supervision.hpp"
#include "storage/audit.hpp"
#include "storage/memory_engine.hpp"
#include "tests/runtime/deterministic.hpp"

using namespace trellis;
using namespace std::chrono_literals;

namespace {

/// cern with the peer ral, which is never there.
struct lone_node : deterministic {
  storage::memory_engine engine;
  host_name cern = *host_name::parse("cern.example");
  host_name ral = *host_name::parse("ral.example");
  node_context ctx;
  node_actor node;

  lone_node() {
    ctx.host = cern;
    ctx.site = "CERN";
    ctx.birth = "b";
    ctx.incarnation = "i";
    ctx.rows = &engine;
    ctx.simulated = true;
    store_config store;
    store.engine = &engine;
    store.self = {"b", "i"};
    ctx.store = keep(spawn_store(system, store, true));
    auto names = keep(link::spawn_directory(system, cern));
    ctx.directory = names;
    auto post = keep(spawn_post(system, ctx));
    link::peer_rights rights;
    rights.host = ral;
    for (auto& [host, gate] : link::spawn_gateways(system, ctx, names, {{rights}, {}}, post))
      keep(gate);
    auto root = supervision::spawn_root(system, nullptr);
    keep(root);
    self->send(caf::actor_cast<caf::actor>(root),
               supervision::watched{"store", caf::actor_cast<caf::strong_actor_ptr>(ctx.store)});
    node_actor_config c;
    c.version = "1.2.3";
    c.roles = {role::lb};
    c.links = names;
    c.post = post;
    c.root = root;
    node = keep(spawn_node_actor(system, ctx, c));
    scheduler.run();
  }

  principal alice() const {
    principal x;
    x.kind = principal_kind::local_user;
    x.subject = "/CN=alice";
    return x;
  }

  principal chief() const {
    auto x = alice();
    x.capabilities = {"operator"};
    return x;
  }

  template <class Response, class Request>
  result<Response> ask(Request x) {
    return deterministic::ask<Response>(node, std::move(x), 0s);
  }

  void write_letter() {
    store::step s;
    s.letters.push_back({
        {role::ce, ral, 0},
        0x0301, "twelve bytes"
    });
    self->request(ctx.store, caf::infinite, std::move(s));
    scheduler.run();
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(status_tells_roles_links_and_what_waits, lone_node) {
  write_letter();
  auto x = ask<node::status>(node::get_status{alice()});
  BOOST_REQUIRE_MESSAGE(x, (x ? "" : x.why().text));
  BOOST_TEST(x->host.text() == "cern.example");
  BOOST_TEST(x->version == "1.2.3");
  BOOST_TEST((x->roles == std::vector{role::lb}));
  BOOST_REQUIRE(x->links.size() == 1u);
  BOOST_TEST(!x->links[0].up);
  BOOST_TEST(x->links[0].outbox_letters == 1u);
}

BOOST_FIXTURE_TEST_CASE(what_is_inside_is_for_operators, lone_node) {
  write_letter();
  BOOST_TEST((ask<node::actor_rows>(node::list_actors{alice(), ""}).why().code == errc::denied));
  BOOST_TEST((ask<node::outbox_rows>(node::list_outbox{alice(), ""}).why().code == errc::denied));
  BOOST_TEST((ask<node::forgotten>(node::forget{alice(), ral}).why().code == errc::denied));
  BOOST_TEST(ask<node::actor_rows>(node::list_actors{chief(), "sto"})->actors.size() == 1u);
  BOOST_TEST(ask<node::actor_rows>(node::list_actors{chief(), "x"})->actors.empty());
  auto letters = ask<node::outbox_rows>(node::list_outbox{chief(), "ral.example"})->letters;
  BOOST_REQUIRE(letters.size() == 1u);
  BOOST_TEST(letters[0].bytes == 12u);
  BOOST_TEST(ask<node::outbox_rows>(node::list_outbox{chief(), "infn.example"})->letters.empty());
}

BOOST_FIXTURE_TEST_CASE(a_forgotten_peer_leaves_an_audit_row, lone_node) {
  write_letter();
  BOOST_TEST(ask<node::forgotten>(node::forget{chief(), ral})->letters == 1u);
  BOOST_TEST(ask<node::outbox_rows>(node::list_outbox{chief(), ""})->letters.empty());
  auto acts = *storage::audit_entries(engine, {}, 10);
  BOOST_REQUIRE(acts.size() == 1u);
  BOOST_TEST(acts[0].who == "/CN=alice");
  BOOST_TEST(acts[0].act == "peer-forgotten");
  BOOST_TEST(acts[0].object == "ral.example");
}
