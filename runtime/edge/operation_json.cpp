#include "runtime/edge/operation_json.hpp"

#include "protocols/json/text.hpp"

#include <array>

namespace trellis::edge {

namespace {

/// Answers may be as long as a message is.
constexpr wire::limits bounds{16, 1u << 20};

template <class T>
result<std::string> to_bytes(const json_value& tree) {
  auto x = from_json<T>(tree);
  if (!x)
    return x.why();
  return wire::encode(*x);
}

template <class T>
result<std::string> to_json(std::string_view bytes) {
  auto x = wire::decode<T>(bytes, bounds);
  if (!x)
    return x.why();
  return json(*x);
}

template <class Row>
operation_json row_of(const Row& x) {
  return {&x.what, to_bytes<typename Row::request>, to_json<typename Row::request>,
          to_bytes<typename Row::response>, to_json<typename Row::response>};
}

const auto rows
    = std::apply([](const auto&... all) { return std::array{row_of(all)...}; }, operations);

} // namespace

const operation_json* json_of(std::uint16_t number) {
  for (const auto& row : rows)
    if (row.what->number == number)
      return &row;
  return nullptr;
}

} // namespace trellis::edge
