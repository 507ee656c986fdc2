#pragma once
/// One request and its answer, as the one that carries it out sees it.
#include "runtime/edge/front.hpp"

namespace trellis::edge {

struct asked_for {
  http::request head;
  http::target target;
  std::optional<host_name> at; // taken out of the query
  route to;
  principal who;
};

class exchange {
public:
  virtual ~exchange() = default;

  virtual const asked_for& what() const = 0;
  virtual const front& house() const = 0;

  /// Calls the role of the request's row at `at`, or where such requests go. The answer comes on
  /// the visitor's thread, and not at all once the visitor has gone.
  virtual void ask(const std::optional<host_name>& at, std::string body,
                   std::function<void(result<std::string>)> then)
      = 0;

  /// Answers with what `job` makes of it, on a thread where it may take its time.
  virtual void in_background(std::function<http::response()> job) = 0;

  /// The next piece of the body, up to `most` bytes and all of them but for the last piece; comes
  /// as `work::body`.
  virtual void want_body(std::size_t most) = 0;

  /// All of the answer. The connection stays if the body was read and the client wishes it.
  virtual void respond(const http::response& x) = 0;

  /// The answer in pieces: a head, then others after each `work::sent`, then `finish`.
  virtual void send(std::string bytes) = 0;
  virtual void finish(bool keep) = 0;
  virtual bool keeps() const = 0; // whether the connection may be kept
};

/// Carries out a request. It lives until it responds or finishes, or the visitor has gone.
class work {
public:
  virtual ~work() = default;

  virtual void begin(exchange& x) = 0;
  virtual void body(exchange& x, std::string piece, bool last);
  virtual void sent(exchange& x);
};

/// The one that carries out this request.
std::unique_ptr<work> work_for(const asked_for& what);

/// Null when the request is not about delegations, or this method is not for them.
std::unique_ptr<work> delegation_for(const asked_for& what);

/// A row answered by JSON; a file of the input sandbox; one of the output; news as they come.
std::unique_ptr<work> make_call();
std::unique_ptr<work> make_upload();
std::unique_ptr<work> make_download();
std::unique_ptr<work> make_event_stream();

} // namespace trellis::edge
