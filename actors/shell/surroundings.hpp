#pragma once
/// What a command may ask of the world it runs in: streams, a terminal, the clock, chance, the
/// environment, and a way to a node. The programs in bin own the real one, tests a fixed one.
#include "actors/shell/grid.hpp"
#include "runtime/edge/user_files.hpp"

#include <chrono>
#include <ctime>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::shell {

using moment = std::chrono::sys_time<std::chrono::microseconds>;

class surroundings {
public:
  virtual ~surroundings() = default;

  virtual std::istream& in() = 0;
  virtual std::ostream& out() = 0;
  virtual std::ostream& err() = 0;
  virtual bool in_is_terminal() const = 0;
  virtual bool out_is_terminal() const = 0;
  virtual bool err_is_terminal() const = 0;
  virtual unsigned width() const = 0; // of the terminal; 80 without one
  virtual bool interrupted() const = 0;

  virtual moment now() = 0;
  virtual void pause(std::chrono::milliseconds d) = 0;
  virtual std::string new_request_id() = 0; // never given before
  virtual std::optional<std::string> environment(std::string_view name) const = 0;
  virtual std::string user_name() const = 0;
  virtual bool exists(const std::string& path) const = 0;
  virtual unsigned user_id() const = 0;
  /// Asks at the terminal without showing what is typed. Errors: `unauthenticated` without one.
  virtual result<std::string> ask_secret(const std::string& question) = 0;
  /// A time of day where the user is; `tm_zone` is its zone's name.
  virtual std::tm calendar(std::chrono::sys_seconds at) const = 0;

  /// Attaches to the control socket at this path.
  virtual result<std::unique_ptr<grid>> attach(const std::string& socket) = 0;

  /// Attaches to a node's HTTPS front, as whoever the user's proxy or certificate says.
  virtual result<std::unique_ptr<grid>> attach_to_endpoint(const std::string& url) = 0;

  /// Where the user's credential and trust anchors are, by profile and environment. Errors:
  /// `usage`.
  virtual result<edge::user_files> credential_files() const = 0;

  /// The endpoint of the user's profile file; empty without one. Errors: `usage`, with its line.
  virtual result<std::string> profile_endpoint() const = 0;
};

} // namespace trellis::shell
