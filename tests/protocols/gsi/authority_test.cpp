#include "protocols/gsi/authority.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace std::chrono_literals;

namespace {

const gsi::instant now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + 12h};
const auto cern = *host_name::parse("cern.example");

/// Of an RSA key with 1024 bits.
const std::string_view weak_request
    = "-----BEGIN CERTIFICATE REQUEST-----\n"
      "MIIBSzCBtQIBADAMMQowCAYDVQQDDAF4MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB\n"
      "iQKBgQCjETvxBNkZdYY8MOOqNJo4pVX9xYw0MAvpQoY25PqNm49vy74C5ZhD1S1C\n"
      "qdCoVauunbxq98Ej+QY1dn45GEgUvzkBSVHeTtc3MVxpoBd86zOfKHsYNcVw2Jmc\n"
      "/NxHIQ5h/zaGYs32m/2z3flCehGD0b8fl4IPY6VbMJ9hK47VdQIDAQABoAAwDQYJ\n"
      "KoZIhvcNAQELBQADgYEAJHJpvdVpbIfH5Z9iiPn3XAj9hZA8R8nPCC/UeKt7zUd4\n"
      "SKV/tvDEVrB8b208V4FMjrYTD7tRaXSHfph/56bRFMrUAicXUHp95INhGP+X/BMQ\n"
      "cOz4DyGYionCGvMDZlZZKY+tuOSDVAMoaxfoxmv2uZTWWdOMWPrfHpSI3BlSFq4=\n"
      "-----END CERTIFICATE REQUEST-----\n";

struct signed_host {
  gsi::authority ca = *gsi::make_authority("Test CA", now, std::chrono::days{3650});
  gsi::private_key key = *gsi::private_key::generate();
  gsi::certificate cert
      = *gsi::sign_host(ca, *gsi::make_request(key, cern), cern, now, std::chrono::days{365});
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_host_gets_a_certificate, signed_host) {
  BOOST_TEST(cert.subject() == "/DC=trellis/O=test/CN=cern.example");
  BOOST_TEST(cert.issuer() == "/DC=trellis/O=test/CN=Test CA");
  BOOST_TEST((cert.hosts() == std::vector{cern}));
  BOOST_TEST((cert.not_before() == now - 5min));
  BOOST_TEST((cert.not_after() == now + std::chrono::days{365}));
  BOOST_TEST(!cert.is_ca());
  BOOST_TEST(ca.cert.is_ca());
  BOOST_TEST(cert.belongs_to(key));
  BOOST_TEST(!cert.belongs_to(ca.key));
  BOOST_TEST(cert.signed_by(ca.cert));
  BOOST_TEST(cert.fingerprint().size() == 64u);
  BOOST_TEST(cert.fingerprint() != ca.cert.fingerprint());
}

BOOST_FIXTURE_TEST_CASE(a_chain_is_verified_at_its_time, signed_host) {
  BOOST_TEST(bool{gsi::verify({cert}, {ca.cert}, now)});
  BOOST_TEST(
      (gsi::verify({cert}, {ca.cert}, now + std::chrono::days{366}).why().code == errc::expired));
  BOOST_TEST((gsi::verify({cert}, {ca.cert}, now - 1h).why().code == errc::expired));
  auto other = *gsi::make_authority("Test CA", now, std::chrono::days{3650});
  auto refused = gsi::verify({cert}, {other.cert}, now);
  BOOST_TEST((refused.why().code == errc::unauthenticated));
  BOOST_TEST(refused.why().text.find("CN=cern.example by ") != std::string::npos);
  BOOST_TEST(!gsi::verify({cert}, {}, now));
  BOOST_TEST(!gsi::verify({}, {ca.cert}, now));
  // A host's certificate is no CA: what it signs is worth nothing.
  auto mine = *gsi::private_key::generate();
  auto ral = *host_name::parse("ral.example");
  auto forged
      = *gsi::sign_host({cert, key}, *gsi::make_request(mine, ral), ral, now, std::chrono::days{1});
  BOOST_TEST(!gsi::verify({forged, cert}, {ca.cert}, now));
}

BOOST_FIXTURE_TEST_CASE(what_is_written_reads_back, signed_host) {
  BOOST_TEST(gsi::certificate::parse(cert.pem())->fingerprint() == cert.fingerprint());
  BOOST_TEST(gsi::certificate::parse_all(cert.pem() + ca.cert.pem())->size() == 2u);
  BOOST_TEST(cert.belongs_to(*gsi::private_key::parse(key.pem())));
  auto pem = cert.pem();
  for (std::size_t i = 0; i + 1 < pem.size(); ++i)
    BOOST_TEST(!gsi::certificate::parse(pem.substr(0, i)), "cut at byte " << i);
  BOOST_TEST(!gsi::private_key::parse("no key"));
}

BOOST_FIXTURE_TEST_CASE(the_request_decides_nothing_but_the_key, signed_host) {
  auto ral = *host_name::parse("ral.example");
  auto signed_other
      = *gsi::sign_host(ca, *gsi::make_request(key, cern), ral, now, std::chrono::days{1});
  BOOST_TEST((signed_other.hosts() == std::vector{ral}));
  BOOST_TEST(signed_other.subject() == "/DC=trellis/O=test/CN=ral.example");
}

BOOST_FIXTURE_TEST_CASE(bad_requests_are_refused, signed_host) {
  auto request = *gsi::make_request(key, cern);
  for (std::size_t i = 40; i < request.size() - 40; i += 7) {
    auto bad = request;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    if (bad != request)
      BOOST_TEST(!gsi::sign_host(ca, bad, cern, now, std::chrono::days{1}), "changed at " << i);
  }
  auto weak = gsi::sign_host(ca, weak_request, cern, now, std::chrono::days{1});
  BOOST_TEST((weak.why().code == errc::denied));
  BOOST_TEST(!gsi::sign_host(ca, "", cern, now, std::chrono::days{1}));
}
