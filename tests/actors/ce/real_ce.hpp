#pragma once
/// A computing element for real: threads, files, processes. The test's thread looks at its letters.
#include "actors/ce/batch/sessions_actor.hpp"
#include "runtime/node/store_actor.hpp"
#include "storage/memory_engine.hpp"
#include "tests/actors/ce/ce_fixture.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace trellis {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// The letters are looked at from this thread while the store writes from its own.
class locked_engine : public storage::memory_engine {
public:
  result<done> commit(std::span<const storage::change> batch, storage::durability how) override {
    std::lock_guard hold{lock_};
    return memory_engine::commit(batch, how);
  }

  result<std::optional<std::string>> get(storage::family in, std::string_view key) const override {
    std::lock_guard hold{lock_};
    return memory_engine::get(in, key);
  }

  result<done> scan(storage::family in, std::string_view prefix, std::string_view from,
                    const storage::row_reader& read) const override {
    std::lock_guard hold{lock_};
    return memory_engine::scan(in, prefix, from, read);
  }

private:
  mutable std::mutex lock_;
};

struct threaded_config : caf::actor_system_config {
  threaded_config() { set("scheduler.max-threads", 2u); }
};

struct a_real_ce {
  virtual ~a_real_ce() = default;

  void begin() {
    root = (fs::temp_directory_path() / "trellis-ce-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(root.data()));
    fs::permissions(root, fs::perms::owner_all | fs::perms::others_exec);
    open();
  }

  void finish() {
    kill_node();
    fs::remove_all(root);
    fs::remove(root + ".starter");
    fs::remove(root + ".log");
  }

  /// The batch system as a child of the CE.
  virtual batch_actor spawn_batch(caf::local_actor& ce, const batch_config& cfg) = 0;

  /// Root has to name somebody; nobody is always there.
  static process::file_owner somebody() {
    return ::geteuid() == 0 ? process::file_owner{65'534, 65'534} : process::file_owner{};
  }

  void open() {
    system.emplace(config);
    self.emplace(*system, true);
    auto wms = keep(system->spawn(wms_stub, all));
    auto info = keep(system->spawn(info_stub, all));
    node_context ctx;
    ctx.host = host_of("ral.example");
    ctx.rows = &engine;
    ctx.clock = node_clock{
        std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()),
        system->clock().now()};
    ctx.directory = keep(system->spawn(directory_stub, wms, info, all));
    ctx.store = keep(spawn_store(*system,
                                 {
                                     &engine, {"birth",                                 "inc"},
                                      {                                       }
    },
                                 false));
    batch_config batch;
    batch.queue = "short";
    batch.slots = slots;
    batch.session_root = root;
    batch.starter = fs::path{std::getenv("TRELLIS_BUILD")} / "bin" / "trellis-starter";
    batch.owner = somebody();
    batch.payload_user = batch.owner.uid < 0 ? "" : "nobody";
    batch.limits.grace = 1s;
    ce_queue queue;
    queue.name = "short";
    queue.slots = slots;
    queue.lrms = lrms;
    queue.batch = [this, batch](caf::local_actor& ce) { return spawn_batch(ce, batch); };
    ce_config cfg;
    cfg.queues = {queue};
    ce = caf::actor_cast<ce_actor>(keep(system->spawn(computing_element, ctx, cfg)));
  }

  template <class Actor>
  Actor keep(Actor x) {
    node.push_back(caf::actor_cast<caf::strong_actor_ptr>(x));
    return x;
  }

  /// As SIGKILL would: nothing is told to the jobs.
  void kill_node() {
    for (auto& x : std::exchange(node, {}))
      caf::anon_send_exit(x, caf::exit_reason::kill);
    ce = nullptr;
    self.reset();
    system.reset();
    engine.crash();
  }

  template <class T>
  void post(T what) {
    receipt r{
        {host_of("cern.example"), "b", "i", {role::ce, host_of("ral.example"), 0}},
        ++posted
    };
    (*self)
        ->request(ce, 20s, letter<T>{r, std::move(what)})
        .receive([](const received&) {},
                 [](const caf::error& e) { BOOST_ERROR(from_caf(e).text); });
  }

  outbox_reader outbox() const { return {engine}; }

  template <class F>
  bool in_time(F holds, std::chrono::seconds limit = 20s) const {
    auto until = std::chrono::steady_clock::now() + limit;
    while (std::chrono::steady_clock::now() < until) {
      if (holds())
        return true;
      std::this_thread::sleep_for(5ms);
    }
    return false;
  }

  bool reaches(const ce::hand_over& x, ce::attempt_state state) const {
    return in_time([&] { return outbox().last(x.attempt).state == state; });
  }

  ce::hand_over shell(std::string script, char job = 'A') {
    auto x = a_task(1, job);
    x.queue = *ce_id::make(host_of("ral.example"), 8443, lrms, "short");
    x.what.executable = "/bin/sh";
    x.what.arguments = "-c '" + script + "'";
    x.what.std_output = "std.out";
    x.what.output = {"std.out"};
    return x;
  }

  result<chunk> read(const ce::hand_over& x, std::string file) {
    result<chunk> out = error{errc::none, ""};
    (*self)
        ->request(ce, 20s, ce::read_file{x.attempt, std::move(file)})
        .receive([&](chunk& y) { out = std::move(y); },
                 [&](const caf::error& e) { out = from_caf(e); });
    return out;
  }

  static std::string text(const fs::path& p) {
    std::ifstream in{p};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  threaded_config config;
  std::string lrms = "fork";
  std::uint32_t slots = 2;
  std::string root;
  locked_engine engine;
  std::shared_ptr<neighbours> all = std::make_shared<neighbours>();
  std::optional<caf::actor_system> system;
  std::optional<caf::scoped_actor> self;
  std::vector<caf::strong_actor_ptr> node;
  ce_actor ce;
  std::uint64_t posted = 0;
};

} // namespace trellis
