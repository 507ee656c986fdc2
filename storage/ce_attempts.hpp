#pragma once
/// Attempts of a CE and how long their leases run.
///
///   column family  ce_attempts
///   key            "a" VO '\0' job id '\0' attempt:be64    a VO's attempts, job by job
///   value          version:u8 ce::attempt_record
///   key            "l" job id '\0' attempt:be64            its lease, renewed far more often
///   value          microseconds since the epoch, of this node's clock: be64
///   key            "c" job id '\0' attempt:be64            cancelled before it was handed over
///   value          version:u8 ce::early_cancel
///   key            "d"                                     new attempts are refused
///   value          why
///
/// Errors: `malformed` for a row that cannot be read.
#include "protocols/ce/attempt_record.hpp"
#include "storage/engine.hpp"

namespace trellis::storage {

inline constexpr std::string_view attempt_prefix = "a";
inline constexpr std::string_view drain_key = "d";

std::string attempt_key(const ce::attempt_record& x);
std::string attempt_key(std::string_view vo, const ce::attempt_id& x);
std::string attempt_value(const ce::attempt_record& x);
result<ce::attempt_record> read_attempt(std::string_view value);

std::string lease_key(const ce::attempt_id& x);
std::string lease_value(ce::moment until);
ce::moment read_lease(std::string_view value);

std::string early_cancel_key(const ce::attempt_id& x);
std::string early_cancel_value(const ce::early_cancel& x);
result<std::vector<ce::early_cancel>> early_cancels(const engine& rows);

/// Every attempt, by VO and job.
result<std::vector<ce::attempt_record>> all_attempts(const engine& rows);

} // namespace trellis::storage
