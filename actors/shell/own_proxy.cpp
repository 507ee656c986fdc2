#include "actors/shell/own_proxy.hpp"

#include "actors/shell/times.hpp"
#include "protocols/gsi/locked.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <istream>

namespace trellis::shell {
namespace {

result<std::string> passphrase(session& s, const arguments& given, const std::string& file) {
  if (!given.flag("--pwstdin"))
    return s.world().ask_secret(fmt::format("Passphrase of {}: ", file));
  std::string line;
  std::getline(s.world().in(), line);
  return line;
}

error in_file(const std::string& file, const error& why) {
  return {errc::unauthenticated, fmt::format("cannot use the credential {}: {}", file, why.text)};
}

result<gsi::credential> open_pem(session& s, const arguments& given, const std::string& cert_file,
                                 const std::string& key_file) {
  auto key_text = edge::read_private(key_file, s.world().user_id());
  if (!key_text)
    return key_text.why();
  auto cert_text = cert_file == key_file ? key_text : edge::read_public(cert_file);
  if (!cert_text)
    return cert_text.why();
  if (gsi::is_locked(*key_text)) {
    auto secret = passphrase(s, given, key_file);
    if (!secret)
      return secret.why();
    auto key = gsi::unlock(*key_text, *secret);
    if (!key)
      return in_file(key_file, key.why());
    key_text = key->pem();
  }
  // The key's file may hold certificates, too; those of the certificate's file count.
  auto chain = gsi::parse_chain(*cert_text);
  if (!chain)
    return in_file(cert_file, chain.why());
  auto key = gsi::private_key::parse(*key_text);
  if (!key)
    return in_file(key_file, key.why());
  if (!chain->front().belongs_to(*key))
    return in_file(cert_file, {errc::malformed, "the key of " + key_file + " is not that of "
                                                    + chain->front().subject()});
  return gsi::credential{*std::move(chain), *std::move(key)};
}

} // namespace

edge::environment environment_of(session& s) {
  return [&world = s.world()](std::string_view name) { return world.environment(name); };
}

std::string proxy_file(session& s, const arguments& given, std::string_view option) {
  return given.text_or(option, edge::proxy_place(environment_of(s), s.world().user_id()));
}

result<gsi::credential> open_certificate(session& s, const arguments& given) {
  auto named = given.text("--cert");
  if (!named && given.text("--key"))
    return error{errc::usage, "--key names the key of a certificate: give --cert, too"};
  auto files = named ? edge::certificate_files_of(*named, given.text_or("--key", ""))
                     : edge::find_certificate_files(environment_of(s), s.world().user_id());
  if (!files.pkcs12.empty()) {
    auto bytes = edge::read_private(files.pkcs12, s.world().user_id());
    if (!bytes)
      return bytes.why();
    auto secret = passphrase(s, given, files.pkcs12);
    if (!secret)
      return secret.why();
    auto x = gsi::open_pkcs12(*bytes, *secret);
    return x ? x : result<gsi::credential>{in_file(files.pkcs12, x.why())};
  }
  if (files.cert.empty())
    return error{
        errc::unauthenticated,
        fmt::format("there is no certificate to make a proxy from: looked at {}", files.looked_at)};
  return open_pem(s, given, files.cert, files.key);
}

result<std::chrono::seconds> parse_validity(std::string_view text) {
  auto digits = [](std::string_view x) {
    return !x.empty() && x.size() <= 5 && x.find_first_not_of("0123456789") == x.npos;
  };
  auto colon = text.find(':');
  if (colon != text.npos && digits(text.substr(0, colon)) && digits(text.substr(colon + 1)))
    return std::chrono::seconds{
        std::chrono::hours{std::stoi(std::string{text.substr(0, colon)})}
        + std::chrono::minutes{std::stoi(std::string{text.substr(colon + 1)})}};
  auto x = parse_duration(text);
  return x ? std::chrono::floor<std::chrono::seconds>(*x) : result<std::chrono::seconds>{x.why()};
}

gsi::instant to_instant(moment x) { return std::chrono::floor<std::chrono::seconds>(x); }

std::string time_left(gsi::instant ends, moment now) {
  auto left = std::max<std::int64_t>(0, (ends - to_instant(now)).count());
  return fmt::format("{}:{:02}:{:02}", left / 3600, left / 60 % 60, left % 60);
}

proxy_text text_of(const std::string& path, const gsi::proxy_facts& x, moment now) {
  auto left = [&](gsi::instant ends) {
    return std::max<std::int64_t>(0, (ends - to_instant(now)).count());
  };
  proxy_text out{path,      x.subject, x.issuer,     x.identity, x.type,   x.strength,
                 x.limited, x.ends,    left(x.ends), {},         x.trouble};
  for (const auto& ac : x.attributes) {
    proxy_text::vo vo{ac.vo, ac.issuer.slash(), ac.uri(), {}, {}, left(ac.not_after)};
    for (const auto& fqan : ac.fqans)
      vo.fqans.push_back(fqan.text());
    for (const auto& y : ac.attributes)
      vo.attributes.push_back(fmt::format("{}={} ({})", y.name, y.value, y.qualifier));
    out.vos.push_back(std::move(vo));
  }
  return out;
}

std::string proxy_block(const proxy_text& x, const surroundings& world) {
  std::string out;
  auto line = [&](std::string_view key, std::string_view value) {
    out += fmt::format("{:<9} : {}\n", key, value);
  };
  auto left
      = [](std::int64_t s) { return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60); };
  line("subject", x.subject);
  line("issuer", x.issuer);
  line("identity", x.identity);
  line("type", x.type);
  line("strength", x.strength + " bits");
  line("path", x.path);
  line("timeleft",
       x.timeleft > 0 ? left(x.timeleft) : "0:00:00 (ended " + block_time(world, x.ends) + ")");
  for (const auto& vo : x.vos) {
    out += '\n';
    line("VO", vo.name);
    line("server", fmt::format("{} ({})", vo.uri, vo.server));
    for (const auto& fqan : vo.fqans)
      line("attribute", fqan);
    for (const auto& y : vo.attributes)
      line("attribute", y);
    line("timeleft", left(vo.timeleft));
  }
  if (!x.trouble.empty())
    line("trouble", x.trouble);
  return out;
}

} // namespace trellis::shell
