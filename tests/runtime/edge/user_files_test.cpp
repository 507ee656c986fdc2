/// Where a user's credential is found, what is refused though it is there, and what monitoring
/// reads.
#include "runtime/edge/metrics.hpp"
#include "runtime/edge/user_files.hpp"
#include "tests/runtime/node/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <unistd.h>

BOOST_TEST_DONT_PRINT_LOG_VALUE(trellis::errc)

namespace trellis::edge {
namespace {

struct a_home {
  a_home() { variables["HOME"] = files.path; }

  std::string write(const std::string& name, unsigned mode = 0600) {
    auto path = files.path + "/" + name;
    std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
    std::ofstream{path} << "text of " << name;
    std::filesystem::permissions(path, std::filesystem::perms{mode});
    return path;
  }

  user_files found() const {
    auto of = [this](std::string_view name) -> std::optional<std::string> {
      auto i = variables.find(name);
      return i == variables.end() ? std::nullopt : std::optional{i->second};
    };
    return find_user_files(of, 4'000'000'000); // nobody's proxy is in /tmp
  }

  errc refused(const std::string& path, unsigned uid = ::getuid()) const {
    auto x = read_private(path, uid);
    return x ? errc::none : x.why().code;
  }

  temporary_directory files;
  std::map<std::string, std::string, std::less<>> variables;
};

BOOST_FIXTURE_TEST_CASE(credentials_are_found_where_globus_tools_look, a_home) {
  BOOST_TEST(found().cert.empty());
  BOOST_TEST(found().looked_at.find("/tmp/x509up_u4000000000") != std::string::npos);
  BOOST_TEST(found().anchors == "/etc/grid-security/certificates");
  auto usercert = write(".globus/usercert.pem");
  BOOST_TEST(found().cert == usercert);
  BOOST_TEST(found().key == files.path + "/.globus/userkey.pem");
  variables["X509_USER_CERT"] = "/c";
  variables["X509_USER_KEY"] = "/k";
  BOOST_TEST(found().cert == "/c");
  BOOST_TEST(found().key == "/k");
  variables["X509_USER_PROXY"] = "/p";
  BOOST_TEST(found().cert == "/p");
  BOOST_TEST(found().key == "/p");
  std::filesystem::create_directory(files.path + "/.globus/certificates");
  BOOST_TEST(found().anchors == files.path + "/.globus/certificates");
  variables["X509_CERT_DIR"] = "/d";
  BOOST_TEST(found().anchors == "/d");
  variables["X509_CERT_FILE"] = "/f";
  BOOST_TEST(found().anchors_file == "/f");
  BOOST_TEST(found().anchors.empty());
}

BOOST_FIXTURE_TEST_CASE(a_proxy_that_others_could_use_is_refused, a_home) {
  auto good = write("proxy");
  BOOST_TEST(*read_private(good, ::getuid()) == "text of proxy");
  for (auto mode : {0640u, 0604u, 0660u})
    BOOST_TEST((refused(write("open", mode)) == errc::unauthenticated), mode);
  std::filesystem::create_symlink(good, files.path + "/link");
  BOOST_TEST((refused(files.path + "/link") == errc::unauthenticated));
  BOOST_TEST((refused(good, ::getuid() + 1) == errc::unauthenticated));
  BOOST_TEST((refused(files.path) == errc::unauthenticated));
  BOOST_TEST((refused(files.path + "/none") == errc::unauthenticated));
}

BOOST_FIXTURE_TEST_CASE(certificates_that_proxies_are_made_from, a_home) {
  auto of = [this](std::string_view name) -> std::optional<std::string> {
    auto i = variables.find(name);
    return i == variables.end() ? std::nullopt : std::optional{i->second};
  };
  constexpr unsigned nobody = 4'000'000'000;
  BOOST_TEST(find_certificate_files(of, nobody).cert.empty());
  BOOST_TEST(find_certificate_files(of, nobody).looked_at.find("usercred.p12")
             != std::string::npos);
  auto both = write(".globus/usercred.p12");
  BOOST_TEST(find_certificate_files(of, nobody).pkcs12 == both);
  auto cert = write(".globus/usercert.pem");
  BOOST_TEST(find_certificate_files(of, nobody).cert == cert);
  BOOST_TEST(find_certificate_files(of, nobody).pkcs12.empty());
  variables["X509_USER_CERT"] = "/a.pfx";
  BOOST_TEST(find_certificate_files(of, nobody).pkcs12 == "/a.pfx");
  variables["X509_USER_CERT"] = "/c";
  BOOST_TEST(find_certificate_files(of, nobody).key == "/c");
  variables["X509_USER_PROXY"] = "/p"; // proxies are made from certificates
  BOOST_TEST(find_certificate_files(of, nobody).cert == "/c");
  BOOST_TEST(proxy_place(of, nobody) == "/p");
  variables.erase("X509_USER_PROXY");
  BOOST_TEST(proxy_place(of, nobody) == "/tmp/x509up_u4000000000");
}

BOOST_FIXTURE_TEST_CASE(what_is_destroyed_is_zeros_before_it_is_gone, a_home) {
  auto proxy = write("proxy"), witness = files.path + "/witness";
  std::filesystem::create_hard_link(proxy, witness);
  BOOST_TEST(bool{destroy_private(proxy, ::getuid())});
  BOOST_TEST(!std::filesystem::exists(proxy));
  BOOST_TEST(*read_public(witness) == std::string(4096, '\0'));
  BOOST_TEST(destroy_private(proxy, ::getuid()).why().code == errc::not_found);
  auto open = write("open", 0644);
  BOOST_TEST(destroy_private(open, ::getuid()).why().code == errc::unauthenticated);
  std::filesystem::create_symlink(open, files.path + "/link");
  BOOST_TEST(destroy_private(files.path + "/link", ::getuid()).why().code == errc::unauthenticated);
  BOOST_TEST(*read_public(open) == "text of open");
}

BOOST_AUTO_TEST_CASE(metrics_are_lines_that_prometheus_reads) {
  node::status status;
  status.host = *host_name::parse("cern.example");
  status.version = "a\"b\\c\nd";
  status.memory_kib = 2;
  status.links.emplace_back();
  status.links[0].peer = *host_name::parse("ral.example");
  status.links[0].up = true;
  front_counters front;
  front.answers[4] = 7;
  auto text = metrics_text(status, &front, lb::job_counts{{{lb::job_state::done, 3}}});
  for (std::string line :
       {R"(trellis_node_info{host="cern.example",site="",version="a\"b\\c\nd"} 1)",
        "trellis_node_memory_bytes 2048", R"(trellis_link_up{peer="ral.example"} 1)",
        R"(trellis_edge_answers_total{status="4xx"} 7)", R"(trellis_jobs{state="Done"} 3)"})
    BOOST_TEST(text.find("\n" + line + "\n") != std::string::npos, line);
  BOOST_TEST(metrics_text(status, nullptr, {}).find("edge") == std::string::npos);
}

} // namespace
} // namespace trellis::edge
