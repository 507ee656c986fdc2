#pragma once
/// Every reason why Trellis refuses or fails, in one table: the number on the wire (never reused),
/// the word in JSON and logs, and the exit code of a command that ends with it. Users see the
/// number as TRL-nnnn.
#include <cstdint>
#include <string_view>

namespace trellis {

enum class errc : std::uint8_t {
  none = 0,
  malformed,          // what was sent cannot be read
  usage,              // the request makes no sense as put: a wrong option, a bad attribute
  unauthenticated,    // nobody knows who asks
  denied,             // who asks may not do this
  not_found,          // no such job, CE, file
  exists,             // it is there already
  busy,               // a bound was reached; a retry helps
  timed_out,          // no answer in time
  site_unreachable,   // no link to the node that owns this
  unknown_message,    // a peer of another version: no such message here
  no_such_address,    // nobody serves this address
  not_remote,         // this message does not leave its node
  not_running,        // the actor asked has ended
  illegal_transition, // the present state does not allow this step
  storage,            // the disk refused
  lrms_refused,       // the batch system refused
  no_match,           // no CE fits
  expired,            // a proxy, a lease, a job's time is over
  partial,            // some of it worked
  shutting_down,      // the node stops
  internal,           // ours: a defect, with a log line
};

struct errc_row {
  errc code;
  std::string_view word;
  int exit_code; // of a command that ends with it
};

/// Exit codes: 0 ok, 1 refused or failed, 2 usage, 3 not authenticated, 4 not authorised, 5 not
/// found, 6 busy or temporary, 7 time-out while waiting, 8 partial success, 64 internal.
inline constexpr errc_row errc_rows[] = {
    {errc::none,               "none",               0 },
    {errc::malformed,          "malformed",          1 },
    {errc::usage,              "usage",              2 },
    {errc::unauthenticated,    "unauthenticated",    3 },
    {errc::denied,             "denied",             4 },
    {errc::not_found,          "not_found",          5 },
    {errc::exists,             "exists",             1 },
    {errc::busy,               "busy",               6 },
    {errc::timed_out,          "timed_out",          7 },
    {errc::site_unreachable,   "site_unreachable",   6 },
    {errc::unknown_message,    "unknown_message",    1 },
    {errc::no_such_address,    "no_such_address",    5 },
    {errc::not_remote,         "not_remote",         64},
    {errc::not_running,        "not_running",        6 },
    {errc::illegal_transition, "illegal_transition", 1 },
    {errc::storage,            "storage",            1 },
    {errc::lrms_refused,       "lrms_refused",       1 },
    {errc::no_match,           "no_match",           1 },
    {errc::expired,            "expired",            1 },
    {errc::partial,            "partial",            8 },
    {errc::shutting_down,      "shutting_down",      6 },
    {errc::internal,           "internal",           64},
};

constexpr bool known(errc x) { return x > errc::none && x <= errc::internal; }

constexpr const errc_row& row_of(errc x) {
  for (const auto& row : errc_rows)
    if (row.code == x)
      return row;
  return row_of(errc::internal);
}

constexpr std::string_view word(errc x) { return row_of(x).word; }

constexpr int exit_code(errc x) { return row_of(x).exit_code; }

} // namespace trellis
