#pragma once
/// Inside this folder only: the lists that both protocols carry.
#include "protocols/voms/messages.hpp"

namespace trellis::voms {

/// a,b,c without what is empty; nothing when there are more than `most`.
std::optional<std::vector<std::string_view>> elements(std::string_view list, std::size_t most);

/// /vo/a:role or /vo/a or an FQAN.
result<gsi::fqan> parse_ordered(std::string_view text);
std::string ordered_text(const gsi::fqan& x);

/// Adds hosts, or FQANs in order.
result<done> add_targets(std::string_view list, request& to);
result<done> add_order(std::string_view list, request& to);

/// Seconds; 0 and less mean none is asked for.
result<done> set_lifetime(std::string_view number, request& to);

/// x1,x2 with `f` of each.
template <class List, class F>
std::string joined(const List& all, F f) {
  std::string out;
  for (const auto& x : all) {
    out += out.empty() ? "" : ",";
    out += f(x);
  }
  return out;
}

} // namespace trellis::voms
