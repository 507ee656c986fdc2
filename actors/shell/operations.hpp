#pragma once
/// Every operation that a person may ask of a grid: the request, the role that serves it, its number
/// on the wire, its name for `send`, and its answer. The numbers are those of the crossings tables in
/// runtime/interfaces; a test holds the two together.
#include "protocols/ce/messages.hpp"
#include "protocols/info/messages.hpp"
#include "protocols/lb/messages.hpp"
#include "protocols/names/address.hpp"
#include "protocols/node/messages.hpp"
#include "protocols/wms/messages.hpp"

#include <string_view>
#include <tuple>

namespace trellis::shell {

template <role To, std::uint16_t Number, class Answer>
struct operation_row {
  static constexpr role to = To;
  static constexpr std::uint16_t number = Number;
  using answer = Answer;
};

template <class Request>
struct operation;

// clang-format off
template <> struct operation<wms::submit> : operation_row<role::wms, 0x0101, wms::submitted> {};
template <> struct operation<wms::put_input> : operation_row<role::wms, 0x0102, wms::input_taken> {};
template <> struct operation<wms::start> : operation_row<role::wms, 0x0103, wms::started> {};
template <> struct operation<wms::cancel> : operation_row<role::wms, 0x0104, wms::cancel_taken> {};
template <> struct operation<wms::list_match> : operation_row<role::wms, 0x0105, wms::matches> {};
template <> struct operation<wms::why> : operation_row<role::wms, 0x0106, wms::explanation> {};
template <> struct operation<wms::list_output> : operation_row<role::wms, 0x0107, wms::output_files> {};
template <> struct operation<wms::read_output> : operation_row<role::wms, 0x0108, chunk> {};
template <> struct operation<wms::purge> : operation_row<role::wms, 0x0109, wms::purged> {};
template <> struct operation<lb::log> : operation_row<role::lb, 0x0202, lb::logged> {};
template <> struct operation<lb::get_status> : operation_row<role::lb, 0x0203, lb::job_status> {};
template <> struct operation<lb::list_jobs> : operation_row<role::lb, 0x0204, lb::job_list> {};
template <> struct operation<lb::count_jobs> : operation_row<role::lb, 0x0205, lb::job_counts> {};
template <> struct operation<lb::get_events> : operation_row<role::lb, 0x0206, lb::event_list> {};
template <> struct operation<lb::watch> : operation_row<role::lb, 0x0207, lb::changes> {};
template <> struct operation<ce::list_attempts> : operation_row<role::ce, 0x0307, ce::attempt_rows> {};
template <> struct operation<ce::drain> : operation_row<role::ce, 0x0308, ce::drained> {};
template <> struct operation<info::list_ces> : operation_row<role::info, 0x0402, info::ce_list> {};
template <> struct operation<node::get_status> : operation_row<role::node, 0x0501, node::status> {};
template <> struct operation<node::list_actors> : operation_row<role::node, 0x0502, node::actor_rows> {};
template <> struct operation<node::list_outbox> : operation_row<role::node, 0x0503, node::outbox_rows> {};
template <> struct operation<node::forget> : operation_row<role::node, 0x0504, node::forgotten> {};

// clang-format on

using operations = std::tuple<wms::submit, wms::put_input, wms::start, wms::cancel, wms::list_match,
                              wms::why, wms::list_output, wms::read_output, wms::purge, lb::log,
                              lb::get_status, lb::list_jobs, lb::count_jobs, lb::get_events,
                              lb::watch, ce::list_attempts, ce::drain, info::list_ces,
                              node::get_status, node::list_actors, node::list_outbox, node::forget>;

/// "trellis::wms::submit" as the compiler spells it, without the outer namespace and with a dot:
/// "wms.submit".
template <class T>
std::string message_name() {
  std::string_view all = __PRETTY_FUNCTION__;
  auto start = all.find("T = trellis::");
  start = start == all.npos ? 0 : start + std::string_view{"T = trellis::"}.size();
  auto name = std::string{all.substr(start, all.find_first_of(";]", start) - start)};
  if (auto colons = name.find("::"); colons != name.npos)
    name.replace(colons, 2, ".");
  return name;
}

} // namespace trellis::shell
