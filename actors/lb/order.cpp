#include "actors/lb/order.hpp"

namespace trellis::lb {

mark without_lm(mark x) {
  x.code.set(counter::lm, 0);
  return x;
}

judgement judge(const order_memory& seen, job_state now, const event& e) {
  const auto what = kind_of(e.what);
  const auto here = mark_of(e);
  judgement out;
  auto late_if = [&](bool x) {
    if (x)
      out.res = verdict::late;
  };
  late_if(now == job_state::cancelled || now == job_state::cleared
          || (now == job_state::aborted && what != kind::collection_state));
  if (seen.deep_resubmit && older_branch(here, *seen.deep_resubmit)) {
    out.fine = branch::too_old;
    late_if(what != kind::cancel);
  } else if (seen.branch_tag) {
    out.fine = same_branch(here, *seen.branch_tag) ? branch::good : branch::bad;
    late_if(out.fine == branch::bad);
    if (what != kind::cancel)
      late_if(seen.last_branch && here < *seen.last_branch);
  } else if (what != kind::cancel)
    late_if(seen.last && here < *seen.last);
  if (what == kind::cancel)
    late_if(seen.last_cancel && here < *seen.last_cancel);
  // `last` keeps no LM counter after some events; among its own the log monitor is in order still.
  else if (e.from == source::log_monitor)
    late_if(seen.last_lm && here < *seen.last_lm);
  return out;
}

void forget_older_pass(order_memory& seen, const event& e) {
  auto what = kind_of(e.what);
  if (what == kind::cancel || outside_order(what) || !seen.last)
    return;
  const auto& last = seen.last->code;
  if (e.seqcode[counter::ns] <= last[counter::ns] && e.seqcode[counter::ui] <= last[counter::ui])
    return;
  seen.branch_tag.reset();
  seen.deep_resubmit.reset();
  seen.last_branch.reset();
}

void remember(order_memory& seen, const event& e, const judgement& j, bool favour_lrms) {
  auto what = kind_of(e.what);
  auto here = mark_of(e);
  if (outside_order(what))
    return;
  if (what == kind::cancel) {
    seen.last_cancel = here;
    if (std::get<cancel>(e.what).status_code == cancel_status::done)
      seen.last = here;
    return;
  }
  if (e.from == source::log_monitor)
    seen.last_lm = here;
  seen.last = favour_lrms ? without_lm(here) : here;
  if (j.fine == branch::good)
    seen.last_branch = seen.last;
}

} // namespace trellis::lb
