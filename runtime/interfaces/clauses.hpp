#pragma once
/// The messages of an interface as a list of types. The only place that knows how CAF spells them.
#include "runtime/interfaces/base.hpp"

namespace trellis {

/// One line of an interface; `Response` is void for a note.
template <class Request, class Response>
struct clause {};

template <class... Clauses>
struct clauses {};

template <class Interface>
struct clauses_of;

template <class... Requests, class... Responses>
struct clauses_of<caf::typed_actor<
    caf::typed_mpi<caf::detail::type_list<Requests>, caf::output_tuple<Responses>>...>> {
  using type = clauses<clause<Requests, Responses>...>;
};

} // namespace trellis
