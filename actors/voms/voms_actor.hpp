#pragma once
/// The VOMS server of a node: the one writer of its VOs, and the signers of attribute certificates,
/// which work on immutable books of VOs. What has changed is on disk before anybody is told, and
/// the next certificate is given by it.
#include "actors/voms/granting.hpp"
#include "runtime/interfaces/voms.hpp"
#include "runtime/node/context.hpp"

namespace trellis::voms {

struct voms_config {
  place here;
  /// The host's credential as it is on disk now.
  std::function<result<gsi::credential>()> load;
  std::chrono::seconds look_every{30}; // whether the credential has changed
  std::size_t signers = 2;
};

using credential_ptr = std::shared_ptr<const gsi::credential>;

/// One visitor's question, for a signer.
struct sign {
  using stays_at_home = void;
  std::shared_ptr<const book> vos;
  credential_ptr by;
  place here;
  gsi::instant now;
  ask what;
};

using signer_actor = caf::typed_actor<told<sign>>;

/// To oneself: look for a new certificate.
struct look {
  using stays_at_home = void;
};

using voms_keeper = voms_actor::extend<told<look>>;

struct voms_shell {
  voms_keeper::pointer self = nullptr;
  node_context ctx;
  voms_config config;
  book planned;                          // with what is on its way to the disk
  std::shared_ptr<const book> published; // what is on disk
  credential_ptr credential;
  std::vector<signer_actor> signers;
  std::size_t next_signer = 0;
  std::uint64_t audited = 0;

  static inline const char* name = "voms";

  void start();
  gsi::instant now() const;
  caf::result<changed> on_change(const change& x);
  caf::result<vo_list> on_list_vos(const list_vos& x) const;
  caf::result<user_list> on_list_users(const list_users& x) const;
  caf::result<fqan_list> on_list_fqans(const list_fqans& x) const;
  void on_ask(ask& x);
  void on_look();
};

voms_keeper::behavior_type voms_server(voms_keeper::stateful_pointer<voms_shell> self,
                                       node_context ctx, voms_config config);

} // namespace trellis::voms
