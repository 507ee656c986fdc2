#pragma once
/// How a letter of a given number is laid before the actor of its role: made from the interfaces,
/// one entry a `posted<T>`. Included by the post alone: each entry costs compile time.
#include "runtime/interfaces/crossings.hpp"
#include "runtime/link/clauses.hpp"

#include <caf/actor_control_block.hpp>

#include <functional>
#include <map>

namespace trellis {

/// Told what came of a letter: nothing when it was received, else the error.
using letter_outcome = std::function<void(const std::optional<error>&)>;

/// Requests the actor to take the letter. Fails at once when the body cannot be read.
template <class Self>
using lay_letter = result<done> (*)(Self*, const caf::strong_actor_ptr&, const receipt&,
                                    std::string_view body, letter_outcome);

template <class Self, role R, class T>
result<done> lay(Self* self, const caf::strong_actor_ptr& target, const receipt& from,
                 std::string_view body, letter_outcome then) {
  auto what = wire::decode<T>(body);
  if (!what)
    return what.why();
  self->request(caf::actor_cast<actor_of<R>>(target), std::chrono::seconds{120},
                letter<T>{from, std::move(*what)})
      .then([then](const received&) { then(std::nullopt); },
            [then](const caf::error& e) { then(from_caf(e)); });
  return done{};
}

template <class Self, role R, class T>
void add_letter(std::map<std::uint16_t, lay_letter<Self>>& to, link::clause<letter<T>, received>) {
  static_assert(crossing_of<T>().id != 0 && crossing_of<T>().to == R, "a letter without its row");
  to[crossing_of<T>().id] = lay<Self, R, T>;
}

template <class Self, role R, class Request, class Response>
void add_letter(std::map<std::uint16_t, lay_letter<Self>>&, link::clause<Request, Response>) {}

template <class Self, role R, class... Cs>
void add_letters(std::map<std::uint16_t, lay_letter<Self>>& to, link::clauses<Cs...>) {
  (add_letter<Self, R>(to, Cs{}), ...);
}

template <class Self, role... Rs>
std::map<std::uint16_t, lay_letter<Self>> letters_of() {
  std::map<std::uint16_t, lay_letter<Self>> all;
  (add_letters<Self, Rs>(all, typename link::clauses_of<actor_of<Rs>>::type{}), ...);
  return all;
}

} // namespace trellis
