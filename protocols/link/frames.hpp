#pragma once
/// What travels between two nodes, and between a client and the control socket: a list of frames a
/// message, at most 1 MiB. Fields are only appended; an alternative is only appended.
#include "protocols/names/address.hpp"
#include "protocols/names/principal.hpp"

#include <map>

namespace trellis::link {

inline constexpr std::uint32_t protocol_version = 1;
inline constexpr std::size_t message_limit_bytes = 1u << 20;

/// A request, or with number 0 a note that nobody waits for.
struct call {
  std::uint64_t number = 0; // chosen by who asks
  address to;
  std::uint16_t type = 0;
  std::chrono::milliseconds time_left{60'000};
  std::string trace; // an id that follows the work through the logs
  std::string body;
};
TRELLIS_INSPECT(call, number, to, type, time_left, trace, body)

struct answer {
  std::uint64_t number = 0;
  std::string body;
};
TRELLIS_INSPECT(answer, number, body)

struct failure {
  std::uint64_t number = 0;
  error why;
};
TRELLIS_INSPECT(failure, number, why)

/// A letter of the sender's stream to `to`. The stream's host is the peer itself.
struct parcel {
  std::string birth, incarnation; // of the sender's store
  address to;
  std::uint64_t number = 0;
  std::uint16_t type = 0;
  std::string body;
};
TRELLIS_INSPECT(parcel, birth, incarnation, to, number, type, body)

/// All letters up to `number` of the receiver's own stream to `to` have arrived.
struct ack {
  std::string birth, incarnation; // of the store that sent the letters
  address to;
  std::uint64_t number = 0;
};
TRELLIS_INSPECT(ack, birth, incarnation, to, number)

/// How far one stream of the peer has come here.
struct inbox_mark {
  std::string birth, incarnation;
  address to;
  std::uint64_t last = 0;
};
TRELLIS_INSPECT(inbox_mark, birth, incarnation, to, last)

/// The first word of each side.
struct hello {
  std::uint32_t version = protocol_version;
  host_name host;
  std::string site;
  std::vector<role> roles;
  std::string birth, incarnation;
  std::vector<inbox_mark> marks;
  std::vector<std::uint16_t> message_types;
  std::chrono::sys_time<std::chrono::microseconds> wall{};
  std::uint32_t credit = 1024; // calls that may be open at this side
};
TRELLIS_INSPECT(hello, version, host, site, roles, birth, incarnation, marks, message_types, wall,
                credit)

/// More calls may be open at this side than the hello said, or fewer.
struct credit {
  std::uint32_t calls = 0;
};
TRELLIS_INSPECT(credit, calls)

using frame = std::variant<call, answer, failure, parcel, ack, hello, credit>;
using message = std::vector<frame>;

} // namespace trellis::link
