#pragma once
/// Makes the rows of deliveries.hpp from an interface. For deliveries_<role>.cpp alone: each
/// message
/// costs half a second of compile time.
#include "runtime/link/clauses.hpp"
#include "runtime/link/deliveries.hpp"

namespace trellis::link {

struct delivery_rows {
  std::vector<call_delivery> calls;
  std::vector<letter_delivery> letters;
};

/// Bodies may have more elements than a frame: a snapshot, a list of a user's jobs.
inline constexpr wire::limits body_limits{16, 1u << 20};

template <class T>
result<T> open_body(std::string_view body, const admission& may) {
  auto x = wire::decode<T>(body, body_limits);
  if constexpr (asked_by_somebody<T>)
    if (x)
      if (auto bad = may(x->who))
        return *bad;
  return x;
}

template <class T>
result<caf::message> open_call(std::string_view body, const admission& may) {
  auto x = open_body<T>(body, may);
  if (!x)
    return x.why();
  return caf::make_message(std::move(*x));
}

template <class T>
result<caf::message> open_letter(std::string_view body, receipt from, const admission& may) {
  auto x = open_body<T>(body, may);
  if (!x)
    return x.why();
  return caf::make_message(letter<T>{std::move(from), std::move(*x)});
}

template <class Response>
caf::behavior listen_for(answer_sink to) {
  return {[to](const Response& y) { to(wire::encode(y)); },
          [to](const caf::error& e) { to(from_caf(e)); }};
}

inline caf::behavior listen_for_nothing(answer_sink) { return {}; }

template <role R, class Request, class Response>
void add_row(delivery_rows& to, clause<Request, Response>) {
  constexpr auto row = crossing_of<Request>();
  if constexpr (row.id != 0 && row.to == R) {
    constexpr bool somebody = asked_by_somebody<Request>;
    static_assert(somebody || !(row.senders & users), "what users may ask has a member `who`");
    if constexpr (std::is_void_v<Response>)
      to.calls.push_back({row.id, somebody, true, open_call<Request>, listen_for_nothing});
    else
      to.calls.push_back({row.id, somebody, false, open_call<Request>, listen_for<Response>});
  }
}

template <role R, class T>
void add_row(delivery_rows& to, clause<letter<T>, received>) {
  constexpr auto row = crossing_of<T>();
  if constexpr (row.id != 0 && row.to == R)
    to.letters.push_back({row.id, open_letter<T>});
}

template <role R, class Interface>
delivery_rows rows_of() {
  delivery_rows out;
  [&]<class... Cs>(clauses<Cs...>) {
    (add_row<R>(out, Cs{}), ...);
  }(typename clauses_of<Interface>::type{});
  return out;
}

delivery_rows wms_deliveries();
delivery_rows lb_deliveries();
delivery_rows ce_deliveries();
delivery_rows info_deliveries();
delivery_rows node_deliveries();
delivery_rows voms_deliveries();

} // namespace trellis::link
