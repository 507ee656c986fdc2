#include "storage/memory_engine.hpp"

namespace trellis::storage {

result<done> memory_engine::commit(std::span<const change> batch, durability how) {
  if (full_)
    return error{errc::storage, "the disk is full"};
  if (failures_ > 0) {
    --failures_;
    return error{errc::storage, "the memory store was told to fail this commit"};
  }
  for (const auto& x : batch) {
    auto before = now_[static_cast<std::size_t>(x.in)].set(x.key, x.value);
    if (how == durability::lazy) // a power cut may bring it back
      undo_.push_back({x.in, x.key, std::move(before)});
  }
  if (how == durability::synced) // a synced batch takes every earlier one with it
    undo_.clear();
  if (observer_)
    observer_(batch);
  return done{};
}

result<std::optional<std::string>> memory_engine::get(family in, std::string_view key) const {
  const auto* value = table(in).find(key);
  return value ? std::optional{*value} : std::nullopt;
}

result<done> memory_engine::scan(family in, std::string_view prefix, std::string_view from,
                                 const row_reader& read) const {
  table(in).scan(prefix, from, read);
  return done{};
}

void memory_engine::crash() {
  for (auto x = undo_.rbegin(); x != undo_.rend(); ++x)
    now_[static_cast<std::size_t>(x->in)].set(x->key, std::move(x->value));
  undo_.clear();
}

void memory_engine::restore(const memory_engine& backup) {
  now_ = backup.now_;
  undo_.clear();
}

} // namespace trellis::storage
