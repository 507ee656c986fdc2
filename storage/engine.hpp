#pragma once
/// The ordered store under a node: column families of rows, changed in atomic batches.
///
/// Two forms: RocksDB, and tables in memory that lose what was not synced (memory_engine.hpp: for
/// simulation and tests). Keys and values are bytes. One writer (the store actor) commits; anybody
/// may read, at any time, from any thread (the form in memory: from one thread).
///
/// Errors: `storage`, with the path and the library's sentence. After a failed commit nothing of
/// the batch is in the store.
#include "protocols/base/result.hpp"
#include "storage/families.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::storage {

/// One row of a batch; without a value the row is deleted.
struct change {
  family in = family::meta;
  std::string key;
  std::optional<std::string> value;
};

enum class durability : bool { lazy, synced };

/// Called for each row in key order; false ends the scan.
using row_reader = std::function<bool(std::string_view key, std::string_view value)>;

class engine {
public:
  virtual ~engine() = default;

  /// Writes all changes or none. With `synced` they are on disk when this returns.
  virtual result<done> commit(std::span<const change> batch, durability how) = 0;

  virtual result<std::optional<std::string>> get(family in, std::string_view key) const = 0;

  /// The rows whose key begins with `prefix`, from `from` on (empty: from the first).
  virtual result<done> scan(family in, std::string_view prefix, std::string_view from,
                            const row_reader& read) const = 0;
};

/// Opens or creates a store in `directory`. A store written by a newer version is refused.
result<std::unique_ptr<engine>> open_rocksdb(const std::string& directory);

} // namespace trellis::storage
