#include "protocols/gsi/certificate.hpp"

#include "protocols/gsi/openssl.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

namespace trellis::gsi {

namespace {

std::string slash_form(const X509_NAME* name) {
  auto x = dn::of(name);
  return x ? x->slash() : "(a name that cannot be read)";
}

std::string shown(instant x) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(x.time_since_epoch().count()));
}

struct free_names {
  void operator()(GENERAL_NAMES* x) const { GENERAL_NAMES_free(x); }
};

struct free_stack {
  void operator()(STACK_OF(X509) * x) const { sk_X509_free(x); }
};

} // namespace

std::optional<instant> to_instant(const ASN1_TIME* x) {
  std::tm parts{};
  if (!x || ASN1_TIME_check(x) != 1 || ASN1_TIME_to_tm(x, &parts) != 1)
    return std::nullopt;
  namespace c = std::chrono;
  auto day = c::sys_days{c::year{parts.tm_year + 1900}
                         / c::month{static_cast<unsigned>(parts.tm_mon + 1)}
                         / c::day{static_cast<unsigned>(parts.tm_mday)}};
  return day + c::hours{parts.tm_hour} + c::minutes{parts.tm_min} + c::seconds{parts.tm_sec};
}

certificate certificate::own(X509* handle) {
  return certificate{
      std::shared_ptr<X509>{handle, X509_free}
  };
}

result<certificate> certificate::parse(std::string_view pem) {
  auto all = parse_all(pem);
  if (!all)
    return all.why();
  return all->front();
}

result<std::vector<certificate>> certificate::parse_all(std::string_view pem) {
  std::vector<certificate> out;
  auto from = reader(pem);
  while (auto x = PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr))
    out.push_back(own(x));
  auto end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  auto why = last_error();
  if (!end)
    return error{errc::malformed, fmt::format("cannot read a certificate: {}", why)};
  if (out.empty())
    return error{errc::malformed, "there is no certificate in PEM"};
  return out;
}

result<certificate> certificate::from_der(std::string_view der) {
  auto at = reinterpret_cast<const unsigned char*>(der.data());
  auto end = at + der.size();
  auto x = d2i_X509(nullptr, &at, static_cast<long>(der.size()));
  if (!x)
    return error{errc::malformed, fmt::format("cannot read a certificate: {}", last_error())};
  auto out = own(x);
  if (at != end)
    return error{errc::malformed, "cannot read a certificate: something stands behind it"};
  return out;
}

std::string certificate::pem() const {
  bio out{BIO_new(BIO_s_mem())};
  PEM_write_bio_X509(out.get(), cert_.get());
  return contents(out.get());
}

std::string certificate::der() const {
  unsigned char* bytes = nullptr;
  auto size = i2d_X509(cert_.get(), &bytes);
  std::string out{reinterpret_cast<char*>(bytes), static_cast<std::size_t>(std::max(size, 0))};
  OPENSSL_free(bytes);
  return out;
}

result<dn> certificate::subject_name() const { return dn::of(X509_get_subject_name(cert_.get())); }

result<dn> certificate::issuer_name() const { return dn::of(X509_get_issuer_name(cert_.get())); }

std::string certificate::serial() const {
  auto x = X509_get0_serialNumber(cert_.get());
  std::string_view bytes{reinterpret_cast<const char*>(ASN1_STRING_get0_data(x)),
                         static_cast<std::size_t>(ASN1_STRING_length(x))};
  bytes.remove_prefix(std::min(bytes.find_first_not_of('\0'), bytes.size()));
  return std::string{bytes};
}

std::string certificate::subject() const { return slash_form(X509_get_subject_name(cert_.get())); }

std::string certificate::issuer() const { return slash_form(X509_get_issuer_name(cert_.get())); }

std::string certificate::fingerprint() const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(cert_.get(), EVP_sha256(), digest.data(), &size);
  return fmt::format("{:02x}", fmt::join(digest.begin(), digest.begin() + size, ""));
}

instant certificate::not_before() const {
  return to_instant(X509_get0_notBefore(cert_.get())).value_or(instant::max());
}

instant certificate::not_after() const {
  return to_instant(X509_get0_notAfter(cert_.get())).value_or(instant::min());
}

std::vector<host_name> certificate::hosts() const {
  std::vector<host_name> out;
  std::unique_ptr<GENERAL_NAMES, free_names> names{static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(cert_.get(), NID_subject_alt_name, nullptr, nullptr))};
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    auto name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS)
      continue;
    auto data = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    auto size = static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName));
    if (auto host = host_name::parse({data, size}))
      out.push_back(*std::move(host));
  }
  return out;
}

bool certificate::is_ca() const { return X509_check_ca(cert_.get()) > 0; }

bool certificate::belongs_to(const private_key& key) const {
  bool fits = X509_check_private_key(cert_.get(), key.handle()) == 1;
  ERR_clear_error();
  return fits;
}

bool certificate::signed_by(const certificate& ca) const {
  bool fits = X509_check_issued(ca.handle(), handle()) == X509_V_OK
              && X509_verify(handle(), X509_get0_pubkey(ca.handle())) == 1;
  ERR_clear_error();
  return fits;
}

result<done> verify(const std::vector<certificate>& chain, const std::vector<certificate>& anchors,
                    instant now) {
  if (chain.empty())
    return error{errc::unauthenticated, "there is no certificate to verify"};
  owned<X509_STORE, X509_STORE_free> trusted{X509_STORE_new()};
  for (const auto& ca : anchors)
    X509_STORE_add_cert(trusted.get(), ca.handle());
  std::unique_ptr<STACK_OF(X509), free_stack> between{sk_X509_new_null()};
  for (const auto& x : chain)
    sk_X509_push(between.get(), x.handle());
  owned<X509_STORE_CTX, X509_STORE_CTX_free> check{X509_STORE_CTX_new()};
  X509_STORE_CTX_init(check.get(), trusted.get(), chain.front().handle(), between.get());
  X509_STORE_CTX_set_time(check.get(), 0, now.time_since_epoch().count());
  if (X509_verify_cert(check.get()) == 1)
    return done{};
  auto why = X509_STORE_CTX_get_error(check.get());
  ERR_clear_error();
  const auto& x = chain.front();
  auto code = why == X509_V_ERR_CERT_HAS_EXPIRED || why == X509_V_ERR_CERT_NOT_YET_VALID
                  ? errc::expired
                  : errc::unauthenticated;
  return error{code,
               fmt::format("the certificate {} by {}, valid {} to {}, does not hold at {}: {}",
                           x.subject(), x.issuer(), shown(x.not_before()), shown(x.not_after()),
                           shown(now), X509_verify_cert_error_string(why))};
}

} // namespace trellis::gsi
