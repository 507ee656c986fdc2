#include "runtime/node/test_user.hpp"

#include "protocols/gsi/host_key.hpp"
#include "protocols/gsi/vomsdir.hpp"
#include "runtime/node/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace trellis {

namespace {

std::string absolute(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::absolute(path, ignored).lexically_normal().string();
}

bool is_plain_word(std::string_view x) {
  auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
           || c == '_';
  };
  return !x.empty() && x.size() <= 32 && std::ranges::all_of(x, plain);
}

result<done> put_anchor(const std::string& directory, const gsi::certificate& ca) {
  if (auto r = make_directory(directory, 0755); !r)
    return r;
  for (const auto& [name, bytes] : gsi::anchor_files(ca))
    if (auto r = write_file(directory + "/" + name, bytes, 0644); !r)
      return r;
  return done{};
}

result<done> put_lsc(const std::string& directory, const config::node& node, const std::string& vo,
                     const std::string& lsc) {
  auto of_vo = directory + "/" + vo;
  if (auto r = make_directory(of_vo, 0755); !r)
    return r;
  return write_file(fmt::format("{}/{}.lsc", of_vo, node.host.text()), lsc, 0644);
}

/// What both sides need: whom to trust, and which server speaks for the VO.
result<done> put_trust(const std::string& directory, const config::node& node,
                       const std::string& vo, const gsi::certificate& ca, const std::string& lsc) {
  if (auto r = put_anchor(directory + "/certificates", ca); !r)
    return r;
  return put_lsc(directory + "/vomsdir", node, vo, lsc);
}

result<done> put_user(const std::string& directory, const test_user& x, const gsi::authority& ca,
                      gsi::instant now) {
  auto key = gsi::make_host_key(true);
  if (!key)
    return key.why();
  auto cert = gsi::sign_user(ca, *key, x.name, now, user_certificate_days);
  if (!cert)
    return cert.why();
  if (auto r = create_file(directory + "/userkey.pem", key->pem(), 0600); !r)
    return r;
  return create_file(directory + "/usercert.pem", cert->pem(), 0644);
}

result<done> open_front(const config::node& node, const std::string& here) {
  if (!node.edge.anchors.empty())
    return done{};
  auto file = here + "/node.toml";
  auto text = read_file(file);
  if (!text)
    return text.why();
  auto lines = fmt::format("anchors = \"{0}/certificates\"\nvomsdir = \"{0}/vomsdir\"\n", here);
  if (text->starts_with("[edge]") || text->find("\n[edge]") != text->npos)
    return error{errc::usage,
                 fmt::format("{} has an [edge] without anchors: give it\n{}", file, lines)};
  return write_file(file, *text + "\n# Users over HTTPS.\n[edge]\n" + lines, 0644);
}

} // namespace

result<std::string> make_test_user(const config::node& node, const std::string& node_directory,
                                   const test_user& x, gsi::instant now) {
  if (!is_plain_word(x.name) || !is_plain_word(x.vo))
    return error{errc::usage, fmt::format("'{}' and '{}' must be plain words of letters and digits",
                                          x.name, x.vo)};
  if (node.listen.empty())
    return error{errc::usage,
                 fmt::format("{} listens nowhere: no user can reach it", node.host.text())};
  auto ca = load_test_ca(node_directory);
  auto chain = load_certificates(node.path(node.cert));
  if (!ca || !chain)
    return ca ? chain.why() : ca.why();
  auto home = absolute(x.directory.empty() ? node_directory + "/users/" + x.name : x.directory);
  if (is_there(home + "/usercert.pem"))
    return error{errc::exists, fmt::format("{} has a user already", home)};
  if (auto r = make_directory(home, 0700); !r)
    return r.why();
  auto lsc = gsi::lsc_text(*chain);
  auto port = node.listen.front().port;
  auto vomses = fmt::format("\"{0}\" \"{1}\" \"{2}\" \"{3}\" \"{0}\"\n", x.vo, node.host.text(),
                            port, chain->front().subject());
  auto profile
      = fmt::format("export X509_USER_CERT={0}/usercert.pem X509_USER_KEY={0}/userkey.pem\n"
                    "export X509_USER_PROXY={0}/proxy X509_CERT_DIR={0}/certificates\n"
                    "export X509_VOMS_DIR={0}/vomsdir VOMS_USERCONF={0}/vomses\n"
                    "export TRELLIS_ENDPOINT=https://{1}:{2}\n",
                    home, node.host.text(), port);
  auto here = absolute(node_directory);
  if (auto r = open_front(node, here); !r)
    return r.why();
  if (auto r = put_user(home, x, *ca, now); !r)
    return r.why();
  for (const auto& directory : {home, here})
    if (auto r = put_trust(directory, node, x.vo, ca->cert, lsc); !r)
      return r.why();
  if (auto r = write_file(home + "/vomses", vomses, 0600); !r)
    return r.why();
  if (auto r = write_file(home + "/profile", profile, 0644); !r)
    return r.why();
  return fmt::format(
      "The user /DC=trellis/O=test/CN={0} is in {1}.\n"
      "  trellis-node --node {2}      starts the node, which serves users over HTTPS\n"
      "  trellis vo add {3}; trellis user add {3} /DC=trellis/O=test/CN={0} --ca '{4}'\n"
      "                                   make {0} a member\n"
      "  . {1}/profile; trellis proxy init --voms {3}\n"
      "                                   is what {0} does then\n",
      x.name, home, node_directory, x.vo, ca->cert.subject());
}

} // namespace trellis
