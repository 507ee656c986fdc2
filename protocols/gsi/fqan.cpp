#include "protocols/gsi/fqan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace trellis::gsi {

namespace {

bool is_name(std::string_view x) {
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
           || std::string_view{"_.-"}.find(c) != std::string_view::npos;
  };
  return !x.empty() && x != "." && x != ".." && std::ranges::all_of(x, allowed);
}

/// Takes "/NAME=value" from the end of `text`; the value, or nothing.
std::optional<std::string_view> take_last(std::string_view& text, std::string_view key) {
  auto at = text.rfind('/');
  if (at == text.npos || !text.substr(at + 1).starts_with(key))
    return std::nullopt;
  auto value = text.substr(at + 1 + key.size());
  text = text.substr(0, at);
  return value;
}

} // namespace

result<fqan> fqan::parse(std::string_view text) {
  auto bad = [&](std::string_view why) {
    return error{errc::malformed,
                 fmt::format("cannot read the FQAN '{}': {}", text.substr(0, max_bytes), why)};
  };
  auto printable = [](char c) { return c > ' ' && c <= '~'; };
  if (text.size() > max_bytes || !std::ranges::all_of(text, printable))
    return error{errc::malformed, "an FQAN has more than 255 bytes, or one that is not printable"};
  auto rest = text;
  if (auto capability = take_last(rest, "Capability="); capability && !is_name(*capability))
    return bad("its capability is no name");
  auto role = take_last(rest, "Role=");
  if (role && !is_name(*role))
    return bad("its role is no name");
  if (!rest.starts_with('/'))
    return bad("it does not begin with /");
  for (auto names = rest; !names.empty();) {
    auto end = std::min(names.find('/', 1), names.size());
    if (!is_name(names.substr(1, end - 1)))
      return bad("a group is no name of [A-Za-z0-9_.-]");
    names.remove_prefix(end);
  }
  fqan out{std::string{rest}, {}};
  if (role && *role != "NULL")
    out.role = *role;
  return out;
}

std::string fqan::vo() const {
  auto end = group.find('/', 1);
  return group.substr(1, end == group.npos ? end : end - 1);
}

std::string fqan::text() const { return role.empty() ? group : group + "/Role=" + role; }

std::string fqan::long_text() const {
  return fmt::format("{}/Role={}/Capability=NULL", group, role.empty() ? "NULL" : role);
}

bool is_vo_name(std::string_view text) {
  return text.size() <= fqan::max_bytes && is_name(text) && text.find("..") == text.npos;
}

} // namespace trellis::gsi
