#pragma once
/// The last advertisement of each CE, so that matching goes on at once after a restart. Soft state:
/// written lazily, and void after its end whatever stands here.
///
///   column family  info_ads
///   key            CE id '\0'
///   value          version:u8 wire(stored_ad)
#include "protocols/ce/messages.hpp"
#include "storage/engine.hpp"

namespace trellis::storage::info_ads {

struct stored_ad {
  ce_id ce;
  std::string ad;
  std::uint64_t serial = 0;
  ce::moment arrived{}, ends{};
};
TRELLIS_INSPECT(stored_ad, ce, ad, serial, arrived, ends)

change put(const stored_ad& x);
change erase(const ce_id& ce);

/// All rows; an unreadable one is left out, it will be advertised again.
result<std::vector<stored_ad>> all(const engine& rows);

} // namespace trellis::storage::info_ads
