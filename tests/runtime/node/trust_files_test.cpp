#include "protocols/gsi/authority.hpp"
#include "runtime/node/files.hpp"
#include "runtime/node/trust_files.hpp"
#include "tests/runtime/node/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <sys/stat.h>

using namespace trellis;
using namespace std::chrono_literals;

namespace {

const gsi::instant now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + 12h};

struct files : temporary_directory {
  gsi::authority ca = *gsi::make_authority("Test CA", now, std::chrono::days{10});
  gsi::credential proxy = *gsi::make_proxy({{ca.cert}, ca.key}, {}, now);

  std::string at(const std::string& name) const { return path + "/" + name; }

  void put(const std::string& name, std::string_view bytes) {
    std::filesystem::create_directories(std::filesystem::path{at(name)}.parent_path());
    BOOST_REQUIRE(bool{write_file(at(name), bytes, 0644)});
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_directory_of_anchors_is_read, files) {
  put("ca.pem", ca.cert.pem());
  put("ca.info", "not read");
  put("ca.crl_url", "not read");
  put("broken.0", "nothing");
  std::filesystem::create_symlink("ca.pem", at("00000000.0"));
  std::filesystem::create_symlink("missing", at("11111111.0"));
  auto x = load_trust_anchors(path, {});
  BOOST_REQUIRE(bool{x});
  BOOST_TEST(x->anchors.size() == 1u);
  BOOST_TEST(x->problems.size() == 2u);
  BOOST_TEST((load_trust_anchors(at("none"), {}).why().code == errc::not_found));
}

BOOST_FIXTURE_TEST_CASE(a_vomsdir_is_read_with_its_vos, files) {
  put("vo/voms.example.lsc", "/CN=a\n/CN=b\n");
  put("vo/deep/voms.example.lsc", "/CN=a\n/CN=b\n");
  put("server.pem", ca.cert.pem());
  auto x = load_vomsdir(path);
  BOOST_REQUIRE(bool{x});
  BOOST_TEST(x->problems.empty());
  BOOST_TEST(x->servers.chains("vo", "voms.example") != nullptr);
  BOOST_TEST(x->servers.pinned("other").size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_credential_is_for_its_owner_only, files) {
  auto file = at("proxy");
  BOOST_REQUIRE(bool{save_credential(file, proxy)});
  auto read = load_credential(file);
  BOOST_REQUIRE(bool{read});
  BOOST_TEST(gsi::credential_pem(*read) == gsi::credential_pem(proxy));
  std::filesystem::create_symlink(file, at("link"));
  BOOST_TEST((load_credential(at("link")).why().code == errc::denied));
  for (auto mode : {0640u, 0604u, 0660u, 0601u}) {
    ::chmod(file.c_str(), mode);
    BOOST_TEST((load_credential(file).why().code == errc::denied), mode);
  }
  BOOST_TEST((load_credential(path).why().code == errc::denied));
  BOOST_TEST((load_credential(at("none")).why().code == errc::not_found));
  BOOST_REQUIRE(
      bool{write_file(at("long"), std::string(gsi::max_credential_bytes + 1, 'x'), 0600)});
  BOOST_TEST((load_credential(at("long")).why().code == errc::malformed));
}
