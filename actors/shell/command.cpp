#include "actors/shell/command.hpp"

namespace trellis::shell {

std::optional<std::string> arguments::text(std::string_view name) const {
  auto i = given_.find(name);
  if (i == given_.end() || i->second.empty())
    return std::nullopt;
  return i->second.back();
}

std::string arguments::text_or(std::string_view name, std::string_view otherwise) const {
  auto x = text(name);
  return x ? *x : std::string{otherwise};
}

std::vector<std::string> arguments::all(std::string_view name) const {
  auto i = given_.find(name);
  return i == given_.end() ? std::vector<std::string>{} : i->second;
}

std::string_view key_of(const option_row& x) {
  std::string_view longest, rest = x.names;
  while (!rest.empty()) {
    auto comma = rest.find(',');
    auto name = rest.substr(0, comma);
    if (name.size() > longest.size())
      longest = name;
    rest = comma == rest.npos ? std::string_view{} : rest.substr(comma + 1);
  }
  return longest;
}

} // namespace trellis::shell
