#include "storage/memory_table.hpp"

#include <algorithm>

namespace trellis::storage {

namespace {

constexpr std::size_t least_empty = 256; // that a sweep is worth while

} // namespace

memory_table::memory_table(const memory_table& x) { *this = x; }

memory_table& memory_table::operator=(const memory_table& x) {
  if (this == &x)
    return *this;
  rows_ = x.rows_;
  empty_ = x.empty_;
  ordered_.clear();
  fresh_.clear();
  for (const auto& r : rows_)
    fresh_.push_back(&r);
  return *this;
}

const std::string* memory_table::find(std::string_view key) const {
  auto i = rows_.find(key);
  return i == rows_.end() || !i->second ? nullptr : &*i->second;
}

std::optional<std::string> memory_table::set(std::string_view key,
                                             std::optional<std::string> value) {
  auto i = rows_.find(key);
  if (i == rows_.end()) {
    if (value)
      fresh_.push_back(&*rows_.emplace(key, std::move(value)).first);
    return std::nullopt;
  }
  auto before = std::exchange(i->second, std::move(value));
  if (before && !i->second) {
    if (++empty_ >= least_empty && empty_ > rows_.size() / 2)
      sweep();
  } else if (!before && i->second) {
    --empty_;
  }
  return before;
}

void memory_table::sweep() {
  auto gone = [](row x) { return !x->second; };
  std::erase_if(ordered_, gone);
  std::erase_if(fresh_, gone);
  std::erase_if(rows_, [](const auto& x) { return !x.second; });
  empty_ = 0;
}

void memory_table::put_in_order() const {
  if (fresh_.size() > ordered_.size())
    std::sort(fresh_.begin(), fresh_.end(), by_key{}); // each finds its place next to the last
  auto last = ordered_.begin();
  for (auto x : fresh_)
    last = ordered_.insert(last, x);
  fresh_.clear();
}

void memory_table::scan(std::string_view prefix, std::string_view from,
                        const row_reader& read) const {
  put_in_order();
  auto i = ordered_.lower_bound(std::max(prefix, from));
  for (; i != ordered_.end() && (*i)->first.starts_with(prefix); ++i)
    if ((*i)->second && !read((*i)->first, *(*i)->second))
      break;
}

void memory_table::each(
    const std::function<void(std::string_view key, std::string_view value)>& see) const {
  for (const auto& [key, value] : rows_)
    if (value)
      see(key, *value);
}

} // namespace trellis::storage
