#pragma once
/// Every message that may leave its node: the tables of all subsystems, and which interface each
/// role speaks. For the link; actors need only the tables of those they talk to.
#include "runtime/interfaces/ce.hpp"
#include "runtime/interfaces/info.hpp"
#include "runtime/interfaces/lb.hpp"
#include "runtime/interfaces/node.hpp"
#include "runtime/interfaces/voms.hpp"
#include "runtime/interfaces/wms.hpp"

#include <span>

namespace trellis {

inline constexpr std::span<const crossing> crossing_tables[]
    = {wms_crossings, lb_crossings, ce_crossings, info_crossings, node_crossings, voms_crossings};

/// The row of a number on the wire, or null.
constexpr const crossing* crossing_by(std::uint16_t id) {
  for (const auto& table : crossing_tables)
    for (const auto& row : table)
      if (row.id == id)
        return &row;
  return nullptr;
}

static_assert(
    [] {
      for (const auto& a : crossing_tables)
        for (const auto& x : a)
          for (const auto& b : crossing_tables)
            for (const auto& y : b)
              if (&x != &y && (x.id == y.id || x.message == y.message))
                return false;
      return true;
    }(),
    "two rows of crossings share a number or a message");

/// The interface that each role speaks.
template <role R>
struct speaks;

template <>
struct speaks<role::wms> {
  using interface = wms_actor;
};

template <>
struct speaks<role::lb> {
  using interface = lb_actor;
};

template <>
struct speaks<role::ce> {
  using interface = ce_actor;
};

template <>
struct speaks<role::info> {
  using interface = info_actor;
};

template <>
struct speaks<role::node> {
  using interface = node_actor;
};

template <>
struct speaks<role::voms> {
  using interface = voms_actor;
};

template <role R>
using actor_of = typename speaks<R>::interface;

} // namespace trellis
