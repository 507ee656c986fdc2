#pragma once
/// The messages of an interface, one template argument each. The only place that knows how CAF
/// spells them.
#include "protocols/names/principal.hpp"
#include "runtime/interfaces/base.hpp"

namespace trellis::link {

template <class Request, class Response>
struct clause {}; // Response is void for a note

template <class... Clauses>
struct clauses {};

template <class Interface>
struct clauses_of;

template <class... Req, class... Resp>
struct clauses_of<
    caf::typed_actor<caf::typed_mpi<caf::detail::type_list<Req>, caf::output_tuple<Resp>>...>> {
  using type = clauses<clause<Req, Resp>...>;
};

template <class T>
inline constexpr bool is_letter = false;
template <class T>
inline constexpr bool is_letter<letter<T>> = true;

/// A request that names who asks: the gate looks at it.
template <class T>
concept asked_by_somebody = requires(T x) {
  { x.who } -> std::same_as<principal&>;
};

} // namespace trellis::link
