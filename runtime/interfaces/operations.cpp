#include "runtime/interfaces/operations.hpp"

#include "runtime/interfaces/crossings.hpp"

#include <array>

namespace trellis {

namespace {

constexpr auto rows = std::apply(
    [](const auto&... x) { return std::array<operation, sizeof...(x)>{x.what...}; }, operations);

/// Every row stands in the tables of crossings under the same number and role, open to users.
template <class Request, class Response>
constexpr bool agrees(const operation_row<Request, Response>& x) {
  constexpr auto row = crossing_of<Request>();
  return row.id == x.what.number && row.to == x.what.to && (row.senders & users);
}

static_assert(std::apply([](const auto&... x) { return (agrees(x) && ...); }, operations),
              "an operation and its row of crossings differ");

constexpr std::size_t open_to_users() {
  std::size_t n = 0;
  for (const auto& table : crossing_tables)
    for (const auto& row : table)
      n += (row.senders & users) ? 1 : 0;
  return n;
}

static_assert(open_to_users() == rows.size(), "a message that users may send is no operation");

} // namespace

std::span<const operation> all_operations() { return rows; }

const operation* operation_named(std::string_view name) {
  for (const auto& row : rows)
    if (row.name == name)
      return &row;
  const operation* found = nullptr;
  for (const auto& row : rows)
    if (row.name.substr(row.name.find('.') + 1) == name) {
      if (found)
        return nullptr; // several roles have one of this name
      found = &row;
    }
  return found;
}

} // namespace trellis
