#include "actors/lb/lb_book_actor.hpp"

#include <cstring>

namespace trellis::lb {
namespace {

storage::index_place place_of(const job_record& x) {
  return {x.status.vo, x.status.owner, x.status.state, x.registered};
}

std::string bytes_of(std::uint64_t identity) {
  std::string out(sizeof identity, '\0');
  std::memcpy(out.data(), &identity, sizeof identity);
  return out;
}

bool is_there(const std::string& seen, std::string_view identity) {
  for (std::size_t i = 0; i < seen.size(); i += identity.size())
    if (std::string_view{seen}.substr(i, identity.size()) == identity)
      return true;
  return false;
}

} // namespace

result<trellis::done> job_book::start() {
  auto last = log_.last_arrival();
  if (!last)
    return last.why();
  arrival_ = *last;
  return log_.each_place([this](std::string_view vo, std::string_view owner, job_state state) {
    auto i = counts_.find({std::string{vo}, std::string{owner}});
    if (i == counts_.end())
      i = counts_.try_emplace({std::string{vo}, std::string{owner}}).first;
    ++i->second[static_cast<std::size_t>(state)];
  });
}

std::uint64_t& job_book::counted(const storage::index_place& at) {
  return counts_[{at.vo, at.owner}][static_cast<std::size_t>(at.state)];
}

kept_job& job_book::keep(const std::string& text) {
  auto& job = kept_[text];
  job.used = order_.insert(order_.end(), text);
  return job;
}

result<kept_job*> job_book::find(const job_id& job) {
  auto i = kept_.find(job.text());
  if (i == kept_.end())
    return load(job);
  order_.splice(order_.end(), order_, i->second.used);
  return &i->second;
}

result<kept_job*> job_book::load(const job_id& job) {
  auto row = log_.state_of(job);
  if (!row)
    return row.why();
  if (!*row)
    return static_cast<kept_job*>(nullptr);
  auto record = wire::decode<job_record>(**row);
  if (!record)
    return record.why();
  if (record->seen.empty()) {
    auto seen = log_.identities_of(job);
    if (!seen)
      return seen.why();
    for (auto x : *seen)
      record->seen += bytes_of(x);
  }
  auto& out = keep(job.text());
  out.record = std::move(*record);
  out.indexed = place_of(out.record);
  return &out;
}

result<job_book::took> job_book::take(const event& e, moment arrived) {
  auto found = find(e.job);
  if (!found)
    return found.why();
  auto* job = *found ? *found : &keep(e.job.text());
  auto self = identity(e);
  auto bytes = bytes_of(self);
  if (is_there(job->record.seen, bytes))
    return took::repeat;
  job->record.seen += bytes;
  storage::event_log::append(open_, ++arrival_, self, arrived, e);
  fold(job->record, e);
  job->record.status.last_arrival = arrival_;
  if (job->record.registered == 0)
    job->record.registered = arrival_;
  if (!job->touched) {
    job->touched = true;
    touched_.push_back(e.job.text());
  }
  news_.push_back({arrival_, e.job, job->record.status.owner});
  return took::stored;
}

/// Index rows and counts follow the state, once a step however often it moved.
void job_book::move(kept_job& job) {
  auto to = place_of(job.record);
  if (job.indexed && job.indexed->state == to.state)
    return;
  if (job.indexed) {
    storage::event_log::leave(open_, *job.indexed);
    --counted(*job.indexed);
  }
  storage::event_log::enter(open_, to, job.record.status.job);
  ++counted(to);
  job.indexed = std::move(to);
}

job_book::closed job_book::close(std::uint64_t number) {
  for (const auto& text : touched_) {
    auto& job = kept_.at(text);
    job.touched = false;
    job.step = number;
    storage::event_log::put_state(open_, job.record.status.job, wire::encode(job.record));
    move(job);
  }
  if (!news_.empty())
    storage::event_log::put_last_arrival(open_, arrival_);
  touched_.clear();
  return {std::exchange(open_, {}), std::exchange(news_, {})};
}

void job_book::forget(std::uint64_t committed) {
  auto i = order_.begin();
  while (kept_.size() > limit_ && i != order_.end()) {
    auto job = kept_.find(*i);
    if (job->second.touched || job->second.step > committed) {
      ++i; // still ahead of the disk
      continue;
    }
    kept_.erase(job);
    i = order_.erase(i);
  }
}

} // namespace trellis::lb
