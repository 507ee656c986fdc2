#pragma once
/// Proxies that users have delegated to this node: the private key is born here and never leaves,
/// its owner signs a proxy over the request. One file each, mode 0600, in a directory for each
/// owner:
///
///   DIRECTORY/SHA256-OF-SUBJECT/ID.pem      the proxy, its key, the rest of the chain
///
/// A request is for one owner and one id, serves once, and is forgotten after an hour or a restart.
/// What comes back is taken only if it is for that very key, verifies as any visitor's chain does,
/// is the identity that brings it, and says no more of VO and FQANs than the connection it comes
/// over.
///
/// Not for several threads at once. Errors: `denied` for what is not theirs to give, `malformed`
/// for what does not fit the request, `not_found`, `expired`, `busy` for bounds, those of files.
#include "protocols/gsi/proxy.hpp"
#include "runtime/edge/identity.hpp"

#include <functional>
#include <map>
#include <memory>

namespace trellis::edge {

struct delegation_limits {
  std::size_t pending = 1'000, pending_of_owner = 10; // requests that nobody answered
  std::size_t stored_of_owner = 20;
  std::chrono::seconds request{std::chrono::hours{1}};
  std::chrono::seconds least{std::chrono::minutes{5}}, most{std::chrono::days{14}};
};

struct delegation_offer {
  std::string id;
  std::string csr; // PEM
};
TRELLIS_INSPECT(delegation_offer, id, csr)

struct delegation {
  std::string id, subject, vo;
  std::vector<std::string> fqans;
  bool limited = false;
  std::chrono::system_clock::time_point expires;
};
TRELLIS_INSPECT(delegation, id, subject, vo, fqans, limited, expires)

struct delegation_list {
  std::vector<delegation> delegations;
};
TRELLIS_INSPECT(delegation_list, delegations)

/// The id that an unnamed delegation gets: 16 hexadecimal digits of the subject and the FQANs.
std::string usual_delegation_id(const std::string& subject, const std::vector<std::string>& fqans);

/// The file of one. Errors: `usage` for what is no id.
result<std::string> delegation_file(const std::string& directory, const std::string& owner,
                                    const std::string& id);

/// What an owner has delegated, for work of theirs. Errors: `not_found`, those of load_credential.
result<gsi::credential> load_delegation(const std::string& directory, const std::string& owner,
                                        const std::string& id);

class delegations {
public:
  using trust_source = std::function<std::shared_ptr<const trusted>()>;

  delegations(std::string directory, trust_source trust, delegation_limits limits = {})
      : directory_(std::move(directory)), trust_(std::move(trust)), limits_(limits) {}

  /// An empty id stands for the usual one.
  result<delegation_offer> offer(const principal& who, std::string id, gsi::instant now);
  result<delegation> accept(const principal& who, const std::string& id, std::string_view chain_pem,
                            gsi::instant now);
  result<delegation_list> list(const principal& who, gsi::instant now) const;
  result<done> remove(const principal& who, const std::string& id);

private:
  struct pending {
    gsi::private_key key;
    gsi::instant until;
  };

  using name = std::pair<std::string, std::string>; // owner, id

  std::string directory_of(const principal& who) const;
  std::string file_of(const principal& who, const std::string& id) const;
  std::vector<std::string> ids_of(const principal& who) const;
  void forget_old(gsi::instant now);

  std::string directory_;
  trust_source trust_;
  delegation_limits limits_;
  std::map<name, pending> pending_;
};

} // namespace trellis::edge
