#pragma once
/// The sequence code that travels with a job: nine counters, one a component. Each component raises
/// its own on every event it logs and passes the code on, so that events of different hosts are
/// ordered without clocks (L&B Developer's Guide, sequence codes).
///
/// Text: UI=%06d:NS=%010d:WM=%06d:BH=%010d:JSS=%06d:LM=%06d:LRMS=%06d:APP=%06d:LBS=%06d; eight
/// counters (without LBS) are read too. Errors: `malformed`.
#include "protocols/base/result.hpp"
#include "protocols/wire/codec.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace trellis::lb {

enum class counter : std::uint8_t { ui, ns, wm, bh, jss, lm, lrms, app, lbs };

class sequence_code {
public:
  static constexpr std::size_t size = 9;

  sequence_code() = default;

  static result<sequence_code> parse(std::string_view text);

  std::string print() const;

  std::uint32_t operator[](counter x) const { return counters_[static_cast<std::size_t>(x)]; }

  void set(counter x, std::uint32_t value) { counters_[static_cast<std::size_t>(x)] = value; }

  /// Raises one's own counter; call it for each event before logging it.
  sequence_code& raise(counter x) {
    ++counters_[static_cast<std::size_t>(x)];
    return *this;
  }

  friend auto operator<=>(const sequence_code&, const sequence_code&) = default;

  /// Nine numbers on the wire; the text is ten times as long.
  friend void inspect(wire::visitor auto& f, sequence_code& x) {
    constexpr const char* names[] = {"ui", "ns", "wm", "bh", "jss", "lm", "lrms", "app", "lbs"};
    for (std::size_t i = 0; i < size; ++i)
      f.field(names[i], x.counters_[i]);
  }

private:
  std::array<std::uint32_t, size> counters_{};
};

} // namespace trellis::lb
