#pragma once
/// Where a message goes: a role on a node, by name and never by handle. Printed as
/// role[/instance]@host.
#include "protocols/names/host_name.hpp"
#include "protocols/wire/codec.hpp"

#include <cstdint>
#include <optional>

namespace trellis {

/// What a node can be. Numbers are on the wire and never reused.
enum class role : std::uint8_t {
  wms = 1, // workload management: queue, matchmaking, jobs
  lb,      // logging and bookkeeping
  ce,      // computing element
  info,    // information supermarket
  node,    // every node: its status and operators' acts
  voms,    // virtual organisations: who belongs to them
};

constexpr bool known(role x) { return x >= role::wms && x <= role::voms; }

struct role_row {
  role which;
  std::string_view word;
};

inline constexpr role_row role_rows[] = {
    {role::wms,  "wms" },
    {role::lb,   "lb"  },
    {role::ce,   "ce"  },
    {role::info, "info"},
    {role::node, "node"},
    {role::voms, "voms"},
};

constexpr std::string_view word(role x) {
  for (const auto& row : role_rows)
    if (row.which == x)
      return row.word;
  return "?";
}

std::optional<role> role_from(std::string_view word);

struct address {
  role to = role::node;
  host_name host;
  std::uint32_t instance = 0;

  friend auto operator<=>(const address&, const address&) = default;
};
TRELLIS_INSPECT(address, to, host, instance)

std::string text(const address& x);
result<address> parse_address(std::string_view text);

} // namespace trellis
