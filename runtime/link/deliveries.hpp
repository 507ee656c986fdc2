#pragma once
/// How the body of a frame becomes a message to an actor, and the actor's answer a body again. One
/// row a message, made from the interfaces of all roles; the rows of a role are one unit each
/// (deliveries_<role>.cpp). Used by the gateway, the control socket and the post.
#include "protocols/names/principal.hpp"
#include "runtime/interfaces/store.hpp"

#include <caf/behavior.hpp>
#include <caf/message.hpp>

#include <functional>
#include <optional>
#include <vector>

namespace trellis::link {

/// Looks at the principal of a request, may replace it, or refuses the request.
using admission = std::function<std::optional<error>(principal&)>;

/// Gets the encoded answer, or why there is none.
using answer_sink = std::function<void(result<std::string>)>;

/// A request or note that may cross nodes.
struct call_delivery {
  std::uint16_t type = 0;
  bool by_somebody = false; // it has a member `who`; `admission` is asked
  bool told = false;        // nobody waits for an answer

  /// Errors: `malformed`, and those of the admission.
  result<caf::message> (*open)(std::string_view body, const admission& may) = nullptr;

  /// What to do with the actor's response.
  caf::behavior (*listen)(answer_sink to) = nullptr;
};

/// A letter that may cross nodes: the actor answers it with `received`.
struct letter_delivery {
  std::uint16_t type = 0;

  /// A message with one `letter<T>`. Errors: `malformed`, and those of the admission.
  result<caf::message> (*open)(std::string_view body, receipt from, const admission& may) = nullptr;

  /// Puts into the step what the sender's role has to hear when the letter is refused: it waits for
  /// what will not come. Null: nobody waits.
  void (*refused)(std::string_view body, const receipt& from, const error& why, store::step& into)
      = nullptr;
};

/// The row of a number on the wire, or null.
const call_delivery* call_delivery_of(std::uint16_t type);
const letter_delivery* letter_delivery_of(std::uint16_t type);

/// The numbers of all messages that this node understands, in order.
const std::vector<std::uint16_t>& known_types();

} // namespace trellis::link
