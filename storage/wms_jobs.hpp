#pragma once
/// The jobs of a WMS.
///
///   column family  wms_jobs
///   key            VO '\0' job id '\0' 't'    terms: written once
///   value          version:u8 wire(wms::job_terms)
///   key            VO '\0' job id '\0' 's'    state: written at each step
///   value          version:u8 wire(wms::job_state)
///
///   column family  wms_requests
///   key            VO '\0' subject '\0' request id '\0'
///   value          version:u8 wire(wms::submitted)    the first answer
///
///   column family  wms_shares
///   key            path '\0'                 "VO", "VO|group", "VO|group|user"
///   value          version:u8 usage:varint as_of:varint    see actors/wms/fair_share.hpp
///
/// The caller owns the batch; these functions make keys and values. Errors: `malformed` for a
/// value of another version or a torn one.
#include "protocols/wms/messages.hpp"
#include "protocols/wms/record.hpp"
#include "storage/engine.hpp"

namespace trellis::storage::wms_jobs {

std::string terms_key(std::string_view vo, const job_id& job);
std::string state_key(std::string_view vo, const job_id& job);
/// A submission without an id of its client's has the job's own.
std::string request_key(const principal& who, std::string_view request, const job_id& job);

std::string write(const wms::job_terms& x);
std::string write(const wms::job_state& x);
std::string write(const wms::submitted& x);

result<wms::job_terms> read_terms(std::string_view value);
result<wms::job_state> read_state(std::string_view value);
result<wms::submitted> read_answer(std::string_view value);

struct stored_job {
  wms::job_terms terms;
  wms::job_state state;
};

/// `not_found` when this VO has no such job.
result<stored_job> load(const engine& rows, std::string_view vo, const job_id& job);

/// Only the state, which is the smaller part.
result<wms::job_state> load_state(const engine& rows, std::string_view vo, const job_id& job);

/// The first answer to a request, if there is one.
result<std::optional<wms::submitted>> answered(const engine& rows, const principal& who,
                                               std::string_view request);

/// All jobs of all VOs, in key order.
result<done> each(const engine& rows, const std::function<void(stored_job&&)>& visit);

/// The states of at most `limit` jobs from the key `from` on (empty: from the first), in key order.
/// The key to go on from; empty: that was all.
result<std::string>
states(const engine& rows, std::string_view from, std::size_t limit,
       const std::function<void(std::string_view vo, const job_id&, const wms::job_state&)>& visit);

/// All rows of a job and the first answer to its request go. Of a job without terms only the state.
void erase(std::vector<change>& batch, const engine& rows, std::string_view vo, const job_id& job);

/// Usage as of a moment; both numbers belong to actors/wms/fair_share.hpp.
struct share_row {
  std::string path;
  std::uint64_t usage = 0;
  std::int64_t as_of_s = 0;
};
TRELLIS_INSPECT(share_row, path, usage, as_of_s)

change put_share(const share_row& x);
result<std::vector<share_row>> shares(const engine& rows);

} // namespace trellis::storage::wms_jobs
