/// The bytes of an attribute certificate, as vomsd 2.1 writes them:
///
///   AttributeCertificate
///     Info
///       INTEGER 1
///       holder       { [0] { { [4] issuer of the holder's certificate }, its serial number } }
///       issuer       [0] { { [4] subject of the server's certificate } }
///       algorithm
///       INTEGER      16 random bytes
///       validity     { GeneralizedTime, GeneralizedTime }
///       attributes   { { .4, SET { { [0] { [6] URI }, { OCTET STRING fqan ... } } } } }
///       extensions   {
///         .11        { { { { [6] URI }, { { name, value, qualifier } ... } } } }   if any
///         .10        { { Certificate ... } }                              the server's chain
///         noRevAvail NULL
///         AKI        { [0] key }
///         targets    { { { [0] { [6] host } } ... } }                  critical, if any
///       }
///     algorithm
///     BIT STRING     over Info
///
/// { } is a SEQUENCE, .n below 1.3.6.1.4.1.8005.100.100.
#include "protocols/gsi/der.hpp"
#include "protocols/gsi/openssl.hpp"
#include "protocols/gsi/random.hpp"
#include "protocols/gsi/strength.hpp"
#include "protocols/gsi/voms_ac.hpp"
#include "protocols/gsi/voms_oids.hpp"
#include "protocols/gsi/voms_signature.hpp"

#include <fmt/format.h>
#include <openssl/x509.h>

#include <algorithm>

namespace trellis::gsi {

namespace {

using der::wrap;

template <class... Parts>
std::string sequence(const Parts&... parts) {
  std::string body;
  (body += ... += parts);
  return wrap(der::sequence, body);
}

std::string octets(std::string_view x) { return wrap(der::octet_string, x); }

std::string uri_name(std::string_view x) { return wrap(der::primitive(6), x); }

std::string directory_name(const dn& x) {
  return wrap(der::sequence, wrap(der::context(4), x.der()));
}

std::string extension(std::string_view oid, bool critical, std::string_view value) {
  return sequence(der::oid_of(oid), critical ? wrap(der::boolean, "\xFF") : std::string{},
                  octets(value));
}

std::string fqan_attribute(const new_ac& x, std::string_view uri) {
  std::string values;
  for (const auto& one : x.fqans)
    values += octets(one.long_text());
  auto syntax = sequence(wrap(der::context(0), uri_name(uri)), sequence(values));
  return sequence(sequence(der::oid_of(voms_oid::fqans), wrap(der::set, syntax)));
}

std::string generic_attributes(const new_ac& x, std::string_view uri) {
  std::string tags;
  for (const auto& one : x.attributes)
    tags += sequence(octets(one.name), octets(one.value), octets(one.qualifier));
  return sequence(sequence(sequence(sequence(uri_name(uri)), sequence(tags))));
}

std::string targets(const new_ac& x) {
  std::string all;
  for (const auto& host : x.targets)
    all += sequence(wrap(der::context(0), uri_name(host)));
  return sequence(sequence(all));
}

std::string extensions(const credential& server, const new_ac& x, std::string_view uri) {
  std::string chain, out;
  for (const auto& one : server.chain)
    chain += one.der();
  if (!x.attributes.empty())
    out += extension(voms_oid::attributes, false, generic_attributes(x, uri));
  out += extension(voms_oid::signers, false, sequence(sequence(chain)));
  out += extension(voms_oid::no_rev_avail, false, {"\x05\x00", 2});
  out += extension(voms_oid::authority_key, false,
                   sequence(wrap(der::primitive(0), key_id_of(server.leaf()))));
  if (!x.targets.empty())
    out += extension(voms_oid::targets, true, targets(x));
  return wrap(der::sequence, out);
}

/// A serial number of 16 bytes, not negative and not short.
std::string random_serial() {
  auto bytes = random_bytes16();
  bytes[0] = static_cast<std::uint8_t>((bytes[0] & 0x7F) | 0x40);
  return {bytes.begin(), bytes.end()};
}

result<done> check(const new_ac& x) {
  auto bad = [&](std::string_view why) {
    return error{errc::usage,
                 fmt::format("cannot make an attribute certificate of {}: {}", x.vo, why)};
  };
  if (!is_vo_name(x.vo) || !is_server_host(x.host) || x.port == 0)
    return bad("the names of VO, host and port are not those of a server");
  if (x.fqans.empty() || x.fqans.size() > ac_bounds::fqans)
    return bad("it needs 1 to 512 FQANs");
  for (const auto& one : x.fqans)
    if (auto again = fqan::parse(one.long_text()); !again || *again != one || one.vo() != x.vo)
      return bad(fmt::format("{} is no FQAN of this VO", one.text()));
  if (x.attributes.size() > ac_bounds::attributes || x.targets.size() > ac_bounds::targets)
    return bad("there are too many generic attributes or targets");
  for (const auto& one : x.attributes)
    if (!is_ac_text(one.name) || !is_ac_text(one.value) || !is_ac_text(one.qualifier))
      return bad(fmt::format("the generic attribute {} is too long or not printable",
                             is_ac_text(one.name) ? one.name : "without a name"));
  if (!std::ranges::all_of(x.targets, is_server_host))
    return bad("a target is no host name");
  if (x.not_after <= x.not_before)
    return bad("it ends before it begins");
  return done{};
}

} // namespace

result<std::string> issue_ac(const credential& server, const certificate& holder, const new_ac& x) {
  if (auto r = check(x); !r)
    return r.why();
  auto holder_issuer = holder.issuer_name(), issuer = server.leaf().subject_name();
  if (!holder_issuer || !issuer)
    return error{errc::usage, "cannot make an attribute certificate: a name cannot be read"};
  auto algorithm = signature_algorithm(server.key);
  if (!algorithm)
    return algorithm.why();
  auto uri = fmt::format("{}://{}:{}", x.vo, x.host, x.port);
  auto base = directory_name(*holder_issuer) + der::integer_of(holder.serial());
  auto info = sequence(der::integer_of(1), sequence(wrap(der::context(0), base)),
                       wrap(der::context(0), directory_name(*issuer)), *algorithm,
                       der::integer_of(random_serial()),
                       sequence(der::time_text(x.not_before), der::time_text(x.not_after)),
                       fqan_attribute(x, uri), extensions(server, x, uri));
  auto signature = sign_bytes(server.key, info);
  if (!signature)
    return signature.why();
  auto out = sequence(info, *algorithm, wrap(der::bit_string, '\0' + *signature));
  if (out.size() > ac_bounds::bytes)
    return error{errc::usage, fmt::format("an attribute certificate of {} bytes is too long: at "
                                          "most {}",
                                          out.size(), ac_bounds::bytes)};
  return out;
}

} // namespace trellis::gsi
