#pragma once
/// The name of a computing element's queue: <node host>:<port>/trellis-<lrms>-<queue>. The parser
/// also takes the prefixes of older middleware, `jobmanager-` and `cream-`. Errors: `malformed`.
#include "protocols/names/host_name.hpp"

#include <cstdint>

namespace trellis {

class ce_id {
public:
  ce_id() = default;

  static result<ce_id> parse(std::string_view text);
  static result<ce_id> make(const host_name& host, std::uint16_t port, std::string_view lrms,
                            std::string_view queue);

  const std::string& text() const { return text_; }

  bool empty() const { return text_.empty(); }

  const host_name& host() const { return host_; }

  const std::string& lrms() const { return lrms_; }

  const std::string& queue() const { return queue_; }

  friend bool operator==(const ce_id& a, const ce_id& b) { return a.text_ == b.text_; }

  friend auto operator<=>(const ce_id& a, const ce_id& b) { return a.text_ <=> b.text_; }

private:
  std::string text_;
  host_name host_;
  std::string lrms_;
  std::string queue_;
};

} // namespace trellis
