#pragma once
/// A directory of its own for one test case, gone with it.
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace trellis {

struct temporary_directory {
  std::string path = make();

  temporary_directory() = default;
  temporary_directory(const temporary_directory&) = delete;

  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }

private:
  static std::string make() {
    std::string name = "/tmp/trellis-test-XXXXXX";
    if (!::mkdtemp(name.data()))
      throw std::runtime_error{"mkdtemp"};
    return name;
  }
};

} // namespace trellis
