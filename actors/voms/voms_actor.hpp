#pragma once
/// The VOMS server of a node: the one writer of its VOs, and the signers of attribute certificates,
/// which work on immutable books of VOs. What has changed is on disk before anybody is told, and
/// the next certificate is given by it. What is taken back of certificates that are out is told to
/// the nodes that watch.
#include "actors/voms/granting.hpp"
#include "actors/voms/withdrawal.hpp"
#include "runtime/interfaces/voms.hpp"
#include "runtime/node/context.hpp"

namespace trellis::voms {

struct voms_config {
  place here;
  /// The host's credential as it is on disk now.
  std::function<result<gsi::credential>()> load;
  std::chrono::seconds look_every{30}; // whether the credential has changed
  std::size_t signers = 2;
  std::size_t watches = 1'000; // at once
  std::chrono::milliseconds longest_watch{60'000};
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

/// To oneself: a watch has waited for as long as it wanted to.
struct watch_over {
  using stays_at_home = void;
  std::uint64_t id = 0;
};

using voms_keeper = voms_actor::extend<told<look>, told<watch_over>>;

/// A node that waits for withdrawals.
struct watcher {
  caf::typed_response_promise<withdrawn_news> promise;
  watch_withdrawn what;
};

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
  taken_book taken;
  withdrawal_log withdrawals; // on disk
  std::map<std::uint64_t, watcher> watchers;
  std::uint64_t next_watch = 1;

  static inline const char* name = "voms";

  void start();
  gsi::instant now() const;
  caf::result<changed> on_change(const change& x);
  caf::result<vo_list> on_list_vos(const list_vos& x) const;
  caf::result<user_list> on_list_users(const list_users& x) const;
  caf::result<fqan_list> on_list_fqans(const list_fqans& x) const;
  caf::result<withdrawn_news> on_watch(const watch_withdrawn& x);
  void on_watch_over(std::uint64_t id);
  void on_ask(ask& x);
  void on_look();
  result<done> read();
  void commit(const edition& next, store::step s, changed done,
              caf::typed_response_promise<changed> promise);
  void tell(std::vector<withdrawn> news);
};

voms_keeper::behavior_type voms_server(voms_keeper::stateful_pointer<voms_shell> self,
                                       node_context ctx, voms_config config);

} // namespace trellis::voms
