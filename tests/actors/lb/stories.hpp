#pragma once
/// Events for tests of L&B, written short: `said(source::lrms, "WM=5 JSS=3 LRMS=1",
/// running{"worker1"})`. Each event is a second after the one made before it.
#include "protocols/lb/events.hpp"
#include "protocols/lb/status.hpp"

#include <charconv>
#include <string_view>

namespace trellis::lb::tests {

inline job_id job_number(int n) {
  std::array<std::uint8_t, 16> raw{};
  raw[0] = static_cast<std::uint8_t>(n);
  raw[1] = static_cast<std::uint8_t>(n >> 8);
  return job_id::make(*host_name::parse("cern.example"), 9000, raw);
}

/// "NS=4 WM=5": the counters that are not zero.
inline sequence_code code(std::string_view text) {
  constexpr std::string_view names[] = {"UI", "NS", "WM", "BH", "JSS", "LM", "LRMS", "APP", "LBS"};
  sequence_code out;
  while (!text.empty()) {
    auto part = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    auto name = part.substr(0, part.find('='));
    std::uint32_t n = 0;
    std::from_chars(part.data() + name.size() + 1, part.data() + part.size(), n);
    for (std::size_t i = 0; i < sequence_code::size; ++i)
      if (names[i] == name)
        out.set(static_cast<counter>(i), n);
  }
  return out;
}

/// Who tells the stories: one job, a clock that counts its events.
struct teller {
  job_id job = job_number(1);
  std::string owner = "/DC=example/CN=alice";
  std::string host = "cern.example";
  std::int64_t seconds = 1'000'000;

  event said(source from, std::string_view seqcode, event_body what) {
    event e;
    e.job = job;
    e.from = from;
    e.seqcode = code(seqcode);
    e.timestamp = moment{std::chrono::seconds{++seconds}};
    e.host = host;
    e.src_instance = "1";
    e.user = owner;
    e.what = std::move(what);
    return e;
  }

  event registration(std::string_view seqcode = "NS=1") {
    reg_job x;
    x.jdl = "[ Executable = \"/bin/true\"; ]";
    x.ns = "cern.example:7443";
    x.vo = "biomed";
    return said(source::network_server, seqcode, x);
  }
};

inline std::string ce_name(int n) {
  return "ce" + std::to_string(n) + ".ral.example:8443/trellis-fork-queue" + std::to_string(n);
}

/// One job that goes well, as a real one does, in the order of its life. Twelve events after its
/// registration.
inline std::vector<event> good_life(teller& t) {
  return {
      t.registration(),
      t.said(source::network_server, "NS=3", enqueued{"wm", "", progress::ok, ""}),
      t.said(source::workload_manager, "NS=4 WM=1", dequeued{"wm", ""}),
      t.said(source::workload_manager, "NS=4 WM=3", match{ce_name(1)}),
      t.said(source::workload_manager, "NS=4 WM=5",
             enqueued{"jc", "[ matched ]", progress::ok, ""}),
      t.said(source::job_controller, "NS=4 WM=5 JSS=1", dequeued{"jc", ""}),
      t.said(source::job_controller, "NS=4 WM=5 JSS=3",
             transfer{source::log_monitor, "ral.example", "", "", progress::ok, "", ""}),
      t.said(source::log_monitor, "NS=4 WM=5 JSS=3 LM=1",
             accepted{source::job_controller, "cern.example", "", "4711"}),
      t.said(source::log_monitor, "NS=4 WM=5 JSS=3 LM=3",
             transfer{source::lrms, "ral.example", "", "", progress::ok, "", ""}),
      t.said(source::lrms, "NS=4 WM=5 JSS=3 LRMS=1", running{"worker1"}),
      t.said(source::lrms, "NS=4 WM=5 JSS=3 LRMS=3", really_running{}),
      t.said(source::lrms, "NS=4 WM=5 JSS=3 LRMS=11", done{done_status::ok, "", 7}),
      t.said(source::log_monitor, "NS=4 WM=5 JSS=3 LM=8", done{done_status::ok, "", 7}),
  };
}

} // namespace trellis::lb::tests
