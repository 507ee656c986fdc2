/// Bytes from anywhere, read as one of the messages that a peer may send. Besides crashes and
/// hangs it looks for a message that is not the same after it was written and read again.
#include "protocols/ce/messages.hpp"
#include "protocols/info/messages.hpp"
#include "protocols/lb/messages.hpp"
#include "protocols/link/frames.hpp"
#include "protocols/node/messages.hpp"
#include "protocols/wire/codec.hpp"
#include "protocols/wms/messages.hpp"

#include <cstdlib>

namespace {

using namespace trellis;

template <class T>
void read_as(std::string_view bytes) {
  auto x = wire::decode<T>(bytes);
  if (!x)
    return;
  auto written = wire::encode(*x);
  // A name that an older sender did not know is empty, and an empty name does not read again.
  auto again = wire::decode<T>(written);
  if (again && wire::encode(*again) != written)
    std::abort();
}

constexpr void (*readers[])(std::string_view) = {
    read_as<link::message>,  read_as<lb::register_job>, read_as<lb::log>,
    read_as<lb::event_list>, read_as<lb::job_list>,     read_as<wms::submit>,
    read_as<wms::matches>,   read_as<wms::report>,      read_as<wms::inventory>,
    read_as<ce::hand_over>,  read_as<ce::renew_leases>, read_as<ce::attempt_rows>,
    read_as<node::status>,   read_as<info::advertise>,  read_as<info::ce_list>,
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0)
    return 0;
  readers[data[0] % std::size(readers)]({reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
