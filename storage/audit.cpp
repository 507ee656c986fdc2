#include "storage/audit.hpp"

#include "storage/keys.hpp"

namespace trellis::storage {
namespace {

constexpr char version = 1;

std::string when_key(std::chrono::sys_time<std::chrono::microseconds> when) {
  return be64(static_cast<std::uint64_t>(when.time_since_epoch().count()));
}

} // namespace

change put_audit(std::chrono::sys_time<std::chrono::microseconds> when, std::uint64_t number,
                 const audit_entry& x) {
  return {family::audit, when_key(when) + be64(number), version + wire::encode(x)};
}

result<std::vector<audit_entry>>
audit_entries(const engine& rows, std::chrono::sys_time<std::chrono::microseconds> from,
              std::size_t limit) {
  std::vector<audit_entry> out;
  auto bad = false;
  auto read = rows.scan(family::audit, {}, when_key(from), [&](auto, std::string_view value) {
    audit_entry x;
    bad = value.empty() || value.front() != version || !wire::read(value.substr(1), x);
    if (!bad)
      out.push_back(std::move(x));
    return !bad && out.size() < limit;
  });
  if (!read)
    return read.why();
  if (bad)
    return error{errc::malformed, "an audit row cannot be read: a torn one or of another version"};
  return out;
}

} // namespace trellis::storage
