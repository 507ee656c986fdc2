#include "actors/info/snapshot.hpp"

#include "protocols/classad/evaluate.hpp"
#include "protocols/classad/text.hpp"

#include <fmt/format.h>

namespace trellis::info {

namespace {

std::optional<std::int64_t> number(const classad::ad& ad, std::string_view name) {
  auto x = classad::evaluate_attribute(ad, name);
  if (auto n = x.integer())
    return *n;
  if (auto n = x.real(); n && *n > -1e15 && *n < 1e15)
    return static_cast<std::int64_t>(*n);
  return std::nullopt;
}

bool admits(const classad::ad& ad, std::string_view vo,
            const classad::evaluation_context& context) {
  auto test = classad::parse_expression("member(" + classad::quote(fmt::format("VO:{}", vo))
                                        + ", GlueCEAccessControlBaseRule) || member(\"VO:*\", "
                                          "GlueCEAccessControlBaseRule)");
  return test && classad::counts_as_true(classad::evaluate(*test, ad, context));
}

} // namespace

result<ce_state_ptr> read_ad(const advertise& x, ce::moment now, const ce_state* before) {
  static const ce_state unknown;
  const auto& known = before ? *before : unknown;
  std::vector<classad::statement> statements;
  auto ad = classad::parse_ad_again(x.ad, {known.text, known.ad, known.statements}, statements);
  if (!ad)
    return error{errc::malformed, fmt::format("cannot read the advertisement of {}: {}",
                                              x.ce.text(), ad.why().text)};
  auto name = classad::evaluate_attribute(*ad, "GlueCEUniqueID");
  if (name.string() && *name.string() != x.ce.text())
    return error{errc::malformed,
                 fmt::format("the advertisement of {} describes {}", x.ce.text(), *name.string())};
  auto out = std::make_shared<ce_state>();
  out->ce = x.ce;
  out->serial = x.serial;
  out->arrived = now;
  out->ends = now + x.time_left;
  out->text = x.ad;
  out->statements = std::move(statements);
  auto free_cpus = number(*ad, "GlueCEStateFreeCPUs").value_or(0);
  out->free_slots = number(*ad, "GlueCEStateFreeJobSlots").value_or(free_cpus);
  out->waiting = number(*ad, "GlueCEStateWaitingJobs").value_or(0);
  out->total_jobs = number(*ad, "GlueCEStateTotalJobs").value_or(0);
  out->max_jobs = number(*ad, "GlueCEPolicyMaxTotalJobs").value_or(0);
  auto cpus = number(*ad, "GlueCEInfoTotalCPUs").value_or(out->free_slots);
  out->total_slots = number(*ad, "GlueCEPolicyAssignedJobSlots").value_or(cpus);
  out->ad = std::move(*ad);
  return ce_state_ptr{std::move(out)};
}

supermarket::taken supermarket::take(ce_state_ptr x, ce::moment now) {
  auto& held = ces_[x->ce];
  if (held && held->ends > now && x->serial <= held->serial)
    return taken::nothing;
  auto same = held && held->ends > now && held->text == x->text;
  held = std::move(x);
  return same ? taken::refreshed : taken::changed;
}

std::vector<ce_id> supermarket::drop_ended(ce::moment now) {
  std::vector<ce_id> out;
  for (const auto& [ce, x] : ces_)
    if (x->ends <= now)
      out.push_back(ce);
  for (const auto& ce : out)
    ces_.erase(ce);
  return out;
}

std::optional<ce::moment> supermarket::next_end() const {
  std::optional<ce::moment> out;
  for (const auto& [ce, x] : ces_)
    if (!out || x->ends < *out)
      out = x->ends;
  return out;
}

std::shared_ptr<const snapshot> supermarket::publish() {
  std::vector<ce_state_ptr> ces;
  ces.reserve(ces_.size());
  for (const auto& [ce, x] : ces_)
    ces.push_back(x);
  return std::make_shared<const snapshot>(++version_, std::move(ces));
}

result<ce_list> list(const supermarket& from, const list_ces& x, ce::moment now) {
  classad::expr_ptr constraint;
  if (!x.constraint.empty()) {
    auto parsed = classad::parse_expression(x.constraint);
    if (!parsed)
      return error{errc::usage, fmt::format("cannot read the constraint '{}': {}", x.constraint,
                                            parsed.why().text)};
    constraint = std::move(*parsed);
  }
  classad::evaluation_context context;
  context.now_s = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  ce_list out;
  for (const auto& [ce, held] : from.all()) {
    if (held->ends <= now || (!x.vo.empty() && !admits(held->ad, x.vo, context)))
      continue;
    if (constraint && !classad::counts_as_true(classad::evaluate(constraint, held->ad, context)))
      continue;
    using std::chrono::floor, std::chrono::seconds;
    out.ces.push_back(
        {ce, held->text, floor<seconds>(now - held->arrived), floor<seconds>(held->ends - now)});
  }
  return out;
}

} // namespace trellis::info
