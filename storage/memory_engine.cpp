#include "storage/memory_engine.hpp"

namespace trellis::storage {

/// The old value goes to `undo_`, if a power cut may bring it back, and the new one in.
void memory_engine::apply(const change& x, durability how) {
  auto& table = now_[static_cast<std::size_t>(x.in)];
  auto i = table.lower_bound(x.key);
  auto there = i != table.end() && i->first == x.key;
  if (how == durability::lazy) {
    undo_.push_back({x.in, x.key, std::nullopt});
    if (there)
      undo_.back().value = std::move(i->second);
  }
  if (!x.value) {
    if (there)
      table.erase(i);
  } else if (there) {
    i->second = *x.value;
  } else {
    table.emplace_hint(i, x.key, *x.value);
  }
}

result<done> memory_engine::commit(std::span<const change> batch, durability how) {
  if (full_)
    return error{errc::storage, "the disk is full"};
  if (failures_ > 0) {
    --failures_;
    return error{errc::storage, "the memory store was told to fail this commit"};
  }
  for (const auto& x : batch)
    apply(x, how);
  if (how == durability::synced) // a synced batch takes every earlier one with it
    undo_.clear();
  if (observer_)
    observer_(batch);
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
  for (auto x = undo_.rbegin(); x != undo_.rend(); ++x) {
    auto& table = now_[static_cast<std::size_t>(x->in)];
    if (x->value)
      table.insert_or_assign(x->key, std::move(*x->value));
    else if (auto i = table.find(x->key); i != table.end())
      table.erase(i);
  }
  undo_.clear();
}

void memory_engine::restore(const memory_engine& backup) {
  now_ = backup.now_;
  undo_.clear();
}

std::size_t memory_engine::size(family in) const {
  return now_[static_cast<std::size_t>(in)].size();
}

} // namespace trellis::storage
