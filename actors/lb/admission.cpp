#include "actors/lb/admission.hpp"

#include "protocols/gacl/job_access.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::lb {
namespace {

struct voice {
  role speaker;
  source from;
};

/// The components that each role is.
constexpr voice voices[] = {
    {role::wms, source::user_interface  },
    {role::wms, source::network_server  },
    {role::wms, source::workload_manager},
    {role::wms, source::big_helper      },
    {role::wms, source::job_controller  },
    {role::wms, source::log_monitor     },
    {role::ce,  source::lrms            },
    {role::ce,  source::application     },
    {role::lb,  source::lb_server       },
};

std::optional<role> speaker_of(source x) {
  for (const auto& row : voices)
    if (row.from == x)
      return row.speaker;
  return std::nullopt;
}

admission refuse(errc code, std::string text) {
  return {
      admittance::no, {code, std::move(text)}
  };
}

admission admit_person(const principal& who, const event& e, const job_record* job) {
  auto what = kind_of(e.what);
  if (!job)
    return refuse(errc::not_found, fmt::format("cannot log to {}: no such job here", e.job.text()));
  auto own = same_person(who.subject, job->status.owner) || is_operator(who);
  if (!own)
    return refuse(errc::denied, fmt::format("cannot log to {}: it is not a job of {}", e.job.text(),
                                            who.subject));
  if ((what != kind::user_tag && what != kind::change_acl)
      || (e.from != source::application && e.from != source::user_interface))
    return refuse(errc::denied, fmt::format("cannot log {} to {}: users log UserTag and ChangeACL",
                                            word(what), e.job.text()));
  if (!same_person(who.subject, e.user))
    return refuse(errc::denied, fmt::format("cannot log to {}: {} speaks for {}", e.job.text(),
                                            who.subject, e.user));
  return {};
}

bool covers(const change_acl& entry, const principal& who) {
  if (entry.user_id_type == "DN")
    return same_person(entry.user_id, who.subject);
  if (entry.user_id_type == "GROUP")
    return entry.user_id == who.vo;
  return std::ranges::count(who.fqans, entry.user_id) > 0;
}

bool ends_as_proxy(std::string_view cn) {
  return cn == "proxy" || cn == "limited proxy"
         || (!cn.empty() && cn.find_first_not_of("0123456789") == cn.npos);
}

} // namespace

admission admit(const sender& by, const event& e, const job_record* job) {
  if (by.person)
    return admit_person(*by.person, e, job);
  auto needed = speaker_of(e.from);
  if (!needed || !(by.roles & (1u << static_cast<unsigned>(*needed))))
    return refuse(errc::denied, fmt::format("{} may not log as {} (event {} of {})", by.host.text(),
                                            word(e.from), word(kind_of(e.what)), e.job.text()));
  if (!job)
    return {
        admittance::hold,
        {errc::not_found, fmt::format("{} of {} for {}: nobody registered this job",
                word(kind_of(e.what)), by.host.text(), e.job.text())}
    };
  if (*needed == role::ce && std::ranges::count(job->matched_hosts, by.host.text()) == 0)
    return {
        admittance::hold,
        {errc::denied, fmt::format("{} of {} for {}: no Match names this host",
                word(kind_of(e.what)), by.host.text(), e.job.text())}
    };
  return {};
}

std::string_view without_proxies(std::string_view subject) {
  for (;;) {
    auto slash = subject.rfind("/CN=");
    if (slash == subject.npos || slash == 0 || !ends_as_proxy(subject.substr(slash + 4)))
      return subject;
    subject = subject.substr(0, slash);
  }
}

bool same_person(std::string_view a, std::string_view b) {
  return !a.empty() && without_proxies(a) == without_proxies(b);
}

bool may_read(const principal& who, const job_record& job) {
  if (who.kind == principal_kind::nobody)
    return false;
  if (same_person(who.subject, job.status.owner) || is_operator(who))
    return true;
  auto allowed = false;
  for (const auto& entry : job.acl) {
    if (entry.operation == "SET") {
      allowed |= gacl::allows(entry.permission, who, gacl::job_act::see);
      continue;
    }
    if (entry.permission != "READ" || !covers(entry, who))
      continue;
    if (entry.permission_type == "DENY")
      return false;
    allowed = true;
  }
  return allowed;
}

} // namespace trellis::lb
