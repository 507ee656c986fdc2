#include "runtime/node/node_directory.hpp"

#include "protocols/gsi/host_key.hpp"
#include "runtime/node/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace trellis {

namespace {

template <class T, class Print>
std::string toml_list(const std::vector<T>& xs, Print print) {
  std::string out;
  for (const auto& x : xs)
    out += fmt::format("{}\"{}\"", out.empty() ? "" : ", ", print(x));
  return "[" + out + "]";
}

std::string words_of(const std::vector<role>& xs) {
  return toml_list(xs, [](role x) { return word(x); });
}

std::string texts_of(const std::vector<std::string>& xs) {
  return toml_list(xs, [](const std::string& x) { return x; });
}

std::string endpoints_of(const std::vector<endpoint>& xs) {
  return toml_list(xs, [](const endpoint& x) { return text(x); });
}

std::string absolute(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::absolute(path, ignored).lexically_normal().string();
}

/// A given certificate must fit its key, the host and the trust anchors before anything is made.
result<done> check_given(const new_node& x, gsi::instant now) {
  if (x.cert.empty() || x.key.empty() || x.ca.empty())
    return error{errc::usage, "--cert, --key and --ca belong together: give all three or none"};
  auto chain = load_certificates(x.cert);
  auto anchors = load_certificates(x.ca);
  if (!chain || !anchors)
    return chain ? anchors.why() : chain.why();
  auto pem = read_file(x.key);
  if (!pem)
    return pem.why();
  auto key = gsi::private_key::parse(*pem);
  if (!key)
    return error{key.why().code, fmt::format("{}: {}", x.key, key.why().text)};
  const auto& cert = chain->front();
  if (!cert.belongs_to(*key))
    return error{errc::usage,
                 fmt::format("the key {} does not belong to the certificate {}", x.key, x.cert)};
  auto hosts = cert.hosts();
  if (std::find(hosts.begin(), hosts.end(), x.host) == hosts.end())
    return error{errc::usage, fmt::format("the certificate {} ({}) is not for the host {}", x.cert,
                                          cert.subject(), x.host.text())};
  return gsi::verify(*chain, *anchors, now);
}

result<done>
write_all(const std::string& directory,
          std::initializer_list<std::tuple<std::string_view, std::string, unsigned>> files) {
  for (const auto& [name, bytes, mode] : files)
    if (auto r = create_file(fmt::format("{}/{}", directory, name), bytes, mode); !r)
      return r;
  return done{};
}

/// The test CA and what it signs for its first host.
result<done> make_certificates(const new_node& x, gsi::instant now) {
  // Clients of old sign proxies as the CA has signed the user, and know RSA alone.
  auto ca_key = gsi::make_host_key(signs_attributes(x));
  if (!ca_key)
    return ca_key.why();
  auto ca = gsi::make_authority("Test CA of " + x.host.text(), now, test_ca_days, *ca_key);
  if (!ca)
    return ca.why();
  auto key = gsi::make_host_key(signs_attributes(x));
  if (!key)
    return key.why();
  auto request = gsi::make_request(*key, x.host);
  if (!request)
    return request.why();
  auto cert = gsi::sign_host(*ca, *request, x.host, now, host_certificate_days);
  if (!cert)
    return cert.why();
  auto ca_pem = ca->cert.pem();
  return write_all(x.directory, {
                                    {"test-ca.key", ca->key.pem(),        0600},
                                    {"test-ca.pem", ca_pem,               0644},
                                    {"ca.pem",      ca_pem,               0644},
                                    {"host.key",    key->pem(),           0600},
                                    {"host.pem",    cert->pem() + ca_pem, 0644}
  });
}

} // namespace

bool signs_attributes(const new_node& x) {
  return std::ranges::find(x.roles, role::voms) != x.roles.end();
}

result<done> check_new(const new_node& x) {
  if (is_there(x.directory + "/node.toml"))
    return error{errc::exists, fmt::format("{} has a node already", x.directory)};
  auto socket = absolute(x.socket.empty() ? x.directory + "/node.sock" : x.socket);
  if (socket.size() > config::socket_path_limit)
    return error{errc::usage, fmt::format("the control socket {} has {} bytes, the system allows "
                                          "{}: take a shorter directory, or --socket PATH",
                                          socket, socket.size(), config::socket_path_limit)};
  return done{};
}

std::string peer_section(const config::peer& x) {
  auto out = fmt::format("[[peer]]\nhost = \"{}\"\n", x.host.text());
  if (x.connect)
    out += fmt::format("connect = \"{}\"\n", text(*x.connect));
  return out + fmt::format("vos = {}\nroles = {}\n", texts_of(x.vos), words_of(x.roles));
}

std::string first_config(const new_node& x, const std::vector<config::peer>& peers) {
  auto out = fmt::format("# The node {0}. Every setting: trellis-node config explain --all\n"
                         "host = \"{0}\"\n",
                         x.host.text());
  if (!x.site.empty())
    out += fmt::format("site = \"{}\"\n", x.site);
  out += fmt::format("roles = {}\n", words_of(x.roles));
  out += "# Where peers are accepted. With [] the node only dials.\n";
  out += fmt::format("listen = {}\n", endpoints_of(x.listen));
  if (!x.cert.empty())
    out += fmt::format("cert = \"{}\"\nkey = \"{}\"\nca = \"{}\"\n", absolute(x.cert),
                       absolute(x.key), absolute(x.ca));
  if (!x.socket.empty())
    out += fmt::format("socket = \"{}\"\n", absolute(x.socket));
  out += fmt::format("\n# Who the users of this machine are to the grid.\n"
                     "[[local_user]]\nuid = {}\ndn = \"/DC=trellis/O=test/CN={}\"\nvo = \"{}\"\n"
                     "operator = true\n",
                     x.uid, x.user, x.vo);
  bool ce = std::find(x.roles.begin(), x.roles.end(), role::ce) != x.roles.end();
  if (ce && x.uid == 0)
    out += "\n[ce]\n# Payloads never run as root.\npayload_user = \"nobody\"\n";
  if (ce)
    out += "\n[[ce.queue]]\nname = \"default\"\nlrms = \"fork\"\nvos = [\"*\"]\n";
  for (const auto& p : peers)
    out += "\n" + peer_section(p);
  return out;
}

result<std::string> init_node(const new_node& x, gsi::instant now) {
  bool given = !x.cert.empty() || !x.key.empty() || !x.ca.empty();
  if (auto r = check_new(x); !r)
    return r.why();
  if (given)
    if (auto r = check_given(x, now); !r)
      return r.why();
  if (auto r = make_directory(x.directory, directory_mode); !r)
    return r.why();
  if (auto r = given ? result<done>{done{}} : make_certificates(x, now); !r)
    return r.why();
  // The configuration comes last: a directory that has it is whole.
  if (auto r = write_all(x.directory,
                         {
                             {"node.toml", first_config(x, {}), 0644}
  });
      !r)
    return r.why();
  auto out = fmt::format("The node {0} is in {1}.\n"
                         "  trellis-node check --node {1}     tries everything before a start\n"
                         "  trellis-node --node {1}           starts it\n"
                         "  trellis node status --node {1}    asks how it is\n",
                         x.host.text(), x.directory);
  if (!given)
    out += fmt::format("  trellis-node invite --node {} --host NAME    lets another node join\n",
                       x.directory);
  return out;
}

result<done> add_peer(const std::string& config_file, const config::peer& x) {
  auto old = config::load(config_file);
  if (!old)
    return old.why();
  if (old->peer_of(x.host))
    return done{};
  auto bytes = read_file(config_file);
  if (!bytes)
    return bytes.why();
  if (!bytes->ends_with('\n'))
    *bytes += '\n';
  return write_file(config_file, *bytes + "\n" + peer_section(x), 0644);
}

result<gsi::authority> load_test_ca(const std::string& directory) {
  auto cert_pem = read_file(directory + "/test-ca.pem");
  auto key_pem = read_file(directory + "/test-ca.key");
  if (!cert_pem || !key_pem)
    return error{errc::not_found,
                 fmt::format("{} has no test CA: ask your CA for certificates, and write [[peer]] "
                             "on both sides",
                             directory)};
  auto cert = gsi::certificate::parse(*cert_pem);
  auto key = gsi::private_key::parse(*key_pem);
  if (!cert || !key)
    return cert ? key.why() : cert.why();
  if (!cert->belongs_to(*key))
    return error{errc::malformed,
                 fmt::format("test-ca.key in {} does not belong to test-ca.pem", directory)};
  return gsi::authority{*cert, *key};
}

result<std::vector<gsi::certificate>> load_certificates(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  std::vector<std::string> files{path};
  if (fs::is_directory(path, ignored)) {
    files.clear();
    for (const auto& x : fs::directory_iterator{path, ignored})
      if (auto e = x.path().extension(); e == ".pem" || e == ".crt" || e == ".0")
        files.push_back(x.path().string());
    std::sort(files.begin(), files.end());
  }
  std::vector<gsi::certificate> out;
  for (const auto& file : files) {
    auto pem = read_file(file);
    if (!pem)
      return pem.why();
    auto some = gsi::certificate::parse_all(*pem);
    if (!some)
      return error{some.why().code, fmt::format("{}: {}", file, some.why().text)};
    out.insert(out.end(), some->begin(), some->end());
  }
  if (out.empty())
    return error{errc::not_found, fmt::format("there are no certificates in {}", path)};
  return out;
}

} // namespace trellis
