/// The sandboxes on a disk and in memory: both must do the same.
#include "actors/wms/sandbox_actor.hpp"
#include "tests/runtime/node/temporary_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>

namespace trellis::wms {
namespace {

const auto job = *job_id::parse("https://lb.example:9000/abcdefghijklmnopqrstuv");

chunk piece(std::uint64_t offset, const std::string& bytes, bool last = false) {
  return {offset, bytes, crc32(bytes), 0, last};
}

struct both {
  temporary_directory directory;
  std::shared_ptr<sandbox_files> all[2]
      = {disk_sandboxes(directory.path + "/sandbox"), memory_sandboxes()};
};

BOOST_FIXTURE_TEST_SUITE(sandboxes, both)

BOOST_AUTO_TEST_CASE(pieces_go_on_where_the_last_ended) {
  for (auto& x : all) {
    BOOST_TEST(*x->put(job, side::input, "f", piece(0, "abc"), true) == 3u);
    BOOST_TEST(*x->put(job, side::input, "f", piece(0, "xyz"), true) == 3u); // there already
    BOOST_TEST(*x->put(job, side::input, "f", piece(9, "z"), true) == 3u);   // a gap
    BOOST_TEST(*x->put(job, side::input, "f", piece(2, "cde", true), true) == 5u);
    auto back = x->get(job, side::input, "f", 1, 3);
    BOOST_REQUIRE(back);
    BOOST_TEST(back->bytes == "bcd");
    BOOST_TEST(back->crc32 == crc32("bcd"));
    BOOST_TEST(back->file_size == 5u);
    BOOST_TEST(!back->last);
    BOOST_TEST(x->get(job, side::input, "f", 5, 3)->last);
    auto files = x->list(job, side::input);
    BOOST_REQUIRE_EQUAL(files->size(), 1u);
    BOOST_TEST(files->front().executable);
    BOOST_TEST(files->front().size == 5u);
    BOOST_TEST(bool(x->sync(job, side::input)));
    BOOST_TEST(x->list(job, side::output)->empty());
  }
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_a_file) {
  for (auto& x : all) {
    BOOST_TEST(*x->put(job, side::output, "empty", piece(0, "", true), false) == 0u);
    BOOST_REQUIRE_EQUAL(x->list(job, side::output)->size(), 1u);
    BOOST_TEST(x->get(job, side::output, "empty", 0, 10)->last);
  }
}

BOOST_AUTO_TEST_CASE(names_that_lead_elsewhere_and_broken_pieces_are_refused) {
  for (auto& x : all) {
    for (auto name : {"", ".", "..", "a/b", "../../etc/passwd"}) {
      BOOST_CHECK(x->put(job, side::input, name, piece(0, "x"), false).why().code
                  == errc::malformed);
      BOOST_TEST(!x->get(job, side::input, name, 0, 1));
    }
    chunk broken{0, "abc", crc32("abd"), 3, true};
    BOOST_CHECK(x->put(job, side::input, "f", broken, false).why().code == errc::malformed);
    BOOST_CHECK(x->get(job, side::input, "absent", 0, 1).why().code == errc::not_found);
  }
}

BOOST_AUTO_TEST_CASE(a_link_in_the_sandbox_is_not_followed) {
  auto folder = directory.path + "/sandbox/abcdefghijklmnopqrstuv/output";
  std::filesystem::create_directories(folder);
  std::filesystem::create_symlink("/etc/passwd", folder + "/out");
  BOOST_TEST(!all[0]->get(job, side::output, "out", 0, 10));
  BOOST_TEST(!all[0]->put(job, side::output, "out", piece(0, "x"), false));
  BOOST_TEST(all[0]->list(job, side::output)->empty());
}

BOOST_AUTO_TEST_CASE(removing_the_output_leaves_the_input) {
  for (auto& x : all) {
    BOOST_REQUIRE(x->put(job, side::input, "in", piece(0, "1"), false));
    BOOST_REQUIRE(x->put(job, side::output, "out", piece(0, "2"), false));
    BOOST_TEST(bool(x->remove(job, true)));
    BOOST_TEST(x->list(job, side::output)->empty());
    BOOST_TEST(x->list(job, side::input)->size() == 1u);
    BOOST_TEST(bool(x->remove(job, false)));
    BOOST_TEST(bool(x->remove(job, false)));
    BOOST_TEST(x->list(job, side::input)->empty());
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace trellis::wms
