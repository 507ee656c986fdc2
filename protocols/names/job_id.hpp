#pragma once
/// The name of a job: https://<L&B host>:<port>/<unique>, with a unique part of 22 characters from
/// [A-Za-z0-9_-] (L&B User's Guide, job identifier). The L&B server is named in it, so nobody needs
/// a directory to ask about a job. Errors: `malformed`, with the text and what was expected.
#include "protocols/names/host_name.hpp"

#include <array>
#include <cstdint>

namespace trellis {

class job_id {
public:
  static constexpr std::uint16_t default_port = 9000;

  job_id() = default;

  static result<job_id> parse(std::string_view text);

  /// A new id from 16 random bytes.
  static job_id make(const host_name& lb, std::uint16_t port,
                     const std::array<std::uint8_t, 16>& random);

  const std::string& text() const { return text_; }

  bool empty() const { return text_.empty(); }

  /// The host of the L&B server that owns this job's record.
  host_name lb() const;

  /// The last 22 characters.
  std::string_view unique() const;

  friend auto operator<=>(const job_id&, const job_id&) = default;

private:
  std::string text_;
};

} // namespace trellis
