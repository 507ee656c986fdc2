#pragma once
/// A relay in the path of every link: the weather between nodes. One port a link on the loopback,
/// one thread for all. What it does is what TCP shows of a network: bytes come late, slowly, not
/// any more, or the connection is refused; they are never damaged.
///
/// Times are real ones. Errors: `internal` when the system gives no socket.
#include "protocols/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace trellis::real {

/// After which TCP sends anew what was lost.
inline constexpr std::chrono::milliseconds sent_again{200};

/// Of one direction.
struct weather {
  std::chrono::microseconds delay{0};
  double bytes_s = 0; // 0: as fast as it goes
  double lose = 0;    // of the pieces; one that is lost comes after `again`; 1: nothing goes on
  std::chrono::microseconds again{sent_again};

  friend bool operator==(const weather&, const weather&) = default;
};

class relay {
public:
  /// Which way: as the connection is dialled, or against it.
  enum class direction : std::uint8_t { forth, back };

  static result<std::unique_ptr<relay>> start(std::uint64_t seed);
  ~relay();

  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;

  struct led {
    std::size_t link = 0; // from 0
    std::uint16_t port = 0;
  };

  /// A port of the loopback (0: any) that leads to another.
  result<led> lead(std::uint16_t port, std::uint16_t to);

  /// Connections are closed, and new ones too, until it is not cut any more.
  void cut(std::size_t link, bool yes);

  void set(std::size_t link, direction way, const weather& x);

private:
  class loop;
  explicit relay(std::unique_ptr<loop> x);
  std::unique_ptr<loop> loop_;
};

} // namespace trellis::real
