#include "runtime/interfaces/base.hpp"

#include <caf/atom.hpp>
#include <caf/message.hpp>
#include <caf/sec.hpp>

namespace trellis {

error from_caf(const caf::error& e) {
  if (e.category() == caf::atom("trellis")) {
    const auto& context = e.context();
    return {errc{e.code()},
            context.match_elements<std::string>() ? context.get_as<std::string>(0) : ""};
  }
  if (e == caf::sec::request_timeout)
    return {errc::timed_out, "no answer in time"};
  if (e == caf::sec::request_receiver_down)
    return {errc::not_running, "the addressed actor ended"};
  return {errc::internal, "an actor failed"}; // its text stays in our log
}

} // namespace trellis
