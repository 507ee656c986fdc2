#pragma once
/// Chance as a parameter: a seeded generator with our own distributions, so that a seed gives the
/// same numbers on every machine and with every library.
#include <array>
#include <cstdint>
#include <random>
#include <string_view>

namespace trellis {

class random_source {
public:
  explicit random_source(std::uint64_t seed, std::string_view name = {})
      : engine_(mix(seed, name)) {}

  std::uint64_t next() { return engine_(); }

  /// Below `n`, without bias; 0 for n = 0.
  std::uint64_t below(std::uint64_t n) {
    if (n == 0)
      return 0;
    for (auto bound = -n % n;;)
      if (auto x = engine_(); x >= bound)
        return x % n;
  }

  /// In [0, 1), 53 bits.
  double unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }

  std::array<std::uint8_t, 16> bytes16() {
    std::array<std::uint8_t, 16> out{};
    for (std::size_t i = 0; i < 2; ++i)
      for (std::uint64_t k = 0, x = engine_(); k < 8; ++k, x >>= 8)
        out[i * 8 + k] = static_cast<std::uint8_t>(x);
    return out;
  }

private:
  static std::uint64_t mix(std::uint64_t seed, std::string_view name) {
    auto h = seed ^ 0x9E3779B97F4A7C15u; // FNV over the name, from the seed
    for (unsigned char c : name)
      h = (h ^ c) * 0x100000001B3u;
    return h;
  }

  std::mt19937_64 engine_;
};

} // namespace trellis
