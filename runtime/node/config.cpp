#include "runtime/node/config.hpp"

#include "protocols/base/spelling.hpp"
#include "runtime/node/config_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace trellis::config {

bool node::has(role x) const { return std::find(roles.begin(), roles.end(), x) != roles.end(); }

const peer* node::peer_of(const host_name& host) const {
  for (const auto& p : peers)
    if (p.host == host)
      return &p;
  return nullptr;
}

std::string node::path(const std::string& relative) const {
  return relative.starts_with('/') ? relative : directory + "/" + relative;
}

result<node> load(const std::string& file_or_directory) {
  std::error_code ignored;
  auto file = file_or_directory;
  if (std::filesystem::is_directory(file, ignored))
    file += "/node.toml";
  std::ifstream in{file, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (!in.is_open() || in.bad())
    return error{errc::not_found, fmt::format("cannot read {}: {}; trellis-node init DIR --host "
                                              "NAME makes a node directory",
                                              file, std::strerror(errno))};
  return parse(text, std::filesystem::absolute(file, ignored).lexically_normal().string());
}

// --- the words of a value, as `explain` shows them ---------------------------------------------

namespace {

std::string type_of(const std::string&) { return "text"; }

std::string type_of(bool) { return "true or false"; }

std::string type_of(std::uint32_t) { return "number"; }

std::string type_of(byte_count) { return "size (B kB MB GB TB KiB MiB GiB TiB)"; }

std::string type_of(milliseconds) { return "duration (ms s min h d)"; }

std::string type_of(const host_name&) { return "host name"; }

std::string type_of(role) { return "role"; }

std::string type_of(const endpoint&) { return "host:port"; }

template <class T>
std::string type_of(const std::optional<T>&) {
  return type_of(T{});
}

template <class T>
std::string type_of(const std::vector<T>&) {
  return "list of " + type_of(T{});
}

std::string shown(const std::string& x) { return x.empty() ? "" : fmt::format("\"{}\"", x); }

std::string shown(bool x) { return x ? "true" : "false"; }

std::string shown(std::uint32_t x) { return fmt::to_string(x); }

std::string shown(byte_count x) { return fmt::format("\"{}\"", text(x)); }

std::string shown(milliseconds x) { return fmt::format("\"{}\"", text(x)); }

template <class T>
std::string shown(const T&) {
  return {}; // names and lists have no default but none
}

template <class Section, class T>
std::string range_of(const key<Section>& row, const T&) {
  auto both = [&](auto wrap) {
    return fmt::format("{} to {}", text(wrap(row.least)), text(wrap(row.most)));
  };
  if (!row.choices.empty())
    return std::string{row.choices};
  if (row.most == 0)
    return {};
  if constexpr (std::is_same_v<T, milliseconds>)
    return both([](std::uint64_t x) { return milliseconds{static_cast<std::int64_t>(x)}; });
  else if constexpr (std::is_same_v<T, byte_count>)
    return both([](std::uint64_t x) { return byte_count{x}; });
  else
    return fmt::format("{} to {}", row.least, row.most);
}

template <class Section>
key_info describe(const key<Section>& row) {
  static const Section defaults;
  key_info out{
      std::string{head<Section>()}, std::string{row.name}, {}, {}, {}, std::string{row.what},
      std::string{row.low},         std::string{row.high}};
  std::visit(
      [&](auto member) {
        const auto& x = defaults.*member;
        out.type = type_of(x);
        out.fallback = row.needed ? "none: it must be given" : shown(x);
        out.range = range_of(row, x);
      },
      row.where);
  return out;
}

std::string block(const key_info& x) {
  auto out = fmt::format("{}\n  {}\n  type     {}\n", x.full_name(), x.what, x.type);
  if (!x.range.empty())
    out += fmt::format("  range    {}\n", x.range);
  out += fmt::format("  default  {}\n", x.fallback.empty() ? "none" : x.fallback);
  if (x.high.empty())
    out += fmt::format("  if wrong {}\n", x.low);
  else
    out += fmt::format("  too low  {}\n  too high {}\n", x.low, x.high);
  return out;
}

} // namespace

std::string key_info::full_name() const {
  std::string out;
  for (char c : section)
    if (c != '[' && c != ']')
      out += c;
  return out.empty() ? name : out + "." + name;
}

std::vector<key_info> all_keys() {
  std::vector<key_info> out;
  for_each_section([&]<class Section>() {
    for (const auto& row : keys<Section>())
      out.push_back(describe(row));
  });
  return out;
}

result<std::string> explain(std::string_view key) {
  std::string out;
  std::vector<std::string> words;
  for (const auto& x : all_keys()) {
    words.push_back(x.full_name());
    words.push_back(x.name);
    if (x.full_name() == key || x.name == key)
      out += (out.empty() ? "" : "\n") + block(x);
  }
  if (!out.empty())
    return out;
  auto meant = did_you_mean(key, words);
  return error{errc::not_found,
               fmt::format("there is no setting '{}'{}", key,
                           meant ? fmt::format("; did you mean '{}'?", *meant)
                                 : "; trellis-node config explain --all lists them")};
}

std::string explain_all() {
  std::string out;
  for (const auto& x : all_keys())
    out += (out.empty() ? "" : "\n") + block(x);
  return out;
}

std::optional<std::string> did_you_mean(std::string_view given,
                                        const std::vector<std::string>& words) {
  return nearest_word(given, {words.begin(), words.end()},
                      std::max<std::size_t>(given.size() / 3, 1));
}

} // namespace trellis::config
