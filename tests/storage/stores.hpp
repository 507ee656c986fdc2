#pragma once
/// Both engines, so that a test of rows runs on the map and on the disk.
#include "storage/engine.hpp"
#include "storage/memory_engine.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <memory>

namespace trellis::storage {

template <class T>
T good(result<T> x) {
  BOOST_REQUIRE_MESSAGE(x, (x ? "" : x.why().text));
  return std::move(*x);
}

/// The same tests on both engines.
struct stores {
  memory_engine memory;
  std::filesystem::path where;
  std::unique_ptr<engine> disk;

  stores() {
    auto pattern = (std::filesystem::temp_directory_path() / "trellis_rows_XXXXXX").string();
    where = ::mkdtemp(pattern.data());
    disk = good(open_rocksdb(where.string()));
  }

  ~stores() {
    disk.reset();
    std::filesystem::remove_all(where);
  }

  std::vector<engine*> both() { return {&memory, disk.get()}; }
};

} // namespace trellis::storage
