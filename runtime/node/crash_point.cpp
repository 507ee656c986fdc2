#include "runtime/node/crash_point.hpp"

#include <charconv>
#include <csignal>
#include <cstdint>
#include <string>

namespace trellis {
namespace detail {

std::atomic<bool> crash_point_armed{false};

namespace {

std::string wanted;                 // written before any actor runs
std::atomic<std::uint32_t> left{1}; // times the point is still to be passed

} // namespace

void reach_crash_point(std::string_view name) {
  if (name == wanted && left.fetch_sub(1) == 1)
    ::raise(SIGKILL);
}

} // namespace detail

void arm_crash_point(std::string_view spec) {
  auto colon = spec.find(':');
  detail::wanted = spec.substr(0, colon);
  std::uint32_t times = 1;
  if (colon != spec.npos)
    std::from_chars(spec.data() + colon + 1, spec.data() + spec.size(), times);
  detail::left = times == 0 ? 1 : times;
  detail::crash_point_armed = !detail::wanted.empty();
}

} // namespace trellis
