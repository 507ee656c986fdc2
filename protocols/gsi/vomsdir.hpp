#pragma once
/// Which VOMS servers may speak for which VO: the files below /etc/grid-security/vomsdir, as one
/// immutable value, and the vomses files that tell clients where those servers are.
///
///   VO/HOST.lsc         the names of the server's chain: subject, issuer, subject, issuer, ...
///                       from the server upwards; "------ NEXT CHAIN ------" begins another one
///   VO/*.pem, *.pem     certificates of servers, for AC that carry none
///
/// Errors: `malformed`, with file and line.
#include "protocols/gsi/certificate.hpp"
#include "protocols/gsi/trust_anchors.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trellis::gsi {

/// Whether it may name a server's host: letters, digits, dots, dashes; no way out of a directory.
bool is_server_host(std::string_view x);

/// Slash forms, from the server upwards.
struct lsc_pair {
  std::string subject, issuer;

  friend bool operator==(const lsc_pair&, const lsc_pair&) = default;
};

using lsc_chain = std::vector<lsc_pair>;

result<std::vector<lsc_chain>> parse_lsc(std::string_view text);
std::string lsc_text(const std::vector<certificate>& chain);

class vomsdir {
public:
  struct loaded;

  /// Names are relative to the directory: "biomed/voms.example.lsc", "biomed/voms.pem", "voms.pem".
  static loaded load(const std::vector<named_bytes>& files);

  /// Trusts one chain of a server for a VO, as an LSC file would.
  void trust(const std::string& vo, const std::string& host, lsc_chain chain);

  /// Nothing when nobody may speak for the VO from that host.
  const std::vector<lsc_chain>* chains(const std::string& vo, const std::string& host) const;

  /// Certificates pinned for the VO, then those for all.
  std::vector<certificate> pinned(const std::string& vo) const;

  bool knows(const std::string& vo) const;

private:
  std::map<std::pair<std::string, std::string>, std::vector<lsc_chain>> chains_;
  std::map<std::string, std::vector<certificate>> pinned_; // "" for all VOs
};

struct vomsdir::loaded {
  vomsdir servers;
  std::vector<anchor_problem> problems;
};

/// One line: "alias" "host" "port" "DN of the server" "vo" ["version"].
struct voms_server {
  std::string alias, host;
  std::uint16_t port = 0;
  std::string subject; // slash form
  std::string vo;

  friend bool operator==(const voms_server&, const voms_server&) = default;
};

result<std::vector<voms_server>> parse_vomses(std::string_view text);
std::string vomses_line(const voms_server& x);

} // namespace trellis::gsi
