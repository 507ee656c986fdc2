#pragma once
/// Inside this folder only: DER (X.690) as far as certificates of VOMS need it, read strictly: tags
/// of one byte, lengths in their shortest form, nothing behind the end. Views point into the input.
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::gsi::der {

enum tag : std::uint8_t {
  boolean = 0x01,
  integer = 0x02,
  bit_string = 0x03,
  octet_string = 0x04,
  null = 0x05,
  oid = 0x06,
  utf8_string = 0x0C,
  printable_string = 0x13,
  ia5_string = 0x16,
  generalized_time = 0x18,
  sequence = 0x30,
  set = 0x31,
};

/// [n] of something constructed, and of something primitive.
constexpr std::uint8_t context(unsigned n) { return static_cast<std::uint8_t>(0xA0 | n); }

constexpr std::uint8_t primitive(unsigned n) { return static_cast<std::uint8_t>(0x80 | n); }

struct value {
  std::uint8_t tag = 0;
  std::string_view body;  // what is in it
  std::string_view whole; // with tag and length
};

/// Reads one value after the other.
class cursor {
public:
  explicit cursor(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }

  /// Whether the next value has this tag.
  bool at(std::uint8_t tag) const {
    return !rest_.empty() && static_cast<std::uint8_t>(rest_.front()) == tag;
  }

  /// The next value; nothing at the end or when it is no DER. Nothing is read then.
  std::optional<value> next();

  /// The next value if it has this tag.
  std::optional<value> next(std::uint8_t tag);

private:
  std::string_view rest_;
};

/// The only value in `bytes`, of this tag.
std::optional<value> only(std::string_view bytes, std::uint8_t tag);

/// Bytes of a positive INTEGER in its shortest form, without leading zeros.
std::optional<std::string> positive(const value& x);

/// A positive INTEGER that fits.
std::optional<std::uint32_t> small(const value& x);

/// 1.2.840 from the body of an OBJECT IDENTIFIER of at most 64 bytes.
std::optional<std::string> oid_text(std::string_view body);

/// YYYYMMDDHHMMSSZ and nothing else.
std::optional<std::chrono::sys_seconds> time_of(const value& x);

std::string wrap(std::uint8_t tag, std::string_view body);

/// An OBJECT IDENTIFIER; `dotted` is one of ours, or was read by `oid_text`.
std::string oid_of(std::string_view dotted);

/// An INTEGER from the bytes of a positive number.
std::string integer_of(std::string_view bytes);
std::string integer_of(std::uint32_t x);

std::string time_text(std::chrono::sys_seconds x);

} // namespace trellis::gsi::der
