/// Proxies from the command line: made, shown, delegated, destroyed. It would catch a file that
/// others can read, a passphrase that is not asked for, and an expired proxy that passes.
#include "protocols/gsi/openssl.hpp"
#include "runtime/node/trust_files.hpp"
#include "tests/actors/shell/fake_world.hpp"
#include "tests/protocols/gsi/forge.hpp"
#include "tests/runtime/node/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/pem.h>

#include <filesystem>
#include <fstream>

using namespace trellis;
using namespace trellis::shell;
using namespace std::chrono_literals;
namespace forge = trellis::gsi::forge;

namespace {

struct home : fake_world {
  temporary_directory files;
  gsi::credential ca = forge::make_ca("/C=XX/O=Grid/CN=CA");
  gsi::credential alice
      = forge::below({{}, ca.key}, forge::user_recipe(ca, "/C=XX/O=Grid/CN=Alice"));

  home() {
    clock = forge::now;
    variables["HOME"] = files.path;
    variables["X509_USER_PROXY"] = files.path + "/proxy";
    write(".globus/usercert.pem", alice.leaf().pem(), 0644);
    write(".globus/userkey.pem", alice.key.pem(), 0600);
  }

  void write(const std::string& name, const std::string& bytes, unsigned mode) const {
    auto file = std::filesystem::path{files.path} / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file} << bytes;
    std::filesystem::permissions(file, std::filesystem::perms{mode});
  }

  bool said(std::string_view x) const { return out_text().find(x) != std::string::npos; }

  bool complained(std::string_view x) const { return err_text().find(x) != std::string::npos; }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_proxy_is_made_shown_and_destroyed, home) {
  BOOST_TEST(run("trellis proxy info") == 3);
  BOOST_TEST(complained("trellis proxy init"));
  BOOST_TEST(run("trellis proxy info --exists") == 1);
  BOOST_TEST(run("trellis proxy init --valid 2:30") == 0);
  BOOST_TEST(said("/C=XX/O=Grid/CN=Alice"));
  auto path = files.path + "/proxy";
  BOOST_TEST((std::filesystem::status(path).permissions() == std::filesystem::perms{0600}));
  auto proxy = load_credential(path);
  BOOST_REQUIRE(bool{proxy});
  BOOST_TEST((proxy->leaf().not_after() == forge::now + 150min));
  BOOST_TEST(run("trellis proxy info") == 0);
  BOOST_TEST(said("identity  : /C=XX/O=Grid/CN=Alice\n"));
  BOOST_TEST(said("type      : RFC 3820 proxy\n"));
  BOOST_TEST(said("timeleft  : 2:30:00\n"));
  BOOST_TEST(run("trellis proxy info --exists --valid 2h") == 0);
  BOOST_TEST(run("trellis proxy info --exists --valid 3h") == 1);
  BOOST_TEST(run("trellis proxy info -o id") == 0);
  BOOST_TEST(out_text() == "/C=XX/O=Grid/CN=Alice\n");
  BOOST_TEST(run("trellis proxy info -o json") == 0);
  BOOST_TEST(said("\"timeleft\": 9000"));
  clock += 3h;
  BOOST_TEST(run("trellis proxy info --exists") == 1);
  BOOST_TEST(run("trellis proxy info") == 0);
  BOOST_TEST(said("timeleft  : 0:00:00 (ended"));
  BOOST_TEST(run("trellis proxy destroy --dry-run") == 0);
  BOOST_TEST(std::filesystem::exists(path));
  BOOST_TEST(run("trellis proxy destroy") == 0);
  BOOST_TEST(!std::filesystem::exists(path));
  BOOST_TEST(run("trellis proxy destroy") == 5);
}

BOOST_FIXTURE_TEST_CASE(a_limited_proxy_and_one_cut_to_its_certificate, home) {
  BOOST_TEST(run("trellis proxy init --limited --valid 400d --path-length 0") == 0);
  BOOST_TEST(complained("ends with the certificate"));
  auto proxy = load_credential(files.path + "/proxy");
  BOOST_REQUIRE(bool{proxy});
  BOOST_TEST((proxy->leaf().not_after() == alice.leaf().not_after()));
  BOOST_TEST(gsi::proxy_info_of(proxy->leaf())->path_length.value_or(9) == 0u);
  BOOST_TEST(run("trellis proxy info") == 0);
  BOOST_TEST(said("limited RFC 3820 proxy"));
}

BOOST_FIXTURE_TEST_CASE(a_locked_key_needs_its_passphrase, home) {
  gsi::bio out{BIO_new(BIO_s_mem())};
  PEM_write_bio_PKCS8PrivateKey(out.get(), alice.key.handle(), EVP_aes_256_cbc(), "secret", 6,
                                nullptr, nullptr);
  write(".globus/userkey.pem", gsi::contents(out.get()), 0400);
  BOOST_TEST(run("trellis proxy init") == 3);
  BOOST_TEST(questions.size() == 1u);
  secret = "wrong";
  BOOST_TEST(run("trellis proxy init") == 3);
  BOOST_TEST(complained("passphrase does not open"));
  BOOST_TEST(!std::filesystem::exists(files.path + "/proxy"));
  secret = "secret";
  BOOST_TEST(run("trellis proxy init") == 0);
  secret.clear();
  input.str("secret\n");
  BOOST_TEST(run("trellis proxy init --pwstdin") == 0);
}

BOOST_FIXTURE_TEST_CASE(what_cannot_be_used_is_named, home) {
  std::filesystem::permissions(files.path + "/.globus/userkey.pem", std::filesystem::perms{0644});
  BOOST_TEST(run("trellis proxy init") == 3);
  BOOST_TEST(complained("chmod 600"));
  write(".globus/userkey.pem", ca.key.pem(), 0600);
  std::filesystem::permissions(files.path + "/.globus/userkey.pem", std::filesystem::perms{0600});
  BOOST_TEST(run("trellis proxy init") == 3);
  BOOST_TEST(complained("is not that of /C=XX/O=Grid/CN=Alice"));
  std::filesystem::remove_all(files.path + "/.globus");
  BOOST_TEST(run("trellis proxy init") == 3);
  BOOST_TEST(complained("X509_USER_CERT"));
  BOOST_TEST(run("trellis proxy init --key x") == 2);
  BOOST_TEST(run("trellis proxy init --valid soon --cert x") == 3);
}

BOOST_FIXTURE_TEST_CASE(an_expired_certificate_makes_no_proxy, home) {
  clock += std::chrono::hours{24 * 400};
  BOOST_TEST(run("trellis proxy init") == 1);
  BOOST_TEST(complained("ask your CA"));
}

BOOST_FIXTURE_TEST_CASE(over_a_control_socket_nothing_is_delegated, home) {
  BOOST_TEST(run("trellis proxy delegate") == 2);
  BOOST_TEST(complained("--endpoint"));
  BOOST_TEST(run("trellis proxy delegate --list -o json") == 0);
}
