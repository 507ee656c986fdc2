#pragma once
/// What is told to and asked of the information supermarket: soft state, each advertisement with
/// its own end.
#include "protocols/names/ce_id.hpp"
#include "protocols/names/principal.hpp"

namespace trellis::info {

/// A CE's queue as it is now: an ad in ClassAd syntax with the GLUE 1.3 names (GlueCEUniqueID,
/// GlueCEStateFreeCPUs, ...), valid for `time_left`. Sent when something changed and before it
/// ends.
struct advertise {
  ce_id ce;
  std::string ad;
  std::chrono::seconds time_left{300};
  std::uint64_t serial = 0; // rises with each one of this CE: an older one changes nothing
};
TRELLIS_INSPECT(advertise, ce, ad, time_left, serial)

inline bool complete(const advertise& x) { return !x.ce.empty(); }

struct advertised {};

struct list_ces {
  principal who;
  std::string vo;         // empty: all
  std::string constraint; // an expression over the CE's ad; empty: all
};
TRELLIS_INSPECT(list_ces, who, vo, constraint)

struct ce_entry {
  ce_id ce;
  std::string ad;
  std::chrono::seconds age{0}, time_left{0};
};
TRELLIS_INSPECT(ce_entry, ce, ad, age, time_left)

struct ce_list {
  std::vector<ce_entry> ces;
};
TRELLIS_INSPECT(ce_list, ces)

} // namespace trellis::info
