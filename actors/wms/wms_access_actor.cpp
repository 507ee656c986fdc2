#include "actors/wms/wms_actor.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <fmt/format.h>

namespace trellis::wms {

namespace rows = storage::wms_jobs;

namespace {
constexpr auto call_timeout = std::chrono::seconds{10};
} // namespace

result<rows::stored_job> wms_shell::authorised(const principal& who, const job_id& job,
                                               std::string_view doing,
                                               std::optional<gacl::job_act> also) const {
  if (who.kind == principal_kind::nobody)
    return error{errc::unauthenticated,
                 fmt::format("cannot {} {}: nobody knows who asks", doing, job.text())};
  auto x = load(job);
  if (!x || x->terms.who.subject == who.subject || is_operator(who)
      || (also && gacl::allows(x->state.acl, who, *also)))
    return x;
  return error{
      errc::denied,
      fmt::format("cannot {} {}: it belongs to {}{}", doing, job.text(), x->terms.who.subject,
                  also && !x->state.acl.empty() ? ", and its access list does not let you" : "")};
}

caf::result<acl_set> wms_shell::on_set_acl(const set_acl& x) {
  auto job = authorised(x.who, x.job, "change the access list of", gacl::job_act::administer);
  if (!job)
    return to_caf(job.why());
  if (!x.acl.empty())
    if (auto read = gacl::parse(x.acl); !read)
      return to_caf({read.why().code, fmt::format("cannot change the access list of {}: {}",
                                                  x.job.text(), read.why().text)});
  auto to = actor_of(x.job, &*job);
  ++jobs.at(x.job.text()).sent;
  return self->delegate(to, x);
}

caf::result<job_acl> wms_shell::on_get_acl(const get_acl& x) const {
  auto job = authorised(x.who, x.job, "show the access list of", gacl::job_act::administer);
  if (!job)
    return to_caf(job.why());
  return job_acl{job->terms.who.subject, job->state.acl};
}

/// Only the CE that runs the job's present attempt.
caf::result<signed_proxy> wms_shell::on_sign_proxy(const sign_proxy& x) {
  auto job = load(x.attempt.job);
  if (!job)
    return to_caf(job.why());
  const auto& ce = job->state.ce;
  if (!ce || x.who.kind != principal_kind::node || x.who.subject != ce->host().text())
    return to_caf({errc::denied, fmt::format("cannot give a proxy for {} to {}: it runs elsewhere",
                                             x.attempt.job.text(), x.who.subject)});
  if (!has_attempt(job->state.phase) || job->state.attempt != x.attempt.number)
    return to_caf(
        {errc::illegal_transition, fmt::format("cannot give a proxy for {}: attempt {} is over",
                                               x.attempt.job.text(), x.attempt.number)});
  if (job->terms.delegation.empty())
    return to_caf(
        {errc::not_found, fmt::format("nothing was delegated for {}", x.attempt.job.text())});
  return self->delegate(
      proxies, proxies::sign{job->terms.who.subject, job->terms.delegation, x.csr, wall()});
}

/// The job still waits. Its proxy may have been renewed under the same id.
void wms_shell::look_at_expiry(const std::string& of, const job_id& job) {
  auto row = load(job);
  if (!row)
    return;
  if (row->terms.expires <= wall() || row->terms.delegation.empty())
    return tell(job, expired{"request expired"});
  auto still_waits = [this, of] {
    auto known = jobs.find(of);
    return known != jobs.end() && known->second.phase <= job_phase::idle && !known->second.matching;
  };
  self->request(proxies, call_timeout, proxies::look{row->terms.who.subject, row->terms.delegation})
      .then(
          [=, this](const proxies::found& x) {
            if (!still_waits())
              return;
            if (x.proxy.ends <= wall())
              return tell(job, expired{"proxy expired"});
            at(now() + (x.proxy.ends - wall()), timer::job_expires, of);
          },
          [=, this](const caf::error&) {
            if (still_waits())
              tell(job, expired{"proxy expired"});
          });
}

} // namespace trellis::wms
