#include "runtime/node/invitation.hpp"

#include "protocols/base/base64.hpp"
#include "protocols/gsi/digest.hpp"
#include "protocols/wire/codec.hpp"
#include "runtime/node/files.hpp"
#include "runtime/node/node_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

namespace trellis {

namespace {

constexpr std::string_view prefix = "trellis1.";

result<join_answer> refuse(errc code, std::string text) { return error{code, std::move(text)}; }

/// What the joining node becomes for us.
config::peer as_peer(const join_request& x, const invitation& invited) {
  config::peer out;
  out.host = x.host;
  if (auto at = parse_endpoint(x.connect))
    out.connect = *at;
  out.vos = invited.vos;
  out.roles = x.roles;
  return out;
}

result<done> may_join(const join_request& x, const invitation& invited, gsi::instant now) {
  if (now > invited.expires)
    return error{errc::expired, "the invitation is over; ask for a new one"};
  if (x.host != invited.host)
    return error{errc::denied, fmt::format("the invitation is for {}, not for {}",
                                           invited.host.text(), x.host.text())};
  for (auto r : x.roles)
    if (!invited.roles.empty()
        && std::find(invited.roles.begin(), invited.roles.end(), r) == invited.roles.end())
      return error{errc::denied, fmt::format("the invitation does not allow the role {}", word(r))};
  return done{};
}

result<join_answer> sign_in(const config::node& node, const join_request& x,
                            const invitation& invited, gsi::instant now) {
  if (auto r = may_join(x, invited, now); !r)
    return r.why();
  auto ca = load_test_ca(node.directory);
  if (!ca)
    return ca.why();
  auto cert = gsi::sign_host(*ca, x.request, x.host, now, host_certificate_days);
  if (!cert)
    return cert.why();
  join_answer out;
  out.certificate = cert->pem();
  out.ca = ca->cert.pem();
  out.inviter = node.host;
  out.connect = node.connect ? text(*node.connect) : "";
  out.roles = node.roles;
  out.vos = invited.vos;
  return out;
}

/// The answer to a request whose token was used before: the same to the same request.
result<join_answer> repeat(const std::string& used_file, const std::string& digest) {
  auto bytes = read_file(used_file);
  if (!bytes)
    return refuse(errc::denied, "nobody invited with this token, or it was withdrawn");
  auto used = wire::decode<used_invitation>(*bytes);
  if (!used || used->request != digest)
    return refuse(errc::denied, "this token was used already; ask for a new one");
  return wire::decode<join_answer>(used->answer);
}

result<join_answer> joined_now(const config::node& node, const join_request& x,
                               const std::string& file, const std::string& digest,
                               gsi::instant now) {
  auto bytes = read_file(file);
  if (!bytes)
    return repeat(file + ".used", digest);
  auto invited = wire::decode<invitation>(*bytes);
  if (!invited)
    return invited.why();
  auto answer = sign_in(node, x, *invited, now);
  if (!answer)
    return answer;
  // The peer first: a crash after it leaves the token good, and the repeat finds the peer there.
  if (auto r = add_peer(node.file, as_peer(x, *invited)); !r)
    return r.why();
  auto used = wire::encode(used_invitation{digest, wire::encode(*answer)});
  if (auto r = create_file(file + ".used", used, 0600); !r)
    return r.why();
  std::remove(file.c_str());
  return answer;
}

} // namespace

std::string text(const invite_token& x) { return std::string{prefix} + base64url(wire::encode(x)); }

result<invite_token> parse_token(std::string_view text) {
  error bad{errc::malformed, "this is no token of trellis-node invite; was it copied whole?"};
  if (!text.starts_with(prefix))
    return bad;
  auto bytes = from_base64url(text.substr(prefix.size()));
  auto out = bytes ? wire::decode<invite_token>(*bytes) : bad;
  if (!out || out->secret.empty() || out->inviter.empty() || out->ca.size() != 64
      || !parse_endpoint(out->connect))
    return bad;
  return out;
}

std::string invitation_file(const std::string& directory, std::string_view secret) {
  return fmt::format("{}/invitations/{}", directory, gsi::sha256_hex(secret).substr(0, 32));
}

result<invite_token> invite(const config::node& node, invitation what,
                            const std::array<std::uint8_t, 16>& random) {
  if (node.listen.empty() || !node.connect || node.connect->port == 0)
    return error{errc::usage, fmt::format("{} listens nowhere, so nobody can join it: set listen "
                                          "in {}, or invite from the other node",
                                          node.host.text(), node.file)};
  if (what.host == node.host)
    return error{errc::usage, fmt::format("{} is this node itself", what.host.text())};
  auto ca = load_test_ca(node.directory);
  if (!ca)
    return ca.why();
  invite_token out;
  out.connect = text(*node.connect);
  out.inviter = node.host;
  out.ca = ca->cert.fingerprint();
  out.secret.assign(random.begin(), random.end());
  out.expires = what.expires;
  if (auto r = make_directory(node.directory + "/invitations", 0700); !r)
    return r.why();
  auto file = invitation_file(node.directory, out.secret);
  if (auto r = create_file(file, wire::encode(what), 0600); !r)
    return r.why();
  return out;
}

std::string accept_join(const config::node& node, std::string_view request, gsi::instant now,
                        bool& joined) {
  auto answered = [&node](const result<join_answer>& r) {
    join_answer bad;
    if (r)
      return wire::encode(*r);
    bad.refused = true;
    bad.inviter = node.host;
    bad.code = r.why().code;
    bad.text = r.why().text;
    return wire::encode(bad);
  };
  joined = false;
  auto x = wire::decode<join_request>(request);
  if (!x)
    return answered(x.why());
  auto file = invitation_file(node.directory, x->secret);
  auto answer = joined_now(node, *x, file, gsi::sha256_hex(request), now);
  joined = bool{answer};
  return answered(answer);
}

} // namespace trellis
