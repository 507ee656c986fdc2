#pragma once
/// Turns an address into a handle: the local actor, or a stub at the gateway of the address's host.
/// Stubs are made once and kept; they stay good over all failures of the link.
#include "runtime/interfaces/directory.hpp"
#include "runtime/link/gateway.hpp"
#include "runtime/link/rights.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>

namespace trellis::link {

/// The gateway of a peer; it hears of everything that is served here, also of what comes later.
struct attach {
  using stays_at_home = void;
  peer_rights peer;
  gateway_actor gate;
};

struct get_links {
  using stays_at_home = void;
};

struct link_rows {
  using stays_at_home = void;
  std::vector<node::link_row> links; // in the order of host names
};

} // namespace trellis::link

namespace trellis {

using link_directory_actor = directory_actor::extend<told<link::attach>, //
                                                     asked<link::get_links, link::link_rows>>;

} // namespace trellis

namespace trellis::link {

class directory_shell {
public:
  static inline const char* name = "directory";
  using self_ptr = link_directory_actor::stateful_pointer<directory_shell>;

  void start(self_ptr self, host_name here);

  caf::result<directory::found> find(const address& who);
  directory::serving serve(directory::serve& x);
  void attach(link::attach& x);
  caf::result<link_rows> links();

private:
  struct peer {
    peer_rights rights;
    gateway_actor gate;
    std::map<std::pair<role, std::uint32_t>, caf::strong_actor_ptr> stubs;
  };

  self_ptr self_ = nullptr;
  host_name here_;
  std::map<std::pair<role, std::uint32_t>, caf::strong_actor_ptr> served_;
  std::map<host_name, peer> peers_;
};

link_directory_actor::behavior_type directory(directory_shell::self_ptr self, host_name here);

} // namespace trellis::link
