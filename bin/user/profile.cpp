#include "bin/user/profile.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <filesystem>

namespace trellis::bin {

result<profile> read_profile(const std::string& path) {
  std::error_code ec;
  if (!std::filesystem::exists(path, ec))
    return profile{};
  profile out;
  std::pair<std::string_view, std::string profile::*> keys[] = {
      {"endpoint", &profile::endpoint},
      {"proxy",    &profile::proxy   },
      {"ca",       &profile::ca      },
  };
  try {
    auto top = toml::parse_file(path);
    for (const auto& [name, value] : top) {
      auto key = std::ranges::find(keys, name.str(), [](const auto& x) { return x.first; });
      if (key == std::end(keys) || !value.is_string())
        return error{errc::usage,
                     fmt::format("{}:{}: '{}' is no key with a text: expected endpoint, "
                                 "proxy or ca",
                                 path, value.source().begin.line, name.str())};
      out.*key->second = *value.value<std::string>();
    }
  } catch (const toml::parse_error& e) {
    return error{errc::usage,
                 fmt::format("{}:{}: {}", path, e.source().begin.line, e.description())};
  }
  return out;
}

edge::user_files files_of(const profile& own, const edge::environment& of, unsigned uid) {
  auto files = edge::find_user_files(of, uid);
  if (!own.proxy.empty())
    files.cert = files.key = own.proxy;
  if (!own.ca.empty()) {
    std::error_code ec;
    bool many = std::filesystem::is_directory(own.ca, ec);
    files.anchors = many ? own.ca : "";
    files.anchors_file = many ? "" : own.ca;
  }
  return files;
}

result<edge::client_config> client_of(const std::string& url, const profile& own,
                                      const edge::environment& of, unsigned uid) {
  auto files = files_of(own, of, uid);
  edge::client_config out;
  out.url = url;
  out.anchors = files.anchors;
  out.anchors_file = files.anchors_file;
  if (files.cert.empty())
    return error{errc::unauthenticated,
                 fmt::format("there is no proxy or certificate to show to {}: looked at {}", url,
                             files.looked_at)};
  out.named = files.cert;
  auto key = edge::read_private(files.key, uid);
  if (!key)
    return key.why();
  auto cert = files.cert == files.key ? key : edge::read_public(files.cert);
  if (!cert)
    return cert.why();
  out.key = *std::move(key);
  out.cert = *std::move(cert);
  return out;
}

} // namespace trellis::bin
