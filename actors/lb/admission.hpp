#pragma once
/// Who may log which event, and who may read. The state machine refuses no event; this does,
/// before an event is stored (L&B Administrator's Guide, authorization; a CE speaks only for jobs
/// that a Match sent to it).
#include "actors/lb/state_machine.hpp"
#include "protocols/names/address.hpp"
#include "protocols/names/principal.hpp"

namespace trellis::lb {

/// Who sends: a node, with the roles that its configuration grants it, or a person.
struct sender {
  host_name host; // empty: a person
  std::uint32_t roles = 0;
  const principal* person = nullptr;
};

enum class admittance : std::uint8_t {
  yes,
  hold, // not yet: the event that would admit it may be on its way
  no,
};

struct admission {
  admittance how = admittance::yes;
  error why; // for `no`, and for `hold` what is missing
};

/// `job`: null when nobody registered it here.
admission admit(const sender& by, const event& e, const job_record* job);

/// The same person, also through a proxy: trailing /CN=proxy, /CN=limited proxy and /CN=<digits> do
/// not count.
bool same_person(std::string_view a, std::string_view b);

std::string_view without_proxies(std::string_view subject);

/// The owner, operators, and whom the owner let read. Deny beats allow.
bool may_read(const principal& who, const job_record& job);

} // namespace trellis::lb
