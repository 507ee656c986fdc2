#pragma once
/// A store in memory, for simulation and tests: a disk that can be cut off from power, fill up, or
/// be looked at from outside. One thread. Copied, it is a backup.
#include "storage/memory_table.hpp"

#include <array>

namespace trellis::storage {

class memory_engine : public engine {
public:
  using observer = std::function<void(std::span<const change> batch)>;

  result<done> commit(std::span<const change> batch, durability how) override;
  result<std::optional<std::string>> get(family in, std::string_view key) const override;
  result<done> scan(family in, std::string_view prefix, std::string_view from,
                    const row_reader& read) const override;

  /// What a power cut leaves: every batch up to the last synced one.
  void crash();

  /// The next `n` commits fail.
  void fail_next(int n) { failures_ = n; }

  /// A full disk: every commit fails.
  void fill(bool full) { full_ = full; }

  /// Called after each commit, with what was written.
  void observe(observer x) { observer_ = std::move(x); }

  /// The rows become those of `backup`; who looks on stays.
  void restore(const memory_engine& backup);

  std::size_t size(family in) const { return table(in).size(); }

  const memory_table& table(family in) const { return now_[static_cast<std::size_t>(in)]; }

private:
  using tables = std::array<memory_table, family_names.size()>;

  tables now_;
  std::vector<change> undo_; // what the rows were since the last synced batch, oldest first
  observer observer_;
  int failures_ = 0;
  bool full_ = false;
};

} // namespace trellis::storage
