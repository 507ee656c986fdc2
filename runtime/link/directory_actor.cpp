#include "runtime/link/directory_actor.hpp"

#include "runtime/link/stub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace trellis::link {

namespace {

/// Stubs are kept for ever, so an address that somebody made up must not make many.
constexpr std::uint32_t instances_limit = 1024;

} // namespace

void directory_shell::start(self_ptr self, host_name here) {
  self_ = self;
  here_ = std::move(here);
}

caf::result<directory::found> directory_shell::find(const address& who) {
  if (who.host == here_) {
    auto i = served_.find({who.to, who.instance});
    if (i == served_.end())
      return to_caf({errc::no_such_address,
                     fmt::format("{} does not play the role of {}", here_.text(), text(who))});
    return directory::found{i->second};
  }
  auto p = peers_.find(who.host);
  if (p == peers_.end())
    return to_caf({errc::no_such_address, fmt::format("{} is no peer of {}: {} cannot be asked",
                                                      who.host.text(), here_.text(), text(who))});
  auto& peer = p->second;
  bool plays = who.to == role::node || std::ranges::count(peer.rights.roles, who.to) != 0;
  if (!plays || who.instance >= instances_limit)
    return to_caf({errc::no_such_address,
                   fmt::format("the configuration of {} does not give {} the role of {}",
                               here_.text(), who.host.text(), text(who))});
  auto& stub = peer.stubs[{who.to, who.instance}];
  if (!stub)
    stub = spawn_stub(self_->system(), peer.gate, who);
  return directory::found{stub};
}

directory::serving directory_shell::serve(directory::serve& x) {
  for (auto& [host, peer] : peers_)
    self_->send(peer.gate, serves{x.which, x.instance, x.handle});
  served_[{x.which, x.instance}] = std::move(x.handle);
  return {};
}

void directory_shell::attach(link::attach& x) {
  for (auto& [key, handle] : served_)
    self_->send(x.gate, serves{key.first, key.second, handle});
  auto host = x.peer.host;
  peers_[host] = {std::move(x.peer), std::move(x.gate), {}};
}

caf::result<link_rows> directory_shell::links() {
  struct gathering {
    link_rows rows;
    std::size_t left = 0;
  };

  auto promise = self_->make_response_promise<link_rows>();
  auto all = std::make_shared<gathering>();
  all->left = peers_.size();
  if (peers_.empty())
    promise.deliver(link_rows{});
  auto one_less = [promise, all]() mutable {
    if (--all->left > 0)
      return;
    std::ranges::sort(all->rows.links, {}, &node::link_row::peer);
    promise.deliver(std::move(all->rows));
  };
  for (auto& [host, peer] : peers_)
    self_->request(peer.gate, std::chrono::seconds{5}, get_row{})
        .then(
            [all, one_less](node::link_row& x) mutable {
              all->rows.links.push_back(std::move(x));
              one_less();
            },
            [one_less](const caf::error&) mutable { one_less(); }); // its row is missing
  return promise;
}

link_directory_actor::behavior_type directory(directory_shell::self_ptr self, host_name here) {
  auto& shell = self->state;
  shell.start(self, std::move(here));
  return {
      [&shell](const directory::find& x) { return shell.find(x.who); },
      [&shell](directory::serve& x) { return shell.serve(x); },
      [&shell](link::attach& x) { shell.attach(x); },
      [&shell](get_links) { return shell.links(); },
  };
}

} // namespace trellis::link
