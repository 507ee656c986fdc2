#pragma once
/// How a role's actor tells of the actors below it: how many there are, or each with its state and
/// what waits in its mailbox.
#include "protocols/node/messages.hpp"
#include "runtime/interfaces/base.hpp"

#include <caf/typed_response_promise.hpp>
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace trellis::supervision {

/// Asked of a supervisor or a child; the answer is a node::actor_row. A child does not know its
/// path.
struct get_row {
  using stays_at_home = void;
};

/// Asked of a role's actor.
struct get_children {
  using stays_at_home = void;
  std::string path;  // of the role
  bool each = false; // else one row says how many there are
};

/// More children than a person reads are not asked, only counted.
inline constexpr std::size_t listed_children = 1'000;

struct child_rows {
  node::actor_rows rows;
  std::size_t left = 0;
};

/// The answer of a role's actor whose children are these, each by its part of the path.
template <class Self, class Child>
caf::result<node::actor_rows> rows_below(Self* self, const get_children& x,
                                         const std::vector<std::pair<std::string, Child>>& below) {
  auto all = std::make_shared<child_rows>();
  all->rows.actors.push_back({x.path + "/*", fmt::format("{} with an actor", below.size()), 0, 0});
  if (!x.each || below.empty())
    return std::move(all->rows);
  all->left = std::min(below.size(), listed_children);
  all->rows.actors.resize(1 + all->left);
  auto promise
      = self->template make_response_promise<caf::typed_response_promise<node::actor_rows>>();
  auto put = [promise, all](std::size_t at, node::actor_row row) mutable {
    all->rows.actors[at] = std::move(row);
    if (--all->left == 0)
      promise.deliver(std::move(all->rows));
  };
  for (std::size_t i = 0, n = all->left; i < n; ++i) {
    auto path = x.path + '/' + below[i].first;
    self->request(below[i].second, std::chrono::seconds{2}, get_row{})
        .then(
            [=](node::actor_row& row) mutable {
              row.path = path;
              put(i + 1, std::move(row));
            },
            [=](const caf::error&) mutable {
              put(i + 1, {path, "silent", 0, 0});
            });
  }
  return promise;
}

} // namespace trellis::supervision
