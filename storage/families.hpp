#pragma once
/// Every column family of a node's store, in one table. Names are on disk and never reused; the
/// module that owns a family draws its keys and values at the top of its own header.
#include <array>
#include <cstdint>
#include <string_view>

namespace trellis::storage {

enum class family : std::uint8_t {
  meta,         // storage/meta.hpp: version, birth id, incarnation
  outbox,       // storage/mail.hpp: letters not yet acknowledged, and `next` of each stream
  inbox,        // storage/mail.hpp: what has arrived of each stream
  dead_letters, // storage/mail.hpp: letters given up by an operator or unreadable
  subjects,     // who stands behind a subject number
  wms_jobs,     // storage/wms_jobs.hpp
  wms_requests, // storage/wms_jobs.hpp: first answers by request id
  wms_shares,   // storage/wms_jobs.hpp: decayed usage
  lb_events,    // storage/event_log.hpp
  lb_jobs,      // storage/event_log.hpp: state of each job, internal part included
  lb_index,     // storage/event_log.hpp: jobs by owner, VO, state
  ce_attempts,  // storage/ce_attempts.hpp
  info_ads,     // storage/info_ads.hpp: last advertisement of each CE
  audit,        // storage/audit.hpp: who did what as an operator
  voms_vos,     // storage/voms_vos.hpp: VOs, their users, groups and roles
};

inline constexpr std::array<std::string_view, 15> family_names{
    "meta",     "outbox",       "inbox",      "dead_letters", "subjects",
    "wms_jobs", "wms_requests", "wms_shares", "lb_events",    "lb_jobs",
    "lb_index", "ce_attempts",  "info_ads",   "audit",        "voms_vos",
};

constexpr std::string_view name(family x) { return family_names[static_cast<std::size_t>(x)]; }

} // namespace trellis::storage
