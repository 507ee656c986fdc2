/// Certificates that were good once, or are good for something else: revoked ones, and proxies of a
/// host's certificate. A CRL that changes while the node runs counts at once, also for open links.
#include "tests/runtime/net/nodes.hpp"

#include <openssl/conf.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace trellis::net {

namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* x) const {
    Free(x);
  }
};

template <class T, auto Free>
using owned = std::unique_ptr<T, freed_by<Free>>;

std::string text_of(BIO* from) {
  char* text = nullptr;
  auto size = BIO_get_mem_data(from, &text);
  return {text, static_cast<std::size_t>(size)};
}

/// In PEM, for a day from `made` on.
std::string make_crl(const gsi::authority& ca, const std::vector<gsi::certificate>& revoked,
                     gsi::instant made) {
  owned<X509_CRL, X509_CRL_free> crl{X509_CRL_new()};
  X509_CRL_set_version(crl.get(), 1);
  X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(ca.cert.handle()));
  owned<ASN1_TIME, ASN1_TIME_free> from{ASN1_TIME_set(nullptr, made.time_since_epoch().count())};
  owned<ASN1_TIME, ASN1_TIME_free> to{
      ASN1_TIME_set(nullptr, (made + std::chrono::days{1}).time_since_epoch().count())};
  X509_CRL_set1_lastUpdate(crl.get(), from.get());
  X509_CRL_set1_nextUpdate(crl.get(), to.get());
  for (const auto& x : revoked) {
    auto row = X509_REVOKED_new();
    X509_REVOKED_set_serialNumber(row, X509_get_serialNumber(x.handle()));
    X509_REVOKED_set_revocationDate(row, from.get());
    X509_CRL_add0_revoked(crl.get(), row);
  }
  X509_CRL_sort(crl.get());
  X509_CRL_sign(crl.get(), ca.key.handle(), EVP_sha256());
  owned<BIO, BIO_free_all> out{BIO_new(BIO_s_mem())};
  PEM_write_bio_X509_CRL(out.get(), crl.get());
  return text_of(out.get());
}

std::string read_all(const std::string& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// A proxy (RFC 3820) of the certificate in `files`, in their place, with its issuer after it.
void become_proxy(credentials& of) {
  auto cert = gsi::certificate::parse(read_all(of.files.cert));
  auto key = gsi::private_key::parse(read_all(of.files.key));
  auto own = gsi::private_key::generate();
  owned<X509, X509_free> proxy{X509_new()};
  auto x = proxy.get();
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 4711);
  X509_gmtime_adj(X509_getm_notBefore(x), -60);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  auto issuer = X509_get_subject_name(cert->handle());
  X509_set_issuer_name(x, issuer);
  owned<X509_NAME, X509_NAME_free> name{X509_NAME_dup(issuer)};
  X509_NAME_add_entry_by_txt(name.get(), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("4711"), -1, -1, 0);
  X509_set_subject_name(x, name.get());
  X509_set_pubkey(x, own->handle());
  X509V3_CTX context;
  X509V3_set_ctx(&context, cert->handle(), x, nullptr, nullptr, 0);
  owned<CONF, NCONF_free> empty{NCONF_new(nullptr)}; // this extension is read with one at hand
  X509V3_set_nconf(&context, empty.get());
  for (auto [what, value] : {
           std::pair{NID_proxyCertInfo, "critical,language:id-ppl-inheritAll"},
           std::pair{NID_key_usage,     "critical,digitalSignature"          }
  }) {
    owned<X509_EXTENSION, X509_EXTENSION_free> e{
        X509V3_EXT_conf_nid(nullptr, &context, what, value)};
    BOOST_REQUIRE(bool(e));
    X509_add_ext(x, e.get(), -1);
  }
  BOOST_REQUIRE(X509_sign(x, key->handle(), EVP_sha256()) > 0);
  owned<BIO, BIO_free_all> out{BIO_new(BIO_s_mem())};
  PEM_write_bio_X509(out.get(), x);
  of.write(of.files.cert, text_of(out.get()) + cert->pem());
  of.write(of.files.key, own->pem());
}

struct watched {
  log::collector log;
  gsi::authority ca = *gsi::make_authority("test", now(), std::chrono::days{60});
  credentials of_cern{"cern", ca, "cern.example", now()};
  credentials of_ral{"ral", ca, "ral.example", now()};
  credentials of_infn{"infn", ca, "infn.example", now()};
  host_name cern_host = host("cern.example"), ral_host = host("ral.example"),
            infn_host = host("infn.example");
  node cern{"cern.example", of_cern.files};
  node ral{"ral.example", of_ral.files}, infn{"infn.example", of_infn.files};

  gsi::certificate cert_of_infn() { return *gsi::certificate::parse(read_all(of_infn.files.cert)); }

  void crl(const std::string& text) {
    cern.config.files.crl = of_cern.path("crl.pem");
    of_cern.write(cern.config.files.crl, text);
  }

  void open() {
    cern.config.watch_files = 10ms;
    cern.listens().knows("ral.example").knows("infn.example").starts();
    ral.knows("cern.example", cern.port()).starts();
    BOOST_REQUIRE(cern.ears.linked(ral_host));
    BOOST_REQUIRE(ral.ears.linked(cern_host));
    infn.knows("cern.example", cern.port()).starts();
  }

  bool infn_is_refused(std::string_view id) {
    auto told = [&] { return log.count(id) > 0; };
    for (int i = 0; i < 2000 && !told(); ++i)
      infn.ears.wait(told, 10ms);
    return log.last(id).find("(unauthenticated)") != std::string::npos;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(revocation, watched)

BOOST_AUTO_TEST_CASE(a_revoked_certificate_is_refused) {
  crl(make_crl(ca, {cert_of_infn()}, now()));
  open();
  BOOST_TEST(infn_is_refused("link-refused-revoked"));
  BOOST_TEST(talk(ral, cern_host, cern, 1));
}

BOOST_AUTO_TEST_CASE(a_certificate_that_is_revoked_later_loses_its_link) {
  crl(make_crl(ca, {}, now()));
  open();
  BOOST_REQUIRE(cern.ears.linked(infn_host));
  crl(make_crl(ca, {cert_of_infn()}, now()));
  BOOST_TEST(infn_is_refused("link-refused-revoked"));
  BOOST_REQUIRE(cern.ears.wait([&] { return !cern.ears.links.contains(infn_host); }));
  BOOST_REQUIRE(ral.ears.linked(cern_host)); // it had to prove itself again
  BOOST_REQUIRE(cern.ears.linked(ral_host));
}

BOOST_AUTO_TEST_CASE(an_outdated_crl_says_nothing_good_of_anybody) {
  crl(make_crl(ca, {}, now() - std::chrono::days{3}));
  cern.listens().knows("infn.example").starts();
  infn.knows("cern.example", cern.port()).starts();
  BOOST_TEST(infn_is_refused("link-refused-certificate"));
  BOOST_TEST(log.last("link-refused-certificate").find("CRL has expired") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_ca_without_a_crl_is_taken_as_it_is) {
  auto other = *gsi::make_authority("other", now(), std::chrono::days{60});
  crl(make_crl(other, {}, now()));
  open();
  BOOST_TEST(cern.ears.linked(infn_host));
}

BOOST_AUTO_TEST_CASE(a_proxy_of_a_host_is_no_host) {
  become_proxy(of_infn);
  open();
  BOOST_TEST(infn_is_refused("link-refused-proxy"));
  BOOST_TEST(talk(ral, cern_host, cern, 1));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace trellis::net
