#include "runtime/link/deliveries.hpp"

#include "runtime/link/deliveries_of.hpp"

#include <algorithm>

namespace trellis::link {

namespace {

struct tables {
  std::vector<call_delivery> calls;
  std::vector<letter_delivery> letters;
  std::vector<std::uint16_t> types;

  tables() {
    for (auto rows : {wms_deliveries, lb_deliveries, ce_deliveries, info_deliveries,
                      node_deliveries, voms_deliveries}) {
      auto more = rows();
      calls.insert(calls.end(), more.calls.begin(), more.calls.end());
      letters.insert(letters.end(), more.letters.begin(), more.letters.end());
    }
    std::ranges::sort(calls, {}, &call_delivery::type);
    std::ranges::sort(letters, {}, &letter_delivery::type);
    for (const auto& x : calls)
      types.push_back(x.type);
    for (const auto& x : letters)
      types.push_back(x.type);
    std::ranges::sort(types);
    types.erase(std::unique(types.begin(), types.end()), types.end());
  }
};

const tables& all() {
  static const tables made; // never changes once made
  return made;
}

template <class Row>
const Row* find_row(const std::vector<Row>& in, std::uint16_t type) {
  auto i = std::ranges::lower_bound(in, type, {}, &Row::type);
  return i != in.end() && i->type == type ? &*i : nullptr;
}

} // namespace

const call_delivery* call_delivery_of(std::uint16_t type) { return find_row(all().calls, type); }

const letter_delivery* letter_delivery_of(std::uint16_t type) {
  return find_row(all().letters, type);
}

const std::vector<std::uint16_t>& known_types() { return all().types; }

} // namespace trellis::link
