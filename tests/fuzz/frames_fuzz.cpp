/// What a connection brings, before anybody is trusted: a message of frames, cut and joined anyhow.
/// Each frame that reads is looked at as its receiver would, its body too.
#include "protocols/lb/messages.hpp"
#include "protocols/link/frames.hpp"
#include "protocols/wire/codec.hpp"

#include <cstdlib>

namespace {

using namespace trellis;

void must(bool holds) {
  if (!holds)
    std::abort();
}

void look_at(const link::frame& x) {
  if (auto call = std::get_if<link::call>(&x))
    (void)wire::decode<lb::log>(call->body);
  if (auto parcel = std::get_if<link::parcel>(&x))
    (void)wire::decode<lb::log>(parcel->body);
  auto written = wire::encode(x);
  auto again = wire::decode<link::frame>(written);
  must(!again || again->index() == x.index());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes{reinterpret_cast<const char*>(data), size};
  auto whole = wire::decode<link::message>(bytes);
  if (!whole)
    return 0;
  for (const auto& x : *whole)
    look_at(x);
  // The last byte belongs to the message: without it nothing may read as the same frames.
  auto written = wire::encode(*whole);
  auto shorter
      = wire::decode<link::message>(std::string_view{written}.substr(0, written.size() - 1));
  must(!shorter);
  return 0;
}
