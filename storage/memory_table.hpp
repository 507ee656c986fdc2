#pragma once
/// Rows of one family in memory: found by hash, put in order only when somebody reads along the
/// order, which few do. What is erased leaves its place empty until enough places are. One thread,
/// reads included. Copied, it has the same rows.
#include "storage/engine.hpp"

#include <set>
#include <unordered_map>
#include <vector>

namespace trellis::storage {

class memory_table {
public:
  memory_table() = default;
  memory_table(const memory_table& x);
  memory_table& operator=(const memory_table& x);

  /// Null when there is no such row. Good until the next change.
  const std::string* find(std::string_view key) const;

  /// A value, or none, for this key; what was there before.
  std::optional<std::string> set(std::string_view key, std::optional<std::string> value);

  /// As `engine::scan`; `read` must not change this table.
  void scan(std::string_view prefix, std::string_view from, const row_reader& read) const;

  /// Every row, in no order.
  void each(const std::function<void(std::string_view key, std::string_view value)>& see) const;

  std::size_t size() const { return rows_.size() - empty_; }

  /// Rows, and places that are empty still.
  std::size_t places() const { return rows_.size(); }

private:
  struct hash {
    using is_transparent = void;

    std::size_t operator()(std::string_view x) const { return std::hash<std::string_view>{}(x); }
  };

  using rows = std::unordered_map<std::string, std::optional<std::string>, hash, std::equal_to<>>;
  using row = const rows::value_type*;

  struct by_key {
    using is_transparent = void;

    bool operator()(row a, row b) const { return a->first < b->first; }

    bool operator()(row a, std::string_view key) const { return a->first < key; }

    bool operator()(std::string_view key, row a) const { return key < a->first; }
  };

  void put_in_order() const;
  void sweep();

  rows rows_;
  std::size_t empty_ = 0; // rows without a value
  mutable std::set<row, by_key> ordered_;
  mutable std::vector<row> fresh_; // as they came; none of them is in `ordered_`
};

} // namespace trellis::storage
