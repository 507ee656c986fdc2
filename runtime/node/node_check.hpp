#pragma once
/// Tries everything before a start: certificates, key, dates, ports, disk, socket path, commands
/// of batch systems. Changes nothing but a file that it removes again.
#include "protocols/gsi/certificate.hpp"
#include "runtime/node/config.hpp"

namespace trellis {

enum class verdict : std::uint8_t { good, warning, bad };

struct finding {
  verdict how = verdict::good;
  std::string text; // a sentence; for what is not good, with what to do
};

std::vector<finding> check_node(const config::node& node, gsi::instant now);

} // namespace trellis
