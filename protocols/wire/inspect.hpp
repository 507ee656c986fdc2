#pragma once
/// How a message lists its fields, once, with their names:
///
///   struct ping { job_id job; std::uint32_t hops = 0; };
///   TRELLIS_INSPECT(ping, job, hops)
///
/// The wire codec, JSON, trace text and tests are visitors of that one line. `inspect` is
/// constrained to our own visitors, so CAF never takes it for its own.
#include <concepts>
#include <type_traits>

namespace trellis::wire {

/// Who may visit a message's fields: it has `visits_wire_fields` and `field(name, value)`.
template <class F>
concept visitor = requires {
  typename std::remove_cvref_t<F>::visits_wire_fields;
};

} // namespace trellis::wire

// A recursive macro: up to 64 fields with four levels of rescanning.
#define TRELLIS_PARENS ()
#define TRELLIS_EXPAND(...)                                                                        \
  TRELLIS_EXPAND3(TRELLIS_EXPAND3(TRELLIS_EXPAND3(TRELLIS_EXPAND3(__VA_ARGS__))))
#define TRELLIS_EXPAND3(...)                                                                       \
  TRELLIS_EXPAND2(TRELLIS_EXPAND2(TRELLIS_EXPAND2(TRELLIS_EXPAND2(__VA_ARGS__))))
#define TRELLIS_EXPAND2(...)                                                                       \
  TRELLIS_EXPAND1(TRELLIS_EXPAND1(TRELLIS_EXPAND1(TRELLIS_EXPAND1(__VA_ARGS__))))
#define TRELLIS_EXPAND1(...) __VA_ARGS__
#define TRELLIS_FIELDS(...) __VA_OPT__(TRELLIS_EXPAND(TRELLIS_FIELDS_STEP(__VA_ARGS__)))
#define TRELLIS_FIELDS_STEP(name, ...)                                                             \
  f.field(#name, x.name);                                                                          \
  __VA_OPT__(TRELLIS_FIELDS_AGAIN TRELLIS_PARENS(__VA_ARGS__))
#define TRELLIS_FIELDS_AGAIN() TRELLIS_FIELDS_STEP

/// Lists the fields of `type`, in wire order. Fields are appended, never moved or retyped.
#define TRELLIS_INSPECT(type, ...)                                                                 \
  inline void inspect([[maybe_unused]] ::trellis::wire::visitor auto& f,                           \
                      [[maybe_unused]] type& x) {                                                  \
    TRELLIS_FIELDS(__VA_ARGS__)                                                                    \
  }
