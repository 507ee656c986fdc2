#include "runtime/node/joining.hpp"

#include "protocols/gsi/host_key.hpp"
#include "protocols/wire/codec.hpp"
#include "runtime/node/files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis {

namespace {

/// The key of an earlier try, so that a join whose answer was lost is the same request again.
result<gsi::private_key> own_key(const new_node& x) {
  auto file = x.directory + "/host.key";
  if (auto old = read_file(file))
    return gsi::private_key::parse(*old);
  auto key = gsi::make_host_key(signs_attributes(x));
  if (!key)
    return key;
  if (auto r = create_file(file, key->pem(), 0600); !r)
    return r.why();
  return key;
}

/// What is sent, kept until the answer is on disk: a request signed anew would be another one.
result<std::string> own_request(const new_node& x, const invite_token& token) {
  auto file = x.directory + "/join-request";
  auto same = [&](const std::string& bytes) {
    auto old = wire::decode<join_request>(bytes);
    return old && old->secret == token.secret && old->host == x.host && old->roles == x.roles;
  };
  if (auto old = read_file(file); old && same(*old))
    return old;
  auto key = own_key(x);
  if (!key)
    return key.why();
  auto csr = gsi::make_request(*key, x.host);
  if (!csr)
    return csr.why();
  join_request out;
  out.secret = token.secret;
  out.host = x.host;
  out.roles = x.roles;
  out.connect = x.listen.empty() ? "" : text(endpoint{x.host.text(), x.listen.front().port});
  out.request = *std::move(csr);
  auto bytes = wire::encode(out);
  if (auto r = write_file(file, bytes, 0600); !r)
    return r.why();
  return bytes;
}

/// The other end has proved that it knows the CA; still, what it sends must fit our key and name.
result<done> check_answer(const new_node& x, const invite_token& token, const join_answer& got,
                          gsi::instant now) {
  if (got.refused)
    return error{got.code, fmt::format("{} refused: {}", token.inviter.text(), got.text)};
  auto key = own_key(x);
  if (!key)
    return key.why();
  auto cert = gsi::certificate::parse(got.certificate);
  auto ca = gsi::certificate::parse(got.ca);
  if (!cert || !ca)
    return cert ? ca.why() : cert.why();
  auto hosts = cert->hosts();
  bool ours
      = cert->belongs_to(*key) && std::find(hosts.begin(), hosts.end(), x.host) != hosts.end();
  if (!ours || ca->fingerprint() != token.ca || got.inviter != token.inviter)
    return error{
        errc::unauthenticated,
        fmt::format("{} sent a certificate that is not what was asked for", token.inviter.text())};
  return gsi::verify({*cert}, {*ca}, now);
}

} // namespace

result<std::string> join_node(const new_node& x, const invite_token& token, gsi::instant now,
                              const join_exchange& exchange) {
  if (auto r = check_new(x); !r)
    return r.why();
  if (now > token.expires)
    return error{errc::expired,
                 fmt::format("this token is over; ask {} for a new one", token.inviter.text())};
  if (auto r = make_directory(x.directory, directory_mode); !r)
    return r.why();
  auto request = own_request(x, token);
  if (!request)
    return request.why();
  auto bytes = exchange(token, *request);
  if (!bytes)
    return bytes.why();
  auto got = wire::decode<join_answer>(*bytes);
  if (!got)
    return error{errc::malformed,
                 fmt::format("{} sent an answer that cannot be read", token.inviter.text())};
  if (auto r = check_answer(x, token, *got, now); !r)
    return r.why();
  config::peer peer;
  peer.host = got->inviter;
  peer.connect = *parse_endpoint(token.connect);
  peer.vos = got->vos;
  peer.roles = got->roles;

  struct {
    const char* name;
    std::string bytes;
  } const files[] = {
      {"host.pem", got->certificate + got->ca},
      {           "ca.pem",   got->ca                          },
      { "node.toml",   first_config(x,                             {peer})}
  };

  for (const auto& file : files)
    if (auto r = write_file(fmt::format("{}/{}", x.directory, file.name), file.bytes, 0644); !r)
      return r.why();
  std::remove((x.directory + "/join-request").c_str());
  return fmt::format("The node {0} is in {1} and a peer of {2}.\n"
                     "  trellis-node check --node {1}     tries everything before a start\n"
                     "  trellis-node --node {1}           starts it\n",
                     x.host.text(), x.directory, got->inviter.text());
}

} // namespace trellis
