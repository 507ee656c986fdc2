#pragma once
/// What one run of a command works with: its streams, the form of its output, the node it is
/// attached to, and who serves what. Attaches when the first request is made.
#include "actors/shell/command.hpp"
#include "actors/shell/form.hpp"
#include "actors/shell/surroundings.hpp"

#include <functional>

namespace trellis::shell {

/// Which node to attach to, and how to print.
struct preferences {
  std::string node;     // a node directory; empty: found by the environment
  std::string endpoint; // https://host:port, in place of a node of this machine
  std::string wms, lb;  // hosts; empty: the attached node, or the peer that has the role
  form output = form::table;
};

class session {
public:
  session(surroundings& world, preferences wanted) : world_(world), wanted_(std::move(wanted)) {}

  surroundings& world() { return world_; }

  std::ostream& out() { return world_.out(); }

  std::ostream& err() { return world_.err(); }

  form output() const { return wanted_.output; }

  /// The name by which messages speak of this program.
  std::string program = "trellis";

  /// The attached node; the first use attaches.
  result<grid*> nodes();

  /// A connection of one's own.
  result<std::unique_ptr<grid>> attach();

  /// Who serves a role: as told by option or environment, the attached node, else the only peer
  /// that has it.
  result<address> serving(role x);

  address lb_of(const job_id& job) const { return {role::lb, job.lb(), 0}; }

  /// Asks the node that serves the request's role.
  template <class Request>
  result<response_of<Request>> ask(const Request& what,
                                   std::chrono::milliseconds limit = usual_limit) {
    auto to = serving(operation_of<Request>().to);
    if (!to)
      return to.why();
    return ask_at(*to, what, limit);
  }

  template <class Request>
  result<response_of<Request>> ask_at(const address& to, const Request& what,
                                      std::chrono::milliseconds limit = usual_limit) {
    auto there = nodes();
    if (!there)
      return there.why();
    return shell::ask(**there, to, what, limit);
  }

  /// Prints the error and what to do next; gives the exit code.
  int fail(const error& e, std::string_view next = {});
  /// The same for one of several: remembers that something failed.
  void fail_one(const error& e, std::string_view next = {});
  /// The exit code of a bulk command: 0, the code of the only kind of failure, or 8.
  int verdict(std::size_t succeeded) const;

  /// A remark that is not the result: to stderr, only when a person looks on.
  void note(std::string_view text);

  /// Uses this connection instead of an own one (the shell keeps one for all its commands).
  void use(grid* shared) { shared_ = shared; }

  /// Prints a list in the form that was asked for.
  template <class T>
  void print(const view<T>& how, const std::vector<T>& items) {
    shell::print(out(), output(), how, items, paper());
  }

  /// Width and colours of the output.
  page paper() const;

  /// The HTTPS front that is to be used; empty: a node of this machine is meant.
  result<std::string> endpoint() const;

private:
  result<std::string> socket_path() const;
  result<address> find_serving(role x);

  surroundings& world_;
  preferences wanted_;
  std::unique_ptr<grid> own_;
  grid* shared_ = nullptr;
  std::map<role, address> known_;
  std::size_t failures_ = 0;
  errc first_failure_ = errc::none;
  bool mixed_ = false;
};

} // namespace trellis::shell
