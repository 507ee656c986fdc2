#pragma once
/// What was refused, and what operators did: one row an act, never rewritten.
///
///   column family  audit
///   key            when:be64 (wall clock, microseconds) number:be64 (of acts of one instant)
///   value          version:u8 wire(audit_entry)
///
/// The caller owns the batch: an act and its entry are written together. Errors: `malformed`.
#include "protocols/wire/codec.hpp"
#include "storage/engine.hpp"

namespace trellis::storage {

struct audit_entry {
  std::string who;    // the subject, or the host of a peer
  std::string act;    // a stable word: "lb-event-refused"
  std::string object; // what it was done to: a job id, a host
  bool allowed = false;
  std::string text; // one sentence
};
TRELLIS_INSPECT(audit_entry, who, act, object, allowed, text)

change put_audit(std::chrono::sys_time<std::chrono::microseconds> when, std::uint64_t number,
                 const audit_entry& x);

/// Entries from `from` on, oldest first, at most `limit`.
result<std::vector<audit_entry>>
audit_entries(const engine& rows, std::chrono::sys_time<std::chrono::microseconds> from,
              std::size_t limit);

} // namespace trellis::storage
