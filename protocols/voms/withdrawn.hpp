#pragma once
/// What a VOMS server takes back of attribute certificates that are out already: who is suspended,
/// and which groups and roles somebody holds no more. Nodes that trust the server watch it, and
/// refuse what was taken back.
#include "protocols/voms/membership.hpp"

namespace trellis::voms {

/// A certificate in a VO.
struct owner {
  std::string vo;
  certificate_name who;

  friend auto operator<=>(const owner&, const owner&) = default;
};

/// FQANs that were held and are no more, and since when.
using taken_fqans = std::map<std::string, std::chrono::sys_seconds>;
using all_taken = std::map<owner, taken_fqans>;

/// All that is taken back from one certificate in one VO, now. Neither reason nor FQANs: nothing is
/// any more.
struct withdrawn {
  std::string vo;
  certificate_name who;
  std::string suspended;       // why
  std::set<std::string> fqans; // that attribute certificates which hold still may name

  friend bool operator==(const withdrawn&, const withdrawn&) = default;
};
TRELLIS_INSPECT(withdrawn, vo, who, suspended, fqans)

/// Answered when something is newer than `after`, at the latest when `wait` is over.
struct watch_withdrawn {
  std::uint64_t edition = 0, after = 0; // of the last answer; 0: from the beginning
  std::chrono::milliseconds wait{0};
};
TRELLIS_INSPECT(watch_withdrawn, edition, after, wait)

struct withdrawn_news {
  static constexpr std::size_t max_bytes = 256 * 1024; // about, so that it fits into a frame

  std::uint64_t edition = 0; // of the numbers; a new one begins with what there is
  std::uint64_t last = 0;    // `after` of the next question
  bool more = false;         // than fitted
  std::vector<withdrawn> rows;
};
TRELLIS_INSPECT(withdrawn_news, edition, last, more, rows)

} // namespace trellis::voms
