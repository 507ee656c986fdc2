/// What is left of a store whose process was killed right after a commit.
#include "storage/engine.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sys/wait.h>
#include <unistd.h>

using namespace trellis;
using storage::durability;
using storage::family;

namespace {

struct a_directory {
  a_directory() {
    path = (std::filesystem::temp_directory_path() / "trellis-rows-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(path.data()));
  }

  ~a_directory() { std::filesystem::remove_all(path); }

  /// In a process of its own, because RocksDB has threads.
  void commit_and_die(const std::string& key, durability how) const {
    auto child = ::fork();
    if (child == 0) {
      auto rows = storage::open_rocksdb(path);
      storage::change x{family::meta, key, "kept"};
      if (!rows || !(*rows)->commit({&x, 1}, how))
        ::_exit(1);
      ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_REQUIRE(WIFSIGNALED(status));
  }

  std::string path;
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_killed_process_leaves_what_it_committed, a_directory) {
  commit_and_die("synced", durability::synced);
  commit_and_die("lazy", durability::lazy);
  auto rows = storage::open_rocksdb(path);
  BOOST_REQUIRE(rows);
  for (auto key : {"synced", "lazy"}) {
    auto value = (*rows)->get(family::meta, key);
    BOOST_REQUIRE(value);
    BOOST_TEST(value->value_or("lost") == "kept", key);
  }
}
