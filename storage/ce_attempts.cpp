#include "storage/ce_attempts.hpp"

#include "storage/keys.hpp"

namespace trellis::storage {
namespace {

constexpr char version = 1;

template <class T>
std::string value_of(const T& x) {
  return std::string(1, version) + wire::encode(x);
}

template <class T>
result<T> read_value(std::string_view value) {
  if (value.empty() || value[0] != version)
    return error{errc::malformed, "an attempt's row has a version that this node does not know"};
  return wire::decode<T>(value.substr(1));
}

template <class T>
result<std::vector<T>> all_of(const engine& rows, std::string_view prefix) {
  std::vector<T> out;
  std::optional<error> problem;
  auto read = rows.scan(family::ce_attempts, prefix, {}, [&](auto, auto value) {
    auto row = read_value<T>(value);
    if (row)
      out.push_back(std::move(*row));
    else
      problem = row.why();
    return !problem;
  });
  if (!read)
    return read.why();
  if (problem)
    return *problem;
  return out;
}

} // namespace

std::string attempt_key(std::string_view vo, const ce::attempt_id& x) {
  return std::string{attempt_prefix} + key(vo, x.job.text()) + be64(x.number);
}

std::string attempt_key(const ce::attempt_record& x) {
  return attempt_key(x.task.who.vo, x.task.attempt);
}

std::string attempt_value(const ce::attempt_record& x) { return value_of(x); }

result<ce::attempt_record> read_attempt(std::string_view value) {
  return read_value<ce::attempt_record>(value);
}

std::string early_cancel_key(const ce::attempt_id& x) {
  return "c" + key(x.job.text()) + be64(x.number);
}

std::string early_cancel_value(const ce::early_cancel& x) { return value_of(x); }

result<std::vector<ce::early_cancel>> early_cancels(const engine& rows) {
  return all_of<ce::early_cancel>(rows, "c");
}

std::string lease_key(const ce::attempt_id& x) { return "l" + key(x.job.text()) + be64(x.number); }

std::string lease_value(ce::moment until) {
  return be64(static_cast<std::uint64_t>(until.time_since_epoch().count()));
}

ce::moment read_lease(std::string_view value) {
  return ce::moment{std::chrono::microseconds{static_cast<std::int64_t>(read_be64(value))}};
}

result<std::vector<ce::attempt_record>> all_attempts(const engine& rows) {
  return all_of<ce::attempt_record>(rows, attempt_prefix);
}

} // namespace trellis::storage
