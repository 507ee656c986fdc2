#pragma once
/// One connection to one peer, as the gateway sees it. A number tells it from the one before it.
/// Its functions may be called from any thread and never block; dropping the last handle closes it.
#include <cstddef>
#include <string>
#include <string_view>

namespace trellis::link {

/// `work` may be refused when much is waiting to be sent. `owed` (answers, letters, hellos) goes
/// into
/// the buffer as long as there is any; a peer that takes neither is cut off.
enum class urgency { work, owed };

class connection {
public:
  virtual ~connection() = default;

  /// One encoded frame. False: the buffer is full or the connection has ended.
  virtual bool send(std::string frame, urgency how) = 0;

  /// The receiver has dealt with so many bytes of what arrived; more may be read.
  virtual void taken(std::size_t bytes) = 0;

  /// Sends what is waiting, then closes. `why` stands in the log.
  virtual void close(std::string_view why) = 0;
};

} // namespace trellis::link
