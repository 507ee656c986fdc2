#pragma once
/// How interfaces of actors are written. An interface is a list of `asked<Request, Response>` and
/// `told<Note>`; a letter is a request that arrives through the outbox. CAF never serializes what
/// actors tell each other: inside a node it is moved or copied, between nodes our codec does it.
#include "protocols/base/result.hpp"
#include "protocols/names/address.hpp"
#include "protocols/wire/codec.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/detail/tuple_vals.hpp>
#include <caf/error.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include <span>

CAF_ERROR_CODE_ENUM(trellis::errc, "trellis")

namespace trellis {

/// A struct that never leaves its node says so: `using stays_at_home = void;`
template <class T>
concept stays_at_home = requires {
  typename T::stays_at_home;
};

/// What actors tell each other: a struct whose fields `wire` can visit, or one that stays at home.
template <class T>
concept payload = std::is_class_v<T> &&(
    stays_at_home<T> || std::is_empty_v<T> || requires(wire::writer & w, T& x) { inspect(w, x); });

/// A stream of letters: from one incarnation of a store, to one address.
struct stream {
  host_name from;
  std::string birth;       // of the sender's store
  std::string incarnation; // drawn when that store was made or restored
  address to;

  friend auto operator<=>(const stream&, const stream&) = default;
};
TRELLIS_INSPECT(stream, from, birth, incarnation, to)

/// Which letter this is. It goes into the batch of what the letter changes (`store::step`).
struct receipt {
  stream from;
  std::uint64_t number = 0;
};
TRELLIS_INSPECT(receipt, from, number)

/// A message that came through the outbox of `from`. The addressed actor commits its receipt with
/// what it changes, and then answers `received`; a repeat it never sees twice.
template <class T>
struct letter {
  using stays_at_home = void;
  receipt from;
  T what;
};

/// The letter is on disk here. The gateway may acknowledge it.
struct received {};

} // namespace trellis

template <trellis::payload T>
struct caf::allowed_unsafe_message_type<T> : std::true_type {};

/// What CAF keeps a message of one payload in. Its own is for any number of values and writes each
/// of five visits as a switch of eleven cases, for every message: a tenth of the build.
template <class Base, trellis::payload T>
class caf::detail::tuple_vals_impl<Base, T> : public Base {
public:
  using super = message_data;
  using data_type = std::tuple<T>;

  tuple_vals_impl(const tuple_vals_impl&) = default;

  explicit tuple_vals_impl(const T& x) : data_(x) {}

  explicit tuple_vals_impl(T&& x) : data_(std::move(x)) {}

  data_type& data() { return data_; }

  const data_type& data() const { return data_; }

  using Base::copy;

  size_t size() const noexcept override { return 1; }

  const void* get(size_t) const noexcept override { return &std::get<0>(data_); }

  void* get_mutable(size_t) override { return &std::get<0>(data_); }

  rtti_pair type(size_t) const noexcept override { return make_rtti_pair<T>(); }

  uint32_t type_token() const noexcept override { return make_type_token<T>(); }

  std::string stringify(size_t) const override { return "<unprintable>"; }

  type_erased_value_ptr copy(size_t) const override {
    return make_type_erased_value<T>(std::get<0>(data_));
  }

  // Payloads cross nodes in the bytes of our own codec only.
  error save(size_t, serializer&) const override { return sec::state_not_serializable; }

  error load(size_t, deserializer&) override { return sec::state_not_serializable; }

private:
  data_type data_;
};

namespace trellis {

template <payload Request, payload Response>
using asked = typename caf::replies_to<Request>::template with<Response>;

template <payload Note>
using told = caf::reacts_to<Note>;

template <payload T>
using posted = asked<letter<T>, received>;

/// An expected failure as CAF carries it: the code and one sentence.
inline caf::error to_caf(const error& e) { return caf::make_error(e.code, e.text); }

/// Back again; foreign errors become `timed_out`, `not_running` or `internal` without their text.
error from_caf(const caf::error& e);

// --- what may cross nodes ----------------------------------------------------------------------

template <class T>
constexpr std::string_view name_of() {
  return __PRETTY_FUNCTION__; // only compared
}

constexpr std::uint32_t roles(auto... xs) { return ((1u << static_cast<unsigned>(xs)) | ... | 0u); }

/// `user` in `senders`: people may ask it, through the control socket and the HTTPS front.
inline constexpr std::uint32_t users = 1u << 31;

struct crossing {
  std::string_view message;
  std::uint16_t id = 0;      // on the wire; never used again for another message
  role to{};                 // the role addressed
  std::uint32_t senders = 0; // roles of which a peer must have one; `users`
};

/// A row of a table of crossings: `may_cross<ce::cancel_attempt>(0x0302, role::ce,
/// roles(role::wms))`.
template <class Message>
constexpr crossing may_cross(std::uint16_t id, role to, std::uint32_t senders) {
  return {name_of<Message>(), id, to, senders};
}

/// A message's row; its id is 0 when the message stays at home. The table is found by the message's
/// namespace (`table_for`), so that a change in one subsystem does not rebuild the others.
template <class Message>
constexpr crossing crossing_of() {
  if constexpr (requires { table_for(static_cast<const Message*>(nullptr)); })
    for (const auto& row : table_for(static_cast<const Message*>(nullptr)))
      if (row.message == name_of<Message>())
        return row;
  return {};
}

} // namespace trellis
