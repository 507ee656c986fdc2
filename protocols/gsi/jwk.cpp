#include "protocols/base/base64.hpp"
#include "protocols/gsi/jwt.hpp"
#include "protocols/gsi/openssl.hpp"
#include "protocols/gsi/strength.hpp"
#include "protocols/json/value.hpp"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

#include <algorithm>

namespace trellis::gsi {

namespace {

using number = owned<BIGNUM, BN_free>;

error bad(std::string_view why) {
  return {errc::malformed, fmt::format("cannot read a set of keys: {}", why)};
}

std::string text_of(const json_value& from, std::string_view name) {
  auto x = from.find(name);
  return x && x->what == json_value::kind::string ? x->text : std::string{};
}

std::shared_ptr<EVP_PKEY> from_parameters(const char* kind, OSSL_PARAM_BLD* build) {
  owned<OSSL_PARAM, OSSL_PARAM_free> parameters{OSSL_PARAM_BLD_to_param(build)};
  owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context{
      EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr)};
  EVP_PKEY* key = nullptr;
  if (parameters && EVP_PKEY_fromdata_init(context.get()) == 1)
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get());
  ERR_clear_error();
  return {key, EVP_PKEY_free};
}

std::shared_ptr<EVP_PKEY> rsa_key(const json_value& from) {
  auto n = from_base64url(text_of(from, "n")), e = from_base64url(text_of(from, "e"));
  if (!n || !e || n->empty() || e->empty() || n->size() > 1024 || e->size() > 8)
    return nullptr;
  auto big = [](const std::string& x) {
    return number{BN_bin2bn(reinterpret_cast<const unsigned char*>(x.data()),
                            static_cast<int>(x.size()), nullptr)};
  };
  auto modulus = big(*n), exponent = big(*e);
  owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> build{OSSL_PARAM_BLD_new()};
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return from_parameters("RSA", build.get());
}

std::shared_ptr<EVP_PKEY> curve_key(const json_value& from) {
  auto x = from_base64url(text_of(from, "x")), y = from_base64url(text_of(from, "y"));
  if (!x || !y || x->size() != 32 || y->size() != 32)
    return nullptr;
  auto point = "\x04" + *x + *y;
  owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> build{OSSL_PARAM_BLD_new()};
  OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  return from_parameters("EC", build.get());
}

/// One key; nothing when it is of a kind or for a use that we do not have.
result<std::optional<jwk_set::key>> read_key(const json_value& from) {
  using none = std::optional<jwk_set::key>;
  if (from.what != json_value::kind::object)
    return bad("a key is no object");
  auto kind = text_of(from, "kty"), curve = text_of(from, "crv"), id = text_of(from, "kid");
  auto use = text_of(from, "use"), algorithm = text_of(from, "alg");
  auto ours = kind == "RSA" ? "RS256" : kind == "EC" && curve == "P-256" ? "ES256" : "";
  if (!*ours || (!use.empty() && use != "sig") || (!algorithm.empty() && algorithm != ours))
    return none{};
  if (from.find("d"))
    return bad(fmt::format("the key '{}' is a private one", id));
  auto value = kind == "RSA" ? rsa_key(from) : curve_key(from);
  if (!value)
    return bad(fmt::format("the key '{}' is none", id));
  if (auto weak = weakness(value.get()); !weak.empty())
    return bad(fmt::format("the key '{}' is {}", id, weak));
  return none{
      jwk_set::key{id, ours, std::move(value)}
  };
}

} // namespace

result<jwk_set> jwk_set::parse(std::string_view json) {
  if (json.size() > max_bytes)
    return bad("it is longer than 256 KiB");
  auto tree = parse_json(json);
  if (!tree)
    return bad(tree.why().text);
  auto all = tree->find("keys");
  if (!all || all->what != json_value::kind::list || all->items.size() > max_keys)
    return bad("it has no list of at most 64 keys");
  jwk_set out;
  for (const auto& item : all->items) {
    auto one = read_key(item);
    if (!one)
      return one.why();
    if (!*one)
      continue;
    if (std::ranges::count((*one)->id.empty() ? std::vector<key>{} : out.keys_, (*one)->id,
                           &key::id)
        > 0)
      return bad(fmt::format("the key '{}' is there twice", (*one)->id));
    out.keys_.push_back(**one);
  }
  return out;
}

const jwk_set::key* jwk_set::find(const std::string& id) const {
  if (id.empty())
    return keys_.size() == 1 ? &keys_.front() : nullptr;
  auto at = std::ranges::find(keys_, id, &key::id);
  return at == keys_.end() ? nullptr : &*at;
}

} // namespace trellis::gsi
