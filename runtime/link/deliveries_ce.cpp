#include "runtime/interfaces/ce.hpp"
#include "runtime/interfaces/wms.hpp"
#include "runtime/link/deliveries_of.hpp"

namespace trellis::link {

namespace {

/// The CE will never see the attempt: the WMS hears at once that it is over, and its job goes on.
void refuse_attempt(std::string_view body, const receipt& from, const error& why,
                    store::step& into) {
  auto x = wire::decode<ce::hand_over>(body, body_limits);
  if (!x)
    return;
  wms::report out;
  out.attempt = x->attempt;
  out.facts.state = ce::attempt_state::aborted;
  out.facts.failure = ce::failure_class::before_payload;
  out.facts.reason = from.from.to.host.text() + " refused the attempt: " + why.text;
  into.post({role::wms, from.from.from, 0}, out);
}

} // namespace

delivery_rows ce_deliveries() {
  auto out = rows_of<role::ce, ce_actor>();
  for (auto& x : out.letters)
    if (x.type == crossing_of<ce::hand_over>().id)
      x.refused = refuse_attempt;
  return out;
}

} // namespace trellis::link
