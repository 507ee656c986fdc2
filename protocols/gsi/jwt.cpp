#include "protocols/gsi/jwt.hpp"

#include "protocols/base/base64.hpp"
#include "protocols/gsi/openssl.hpp"
#include "protocols/json/value.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include <algorithm>
#include <charconv>

namespace trellis::gsi {

namespace {

constexpr std::string_view for_anybody = "https://wlcg.cern.ch/jwt/v1/any";
constexpr std::size_t max_list = 512, max_word = 1024;

error bad(std::string_view why) {
  return {errc::malformed, fmt::format("cannot read a token: {}", why)};
}

error refuse(std::string_view why) {
  return {errc::unauthenticated, fmt::format("the token is not accepted: {}", why)};
}

/// An object in base64url. `parse_json` has refused names that stand twice.
result<json_value> read_part(std::string_view text, std::string_view what) {
  auto bytes = from_base64url(text);
  auto tree = bytes ? parse_json(*bytes) : result<json_value>{bad("no base64")};
  if (!tree || tree->what != json_value::kind::object)
    return bad(fmt::format("its {} is no object of JSON", what));
  return tree;
}

bool is_plain(std::string_view x) {
  return !x.empty() && x.size() <= max_word
         && std::ranges::all_of(x, [](unsigned char c) { return c > ' ' && c < 0x7F; });
}

/// The three parts of a token, nothing believed yet.
struct parts {
  json_value header, claims;
  std::string_view signed_text;
  std::string signature;
};

result<parts> take_apart(std::string_view compact) {
  if (compact.size() > max_token_bytes)
    return bad("it is longer than 16 KiB");
  auto first = compact.find('.'), last = compact.rfind('.');
  if (first == compact.npos || first == last || compact.find('.', first + 1) != last)
    return bad("it does not have three parts");
  auto header = read_part(compact.substr(0, first), "header");
  if (!header)
    return header.why();
  auto claims = read_part(compact.substr(first + 1, last - first - 1), "body");
  if (!claims)
    return claims.why();
  auto signature = from_base64url(compact.substr(last + 1));
  if (!signature || signature->empty() || signature->size() > 1024)
    return bad("it has no signature");
  return parts{*std::move(header), *std::move(claims), compact.substr(0, last),
               *std::move(signature)};
}

/// A claim that is a string of printable characters; empty when it is not.
std::string word_of(const json_value& from, std::string_view name) {
  auto x = from.find(name);
  return x && x->what == json_value::kind::string && is_plain(x->text) ? x->text : std::string{};
}

/// Seconds since 1970, a fraction cut off.
std::optional<std::chrono::sys_seconds> time_of(const json_value& from, std::string_view name) {
  auto x = from.find(name);
  if (!x || x->what != json_value::kind::number)
    return std::nullopt;
  double seconds = 0;
  auto end = x->text.data() + x->text.size();
  auto [at, why] = std::from_chars(x->text.data(), end, seconds);
  constexpr double year_9999 = 253402300799;
  if (why != std::errc{} || at != end || !(seconds >= 0 && seconds <= year_9999))
    return std::nullopt;
  return std::chrono::sys_seconds{std::chrono::seconds{static_cast<long long>(seconds)}};
}

/// A string, or a list of them.
result<std::vector<std::string>> list_of(const json_value& from, std::string_view name,
                                         bool one_will_do) {
  std::vector<std::string> out;
  auto x = from.find(name);
  if (!x)
    return out;
  if (one_will_do && x->what == json_value::kind::string)
    return std::vector{x->text};
  if (x->what != json_value::kind::list || x->items.size() > max_list)
    return bad(fmt::format("its '{}' is no list", name));
  for (const auto& item : x->items) {
    if (item.what != json_value::kind::string || item.text.size() > max_word)
      return bad(fmt::format("its '{}' is no list of strings", name));
    out.push_back(item.text);
  }
  return out;
}

/// ES256 signs as two numbers of 32 bytes; OpenSSL wants them in DER.
std::string curve_signature(std::string_view raw) {
  if (raw.size() != 64)
    return {};
  auto at = reinterpret_cast<const unsigned char*>(raw.data());
  owned<ECDSA_SIG, ECDSA_SIG_free> x{ECDSA_SIG_new()};
  ECDSA_SIG_set0(x.get(), BN_bin2bn(at, 32, nullptr), BN_bin2bn(at + 32, 32, nullptr));
  unsigned char* der = nullptr;
  auto size = i2d_ECDSA_SIG(x.get(), &der);
  std::string out{reinterpret_cast<char*>(der), static_cast<std::size_t>(std::max(size, 0))};
  OPENSSL_free(der);
  return out;
}

result<done> check_signature(const parts& x, const token_issuer& issuer) {
  if (x.header.find("crit"))
    return refuse("its header demands what is not known here");
  auto algorithm = word_of(x.header, "alg"), id = word_of(x.header, "kid");
  auto key = issuer.keys.find(id);
  if (!key)
    return refuse(fmt::format("{} has no key '{}'", issuer.url, id));
  if (algorithm != key->algorithm)
    return refuse(
        fmt::format("it is signed by '{}', its key is for {}", algorithm, key->algorithm));
  auto signature = key->algorithm == "ES256" ? curve_signature(x.signature) : x.signature;
  owned<EVP_MD_CTX, EVP_MD_CTX_free> verify{EVP_MD_CTX_new()};
  auto ok
      = EVP_DigestVerifyInit(verify.get(), nullptr, EVP_sha256(), nullptr, key->value.get()) == 1
        && EVP_DigestVerify(verify.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                            signature.size(),
                            reinterpret_cast<const unsigned char*>(x.signed_text.data()),
                            x.signed_text.size())
               == 1;
  ERR_clear_error();
  return ok ? result<done>{done{}}
            : refuse(fmt::format("its signature is not by the key '{}' of {}", id, issuer.url));
}

result<done> check_times(const json_value& claims, const token_settings& settings,
                         std::chrono::sys_seconds now, verified_token& to) {
  auto expires = time_of(claims, "exp"), issued = time_of(claims, "iat");
  if (!expires || !issued)
    return refuse("it does not say from when and until when it holds");
  auto begins = time_of(claims, "nbf");
  if (claims.find("nbf") && !begins)
    return refuse("its 'nbf' is no time");
  auto shown = [](auto t) {
    return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(t.time_since_epoch().count()));
  };
  auto timed = [&](std::string_view what, auto t) {
    return error{errc::expired, fmt::format("the token is not accepted: it {} at {}, now it is {}",
                                            what, shown(t), shown(now))};
  };
  if (*expires <= now)
    return timed("ended", *expires);
  if (std::max(*issued, begins.value_or(*issued)) > now + token_skew)
    return timed("begins", std::max(*issued, begins.value_or(*issued)));
  if (*expires - *issued > settings.max_lifetime)
    return refuse(fmt::format("it holds for {} s; at most {} are taken",
                              (*expires - *issued).count(), settings.max_lifetime.count()));
  to.expires = *expires;
  return done{};
}

/// group ::= '/' name { '/' name }, name ::= [a-zA-Z0-9][a-zA-Z0-9_.-]*
bool is_group(std::string_view x) {
  auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  if (!x.starts_with('/') || x.size() > 255)
    return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto begins = i > 0 && x[i - 1] == '/';
    auto more = std::string_view{"_.-"}.find(x[i]) != std::string_view::npos;
    if (x[i] == '/' ? begins || i + 1 == x.size() : !(letter(x[i]) || (more && !begins)))
      return false;
  }
  return true;
}

result<done> read_rights(const json_value& claims, verified_token& to) {
  auto scope = claims.find("scope");
  if (scope && scope->what != json_value::kind::string)
    return bad("its scope is no string");
  auto rest = scope ? std::string_view{scope->text} : std::string_view{};
  while (!rest.empty()) {
    auto end = std::min(rest.find(' '), rest.size());
    auto one = parse_scope(rest.substr(0, end));
    if (!one)
      return refuse(one.why().text);
    if (*one)
      to.capabilities.push_back(**std::move(one));
    if (to.capabilities.size() > max_list)
      return bad("it has more than 512 scopes");
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  auto groups = list_of(claims, "wlcg.groups", false);
  if (!groups)
    return groups.why();
  if (!std::ranges::all_of(*groups, is_group))
    return refuse("a group of it is no group");
  if (to.capabilities.empty())
    to.groups = *std::move(groups);
  return done{};
}

result<done> check_audience(const json_value& claims, const token_settings& settings) {
  auto all = list_of(claims, "aud", true);
  if (!all)
    return all.why();
  for (const auto& x : *all)
    if (x == for_anybody || std::ranges::count(settings.audiences, x) > 0)
      return done{};
  auto first = all->empty() ? "nobody" : is_plain(all->front()) ? all->front() : "somebody";
  return refuse(fmt::format("it is for {}, not for us", first));
}

} // namespace

result<verified_token> verify_token(std::string_view compact, const token_settings& settings,
                                    std::chrono::sys_seconds now) {
  auto x = take_apart(compact);
  if (!x)
    return x.why();
  verified_token out;
  out.issuer = word_of(x->claims, "iss");
  auto issuer = std::ranges::find(settings.issuers, out.issuer, &token_issuer::url);
  if (out.issuer.empty() || issuer == settings.issuers.end())
    return refuse(fmt::format("its issuer '{}' is not one of ours", out.issuer));
  if (auto r = check_signature(*x, *issuer); !r)
    return r.why();
  out.vo = issuer->vo;
  out.subject = word_of(x->claims, "sub");
  out.id = word_of(x->claims, "jti");
  if (out.subject.empty() || out.id.empty() || word_of(x->claims, "wlcg.ver").empty())
    return refuse("it lacks one of sub, jti and wlcg.ver");
  if (auto r = check_times(x->claims, settings, now, out); !r)
    return r.why();
  if (auto r = check_audience(x->claims, settings); !r)
    return r.why();
  if (auto r = read_rights(x->claims, out); !r)
    return r.why();
  return out;
}

} // namespace trellis::gsi
