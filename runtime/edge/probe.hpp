#pragma once
/// A look at a server without believing it: what certificates it shows and what time it has. No
/// credential is shown to it. Errors: `site_unreachable`, `timed_out`, `usage` for no URL.
#include "protocols/gsi/certificate.hpp"

#include <optional>
#include <string>
#include <vector>

namespace trellis::edge {

struct seen_server {
  std::string host;                     // of the URL
  std::vector<gsi::certificate> chain;  // its own first
  std::optional<gsi::instant> its_time; // by the Date of its answer
};

result<seen_server> look_at_server(const std::string& url);

} // namespace trellis::edge
