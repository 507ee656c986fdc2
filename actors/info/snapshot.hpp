#pragma once
/// All valid advertisements at one moment, never changed once published: whoever matches holds
/// one by shared pointer and sees no half of a change. Entries are shared between snapshots; the
/// same entry (by address) in two of them means that the CE said nothing new.
#include "protocols/ce/messages.hpp"
#include "protocols/classad/text.hpp"
#include "protocols/info/messages.hpp"

#include <memory>

namespace trellis::info {

/// A CE's queue as it said it is. The numbers are GLUE 1.3's; absent ones are as commented.
struct ce_state {
  ce_id ce;
  std::uint64_t serial = 0;
  ce::moment arrived{}, ends{};
  std::string text;
  classad::ad ad;
  std::vector<classad::statement> statements; // of `text`
  std::int64_t free_slots = 0;  // GlueCEStateFreeJobSlots, else GlueCEStateFreeCPUs, else 0
  std::int64_t waiting = 0;     // GlueCEStateWaitingJobs
  std::int64_t total_jobs = 0;  // GlueCEStateTotalJobs
  std::int64_t max_jobs = 0;    // GlueCEPolicyMaxTotalJobs; 0: no limit
  std::int64_t total_slots = 0; // GlueCEPolicyAssignedJobSlots, else GlueCEInfoTotalCPUs
};

using ce_state_ptr = std::shared_ptr<const ce_state>;

class snapshot {
public:
  snapshot(std::uint64_t version, std::vector<ce_state_ptr> ces)
      : version_(version), ces_(std::move(ces)) {}

  std::uint64_t version() const { return version_; }

  /// In the order of their ids.
  const std::vector<ce_state_ptr>& ces() const { return ces_; }

private:
  std::uint64_t version_;
  std::vector<ce_state_ptr> ces_;
};

/// Reads an advertisement; faster where the CE has said most of it `before`. `malformed` when its
/// ad does not read or names another CE.
result<ce_state_ptr> read_ad(const advertise& x, ce::moment now, const ce_state* before = nullptr);

/// The advertisements that are held, by CE. A later serial replaces an earlier one; past its end an
/// entry is void, whatever its serial.
class supermarket {
public:
  /// What taking an advertisement did.
  enum class taken { nothing, refreshed, changed };

  taken take(ce_state_ptr x, ce::moment now);

  /// Drops what has ended; their CEs.
  std::vector<ce_id> drop_ended(ce::moment now);

  /// The earliest end; nothing when empty.
  std::optional<ce::moment> next_end() const;

  std::shared_ptr<const snapshot> publish();

  const std::map<ce_id, ce_state_ptr>& all() const { return ces_; }

private:
  std::map<ce_id, ce_state_ptr> ces_;
  std::uint64_t version_ = 0;
};

/// The entries that `x` asks for: by VO (access rule `VO:<vo>`), by constraint. `usage` when the
/// constraint does not read.
result<ce_list> list(const supermarket& from, const list_ces& x, ce::moment now);

} // namespace trellis::info
