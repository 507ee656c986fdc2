#pragma once
/// The form of the table of settings. A row names a member of a section's struct; its type and its
/// default are those of the member.
#include "runtime/node/config.hpp"

#include <span>
#include <variant>

namespace trellis::config {

template <class Section>
using field
    = std::variant<std::string Section::*, std::vector<std::string> Section::*, bool Section::*,
                   std::uint32_t Section::*, std::optional<std::uint32_t> Section::*,
                   byte_count Section::*, milliseconds Section::*, host_name Section::*,
                   std::vector<role> Section::*, std::vector<endpoint> Section::*,
                   std::optional<endpoint> Section::*>;

/// `least` and `most` count units, milliseconds or bytes; both 0 for what is no quantity.
template <class Section>
struct key {
  std::string_view name;
  field<Section> where;
  std::string_view what, low, high; // for what is no quantity, `low` says what a wrong one does
  std::uint64_t least = 0, most = 0;
  std::string_view choices = {}; // a|b|c
  bool needed = false;
};

/// The rows of a section's struct.
template <class Section>
std::span<const key<Section>> keys();

/// The head of a section in the file: "", [limits], [[peer]].
template <class Section>
constexpr std::string_view head();

template <>
constexpr std::string_view head<node>() {
  return "";
}

template <>
constexpr std::string_view head<peer>() {
  return "[[peer]]";
}

template <>
constexpr std::string_view head<local_user>() {
  return "[[local_user]]";
}

template <>
constexpr std::string_view head<ce>() {
  return "[ce]";
}

template <>
constexpr std::string_view head<queue>() {
  return "[[ce.queue]]";
}

template <>
constexpr std::string_view head<wms>() {
  return "[wms]";
}

template <>
constexpr std::string_view head<lb>() {
  return "[lb]";
}

template <>
constexpr std::string_view head<info>() {
  return "[info]";
}

template <>
constexpr std::string_view head<edge>() {
  return "[edge]";
}

template <>
constexpr std::string_view head<limits>() {
  return "[limits]";
}

/// Calls `f.template operator()<Section>()` for each section, in the order of the file.
template <class F>
void for_each_section(F&& f) {
  f.template operator()<node>();
  f.template operator()<peer>();
  f.template operator()<local_user>();
  f.template operator()<ce>();
  f.template operator()<queue>();
  f.template operator()<wms>();
  f.template operator()<lb>();
  f.template operator()<info>();
  f.template operator()<edge>();
  f.template operator()<limits>();
}

} // namespace trellis::config
