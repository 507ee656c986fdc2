#include "runtime/edge/token_identity.hpp"

#include "protocols/json/value.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::edge {

namespace {

/// The scope of the profile that an operation needs.
std::string_view scope_of(const operation& what) {
  constexpr std::pair<std::string_view, std::string_view> others[] = {
      {"wms.submit",     "compute.create"},
      {"wms.list_match", "compute.create"},
      {"wms.put_input",  "compute.create"},
      {"wms.start",      "compute.create"},
      {"wms.cancel",     "compute.cancel"},
      {"wms.purge",      "compute.modify"},
      {"lb.log",         "compute.modify"},
      {"ce.drain",       "compute.modify"},
      {"node.forget",    "compute.modify"},
  };
  for (const auto& [name, scope] : others)
    if (what.name == name)
      return scope;
  return "compute.read";
}

} // namespace

std::optional<std::string> bearer_of(const http::request& x) {
  constexpr std::string_view scheme = "bearer ";
  auto given = x.field("authorization");
  if (!given || http::lower(given->substr(0, scheme.size())) != scheme)
    return {};
  auto start = given->find_first_not_of(' ', scheme.size());
  return start == given->npos ? std::string{} : given->substr(start);
}

result<principal> principal_of_token(std::string_view bearer, const gsi::token_settings& by,
                                     std::chrono::sys_seconds now) {
  auto x = gsi::verify_token(bearer, by, now);
  if (!x)
    return error{x.why().code == errc::expired ? errc::expired : errc::unauthenticated,
                 x.why().text};
  principal out;
  out.kind = principal_kind::token;
  out.issuer = x->issuer;
  out.subject = x->issuer + "#" + x->subject;
  out.vo = x->vo;
  out.fqans = x->groups;
  for (const auto& one : x->capabilities)
    if (auto scope = std::string{word(one.right)};
        std::ranges::find(out.capabilities, scope) == out.capabilities.end())
      out.capabilities.push_back(std::move(scope));
  out.expires = x->expires;
  return out;
}

result<done> token_permits(const principal& who, const operation& what) {
  if (who.kind != principal_kind::token || who.capabilities.empty())
    return done{};
  auto needed = scope_of(what);
  if (std::ranges::find(who.capabilities, needed) != who.capabilities.end())
    return done{};
  return error{errc::denied, fmt::format("the token of {} has no scope {}", who.subject, needed)};
}

result<gsi::token_issuer> read_issuer(std::string_view json) {
  auto tree = parse_json(json);
  if (!tree)
    return tree.why();
  auto url = tree->find("issuer"), vo = tree->find("vo");
  if (!url || url->text.empty() || !vo || vo->text.empty())
    return error{errc::malformed, "an issuer's file needs the members issuer, vo and keys"};
  auto keys = gsi::jwk_set::parse(json);
  if (!keys)
    return keys.why();
  return gsi::token_issuer{url->text, vo->text, *std::move(keys)};
}

} // namespace trellis::edge
