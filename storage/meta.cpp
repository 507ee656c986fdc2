#include "storage/meta.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace trellis::storage {

result<identity> identify(engine& store, const identity& fresh) {
  auto version = store.get(family::meta, "version");
  if (!version)
    return version.why();
  if (!*version) {
    std::array<change, 3> rows{
        {{family::meta, "version", std::to_string(layout_version)},
         {family::meta, "birth", fresh.birth},
         {family::meta, "incarnation", fresh.incarnation}}
    };
    if (auto written = store.commit(rows, durability::synced); !written)
      return written.why();
    return fresh;
  }
  int number = 0;
  std::from_chars((*version)->data(), (*version)->data() + (*version)->size(), number);
  if (number < 1 || number > layout_version)
    return error{errc::storage,
                 fmt::format("the store has layout {}, this program knows up to {}: use a newer "
                             "trellis-node",
                             **version, layout_version)};
  auto birth = store.get(family::meta, "birth");
  auto incarnation = store.get(family::meta, "incarnation");
  if (!birth || !incarnation || !*birth || !*incarnation)
    return error{errc::storage, "the store does not say who it is: its meta rows are incomplete"};
  return identity{**birth, **incarnation};
}

result<done> renew_incarnation(engine& store, const std::string& incarnation) {
  std::array<change, 1> row{{{family::meta, "incarnation", incarnation}}};
  return store.commit(row, durability::synced);
}

} // namespace trellis::storage
