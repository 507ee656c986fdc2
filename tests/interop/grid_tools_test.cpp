/// Proxies that other people's tools make must hold for us, and ours for them. A tool that is not
/// installed (tools/setup test brings them) is passed over.
#include "protocols/gsi/der.hpp"
#include "protocols/gsi/voms_ac.hpp"
#include "protocols/gsi/voms_signature.hpp"
#include "runtime/node/trust_files.hpp"
#include "tests/protocols/gsi/forge.hpp"
#include "tests/runtime/node/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace trellis;
using namespace trellis::gsi;
using namespace std::chrono_literals;
using forge::now;

namespace {

constexpr const char* alice_name = "/C=XX/O=Grid/CN=Alice";

/// The tools want RSA and key identifiers.
forge::extension key_identifier(const private_key& key) {
  forge::recipe x{forge::name("/CN=x"), forge::name("/CN=x"), key, key};
  auto id = key_digest_of(forge::sign(x));
  return {"2.5.29.14", false, der::wrap(der::octet_string, id)};
}

struct grid : temporary_directory {
  credential ca = make_ca();
  credential alice = make(alice_name), server = make("/C=XX/O=Grid/CN=voms.example");

  grid() {
    for (const auto& x : forge::files(ca, "/C=XX/O=Grid/*"))
      write("certificates/" + x.name, x.bytes, 0644);
    write("vomsdir/testvo/voms.example.lsc", lsc_text(server.chain), 0644);
    write("cert", alice.leaf().pem(), 0644);
    write("key", alice.key.pem(), 0600);
    write("hostcert", server.leaf().pem(), 0644);
    write("hostkey", server.key.pem(), 0600);
    ::setenv("X509_CERT_DIR", (path + "/certificates").c_str(), 1);
    ::setenv("X509_VOMS_DIR", (path + "/vomsdir").c_str(), 1);
  }

  static credential make_ca() {
    forge::recipe x{forge::name("/C=XX/O=Grid/CN=CA"), forge::name("/C=XX/O=Grid/CN=CA"),
                    forge::rsa_key(2048), forge::new_key()};
    x.signer = x.key;
    x.end = now + std::chrono::days{100};
    x.extensions
        = {forge::named("basicConstraints", "critical,CA:TRUE"),
           forge::named("keyUsage", "critical,keyCertSign,cRLSign"), key_identifier(x.key)};
    return forge::alone(x);
  }

  credential make(std::string_view name) const {
    auto x = forge::user_recipe(ca, name);
    x.key = forge::rsa_key(2048);
    x.extensions.push_back(key_identifier(x.key));
    return forge::below({{}, ca.key}, x);
  }

  void write(const std::string& name, const std::string& bytes, unsigned mode) const {
    auto file = std::filesystem::path{path} / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file, std::ios::binary} << bytes;
    std::filesystem::permissions(file, std::filesystem::perms{mode});
  }

  static bool installed(const std::string& tool) {
    return std::system(("command -v " + tool + " >/dev/null").c_str()) == 0;
  }

  /// What a command prints, in the directory.
  std::string run(const std::string& command) const {
    std::string out;
    auto all = fmt::format("cd {} && {} 2>&1 </dev/null", path, command);
    auto pipe = ::popen(all.c_str(), "r");
    std::array<char, 4096> piece{};
    while (auto n = std::fread(piece.data(), 1, piece.size(), pipe))
      out.append(piece.data(), n);
    ::pclose(pipe);
    return out;
  }

  /// What we say of a proxy file.
  result<verified_chain> check(const std::string& file) const {
    auto proxy = load_credential(path + "/" + file);
    auto anchors = load_trust_anchors(path + "/certificates", {});
    if (!proxy || !anchors)
      return !proxy ? proxy.why() : anchors.why();
    auto time
        = std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    return verify_chain(proxy->chain, anchors->anchors, time);
  }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

} // namespace

BOOST_FIXTURE_TEST_CASE(proxies_of_voms_proxy_init_hold, grid) {
  if (!installed("voms-proxy-init2"))
    return;
  auto said = run("voms-proxy-init2 -cert cert -key key -certdir certificates -out proxy -limited");
  auto who = check("proxy");
  BOOST_REQUIRE_MESSAGE(who, said << (who ? "" : who.why().text));
  BOOST_TEST(who->identity.slash() == alice_name);
  BOOST_TEST(who->proxies == 1u);
  BOOST_TEST(who->limited);
}

BOOST_FIXTURE_TEST_CASE(proxies_of_grid_proxy_init_hold, grid) {
  if (!installed("grid-proxy-init"))
    return;
  auto said = run("grid-proxy-init -cert cert -key key -out proxy");
  auto who = check("proxy");
  BOOST_REQUIRE_MESSAGE(who, said << (who ? "" : who.why().text));
  BOOST_TEST(who->identity.slash() == alice_name);
  BOOST_TEST(!who->limited);
  run("grid-proxy-init -cert cert -key key -out old -old");
  BOOST_TEST(has(check("old").why().text, "GT2"));
}

BOOST_FIXTURE_TEST_CASE(attributes_of_voms_proxy_fake_hold, grid) {
  if (!installed("voms-proxy-fake"))
    return;
  auto said = run("voms-proxy-fake -cert cert -key key -hostcert hostcert -hostkey hostkey "
                  "-certdir certificates -out proxy -rfc -hours 12 -voms testvo "
                  "-uri voms.example:15000 -fqan /testvo/prod/Role=x -fqan /testvo");
  auto who = check("proxy");
  BOOST_REQUIRE_MESSAGE(who, said << (who ? "" : who.why().text));
  auto trusted = load_trust_anchors(path + "/certificates", {})->anchors;
  auto servers = load_vomsdir(path + "/vomsdir")->servers;
  auto vos = verify_voms(*who, servers, trusted, now);
  BOOST_REQUIRE_MESSAGE(vos, (vos ? "" : vos.why().text));
  BOOST_REQUIRE(vos->size() == 1u);
  BOOST_TEST(vos->front().vo == "testvo");
  BOOST_TEST(vos->front().fqans.at(0).text() == "/testvo/prod/Role=x");
}

BOOST_FIXTURE_TEST_CASE(our_proxies_hold_for_others, grid) {
  new_ac ac;
  ac.vo = "testvo";
  ac.host = "voms.example";
  ac.port = 15000;
  ac.fqans = {*fqan::parse("/testvo/prod/Role=x"), *fqan::parse("/testvo")};
  ac.not_before = now;
  ac.not_after = now + 12h;
  new_proxy wish;
  wish.acs = ac_sequence({*issue_ac(server, alice.leaf(), ac)});
  auto first = *make_proxy(alice, wish, now);
  auto proxy = *make_proxy(first, {}, now);
  BOOST_REQUIRE(bool{save_credential(path + "/proxy", proxy)});
  write("chain", chain_pem(proxy.chain), 0644);
  BOOST_TEST(
      has(run("openssl verify -allow_proxy_certs -CApath certificates -untrusted chain chain"),
          "chain: OK"));
  if (installed("grid-proxy-info"))
    BOOST_TEST(has(run("grid-proxy-info -file proxy -type -identity"), alice_name));
  if (!installed("voms-proxy-info2"))
    return;
  auto told = run("voms-proxy-info2 -all -file proxy");
  BOOST_TEST(has(told, "RFC compliant proxy"), told);
  BOOST_TEST(has(told, "attribute : /testvo/prod/Role=x/Capability=NULL"), told);
}
