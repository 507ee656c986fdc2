#include "protocols/gsi/der.hpp"
#include "protocols/gsi/known_certificates.hpp"
#include "protocols/gsi/voms_ac.hpp"
#include "protocols/gsi/voms_oids.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace trellis::gsi {

namespace {

/// What does not fit, with the part of the AC that it stands in.
error bad(std::string_view part) {
  return {errc::malformed, fmt::format("cannot read an attribute certificate: {}", part)};
}

/// GeneralNames of exactly one directoryName: SEQUENCE { [4] Name }, the SEQUENCE perhaps tagged.
result<dn> only_directory_name(std::string_view names, std::string_view part) {
  auto one = der::only(names, der::context(4));
  if (!one)
    return bad(fmt::format("{} is not one directory name", part));
  auto name = dn::from_der(one->body);
  if (!name || name->empty())
    return bad(fmt::format("{} is not a name", part));
  return name;
}

/// GeneralNames of exactly one URI.
std::optional<std::string> only_uri(std::string_view names) {
  auto one = der::only(names, der::primitive(6));
  if (!one || one->body.size() > ac_bounds::text)
    return std::nullopt;
  return std::string{one->body};
}

/// vo://host:port
result<done> read_uri(std::string_view uri, attribute_certificate& to) {
  auto scheme = uri.find("://");
  auto colon = uri.rfind(':');
  if (scheme == uri.npos || colon <= scheme)
    return bad("its authority is not of the form vo://host:port");
  auto vo = uri.substr(0, scheme), host = uri.substr(scheme + 3, colon - scheme - 3);
  auto port = uri.substr(colon + 1);
  auto [end, why] = std::from_chars(port.data(), port.data() + port.size(), to.port);
  if (why != std::errc{} || end != port.data() + port.size() || to.port == 0)
    return bad("its authority has no port");
  if (!is_vo_name(vo))
    return bad("its VO is not a name of [A-Za-z0-9._-]");
  if (!is_server_host(host))
    return bad("its server is not a host name");
  to.vo = vo;
  to.host = host;
  return done{};
}

/// Holder: [0] IMPLICIT { GeneralNames, serial }, the only one of its three forms that VOMS has.
result<done> read_holder(const der::value& x, attribute_certificate& to) {
  auto base = der::only(x.body, der::context(0));
  if (!base)
    return bad("its holder is not an issuer and a serial number");
  der::cursor in{base->body};
  auto names = in.next(der::sequence);
  auto serial = in.next(der::integer);
  if (!names || !serial || !in.at_end())
    return bad("its holder is not an issuer and a serial number");
  auto name = only_directory_name(names->body, "its holder's issuer");
  if (!name)
    return name.why();
  auto number = der::positive(*serial);
  if (!number)
    return bad("its holder's serial number is not positive");
  to.holder = *std::move(name);
  to.holder_serial = *std::move(number);
  return done{};
}

/// Issuer: [0] v2Form { GeneralNames }.
result<done> read_issuer(const der::value& x, attribute_certificate& to) {
  auto names = der::only(x.body, der::sequence);
  auto name = names ? only_directory_name(names->body, "its issuer") : bad("its issuer is no name");
  if (!name)
    return name.why();
  to.issuer = *std::move(name);
  return done{};
}

result<done> read_validity(const der::value& x, attribute_certificate& to) {
  der::cursor in{x.body};
  auto from = in.next(der::generalized_time), until = in.next(der::generalized_time);
  auto begin = from ? der::time_of(*from) : std::nullopt;
  auto end = until ? der::time_of(*until) : std::nullopt;
  if (!begin || !end || !in.at_end() || *end <= *begin)
    return bad("its times are not two in order");
  to.not_before = *begin;
  to.not_after = *end;
  return done{};
}

/// One attribute with one value: IetfAttrSyntax { [0] { URI }, SEQUENCE OF OCTET STRING }.
result<done> read_fqans(const der::value& x, attribute_certificate& to) {
  auto attribute = der::only(x.body, der::sequence);
  der::cursor in{attribute ? attribute->body : std::string_view{}};
  auto type = in.next(der::oid);
  auto values = in.next(der::set);
  if (!type || der::oid_text(type->body) != voms_oid::fqans || !values || !in.at_end())
    return bad("it has not exactly one attribute, of FQANs");
  auto syntax = der::only(values->body, der::sequence);
  if (!syntax)
    return bad("its FQANs are not one value");
  der::cursor parts{syntax->body};
  auto authority = parts.next(der::context(0));
  auto list = parts.next(der::sequence);
  auto uri = authority ? only_uri(authority->body) : std::nullopt;
  if (!uri || !list || !parts.at_end())
    return bad("its FQANs have not one authority and one list");
  if (auto r = read_uri(*uri, to); !r)
    return r;
  for (der::cursor all{list->body}; !all.at_end();) {
    auto one = all.next(der::octet_string);
    if (!one || to.fqans.size() == ac_bounds::fqans)
      return bad("its FQANs are not octet strings, or more than 512");
    auto parsed = fqan::parse(one->body);
    if (!parsed)
      return bad(parsed.why().text);
    to.fqans.push_back(*std::move(parsed));
  }
  return to.fqans.empty() ? result<done>{bad("it has no FQAN")} : done{};
}

/// SEQUENCE { SEQUENCE OF { GeneralNames, SEQUENCE OF { name, value, qualifier } } }. Old servers
/// wrote it empty.
result<done> read_attributes(std::string_view value, attribute_certificate& to) {
  auto outer = der::only(value, der::sequence);
  if (!outer)
    return bad("its generic attributes are no list");
  if (outer->body.empty())
    return done{};
  auto holders = der::only(outer->body, der::sequence);
  for (der::cursor all{holders ? holders->body : "\x01"}; !all.at_end();) {
    auto holder = all.next(der::sequence);
    der::cursor in{holder ? holder->body : std::string_view{}};
    auto names = in.next(der::sequence), tags = in.next(der::sequence);
    if (!names || !tags || !in.at_end() || only_uri(names->body) != to.uri())
      return bad("its generic attributes are not those of its authority");
    for (der::cursor each{tags->body}; !each.at_end();) {
      auto tag = each.next(der::sequence);
      der::cursor part{tag ? tag->body : std::string_view{}};
      auto name = part.next(der::octet_string), text = part.next(der::octet_string),
           qualifier = part.next(der::octet_string);
      if (!name || !text || !qualifier || !part.at_end() || !is_ac_text(name->body)
          || !is_ac_text(text->body) || !is_ac_text(qualifier->body)
          || to.attributes.size() == ac_bounds::attributes)
        return bad("a generic attribute is not name, value and qualifier");
      to.attributes.push_back(
          {std::string{name->body}, std::string{text->body}, std::string{qualifier->body}});
    }
  }
  return done{};
}

/// SEQUENCE { SEQUENCE OF Certificate }
result<done> read_signers(std::string_view value, attribute_certificate& to) {
  auto outer = der::only(value, der::sequence);
  auto list = outer ? der::only(outer->body, der::sequence) : std::nullopt;
  if (!list)
    return bad("the certificates of its server are no list in a list");
  for (der::cursor all{list->body}; !all.at_end();) {
    auto one = all.next(der::sequence);
    auto parsed = one ? read_known(one->whole) : bad("no DER");
    if (!parsed || to.signers.size() == ac_bounds::signers)
      return bad("the certificates of its server cannot be read, or are more than 8");
    to.signers.push_back(*std::move(parsed));
  }
  return done{};
}

/// SEQUENCE { SEQUENCE OF SEQUENCE { [0] { URI } } }, a bare host name in each.
result<done> read_targets(std::string_view value, attribute_certificate& to) {
  auto outer = der::only(value, der::sequence);
  auto list = outer ? der::only(outer->body, der::sequence) : std::nullopt;
  if (!list || list->body.empty())
    return bad("its targets are no list in a list");
  for (der::cursor all{list->body}; !all.at_end();) {
    auto one = all.next(der::sequence);
    auto name = one ? der::only(one->body, der::context(0)) : std::nullopt;
    auto host = name ? only_uri(name->body) : std::nullopt;
    if (!host || !is_server_host(*host) || to.targets.size() == ac_bounds::targets)
      return bad("a target is no host name, or they are more than 64");
    to.targets.push_back(*std::move(host));
  }
  return done{};
}

result<done> read_key_id(std::string_view value, attribute_certificate& to) {
  auto outer = der::only(value, der::sequence);
  der::cursor in{outer ? outer->body : std::string_view{}};
  auto id = in.next(der::primitive(0));
  if (!id || id->body.empty() || id->body.size() > 64)
    return bad("its authority key identifier names no key");
  to.key_id = id->body;
  return done{};
}

result<done> read_extension(const std::string& type, bool critical, std::string_view value,
                            attribute_certificate& to) {
  if (critical && type != voms_oid::targets)
    return bad(fmt::format("its extension {} is critical", type));
  if (type == voms_oid::attributes)
    return read_attributes(value, to);
  if (type == voms_oid::signers)
    return read_signers(value, to);
  if (type == voms_oid::targets)
    return read_targets(value, to);
  if (type == voms_oid::authority_key)
    return read_key_id(value, to);
  if (type == voms_oid::no_rev_avail && value != std::string_view{"\x05\x00", 2})
    return bad("its noRevAvail is not NULL");
  return done{};
}

result<done> read_extensions(const der::value& x, attribute_certificate& to) {
  std::set<std::string> seen;
  for (der::cursor all{x.body}; !all.at_end();) {
    auto one = all.next(der::sequence);
    der::cursor in{one ? one->body : std::string_view{}};
    auto oid = in.next(der::oid);
    auto critical = in.next(der::boolean);
    auto value = in.next(der::octet_string);
    auto type = oid ? der::oid_text(oid->body) : std::nullopt;
    if (!type || !value || !in.at_end() || (critical && critical->body != "\xFF"))
      return bad("an extension cannot be read");
    if (!seen.insert(*type).second)
      return bad(fmt::format("the extension {} is there twice", *type));
    if (auto r = read_extension(*type, critical.has_value(), value->body, to); !r)
      return r;
  }
  for (auto needed : {voms_oid::no_rev_avail, voms_oid::authority_key})
    if (seen.count(std::string{needed}) == 0)
      return bad(fmt::format("the required extension {} is missing", needed));
  return done{};
}

/// AttributeCertificateInfo, in order.
result<done> read_info(const der::value& x, attribute_certificate& to) {
  der::cursor in{x.body};
  auto version = in.next(der::integer);
  auto holder = in.next(der::sequence);
  auto issuer = in.next(der::context(0));
  auto algorithm = in.next(der::sequence);
  auto serial = in.next(der::integer);
  auto validity = in.next(der::sequence);
  auto attributes = in.next(der::sequence);
  auto extensions = in.next(der::sequence);
  if (!version || !holder || !issuer || !algorithm || !serial || !validity || !attributes
      || !extensions || !in.at_end())
    return bad("its parts are not those of an AttributeCertificateInfo");
  if (der::small(*version) != 1u)
    return bad("its version is not 2");
  if (algorithm->whole != to.algorithm)
    return bad("its algorithm inside is not the one outside");
  auto number = der::positive(*serial);
  if (!number || serial->body.size() > 20)
    return bad("its serial number is not a positive one of at most 20 bytes");
  to.serial = *std::move(number);
  if (auto r = read_holder(*holder, to); !r)
    return r;
  if (auto r = read_issuer(*issuer, to); !r)
    return r;
  if (auto r = read_validity(*validity, to); !r)
    return r;
  if (auto r = read_fqans(*attributes, to); !r)
    return r;
  return read_extensions(*extensions, to);
}

} // namespace

bool is_ac_text(std::string_view x) {
  return x.size() <= ac_bounds::text
         && std::ranges::none_of(x, [](unsigned char c) { return c < ' ' || c == 0x7F; });
}

std::string attribute_certificate::uri() const { return fmt::format("{}://{}:{}", vo, host, port); }

result<attribute_certificate> parse_ac(std::string_view bytes) {
  if (bytes.size() > ac_bounds::bytes)
    return bad("it is longer than 64 KiB");
  auto whole = der::only(bytes, der::sequence);
  der::cursor in{whole ? whole->body : std::string_view{}};
  auto info = in.next(der::sequence);
  auto algorithm = in.next(der::sequence);
  auto signature = in.next(der::bit_string);
  if (!info || !algorithm || !signature || !in.at_end() || signature->body.size() < 2
      || signature->body.front() != '\0')
    return bad("it is not information, algorithm and signature");
  attribute_certificate out;
  out.der = bytes;
  out.signed_part = info->whole;
  out.algorithm = algorithm->whole;
  out.signature = signature->body.substr(1);
  if (auto r = read_info(*info, out); !r)
    return r.why();
  return out;
}

result<std::vector<attribute_certificate>> parse_ac_sequence(std::string_view bytes) {
  if (bytes.size() > ac_bounds::bytes)
    return bad("they are longer than 64 KiB");
  auto outer = der::only(bytes, der::sequence);
  auto list = outer ? der::only(outer->body, der::sequence) : std::nullopt;
  if (!list || list->body.empty())
    return bad("there is no list in a list");
  std::vector<attribute_certificate> out;
  for (der::cursor all{list->body}; !all.at_end();) {
    auto one = all.next(der::sequence);
    if (!one || out.size() == ac_bounds::certificates)
      return bad("they are no sequences, or more than 16");
    auto parsed = parse_ac(one->whole);
    if (!parsed)
      return parsed.why();
    out.push_back(*std::move(parsed));
  }
  return out;
}

std::string ac_sequence(const std::vector<std::string>& acs) {
  std::string all;
  for (const auto& x : acs)
    all += x;
  return der::wrap(der::sequence, der::wrap(der::sequence, all));
}

} // namespace trellis::gsi
