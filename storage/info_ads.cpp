#include "storage/info_ads.hpp"

#include "storage/keys.hpp"

namespace trellis::storage::info_ads {

namespace {
constexpr char version = 1;
}

change put(const stored_ad& x) {
  return {family::info_ads, key(x.ce.text()), version + wire::encode(x)};
}

change erase(const ce_id& ce) { return {family::info_ads, key(ce.text()), std::nullopt}; }

result<std::vector<stored_ad>> all(const engine& rows) {
  std::vector<stored_ad> out;
  auto read = rows.scan(family::info_ads, "", "", [&](std::string_view, std::string_view row) {
    if (!row.empty() && row.front() == version)
      if (auto x = wire::decode<stored_ad>(row.substr(1)))
        out.push_back(std::move(*x));
    return true;
  });
  if (!read)
    return read.why();
  return out;
}

} // namespace trellis::storage::info_ads
