#include "actors/wms/matchmaker.hpp"

#include <algorithm>

namespace trellis::wms {

namespace {

constexpr double pace_kept = 0.75; // by the next advertisement: a lull is not the end

} // namespace

void slot_ledger::promise(const job_id& job, std::uint32_t slots) {
  if (promises_.emplace(job, promised_slot{slots, false, false, 0}).second)
    promised_ += slots;
}

void slot_ledger::accepted(const job_id& job, std::uint64_t serial) {
  auto found = promises_.find(job);
  if (found == promises_.end() || found->second.accepted)
    return;
  found->second.accepted = true;
  found->second.serial = serial;
  accepted_.push_back(job);
}

void slot_ledger::ended(const job_id& job, std::uint64_t serial) {
  auto found = promises_.find(job);
  if (found == promises_.end())
    return;
  const auto& x = found->second;
  ended_ += x.slots;
  if (!x.seen)
    promised_ -= x.slots; // the CE's numbers never held it
  else {
    if (returned_serial_ != serial)
      returned_ = 0;
    returned_ += x.slots;
    returned_serial_ = serial;
  }
  promises_.erase(found);
}

void slot_ledger::advertised(std::uint64_t serial, std::chrono::microseconds since) {
  if (since.count() > 0) {
    auto now = static_cast<double>(ended_) / std::chrono::duration<double>(since).count();
    pace_ = std::max(now, pace_ * pace_kept);
    ended_ = 0;
  }
  if (returned_serial_ != serial)
    returned_ = 0;
  std::erase_if(accepted_, [&](const job_id& job) {
    auto found = promises_.find(job);
    if (found == promises_.end() || !found->second.accepted || found->second.seen)
      return true;
    auto& x = found->second;
    if (x.serial == serial)
      return false;
    x.seen = true;
    promised_ -= x.slots;
    return true;
  });
}

} // namespace trellis::wms
