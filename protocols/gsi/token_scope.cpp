#include "protocols/gsi/jwt.hpp"
#include "protocols/http/target.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::gsi {

namespace {

constexpr std::string_view right_words[] = {
    "storage.read", "storage.create", "storage.modify", "storage.stage",  "storage.poll",
    "compute.read", "compute.create", "compute.modify", "compute.cancel",
};

constexpr std::size_t max_components = 128;

bool is_storage(token_right x) { return x <= token_right::storage_poll; }

bool covers(const std::vector<std::string>& granted, const std::vector<std::string>& asked) {
  return granted.size() <= asked.size()
         && std::equal(granted.begin(), granted.end(), asked.begin());
}

/// Whether a right that was granted holds the one asked for.
bool holds(token_right granted, token_right asked) {
  return granted == asked
         || (granted == token_right::storage_modify && asked == token_right::storage_create);
}

} // namespace

std::string_view word(token_right x) { return right_words[static_cast<std::size_t>(x)]; }

result<std::vector<std::string>> path_components(std::string_view path) {
  auto bad = [&](std::string_view why) {
    return error{errc::malformed, fmt::format("the path '{}' {}", path, why)};
  };
  if (!path.starts_with('/'))
    return bad("does not begin with a slash");
  std::vector<std::string> out;
  for (path.remove_prefix(1); !path.empty();) {
    auto end = std::min(path.find('/'), path.size());
    auto one = http::percent_decoded(path.substr(0, end));
    if (!one)
      return one.why();
    if (one->empty() || *one == "." || *one == ".." || out.size() == max_components)
      return bad("has an empty part, '.' or '..', or too many");
    auto allowed = [](unsigned char c) { return c >= ' ' && c != 0x7F && c != '/'; };
    if (!std::ranges::all_of(*one, allowed))
      return bad("has a character that no name has");
    out.push_back(*std::move(one));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return out;
}

result<std::optional<capability>> parse_scope(std::string_view scope) {
  using some = std::optional<capability>;
  auto colon = std::min(scope.find(':'), scope.size());
  auto found = std::ranges::find(right_words, scope.substr(0, colon));
  if (found == std::end(right_words))
    return some{};
  capability out{static_cast<token_right>(found - std::begin(right_words)), {}};
  if (!is_storage(out.right))
    return colon == scope.size()
               ? result<some>{some{out}}
               : error{errc::malformed, fmt::format("the scope '{}' has a path", scope)};
  if (colon == scope.size())
    return error{errc::malformed, fmt::format("the scope '{}' has no path", scope)};
  auto path = path_components(scope.substr(colon + 1));
  if (!path)
    return path.why();
  out.path = *std::move(path);
  return some{std::move(out)};
}

bool grants(const std::vector<capability>& all, token_right right, std::string_view path) {
  auto asked = path_components(path);
  return asked && is_storage(right) && std::ranges::any_of(all, [&](const auto& x) {
           return holds(x.right, right) && covers(x.path, *asked);
         });
}

bool grants(const std::vector<capability>& all, token_right right) {
  return !is_storage(right)
         && std::ranges::any_of(all, [&](const auto& x) { return x.right == right; });
}

bool grants_stat(const std::vector<capability>& all, std::string_view path) {
  using enum token_right;
  auto any = {storage_read, storage_create, storage_modify, storage_stage};
  return std::ranges::any_of(any, [&](auto right) { return grants(all, right, path); });
}

} // namespace trellis::gsi
