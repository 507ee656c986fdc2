#include "storage/engine.hpp"

namespace trellis::storage {

void memory_engine::apply(tables& to, std::span<const change> batch) {
  for (const auto& x : batch) {
    auto& table = to[static_cast<std::size_t>(x.in)];
    if (x.value)
      table.insert_or_assign(x.key, *x.value);
    else if (auto i = table.find(x.key); i != table.end())
      table.erase(i);
  }
}

result<done> memory_engine::commit(std::span<const change> batch, durability how) {
  if (failures_ > 0) {
    --failures_;
    return error{errc::storage, "the memory store was told to fail this commit"};
  }
  apply(now_, batch);
  unsynced_.insert(unsynced_.end(), batch.begin(), batch.end());
  if (how == durability::synced) { // a synced batch takes every earlier one with it
    apply(synced_, unsynced_);
    unsynced_.clear();
  }
  return done{};
}

result<std::optional<std::string>> memory_engine::get(family in, std::string_view key) const {
  const auto& table = now_[static_cast<std::size_t>(in)];
  auto i = table.find(key);
  return i == table.end() ? std::nullopt : std::optional{i->second};
}

result<done> memory_engine::scan(family in, std::string_view prefix, std::string_view from,
                                 const row_reader& read) const {
  const auto& table = now_[static_cast<std::size_t>(in)];
  for (auto i = table.lower_bound(std::max(prefix, from));
       i != table.end() && i->first.starts_with(prefix); ++i)
    if (!read(i->first, i->second))
      break;
  return done{};
}

void memory_engine::crash() {
  now_ = synced_;
  unsynced_.clear();
}

std::size_t memory_engine::size(family in) const {
  return now_[static_cast<std::size_t>(in)].size();
}

} // namespace trellis::storage
