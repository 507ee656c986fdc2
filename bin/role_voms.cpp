#include "actors/voms/voms_actor.hpp"
#include "bin/roles.hpp"
#include "runtime/node/files.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace trellis {

caf::strong_actor_ptr start_voms(const role_start& x) {
  voms::voms_config to;
  to.here.host = x.config.host.text();
  to.here.port = x.config.connect ? x.config.connect->port : 0;
  to.load = [certificate = x.config.path(x.config.cert),
             key = x.config.path(x.config.key)]() -> result<gsi::credential> {
    auto chain = read_file(certificate), secret = read_file(key);
    if (!chain || !secret)
      return chain ? secret.why() : chain.why();
    return gsi::parse_credential(*chain + *secret);
  };
  return caf::actor_cast<caf::strong_actor_ptr>(
      x.system.spawn(voms::voms_server, x.ctx, std::move(to)));
}

} // namespace trellis
