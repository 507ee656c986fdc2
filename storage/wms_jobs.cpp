#include "storage/wms_jobs.hpp"

#include "storage/keys.hpp"

#include <fmt/format.h>

namespace trellis::storage::wms_jobs {

using namespace std::string_view_literals;

namespace {

constexpr char version = 1;

template <class T>
std::string versioned(const T& x) {
  return version + wire::encode(x);
}

template <class T>
result<T> unversioned(std::string_view value, std::string_view what) {
  if (value.empty() || value.front() != version)
    return error{errc::malformed, fmt::format("a row of {} has another version", what)};
  auto x = wire::decode<T>(value.substr(1));
  if (!x)
    return error{errc::malformed, fmt::format("a row of {} cannot be read", what)};
  return x;
}

result<std::string> must_get(const engine& rows, const std::string& key, const job_id& job) {
  auto found = rows.get(family::wms_jobs, key);
  if (!found)
    return found.why();
  if (!*found)
    return error{errc::not_found, fmt::format("there is no job {} here", job.text())};
  return std::move(**found);
}

} // namespace

std::string terms_key(std::string_view vo, const job_id& job) { return key(vo, job.text()) + 't'; }

std::string state_key(std::string_view vo, const job_id& job) { return key(vo, job.text()) + 's'; }

std::string request_key(const principal& who, std::string_view request, const job_id& job) {
  return key(who.vo, who.subject, request.empty() ? std::string_view{job.text()} : request);
}

std::string write(const wms::job_terms& x) { return versioned(x); }

std::string write(const wms::job_state& x) { return versioned(x); }

std::string write(const wms::submitted& x) { return versioned(x); }

result<wms::job_terms> read_terms(std::string_view value) {
  return unversioned<wms::job_terms>(value, "a job's terms");
}

result<wms::job_state> read_state(std::string_view value) {
  return unversioned<wms::job_state>(value, "a job's state");
}

result<wms::submitted> read_answer(std::string_view value) {
  return unversioned<wms::submitted>(value, "a first answer");
}

result<wms::job_state> load_state(const engine& rows, std::string_view vo, const job_id& job) {
  auto state = must_get(rows, state_key(vo, job), job);
  if (!state)
    return state.why();
  return read_state(*state);
}

result<stored_job> load(const engine& rows, std::string_view vo, const job_id& job) {
  auto state = load_state(rows, vo, job);
  if (!state)
    return state.why();
  auto value = must_get(rows, terms_key(vo, job), job);
  if (!value)
    return value.why();
  auto terms = read_terms(*value);
  if (!terms)
    return terms.why();
  return stored_job{std::move(*terms), std::move(*state)};
}

result<std::optional<wms::submitted>> answered(const engine& rows, const principal& who,
                                               std::string_view request) {
  auto found = rows.get(family::wms_requests, request_key(who, request, {}));
  if (!found)
    return found.why();
  if (!*found)
    return std::optional<wms::submitted>{};
  auto answer = read_answer(**found);
  if (!answer)
    return answer.why();
  return std::optional{std::move(*answer)};
}

result<done> each(const engine& rows, const std::function<void(stored_job&&)>& visit) {
  std::optional<wms::job_state> state; // 's' sorts before 't': the state comes first
  std::optional<error> broken;
  auto read = rows.scan(family::wms_jobs, "", "", [&](std::string_view key, std::string_view row) {
    if (key.ends_with('s')) {
      auto x = read_state(row);
      if (!x)
        broken = x.why();
      else
        state = std::move(*x);
    } else if (state) {
      auto x = read_terms(row);
      if (!x)
        broken = x.why();
      else
        visit({std::move(*x), std::move(*state)});
      state.reset();
    }
    return !broken;
  });
  if (broken)
    return *broken;
  return read;
}

result<std::string>
states(const engine& rows, std::string_view from, std::size_t limit,
       const std::function<void(std::string_view, const job_id&, const wms::job_state&)>& visit) {
  std::optional<error> broken;
  std::string next;
  auto read
      = rows.scan(family::wms_jobs, "", from, [&](std::string_view key, std::string_view row) {
          if (!key.ends_with("\0s"sv))
            return true;
          if (limit == 0) {
            next = key;
            return false;
          }
          auto end_of_vo = key.find('\0');
          auto job = job_id::parse(key.substr(end_of_vo + 1, key.size() - end_of_vo - 3));
          auto state = read_state(row);
          if (!job || !state) {
            broken = !state ? state.why() : job.why();
            return false;
          }
          --limit;
          visit(key.substr(0, end_of_vo), *job, *state);
          return true;
        });
  if (broken)
    return *broken;
  if (!read)
    return read.why();
  return next;
}

void erase(std::vector<change>& batch, const engine& rows, std::string_view vo, const job_id& job) {
  if (auto x = load(rows, vo, job))
    batch.push_back(
        {family::wms_requests, request_key(x->terms.who, x->terms.request, job), std::nullopt});
  batch.push_back({family::wms_jobs, terms_key(vo, job), std::nullopt});
  batch.push_back({family::wms_jobs, state_key(vo, job), std::nullopt});
}

change put_share(const share_row& x) { return {family::wms_shares, key(x.path), versioned(x)}; }

result<std::vector<share_row>> shares(const engine& rows) {
  std::vector<share_row> out;
  std::optional<error> broken;
  auto read = rows.scan(family::wms_shares, "", "", [&](std::string_view, std::string_view row) {
    auto x = unversioned<share_row>(row, "a share");
    if (!x)
      broken = x.why();
    else
      out.push_back(std::move(*x));
    return !broken;
  });
  if (broken)
    return *broken;
  if (!read)
    return read.why();
  return out;
}

} // namespace trellis::storage::wms_jobs
