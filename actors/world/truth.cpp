#include "actors/world/truth.hpp"

#include "storage/wms_jobs.hpp"

#include <algorithm>

namespace trellis::world {

/// Text that stays in the row: most of it nobody here looks at.
struct borrowed {
  std::string_view it;

  std::string_view text() const { return it; }

  static result<borrowed> parse(std::string_view x) { return borrowed{x}; }
};

/// The first part of a `lb::job_status`; the rest is passed over unread.
struct status_head {
  borrowed job;
  lb::job_state state = lb::job_state::undef;
  borrowed owner, vo, jdl, matched_jdl, destination, reason, location, ce_node, network_server;
  borrowed local_id, cancel_reason, acl, ui_host;
  std::optional<borrowed> parent;
  std::uint32_t children_num = 0;
  lb::done_code code = lb::done_code::none;
  std::int32_t exit_code = -1;
  bool resubmitted = false, cancelling = false, payload_running = false, suspended = false;
  std::uint32_t shallow_resubmissions = 0, deep_resubmissions = 0;
};
TRELLIS_INSPECT(status_head, job, state, owner, vo, jdl, matched_jdl, destination, reason, location,
                ce_node, network_server, local_id, cancel_reason, acl, ui_host, parent,
                children_num, code, exit_code, resubmitted, cancelling, payload_running, suspended,
                shallow_resubmissions, deep_resubmissions)

/// The same of a `lb::job_record`.
struct record_head {
  status_head status;
};
TRELLIS_INSPECT(record_head, status)

host_name host_of(std::string_view ce) {
  auto id = ce.empty() ? result<ce_id>{error{}} : ce_id::parse(ce);
  return id ? id->host() : host_name{};
}

bool over(const job_facts& x) {
  using enum lb::job_state;
  return !x.refusal.empty() || x.state == done || x.state == purged || lb::is_terminal(x.state);
}

bool is_about(const scenario::jobs& who, const job_facts& x) {
  return (who.name.empty() || who.name == x.name) && (who.ordinal == 0 || who.ordinal == x.ordinal)
         && (who.of.empty() || who.of == x.by || who.of == x.vo)
         && (who.on.empty() || who.on == x.destination);
}

job_index truth::sent(job_facts x, const std::string& request) {
  auto which = static_cast<job_index>(jobs_.size());
  by_request_[request] = which;
  by_name_[x.name].push_back(which);
  jobs_.push_back(std::move(x));
  touch(which);
  return which;
}

void truth::acknowledged(job_index which, const job_id& id) {
  auto& x = jobs_[which];
  x.acknowledged = true;
  x.id = id;
  by_id_[id.text()] = which;
  touch(which);
}

void truth::refused(job_index which, std::string why) {
  jobs_[which].refusal = std::move(why);
  touch(which);
}

job_facts* truth::find(const job_id& id) {
  auto i = by_id_.find(id.text());
  return i == by_id_.end() ? nullptr : &jobs_[i->second];
}

const job_facts* truth::of(const job_id& id) const { return const_cast<truth*>(this)->find(id); }

const std::vector<job_index>& truth::named(const std::string& name) const {
  static const std::vector<job_index> none;
  auto i = by_name_.find(name);
  return i == by_name_.end() ? none : i->second;
}

// --- disks ---------------------------------------------------------------------------------------

namespace seen {
namespace {

/// The id in VO '\0' job id '\0' and a letter.
std::string id_in(std::string_view key) {
  auto from = key.find('\0');
  if (from == key.npos || key.size() < from + 3)
    return {};
  return std::string{key.substr(from + 1, key.size() - from - 3)};
}

std::optional<row> of_wms(const storage::change& x) {
  if (x.key.ends_with('t')) {
    if (!x.value)
      return withdrawn{id_in(x.key)};
    if (auto terms = storage::wms_jobs::read_terms(*x.value))
      return seen::terms{std::move(terms->request), terms->job};
  } else if (x.value) {
    if (auto now = storage::wms_jobs::read_state(*x.value))
      return state{id_in(x.key), now->phase, now->attempt, now->deep,
                   now->ce ? now->ce->host() : host_name{}};
  }
  return std::nullopt;
}

std::optional<row> of_lb(std::string_view value) {
  record_head record;
  if (!wire::read(value.substr(1), record))
    return std::nullopt;
  const auto& x = record.status;
  return told{std::string{x.job.it},
              x.state,
              x.code,
              x.exit_code,
              x.deep_resubmissions,
              x.shallow_resubmissions,
              std::string{x.reason.it},
              host_of(x.destination.it)};
}

} // namespace

std::vector<row> in(std::span<const storage::change> batch) {
  std::vector<row> out;
  events more;
  for (const auto& x : batch) {
    std::optional<row> found;
    if (x.in == storage::family::wms_jobs)
      found = of_wms(x);
    else if (x.in == storage::family::lb_jobs && x.value)
      found = of_lb(*x.value);
    else if (x.in == storage::family::lb_events && x.value)
      ++more.count;
    if (found)
      out.push_back(std::move(*found));
  }
  if (more.count > 0)
    out.push_back(more);
  return out;
}

std::optional<payload> in(const payload_news& x) {
  if (x.what == payload_step::wrapper)
    return std::nullopt;
  return payload{x.what == payload_step::began, x.task.attempt, x.task.who.vo,
                 std::max(1u, x.task.needs.cpus), x.at};
}

} // namespace seen

void truth::take(std::vector<seen::row> rows) {
  for (auto& row : rows)
    std::visit([this](auto& x) { take(std::move(x)); }, row);
}

void truth::take(const seen::terms& x) {
  auto request = by_request_.find(x.request);
  if (request == by_request_.end())
    return;
  auto& job = jobs_[request->second];
  job.twice = job.twice || (!job.id.empty() && job.id != x.job);
  job.id = x.job;
  touch(request->second);
  by_id_[x.job.text()] = request->second;
}

/// A job that could not be registered never was; its user hears of that, and asks again.
void truth::take(const seen::withdrawn& x) {
  auto known = by_id_.find(x.id);
  if (known == by_id_.end() || jobs_[known->second].acknowledged)
    return;
  jobs_[known->second].id = {};
  by_id_.erase(known);
}

void truth::take(const seen::state& x) {
  auto known = by_id_.find(x.id);
  if (known == by_id_.end())
    return;
  auto& job = jobs_[known->second];
  job.known_to_wms = true;
  job.phase = x.phase;
  job.attempt = x.attempt;
  job.wms_deep = x.deep;
  job.ce = x.ce;
  touch(known->second);
}

void truth::status(const lb::job_status& x) {
  take(seen::told{x.job.text(), x.state, x.code, x.exit_code, x.deep_resubmissions,
                  x.shallow_resubmissions, x.reason, host_of(x.destination)});
}

void truth::take(seen::told x) {
  auto known = by_id_.find(x.id);
  if (known == by_id_.end())
    return;
  auto& job = jobs_[known->second];
  job.state = x.state;
  job.code = x.code;
  job.exit_code = x.exit_code;
  job.deep = x.deep;
  job.shallow = x.shallow;
  job.reason = std::move(x.reason);
  job.destination = std::move(x.destination);
  touch(known->second);
}

void truth::attempts(const job_id& id, std::uint32_t n) {
  auto known = by_id_.find(id.text());
  if (known == by_id_.end())
    return;
  jobs_[known->second].attempt = n;
  touch(known->second);
}

// --- worker nodes --------------------------------------------------------------------------------

void truth::take(const seen::payload& x) {
  auto* job = find(x.attempt.job);
  if (x.began) {
    running_[x.attempt] = {x.at, x.vo, job ? job->by : std::string{}, x.cpus};
  } else if (auto i = running_.find(x.attempt); i != running_.end()) {
    slot_time spent = (x.at - i->second.since) * i->second.cpus;
    used_[i->second.vo] += spent;
    if (!i->second.user.empty())
      used_[i->second.user] += spent;
    all_ += spent;
    running_.erase(i);
  }
  if (!job)
    return;
  if (x.began) {
    ++job->payloads;
    ++job->starts;
    job->most = std::max(job->most, static_cast<std::uint32_t>(job->payloads));
  } else {
    --job->payloads;
  }
  touch(static_cast<job_index>(job - jobs_.data()));
}

std::optional<double> truth::share_of(const std::string& who, steady_time now) const {
  auto mine = used_.contains(who) ? used_.at(who) : slot_time{0};
  auto all = all_;
  for (const auto& [attempt, x] : running_) {
    slot_time spent = (now - x.since) * x.cpus;
    all += spent;
    if (x.vo == who || x.user == who)
      mine += spent;
  }
  if (all.count() <= 0)
    return std::nullopt;
  return static_cast<double>(mine.count()) / static_cast<double>(all.count());
}

} // namespace trellis::world
