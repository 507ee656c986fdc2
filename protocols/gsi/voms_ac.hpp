#pragma once
/// Attribute certificates of VOMS: what a VO says of a user, inside a proxy. The layout is drawn in
/// voms_ac_issue.cpp; it differs from RFC 5755 in the holder, the attribute, the targets and the
/// wrapper.
///
/// Any defect of any AC refuses all of them: there is no falling back to fewer attributes.
/// Errors: `malformed` for bytes, `expired` for time, `unauthenticated` for the rest, in a sentence
/// that names VO and issuer.
#include "protocols/gsi/fqan.hpp"
#include "protocols/gsi/verify.hpp"
#include "protocols/gsi/vomsdir.hpp"

namespace trellis::gsi {

/// An attribute that is no FQAN. The qualifier is the VO's name for one of the user, a group's or
/// role's FQAN for one of those.
struct generic_attribute {
  std::string name, value, qualifier;

  friend auto operator<=>(const generic_attribute&, const generic_attribute&) = default;
};

/// As parsed, nothing verified.
struct attribute_certificate {
  dn holder;                 // of the holder's certificate: its issuer (or, by others, its subject)
  std::string holder_serial; // big-endian bytes without leading zeros
  dn issuer;                 // subject of the VOMS server's certificate
  std::string serial;        // as above
  instant not_before, not_after;
  std::string vo, host;
  std::uint16_t port = 0;
  std::vector<fqan> fqans; // the first is the primary one
  std::vector<generic_attribute> attributes;
  std::vector<std::string> targets; // host names; empty: for all
  std::vector<certificate> signers; // the server's certificate and its chain, or none
  std::string key_id;               // AKI: which key signed
  std::string der;                  // all of it
  std::string signed_part;          // what the signature is over, a slice of `der`
  std::string algorithm;            // DER of the AlgorithmIdentifier
  std::string signature;

  std::string uri() const; // vo://host:port
};

struct ac_bounds {
  static constexpr std::size_t bytes = 64 * 1024, certificates = 16, fqans = 512, attributes = 512,
                               text = 1024, targets = 64, signers = 8;
};

/// Whether it may be part of a generic attribute: at most 1024 bytes, no control characters.
bool is_ac_text(std::string_view x);

/// The value of the proxy's extension 1.3.6.1.4.1.8005.100.100.5.
result<std::vector<attribute_certificate>> parse_ac_sequence(std::string_view der);

/// One of them.
result<attribute_certificate> parse_ac(std::string_view der);

/// Wraps whole AC for the proxy's extension (`new_proxy::acs`).
std::string ac_sequence(const std::vector<std::string>& acs);

/// The extension's value of the first certificate from the leaf upwards that has one.
std::optional<std::string> find_acs(const std::vector<certificate>& chain);

struct voms_settings {
  std::chrono::seconds max_lifetime = std::chrono::days{7};
  std::string host; // our own name, for AC with targets
};

/// What a VO vouches for.
struct voms_attributes {
  std::string vo;
  std::string uri;
  std::string host; // of the VOMS server, as in the URI
  dn issuer;        // of it
  std::vector<fqan> fqans;
  std::vector<generic_attribute> attributes;
  instant not_before, not_after;
};

/// All AC of a verified chain, in their order; none is a success with nothing.
result<std::vector<voms_attributes>> verify_voms(const verified_chain& chain,
                                                 const vomsdir& servers,
                                                 const trust_anchors& anchors, instant now,
                                                 const voms_settings& settings = {});

/// One AC of whoever was verified, by a voms server of ours or from a reply.
result<voms_attributes> verify_ac(const attribute_certificate& ac, const certificate& holder,
                                  const vomsdir& servers, const trust_anchors& anchors, instant now,
                                  const voms_settings& settings = {});

/// What an AC shall say.
struct new_ac {
  std::string vo, host;
  std::uint16_t port = 0;
  std::vector<fqan> fqans;
  std::vector<generic_attribute> attributes;
  std::vector<std::string> targets;
  instant not_before, not_after;
};

/// DER of one AC for `holder` (an end entity, not a proxy of it), signed by the VOMS server whose
/// chain goes into it. The serial number is random. Errors: `usage` for what an AC cannot carry.
result<std::string> issue_ac(const credential& server, const certificate& holder, const new_ac& x);

} // namespace trellis::gsi
