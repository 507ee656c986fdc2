#pragma once
/// Attribute certificates of any kind, right and wrong, built byte by byte without the code that is
/// under test; and the matrix of those that verifiers have been seen to take or refuse.
#include "protocols/gsi/vomsdir.hpp"
#include "tests/protocols/gsi/forge.hpp"

#include <functional>

namespace trellis::gsi::forge {

struct ac_recipe {
  dn holder;
  std::string holder_serial;
  std::string holder_der; // instead of the two
  dn issuer;
  private_key signer;
  std::string algorithm, outer_algorithm; // DER
  std::string serial = "\x40\x01\x02\x03";
  instant begin = now - 1h, end = now + 11h;
  std::string uri = "testvo://voms.example:15000";
  std::vector<std::string> fqans
      = {"/testvo/Role=NULL/Capability=NULL", "/testvo/prod/Role=NULL/Capability=NULL"};
  std::uint8_t fqan_tag = 0x04;
  std::vector<extension> extensions = {};
  bool flip_signature = false;
};

std::string sign(const ac_recipe& x);

/// These bytes, whatever they are, as the information of an AC, signed by an RSA key.
std::string sign_info(const private_key& key, const std::string& info);

/// A VO's server, a user, and who trusts them.
struct vo_world {
  vo_world();

  credential ca, server, alice;
  std::vector<named_bytes> anchors; // a hash-link directory
  std::vector<named_bytes> vomsdir; // testvo/voms.example.lsc

  /// As vomsd would make it; to be changed and signed.
  ac_recipe recipe() const;

  /// A proxy of alice with this extension.
  credential proxy(const std::string& acs) const;
};

extension certificates_extension(const std::vector<certificate>& chain);
extension targets_extension(const std::vector<std::string>& hosts, bool critical = true);
extension attributes_extension(const std::string& uri, const std::vector<std::string>& triple);

/// One kind of AC, who takes it, and why we refuse.
struct ac_case {
  std::string_view name;
  std::function<std::string(const vo_world&)> acs; // the extension's value
  std::string_view refused;                        // part of our sentence; empty: it is taken
  bool libvomsapi_takes = false;                   // with VERIFY_FULL
};

const std::vector<ac_case>& ac_matrix();

} // namespace trellis::gsi::forge
