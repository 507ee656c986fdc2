#pragma once
/// What a store says about itself.
///
///   column family  meta
///   key 'version'      value  the layout's number, in decimal
///   key 'birth'        value  16 random bytes in hex: another store, another birth
///   key 'incarnation'  value  likewise, drawn when the store was made and when it was restored
///
/// Errors: `storage` when the layout is newer than this program.
#include "storage/engine.hpp"

namespace trellis::storage {

inline constexpr int layout_version = 1;

struct identity {
  std::string birth, incarnation;
};

/// Reads who the store is; a new store becomes `fresh`.
result<identity> identify(engine& store, const identity& fresh);

/// The store is a restored backup: from now on it is another incarnation.
result<done> renew_incarnation(engine& store, const std::string& incarnation);

} // namespace trellis::storage
