#include "actors/wms/matchmaker.hpp"

#include "protocols/classad/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace trellis::wms {

namespace {

result<classad::compiled_job> compile(const match_request& x, classad::name_table& names,
                                      std::int64_t now_s) {
  classad::read_options options;
  options.brackets_optional = true;
  auto ad = classad::parse_ad(x.jdl, options);
  if (!ad)
    return error{errc::usage, "cannot read the job's description: " + ad.why().text};
  auto requirements = classad::parse_expression(x.requirements);
  if (!requirements)
    return error{errc::usage, "cannot read Requirements: " + requirements.why().text};
  classad::expr_ptr rank;
  if (!x.rank.empty()) {
    auto parsed = classad::parse_expression(x.rank);
    if (!parsed)
      return error{errc::usage, "cannot read Rank: " + parsed.why().text};
    rank = std::move(*parsed);
  }
  classad::evaluation_context context;
  context.now_s = now_s;
  return classad::compile_job(*ad, *requirements, rank, names, context);
}

void set_bit(std::vector<std::uint64_t>& bits, std::size_t at, bool on) {
  if (bits.size() <= at / 64)
    bits.resize(at / 64 + 1);
  auto bit = std::uint64_t{1} << (at % 64);
  bits[at / 64] = on ? bits[at / 64] | bit : bits[at / 64] & ~bit;
}

} // namespace

std::string policy_requirements(const principal& who, std::string_view vo) {
  auto rule = [](std::string_view kind, std::string_view name) {
    return fmt::format("member({}, other.GlueCEAccessControlBaseRule) is true",
                       classad::quote(fmt::format("{}:{}", kind, name)));
  };
  auto access = rule("VO", vo) + " || " + rule("VO", "*");
  std::string denied;
  for (const auto& fqan : who.fqans) {
    access += " || " + rule("VOMS", fqan);
    denied += " && !(" + rule("DENY", fqan) + ")";
  }
  return fmt::format("({}){} && (other.GlueCEPolicyMaxTotalJobs is undefined || "
                     "other.GlueCEPolicyMaxTotalJobs <= 0 || "
                     "other.GlueCEPolicyMaxTotalJobs > other.GlueCEStateTotalJobs)",
                     access, denied);
}

result<std::string> cluster_key(const match_request& x, classad::name_table& names) {
  auto job = compile(x, names, 0);
  if (!job)
    return job.why();
  auto out = fmt::format("{}\n{} {}", job->key(), x.cpus, x.fuzzy ? "fuzzy" : "");
  for (const auto& host : x.avoid)
    out += '\n' + host.text();
  return out;
}

matchmaker::matchmaker(match_settings settings, random_source chance)
    : settings_(settings), chance_(std::move(chance)) {}

result<std::string> matchmaker::key_of(const match_request& x) {
  auto text = fmt::format("{} {} {} {} {}\n{}{}{}", x.cpus, x.fuzzy, x.jdl.size(),
                          x.requirements.size(), x.avoid.size(), x.jdl, x.requirements, x.rank);
  for (const auto& host : x.avoid)
    text += '\n' + host.text();
  if (auto known = keys_.find(text); known != keys_.end())
    return known->second;
  auto key = cluster_key(x, names_);
  if (!key)
    return key;
  if (keys_.size() >= settings_.max_compiled)
    keys_.clear();
  return keys_[std::move(text)] = std::move(*key);
}

std::uint32_t matchmaker::index_of(const ce_id& ce) {
  auto [at, fresh] = by_ce_.try_emplace(ce, static_cast<std::uint32_t>(targets_.size()));
  if (fresh) {
    targets_.emplace_back();
    set_bit(roomy_, at->second, false);
  }
  return at->second;
}

void matchmaker::count_room(std::uint32_t at) {
  auto& x = targets_[at];
  x.room = 0;
  if (x.state) {
    const auto& ce = *x.state;
    auto depth = settings_.queue_depth + ce.total_slots * settings_.queue_depth_percent / 100
                 + std::min(2 * ce.total_slots,
                            static_cast<std::int64_t>(x.ledger.pace() * settings_.queue_ahead_s));
    x.room = ce.free_slots + std::max<std::int64_t>(0, depth - ce.waiting) - x.ledger.unseen();
    if (ce.max_jobs > 0)
      x.room = std::min(x.room, ce.max_jobs - ce.total_jobs - x.ledger.unseen());
  }
  set_bit(roomy_, at, x.room > 0);
}

void matchmaker::use(std::shared_ptr<const info::snapshot> now, std::int64_t now_s) {
  now_ = std::move(now);
  now_s_ = now_s;
  ++epoch_;
  if (names_.full()) { // forget everything that was compiled with the old table
    names_ = classad::name_table{};
    for (auto& x : targets_)
      x.state = nullptr;
    judged_.assign(judged_.size(), judged{});
    compiled_ = 0;
  }
  const auto& ces = now_->ces();
  std::vector<bool> here(targets_.size() + ces.size());
  order_.resize(ces.size());
  for (std::size_t i = 0; i < ces.size(); ++i) {
    const auto& ce = ces[i];
    auto& at = order_[i];
    if (at >= targets_.size() || targets_[at].state != ce) // most stand where they stood
      at = index_of(ce->ce);
    here[at] = true;
    auto& x = targets_[at];
    if (x.state == ce)
      continue;
    if (!x.state || x.state->text != ce->text) {
      x.compiled = classad::compile_target(ce->ad, names_);
      x.version = epoch_;
    }
    x.ledger.advertised(ce->serial,
                        x.state ? ce->arrived - x.state->arrived : std::chrono::microseconds{0});
    x.state = ce;
    count_room(at);
  }
  for (std::uint32_t at = 0; at < targets_.size(); ++at)
    if (!here[at] && targets_[at].state) {
      targets_[at].state = nullptr;
      targets_[at].version = epoch_;
      count_room(at);
    }
}

cluster_id matchmaker::cluster(const std::string& key) {
  auto [at, fresh] = clusters_.try_emplace(key, static_cast<cluster_id>(judged_.size()));
  if (fresh)
    judged_.emplace_back();
  return at->second;
}

matchmaker::judged* matchmaker::judge(cluster_id at, const request_source& request) {
  if (!judged_[at].tried) {
    if (compiled_ >= settings_.max_compiled) { // seldom: all are judged again when they are needed
      judged_.assign(judged_.size(), judged{});
      compiled_ = 0;
    }
    auto& x = judged_[at];
    auto asked = request();
    if (!asked)
      return nullptr;
    x.tried = true;
    ++compiled_;
    if (auto job = compile(*asked, names_, now_s_))
      x.job = std::move(*job);
    x.avoid_hosts = std::move(asked->avoid);
    x.cpus = asked->cpus;
    x.fuzzy = asked->fuzzy;
    x.at_s = now_s_;
  }
  auto& x = judged_[at];
  if (!x.job)
    return nullptr;
  if (now_s_ - x.at_s >= settings_.judgement_age_s) {
    classad::set_now(*x.job, now_s_);
    x.at_s = now_s_;
    std::fill(x.version.begin(), x.version.end(), 0);
    x.epoch = 0;
  }
  if (x.epoch != epoch_)
    judge_targets(x);
  return &x;
}

void matchmaker::judge_targets(judged& x) {
  x.epoch = epoch_;
  x.version.resize(targets_.size());
  x.rank.resize(targets_.size());
  x.avoid.resize(targets_.size());
  x.fits.resize((targets_.size() + 63) / 64);
  for (std::uint32_t at = 0; at < targets_.size(); ++at) {
    const auto& ce = targets_[at];
    if (x.version[at] == ce.version)
      continue;
    x.version[at] = ce.version;
    auto fits = ce.state && classad::matches(*x.job, ce.compiled);
    set_bit(x.fits, at, fits);
    if (!fits)
      continue;
    // A Rank that is no number counts as the smallest (WMS User's Guide, Rank).
    x.rank[at] = classad::rank(*x.job, ce.compiled).value_or(-std::numeric_limits<double>::max());
    x.avoid[at] = std::find(x.avoid_hosts.begin(), x.avoid_hosts.end(), ce.state->ce.host())
                  != x.avoid_hosts.end();
  }
}

matchmaker::choice matchmaker::choose(cluster_id cluster, const request_source& request) {
  if (!now_)
    return {};
  auto x = judge(cluster, request);
  if (!x)
    return {};
  auto any = false, untried = x->avoid_hosts.empty();
  std::vector<std::uint32_t> among;
  auto each = [&](auto visit) {
    for (std::size_t w = 0; w < x->fits.size(); ++w)
      for (auto bits = x->fits[w]; bits != 0; bits &= bits - 1)
        visit(static_cast<std::uint32_t>(w * 64) + std::countr_zero(bits));
  };
  if (!untried)
    each([&](std::uint32_t at) { untried = untried || !x->avoid[at]; });
  auto filter = !x->avoid_hosts.empty() && untried;
  double best = 0;
  for (std::size_t w = 0; w < x->fits.size(); ++w) {
    any = any || x->fits[w] != 0;
    for (auto bits = x->fits[w] & roomy_[w]; bits != 0; bits &= bits - 1) {
      auto at = static_cast<std::uint32_t>(w * 64) + std::countr_zero(bits);
      if (filter && x->avoid[at])
        continue;
      if (among.empty() || x->fuzzy || x->rank[at] == best)
        among.push_back(at);
      else if (x->rank[at] > best)
        among.assign(1, at);
      else
        continue;
      best = x->rank[at];
    }
  }
  if (among.empty())
    return {any ? verdict::no_room : verdict::no_match, {}};
  return {verdict::chosen, targets_[pick(*x, among)].state->ce};
}

/// The stochastic choice of FuzzyRank: every CE keeps a chance, better ones a higher one.
std::uint32_t matchmaker::pick(const judged& x, const std::vector<std::uint32_t>& among) {
  if (!x.fuzzy)
    return among[chance_.below(among.size())];
  double mean = 0;
  for (auto at : among)
    mean += x.rank[at] / static_cast<double>(among.size());
  std::vector<double> weight;
  double sum = 0;
  for (auto at : among) {
    weight.push_back(std::atan((x.rank[at] - mean) * settings_.fuzzy_factor) + 1.5707963267948966);
    sum += weight.back();
  }
  auto left = chance_.unit() * sum;
  for (std::size_t i = 0; i < among.size(); ++i)
    if ((left -= weight[i]) < 0)
      return among[i];
  return among.back();
}

void matchmaker::promised(const ce_id& ce, const job_id& job, std::uint32_t slots) {
  auto at = index_of(ce);
  targets_[at].ledger.promise(job, slots);
  count_room(at);
}

void matchmaker::accepted(const ce_id& ce, const job_id& job) {
  auto& x = targets_[index_of(ce)];
  x.ledger.accepted(job, x.state ? x.state->serial : 0);
}

void matchmaker::ended(const ce_id& ce, const job_id& job) {
  auto at = index_of(ce);
  auto& x = targets_[at];
  x.ledger.ended(job, x.state ? x.state->serial : 0);
  count_room(at);
}

result<matches> matchmaker::explain(const match_request& request) const {
  auto job = compile(request, names_, now_s_);
  if (!job)
    return job.why();
  matches out;
  if (!now_)
    return out;
  for (const auto& x : targets_) {
    if (!x.state)
      continue;
    ++out.considered;
    if (classad::matches(*job, x.compiled)) {
      auto by = classad::rank(*job, x.compiled);
      out.ces.push_back({x.state->ce.text(), by.value_or(-std::numeric_limits<double>::max())});
    }
    auto clauses = classad::explain(*job, x.compiled);
    out.clauses.resize(std::max(out.clauses.size(), clauses.size()));
    for (std::size_t i = 0; i < clauses.size(); ++i) {
      auto& to = out.clauses[i];
      to.clause = clauses[i].text;
      if (clauses[i].result == classad::clause_result::undefined) {
        ++to.undefined;
        if (to.undefined_attribute.empty() && !clauses[i].undefined_names.empty())
          to.undefined_attribute = clauses[i].undefined_names.front();
      } else if (clauses[i].result != classad::clause_result::yes)
        ++to.excludes;
    }
  }
  std::stable_sort(out.ces.begin(), out.ces.end(),
                   [](const auto& a, const auto& b) { return a.rank > b.rank; });
  return out;
}

} // namespace trellis::wms
