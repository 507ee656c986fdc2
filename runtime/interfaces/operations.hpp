#pragma once
/// What users may ask, one row an operation: control socket, command line, shell, JSON and HTTP
/// derive from this table. No CAF, so that clients need none. A row's number is that of its table
/// of
/// crossings (checked in operations.cpp).
#include "protocols/ce/messages.hpp"
#include "protocols/info/messages.hpp"
#include "protocols/lb/messages.hpp"
#include "protocols/node/messages.hpp"
#include "protocols/voms/admin.hpp"
#include "protocols/wms/messages.hpp"

#include <span>
#include <tuple>

namespace trellis {

/// Who may do it, at least. The addressed actor decides about the particular job.
enum class right : std::uint8_t { anybody, member_of_vo, operator_of_node };

constexpr std::string_view word(right x) {
  return x == right::anybody        ? "anybody"
         : x == right::member_of_vo ? "member of the VO"
                                    : "operator of the node";
}

struct operation {
  std::string_view name; // role.message, as `send` of the shell takes it
  std::uint16_t number = 0;
  role to{};
  std::string_view method, path; // of HTTP; {job} stands for the job's last part
  right needed{};
  std::string_view says;
};

template <class Request, class Response>
struct operation_row {
  using request = Request;
  using response = Response;
  operation what;
};

template <class Request, class Response>
constexpr operation_row<Request, Response> op(operation what) {
  return {what};
}

// clang-format off
inline constexpr std::tuple operations{
  op<wms::submit, wms::submitted>({"wms.submit", 0x0101, role::wms, "POST", "/v1/jobs",
    right::member_of_vo, "Registers a job and, unless told otherwise, starts it"}),
  op<wms::put_input, wms::input_taken>({"wms.put_input", 0x0102, role::wms,
    "PUT", "/v1/jobs/{job}/input/{file}",
    right::member_of_vo, "Sends a piece of a file of the input sandbox"}),
  op<wms::start, wms::started>({"wms.start", 0x0103, role::wms, "POST", "/v1/jobs/{job}/start",
    right::member_of_vo, "Starts a registered job"}),
  op<wms::cancel, wms::cancel_taken>({"wms.cancel", 0x0104, role::wms,
    "POST", "/v1/jobs/{job}/cancel",
    right::member_of_vo, "Ends a job"}),
  op<wms::list_match, wms::matches>({"wms.list_match", 0x0105, role::wms, "POST", "/v1/matches",
    right::member_of_vo, "Which computing elements would take this job"}),
  op<wms::why, wms::explanation>({"wms.why", 0x0106, role::wms, "GET", "/v1/jobs/{job}/why",
    right::member_of_vo, "What a job waits for, and its last error"}),
  op<wms::list_output, wms::output_files>({"wms.list_output", 0x0107, role::wms,
    "GET", "/v1/jobs/{job}/output",
    right::member_of_vo, "What output of a job there is"}),
  op<wms::read_output, chunk>({"wms.read_output", 0x0108, role::wms,
    "GET", "/v1/jobs/{job}/output/{file}",
    right::member_of_vo, "A piece of an output file, also while the job runs"}),
  op<wms::purge, wms::purged>({"wms.purge", 0x0109, role::wms, "DELETE", "/v1/jobs/{job}/output",
    right::member_of_vo, "The output was fetched: the sandboxes may go"}),
  op<wms::set_acl, wms::acl_set>({"wms.set_acl", 0x010A, role::wms, "POST", "/v1/jobs/{job}/acl",
    right::member_of_vo, "Says who else may see a job, fetch its output, cancel it"}),
  op<wms::get_acl, wms::job_acl>({"wms.get_acl", 0x010B, role::wms, "GET", "/v1/jobs/{job}/acl",
    right::member_of_vo, "Who else may see a job, fetch its output, cancel it"}),
  op<lb::log, lb::logged>({"lb.log", 0x0202, role::lb, "POST", "/v1/events",
    right::member_of_vo, "Logs events of one's own, such as tags"}),
  op<lb::get_status, lb::job_status>({"lb.get_status", 0x0203, role::lb, "GET", "/v1/jobs/{job}",
    right::member_of_vo, "Where a job is"}),
  op<lb::list_jobs, lb::job_list>({"lb.list_jobs", 0x0204, role::lb, "GET", "/v1/jobs",
    right::member_of_vo, "One's jobs, the newest first"}),
  op<lb::count_jobs, lb::job_counts>({"lb.count_jobs", 0x0205, role::lb, "GET", "/v1/jobs/counts",
    right::member_of_vo, "How many of one's jobs are in which state"}),
  op<lb::get_events, lb::event_list>({"lb.get_events", 0x0206, role::lb,
    "GET", "/v1/jobs/{job}/events",
    right::member_of_vo, "What happened to a job"}),
  op<lb::watch, lb::changes>({"lb.watch", 0x0207, role::lb, "GET", "/v1/changes",
    right::member_of_vo, "Waits for news about jobs"}),
  op<ce::list_attempts, ce::attempt_rows>({"ce.list_attempts", 0x0307, role::ce,
    "GET", "/v1/ce/attempts",
    right::operator_of_node, "The attempts that a computing element holds"}),
  op<ce::drain, ce::drained>({"ce.drain", 0x0308, role::ce, "POST", "/v1/ce/drain",
    right::operator_of_node, "Takes no new attempts, or takes them again"}),
  op<info::list_ces, info::ce_list>({"info.list_ces", 0x0402, role::info, "GET", "/v1/ces",
    right::member_of_vo, "The computing elements that are known"}),
  op<node::get_status, node::status>({"node.get_status", 0x0501, role::node, "GET", "/v1/node",
    right::anybody, "Roles, links and warnings of a node"}),
  op<node::list_actors, node::actor_rows>({"node.list_actors", 0x0502, role::node,
    "GET", "/v1/node/actors",
    right::operator_of_node, "The supervision tree"}),
  op<node::list_outbox, node::outbox_rows>({"node.list_outbox", 0x0503, role::node,
    "GET", "/v1/node/outbox",
    right::operator_of_node, "Letters that wait for other nodes"}),
  op<node::forget, node::forgotten>({"node.forget", 0x0504, role::node,
    "DELETE", "/v1/node/peers/{host}",
    right::operator_of_node, "A peer is gone for good: its letters become dead letters"}),
  op<voms::change, voms::changed>({"voms.change", 0x0601, role::voms, "POST", "/v1/voms/changes",
    right::operator_of_node, "Makes and changes VOs, their users, groups and roles"}),
  op<voms::list_vos, voms::vo_list>({"voms.list_vos", 0x0602, role::voms, "GET", "/v1/voms/vos",
    right::operator_of_node, "The VOs of a VOMS server"}),
  op<voms::list_users, voms::user_list>({"voms.list_users", 0x0603, role::voms,
    "GET", "/v1/voms/users",
    right::operator_of_node, "The users of a VO"}),
  op<voms::list_fqans, voms::fqan_list>({"voms.list_fqans", 0x0604, role::voms,
    "GET", "/v1/voms/fqans",
    right::operator_of_node, "The groups or roles of a VO, and who holds them"}),
};
// clang-format on

/// All rows, without their types.
std::span<const operation> all_operations();

/// Null when there is none of this name, with or without its role: "wms.why", "why".
const operation* operation_named(std::string_view name);

/// The row of a request: `operation_of<wms::why>().number`.
template <class Request>
constexpr operation operation_of() {
  operation out;
  std::apply(
      [&]<class... Rows>(const Rows&... rows) {
        ((std::is_same_v<typename Rows::request, Request> ? void(out = rows.what) : void()), ...);
      },
      operations);
  return out;
}

template <class Request>
constexpr auto find_response() {
  return std::apply(
      []<class... Rows>(const Rows&...) {
        return std::tuple_cat(
            std::conditional_t<std::is_same_v<typename Rows::request, Request>,
                               std::tuple<std::type_identity<typename Rows::response>>,
                               std::tuple<>>{}...);
      },
      operations);
}

/// What an operation answers.
template <class Request>
using response_of = typename std::tuple_element_t<0, decltype(find_response<Request>())>::type;

} // namespace trellis
