/// Directories that serve again. Would catch: something of the session before that is met by the
/// next one, and a directory that a payload changed and that is used again all the same.
#include "runtime/process/session_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace trellis;
using process::session_directory;
namespace fs = std::filesystem;

namespace {

struct a_root {
  fs::path root;
  session_directory files;

  a_root() : root(make()), files(root.string(), {}) {}

  ~a_root() { fs::remove_all(root); }

  static fs::path make() {
    auto pattern = (fs::temp_directory_path() / "trellis_sessions_XXXXXX").string();
    return ::mkdtemp(pattern.data());
  }

  bool fresh(const std::string& session) {
    auto out = files.make(session);
    BOOST_REQUIRE(out);
    return *out;
  }

  void write(const std::string& path) { std::ofstream{root / path} << "of another\n"; }

  ::ino_t inode(const std::string& path) const {
    struct stat is {};

    BOOST_REQUIRE(::stat((root / path).c_str(), &is) == 0);
    return is.st_ino;
  }

  std::size_t entries(const fs::path& in) const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator{root / in}, fs::directory_iterator{}));
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_directory_serves_again_without_what_was_in_it, a_root) {
  BOOST_TEST(fresh("a"));
  auto first = inode("a");
  write("a/records");
  write("a/job/x");
  write("a/job/.hidden");
  fs::create_directories(root / "a/job/deep/er");
  write("a/job/deep/er/y");
  fs::create_symlink("/", root / "a/job/link");
  fs::create_directories(root / "a/output");
  write("a/output/z");
  BOOST_REQUIRE(files.recycle("a"));
  BOOST_TEST(!files.exists("a"));
  BOOST_TEST(files.sessions()->empty());
  BOOST_TEST(fresh("b"));
  BOOST_TEST(inode("b") == first);
  BOOST_TEST(entries("b") == 1u);
  BOOST_TEST(entries("b/job") == 0u);
  BOOST_TEST(fs::exists("/etc"));
}

BOOST_FIXTURE_TEST_CASE(a_repeat_takes_no_spare, a_root) {
  fresh("a");
  BOOST_REQUIRE(files.recycle("a"));
  fs::create_directory(root / "b"); // as a crash between two steps leaves it
  BOOST_TEST(!fresh("b"));
  BOOST_TEST(fs::exists(root / "b/job"));
  write("b/records");
  BOOST_TEST(!fresh("b"));
  BOOST_TEST(fs::exists(root / "b/records"));
  BOOST_TEST(fresh("c"));
}

BOOST_FIXTURE_TEST_CASE(what_a_payload_changed_is_not_used_again, a_root) {
  auto changed = [this](auto&& change) {
    fresh("a");
    auto before = inode("a");
    change();
    BOOST_REQUIRE(files.recycle("a"));
    BOOST_TEST(!files.exists("a"));
    fs::create_directory(root / "other"); // takes the number that is free now
    fresh("b");
    auto same = inode("b") == before;
    BOOST_TEST(entries("b") == 1u);
    BOOST_TEST(entries("b/job") == 0u);
    BOOST_TEST((fs::status(root / "b/job").permissions() == fs::perms{0755}));
    fs::remove_all(root / "b");
    fs::remove_all(root / "other");
    files.drop_spares();
    return !same;
  };
  BOOST_TEST(changed([this] { fs::permissions(root / "a", fs::perms{0777}); }));
  BOOST_TEST(changed([this] { fs::permissions(root / "a/job", fs::perms{01777}); }));
  BOOST_TEST(changed([this] { fs::remove(root / "a/job"); }));
  BOOST_TEST(changed([this] {
    fs::remove(root / "a/job");
    fs::create_directory_symlink("/tmp", root / "a/job");
  }));
  BOOST_TEST(changed([this] {
    fs::remove(root / "a/job");
    write("a/job");
  }));
}

BOOST_FIXTURE_TEST_CASE(spares_of_an_earlier_life_go, a_root) {
  for (auto name : {"a", "b", "c"})
    fresh(name);
  for (auto name : {"a", "b"})
    BOOST_REQUIRE(files.recycle(name));
  BOOST_TEST(entries("") == 3u);
  session_directory next{root.string(), {}};
  next.drop_spares();
  BOOST_TEST(entries("") == 1u);
  BOOST_REQUIRE(next.sessions());
  BOOST_TEST(next.sessions()->size() == 1u);
  BOOST_TEST(next.sessions()->front() == "c");
}

BOOST_FIXTURE_TEST_CASE(a_name_that_leads_elsewhere_is_refused, a_root) {
  for (auto name : {"", ".", "..", "a/b", "../a"}) {
    auto out = files.recycle(name);
    BOOST_REQUIRE(!out);
    BOOST_TEST((out.why().code == errc::denied));
  }
}
