#include "tests/protocols/gsi/forge_ac.hpp"

#include "protocols/gsi/der.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

namespace trellis::gsi::forge {

namespace {

using der::wrap;

std::string seq(const std::string& body) { return wrap(der::sequence, body); }

const std::string ecdsa = seq(der::oid_of("1.2.840.10045.4.3.2"));
const std::string rsa_sha1 = seq(der::oid_of("1.2.840.113549.1.1.5") + std::string("\x05\x00", 2));
const std::string rsa = seq(der::oid_of("1.2.840.113549.1.1.11") + std::string("\x05\x00", 2));

constexpr std::size_t signers = 0, no_rev_avail = 1, key_id = 2; // of recipe().extensions

std::string signature(const private_key& key, const std::string& bytes) {
  auto context = EVP_MD_CTX_new();
  std::string out(1024, '\0');
  auto size = out.size();
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key.handle());
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size,
                 reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  EVP_MD_CTX_free(context);
  out.resize(size);
  return out;
}

std::string names(const dn& x) { return seq(wrap(0xA4, x.der())); }

std::string uri_name(const std::string& x) { return wrap(0x86, x); }

std::string one(const std::string& ac) { return seq(seq(ac)); }

/// The usual one, changed.
std::function<std::string(const vo_world&)> changed(const std::function<void(ac_recipe&)>& f) {
  return [f](const vo_world& w) {
    auto x = w.recipe();
    f(x);
    return one(sign(x));
  };
}

std::function<std::string(const vo_world&)> with_fqans(std::vector<std::string> fqans) {
  return changed([fqans](ac_recipe& x) { x.fqans = fqans; });
}

std::function<std::string(const vo_world&)> with_uri(const std::string& uri) {
  return changed([uri](ac_recipe& x) { x.uri = uri; });
}

std::function<std::string(const vo_world&)> between(std::chrono::seconds begin,
                                                    std::chrono::seconds end) {
  return changed([=](ac_recipe& x) {
    x.begin = now + begin;
    x.end = now + end;
  });
}

/// As `recipe`, by a server of this name, key and CA.
std::string by_other_server(const vo_world& w, const credential& server,
                            const std::string& algorithm) {
  auto x = w.recipe();
  x.issuer = *server.leaf().subject_name();
  x.signer = server.key;
  x.algorithm = x.outer_algorithm = algorithm;
  auto keyid = x.extensions[key_id];
  x.extensions[signers] = certificates_extension(server.chain);
  auto bits = X509_get0_pubkey_bitstr(server.leaf().handle());
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(ASN1_STRING_get0_data(bits), static_cast<std::size_t>(ASN1_STRING_length(bits)), digest);
  x.extensions[key_id].der = seq(wrap(0x80, {reinterpret_cast<char*>(digest), sizeof digest}));
  return one(sign(x));
}

std::string two_sequences(const vo_world& w) {
  auto ac = sign(w.recipe());
  return seq(seq(ac) + seq(ac));
}

std::string second_is_bad(const vo_world& w) {
  auto bad = w.recipe();
  bad.flip_signature = true;
  return seq(seq(sign(w.recipe()) + sign(bad)));
}

std::string as_subject(const vo_world& w) {
  auto x = w.recipe();
  x.holder = *w.alice.leaf().subject_name();
  return one(sign(x));
}

std::string as_entity_name(const vo_world& w) {
  auto x = w.recipe();
  x.holder_der = seq(wrap(0xA1, wrap(0xA4, x.holder.der())));
  return one(sign(x));
}

std::string flat_certificates(const vo_world& w) {
  auto x = w.recipe();
  x.extensions[signers].der = seq(w.server.leaf().der());
  return one(sign(x));
}

/// The server's certificate with a key on a curve.
credential curve_server(const vo_world& w, const credential& ca) {
  auto x = user_recipe(w.ca, "/C=XX/O=Grid/CN=voms.example");
  x.signer = ca.key;
  return below({{}, ca.key}, x);
}

std::string by_curve(const vo_world& w) { return by_other_server(w, curve_server(w, w.ca), ecdsa); }

std::string by_curve_of_another_ca(const vo_world& w) {
  return by_other_server(w, curve_server(w, make_ca("/C=XX/O=Grid/CN=CA")), ecdsa);
}

std::string by_curve_with_a_false_signature(const vo_world& w) {
  auto ac = by_curve(w);
  ac.back() = static_cast<char>(ac.back() ^ 1);
  return ac;
}

std::string by_server_of_another_name(const vo_world& w) {
  auto x = user_recipe(w.ca, "/C=XX/O=Grid/CN=evil.example");
  x.key = w.server.key;
  return by_other_server(w, below({{}, w.ca.key}, x), rsa);
}

std::string by_server_of_another_ca(const vo_world& w) {
  auto ca = make_ca("/C=XX/O=Grid/CN=CA");
  auto x = user_recipe(ca, "/C=XX/O=Grid/CN=voms.example");
  x.key = w.server.key;
  return by_other_server(w, below({{}, ca.key}, x), rsa);
}

std::string by_server_that_ended(const vo_world& w) {
  auto x = user_recipe(w.ca, "/C=XX/O=Grid/CN=voms.example");
  x.end = now - 1s;
  x.key = w.server.key;
  return by_other_server(w, below({{}, w.ca.key}, x), rsa);
}

// clang-format off
std::vector<ac_case> of_bytes() {
  return {
      {"as vomsd writes it", changed([](auto&) {}), "", true},
      {"short FQANs", with_fqans({"/testvo", "/testvo/prod/Role=x"}), "", true},
      {"generic attributes", changed([](auto& x) {
         x.extensions.push_back(attributes_extension(x.uri, {"nickname", "alice", "testvo"}));
       }), "", true},
      {"an empty list of generic attributes", changed([](auto& x) {
         x.extensions.push_back({"1.3.6.1.4.1.8005.100.100.11", false, seq("")});
       }), "", true},
      {"generic attributes of another authority", changed([](auto& x) {
         x.extensions.push_back(attributes_extension("evil://voms.example:15000", {"a", "b", "c"}));
       }), "not those of its authority", true},
      {"a key on a curve", by_curve, "", true},
      {"the holder's subject instead of its issuer", as_subject, "", true},
      {"two side by side",
       [](const vo_world& w) { return seq(seq(sign(w.recipe()) + sign(w.recipe()))); }, "", true},
      {"two, each in its own list", two_sequences, "no list in a list"},
      {"none at all", [](const vo_world&) { return one(""); }, "no list in a list"},
      {"the second is bad", second_is_bad, "its signature is not by the key"},
      {"the holder as entity name", as_entity_name, "holder is not an issuer and a serial"},
      {"no noRevAvail",
       changed([](auto& x) { x.extensions.erase(x.extensions.begin() + no_rev_avail); }),
       "required extension 2.5.29.56 is missing"},
      {"no AKI", changed([](auto& x) { x.extensions.erase(x.extensions.begin() + key_id); }),
       "required extension 2.5.29.35 is missing"},
      {"an unknown extension", changed([](auto& x) {
         x.extensions.push_back({"1.2.3.4", false, std::string("\x05\x00", 2)});
       }), "", true},
      {"an unknown critical extension", changed([](auto& x) {
         x.extensions.push_back({"1.2.3.4", true, std::string("\x05\x00", 2)});
       }), "1.2.3.4 is critical"},
      {"noRevAvail twice", changed([](auto& x) {
         x.extensions.push_back(x.extensions[no_rev_avail]);
       }), "is there twice", true},
      {"no certificates of the server",
       changed([](auto& x) { x.extensions.erase(x.extensions.begin() + signers); }),
       "carry no certificate of their server"},
      {"certificates in one list too few", flat_certificates,
       "certificates of its server cannot be read"},
      {"values as UTF8String", changed([](auto& x) { x.fqan_tag = 0x0C; }), "not octet strings"},
      {"no values", with_fqans({}), "it has no FQAN", true},
      {"an FQAN with a control character", with_fqans({"/testvo\n"}), "not printable"},
      {"an FQAN with ..", with_fqans({"/testvo/.."}), "no name of [A-Za-z0-9_.-]", true},
      {"a URI without port", with_uri("testvo://voms.example"), "vo://host:port"},
      {"a URI with port 0", with_uri("testvo://voms.example:0"), "has no port", true},
      {"a VO with a way out", with_uri("../testvo://voms.example:15000"), "its VO is not a name"},
      {"a host with a way out", with_uri("testvo://../voms.example:15000"), "not a host name"},
      {"a serial of 20 bytes", changed([](auto& x) { x.serial = std::string(20, '\x41'); }), "",
       true},
      {"a serial of 21 bytes", changed([](auto& x) { x.serial = std::string(21, '\x41'); }),
       "at most 20 bytes"},
  };
}

std::vector<ac_case> of_meaning() {
  return {
      {"of another user", changed([](auto& x) { x.holder_serial = "\x77"; }),
       "given to another certificate"},
      {"of a user of another CA", changed([](auto& x) { x.holder = name("/C=XX/CN=Other CA"); }),
       "given to another certificate"},
      {"a signature that is not its own", changed([](auto& x) { x.flip_signature = true; }),
       "its signature is not by the key"},
      {"signed by another key", changed([](auto& x) { x.signer = new_key(); }),
       "its signature is not by the key"},
      // libvomsapi 2.1 looks neither at a curve's signature nor at the chain of its certificate.
      {"a curve's signature that is not its own", by_curve_with_a_false_signature,
       "its signature is not by the key", true},
      {"a curve's certificate of a false CA", by_curve_of_another_ca, "did not sign it", true},
      {"two algorithms", changed([](auto& x) { x.outer_algorithm = ecdsa; }),
       "inside is not the one outside", true},
      {"SHA-1",
       changed([](auto& x) { x.algorithm = x.outer_algorithm = rsa_sha1; }),
       "SHA-256 or longer"},
      {"an FQAN of another VO", with_fqans({"/othervo"}), "/othervo is not of this VO"},
      {"an FQAN of a longer VO", with_fqans({"/testvo2"}), "/testvo2 is not of this VO"},
      {"another VO", changed([](auto& x) {
         x.uri = "othervo://voms.example:15000";
         x.fqans = {"/othervo"};
       }), "no othervo/voms.example.lsc"},
      {"a host without LSC", with_uri("testvo://evil.example:15000"),
       "no testvo/evil.example.lsc"},
      {"a server of another name", by_server_of_another_name, "not what testvo/voms.example.lsc"},
      {"a server of a false CA of that name", by_server_of_another_ca, "did not sign it"},
      {"a server whose certificate ended", by_server_that_ended, "it ended at"},
      {"an issuer that is not the server",
       changed([](auto& x) { x.issuer = name("/C=XX/O=Grid/CN=other.example"); }),
       "their issuer is not their server"},
      {"another key's identifier", changed([](auto& x) {
         x.extensions[key_id].der = seq(wrap(0x80, std::string(20, 'k')));
       }), "key identifier is not that"},
      {"for this host", changed([](auto& x) {
         x.extensions.push_back(targets_extension({"a.example", "ce.example"}));
       }), "", false}, // libvomsapi asks the system for its own name
      {"for another host", changed([](auto& x) {
         x.extensions.push_back(targets_extension({"a.example"}));
       }), "they are for a.example, not for ce.example"},
      {"4 minutes past", between(-12h, -240s), "", true},
      {"10 minutes past", between(-12h, -600s), "they ended at"},
      {"4 minutes ahead", between(240s, 12h), "", true},
      {"10 minutes ahead", between(600s, 12h), "they begin at"},
      {"10 days long", between(-24h, 240h), "at most 604800 are taken", true},
      {"an end before its begin", between(1h, -1h), "not two in order"},
  };
}

// clang-format on

} // namespace

std::string sign(const ac_recipe& x) {
  auto time = [](instant t) {
    return wrap(der::generalized_time,
                fmt::format("{:%Y%m%d%H%M%S}Z", fmt::gmtime(t.time_since_epoch().count())));
  };
  std::string values, extensions;
  for (const auto& one : x.fqans)
    values += wrap(x.fqan_tag, one);
  for (const auto& one : x.extensions)
    extensions += seq(der::oid_of(one.oid) + (one.critical ? "\x01\x01\xFF" : std::string{})
                      + wrap(der::octet_string, one.der));
  auto holder = x.holder_der.empty()
                    ? seq(wrap(0xA0, names(x.holder) + der::integer_of(x.holder_serial)))
                    : x.holder_der;
  auto syntax = seq(wrap(0xA0, uri_name(x.uri)) + seq(values));
  auto attribute = seq(der::oid_of("1.3.6.1.4.1.8005.100.100.4") + wrap(der::set, syntax));
  auto info = seq(der::integer_of(1) + holder + wrap(0xA0, names(x.issuer)) + x.algorithm
                  + der::integer_of(x.serial) + seq(time(x.begin) + time(x.end)) + seq(attribute)
                  + seq(extensions));
  auto bits = signature(x.signer, info);
  if (x.flip_signature)
    bits.back() = static_cast<char>(bits.back() ^ 1);
  return seq(info + x.outer_algorithm + wrap(der::bit_string, '\0' + bits));
}

std::string sign_info(const private_key& key, const std::string& info) {
  return seq(info + rsa + wrap(der::bit_string, '\0' + signature(key, info)));
}

extension certificates_extension(const std::vector<certificate>& chain) {
  std::string all;
  for (const auto& x : chain)
    all += x.der();
  return {"1.3.6.1.4.1.8005.100.100.10", false, seq(seq(all))};
}

extension targets_extension(const std::vector<std::string>& hosts, bool critical) {
  std::string all;
  for (const auto& x : hosts)
    all += seq(wrap(0xA0, uri_name(x)));
  return {"2.5.29.55", critical, seq(seq(all))};
}

extension attributes_extension(const std::string& uri, const std::vector<std::string>& triple) {
  std::string tag;
  for (const auto& x : triple)
    tag += wrap(der::octet_string, x);
  return {"1.3.6.1.4.1.8005.100.100.11", false, seq(seq(seq(seq(uri_name(uri)) + seq(seq(tag)))))};
}

namespace {

/// As most servers are.
credential rsa_server(const credential& ca) {
  auto x = user_recipe(ca, "/C=XX/O=Grid/CN=voms.example");
  x.key = rsa_key(2048);
  return below({{}, ca.key}, x);
}

} // namespace

vo_world::vo_world()
    : ca(make_ca("/C=XX/O=Grid/CN=CA")), server(rsa_server(ca)),
      alice(below({{}, ca.key}, user_recipe(ca, "/C=XX/O=Grid/CN=Alice"))),
      anchors(files(ca, "/C=XX/O=Grid/*")) {
  vomsdir.push_back({"testvo/voms.example.lsc", "/C=XX/O=Grid/CN=voms.example\n"
                                                "/C=XX/O=Grid/CN=CA\n"});
}

ac_recipe vo_world::recipe() const {
  auto bits = X509_get0_pubkey_bitstr(server.leaf().handle());
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(ASN1_STRING_get0_data(bits), static_cast<std::size_t>(ASN1_STRING_length(bits)), digest);
  ac_recipe x{*alice.leaf().issuer_name(),
              alice.leaf().serial(),
              "",
              *server.leaf().subject_name(),
              server.key,
              rsa,
              rsa};
  x.extensions.push_back(certificates_extension(server.chain));
  x.extensions.push_back({"2.5.29.56", false, std::string("\x05\x00", 2)});
  auto key = wrap(0x80, {reinterpret_cast<char*>(digest), sizeof digest});
  x.extensions.push_back({"2.5.29.35", false, seq(key)});
  return x;
}

credential vo_world::proxy(const std::string& acs) const {
  auto x = proxy_recipe(alice);
  x.extensions.push_back({"1.3.6.1.4.1.8005.100.100.5", false, acs});
  return below(alice, x);
}

const std::vector<ac_case>& ac_matrix() {
  static const auto all = [] {
    auto out = of_bytes();
    auto more = of_meaning();
    out.insert(out.end(), more.begin(), more.end());
    return out;
  }();
  return all;
}

} // namespace trellis::gsi::forge
