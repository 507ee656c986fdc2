#pragma once
/// When a node's certificates end. Plain functions; who calls them knows the time.
#include "protocols/gsi/certificate.hpp"
#include "runtime/node/config.hpp"

#include <map>

namespace trellis {

/// The certificates that a node needs: its own chain and its trust anchors.
struct node_certificates {
  std::vector<gsi::certificate> chain, anchors;
};

result<node_certificates> load_node_certificates(const config::node& node);

/// The bound that was passed: 21, 7, 1, or 0 when it has ended; nothing while more time is left.
std::optional<int> days_left_bound(gsi::instant ends, gsi::instant now);

struct ending_certificate {
  std::string fingerprint;
  int bound = 0; // days
  std::string text;
};

/// One row for each certificate that is about to end or has ended.
std::vector<ending_certificate> ending(const node_certificates& x, gsi::instant now);

/// Says each bound of each certificate once.
class ending_announcer {
public:
  /// The rows not announced before.
  std::vector<ending_certificate> fresh(const std::vector<ending_certificate>& now);

private:
  std::map<std::string, int> said_;
};

} // namespace trellis
