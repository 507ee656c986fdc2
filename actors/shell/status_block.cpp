#include "actors/shell/status_block.hpp"

#include "actors/shell/times.hpp"

#include <fmt/format.h>

namespace trellis::shell {
namespace {

std::string line(std::string_view label, std::string_view value) {
  return fmt::format("{:<20}{}\n", fmt::format("{}:", label), value);
}

void optional_line(std::string& out, std::string_view label, std::string_view value) {
  if (!value.empty())
    out += line(label, value);
}

moment entered(const lb::job_status& x, lb::job_state state) {
  for (const auto& [which, at] : x.state_enter_times)
    if (which == state)
      return at;
  return {};
}

std::string summary(const lb::job_status& x, const surroundings& world) {
  std::string out;
  bool ended = x.state == lb::job_state::done || x.state == lb::job_state::aborted
               || x.state == lb::job_state::cancelled;
  if (ended && !x.failure_reasons.empty()) {
    out += "Logged Reason(s):\n";
    for (const auto& reason : x.failure_reasons)
      out += fmt::format("    - {}\n", reason);
  }
  if (x.state == lb::job_state::done)
    out += line("Exit code", std::to_string(x.exit_code));
  optional_line(out, "Status Reason", x.reason);
  optional_line(out, "Destination", x.destination);
  if (auto at = entered(x, lb::job_state::submitted); at != moment{})
    out += line("Submitted", block_time(world, at));
  if (x.proxy_ends != moment{})
    out += line("Proxy ends", block_time(world, x.proxy_ends));
  return out;
}

void list_line(std::string& out, std::string_view label, const std::vector<std::string>& items) {
  for (const auto& item : items)
    out += line(label, item);
}

std::string yes_no(bool x) { return x ? "yes" : "no"; }

std::string everything_but_jdl(const lb::job_status& x, const surroundings& world) {
  std::string out = "---\n";
  optional_line(out, "Owner", x.owner);
  optional_line(out, "VO", x.vo);
  optional_line(out, "Location", x.location);
  optional_line(out, "Network server", x.network_server);
  optional_line(out, "Local id", x.local_id);
  optional_line(out, "Worker node", x.ce_node);
  optional_line(out, "User interface", x.ui_host);
  optional_line(out, "Cancel reason", x.cancel_reason);
  out += line("Cancelling", yes_no(x.cancelling));
  out += line("Payload running", yes_no(x.payload_running));
  out += line("Suspended", yes_no(x.suspended));
  out += line("Resubmissions",
              fmt::format("{} deep, {} shallow", x.deep_resubmissions, x.shallow_resubmissions));
  out += line("CPU time", fmt::format("{} s", x.cpu_time_s));
  list_line(out, "Possible CE", x.possible_destinations);
  list_line(out, "Possible node", x.possible_ce_nodes);
  for (const auto& [name, value] : x.user_tags)
    out += line("User tag", fmt::format("{} = {}", name, value));
  if (x.state_enter_time != moment{})
    out += line("State entered", block_time(world, x.state_enter_time));
  if (x.last_update_time != moment{})
    out += line("Last update", block_time(world, x.last_update_time));
  return out;
}

std::string rest(const lb::job_status& x, const surroundings& world) {
  std::string out;
  if (x.parent)
    out += line("Parent Job", x.parent->text());
  if (x.children_num > 0)
    out += line("Children", std::to_string(x.children_num));
  for (const auto& [state, at] : x.state_enter_times)
    if (at != moment{})
      out += line(fmt::format("- {}", word(state)), block_time(world, at));
  optional_line(out, "ACL", x.acl);
  if (!x.jdl.empty())
    out += fmt::format("JDL:\n{}\n", x.jdl);
  if (!x.matched_jdl.empty())
    out += fmt::format("Matched JDL:\n{}\n", x.matched_jdl);
  return out;
}

constexpr column job_columns[] = {
    text_column("JOB", "job"),
    wide(text_column("ID", "id")),
    text_column("STATE", "state"),
    number_column("EXIT", "exit_code"),
    number_column("FOR", "seconds_in_state"),
    cuttable(text_column("CE", "destination")),
    wide(text_column("OWNER", "owner")),
    wide(text_column("VO", "vo")),
    wide(number_column("RETRIES", "resubmissions")),
    wide(text_column("REASON", "reason")),
};

} // namespace

std::string state_text(const lb::job_status& x) {
  auto plain = std::string{word(x.state)};
  if (x.state != lb::job_state::done)
    return plain;
  switch (x.code) {
  case lb::done_code::ok:
    return plain + (x.exit_code == 0 ? " (Success)" : " (Exit Code !=0)");
  case lb::done_code::failed:
    return plain + " (Failed)";
  case lb::done_code::cancelled:
    return plain + " (Cancelled)";
  case lb::done_code::none:
    break;
  }
  return plain;
}

bool is_over(lb::job_state x) { return x == lb::job_state::done || lb::is_terminal(x); }

bool went_well(const lb::job_status& x) {
  return (x.state == lb::job_state::done || x.state == lb::job_state::cleared)
         && x.code == lb::done_code::ok && x.exit_code == 0;
}

colour colour_of(const lb::job_status& x) {
  if (went_well(x))
    return colour::green;
  if (x.state == lb::job_state::aborted || x.state == lb::job_state::done)
    return colour::red;
  return x.state == lb::job_state::cancelled ? colour::yellow : colour::none;
}

std::string status_block(const lb::job_status& x, int verbosity, const surroundings& world) {
  auto out = fmt::format("{}\nBOOKKEEPING INFORMATION:\n\nStatus info for the Job : {}\n{}",
                         block_rule, x.job.text(), line("Current Status", state_text(x)));
  if (verbosity >= 1)
    out += summary(x, world);
  if (verbosity >= 2)
    out += everything_but_jdl(x, world);
  if (verbosity >= 3)
    out += rest(x, world);
  return out + std::string{block_rule} + "\n";
}

view<lb::job_status> job_view(moment now) {
  view<lb::job_status> v;
  v.schema = "trellis.job_status";
  v.columns = job_columns;
  v.cells = [now](const lb::job_status& x) {
    auto held = x.state_enter_time == moment{}
                    ? std::chrono::seconds{0}
                    : std::chrono::duration_cast<std::chrono::seconds>(now - x.state_enter_time);
    auto ended = x.state == lb::job_state::done || x.state == lb::job_state::cleared;
    return row{
        std::string{x.job.unique()},
        x.job.text(),
        { std::string{word(x.state)},  colour_of(x)},
        ended && x.exit_code >= 0 ? std::to_string(x.exit_code) : "",
        brief(held),
        x.destination,
        x.owner,
        x.vo,
        std::to_string(x.deep_resubmissions + x.shallow_resubmissions),
        x.reason
    };
  };
  v.id = [](const lb::job_status& x) { return x.job.text(); };
  return v;
}

} // namespace trellis::shell
