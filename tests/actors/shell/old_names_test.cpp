#include "tests/actors/shell/fake_world.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace trellis;
using namespace trellis::shell;

namespace fs = std::filesystem;

namespace {

struct old_world {
  fake_world world;
  fs::path dir = fs::temp_directory_path() / ("trellis-old-" + std::to_string(getpid()));
  std::string jdl = (dir / "job.jdl").string();
  std::string ids = (dir / "ids").string();

  old_world() {
    fs::remove_all(dir);
    fs::create_directories(dir);
    std::ofstream{jdl} << "[ Executable = \"/bin/true\"; ]";
    world.nodes.on<wms::submit>([](const wms::submit&) {
      return wms::submitted{job(first_id), {}, {}};
    });
    world.nodes.on<lb::get_status>([](const lb::get_status& x) -> result<lb::job_status> {
      if (x.job.text() == first_id)
        return done_job();
      return error{errc::not_found, "no such job"};
    });
    world.nodes.on<wms::cancel>([](const wms::cancel&) { return wms::cancel_taken{}; });
  }

  ~old_world() { fs::remove_all(dir); }

  std::string read(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(submit_prints_the_banner_and_saves_the_id, old_world) {
  BOOST_TEST(world.run("/usr/bin/glite-wms-job-submit -a -o " + ids + " " + jdl) == 0);
  BOOST_TEST(world.out_text()
             == "\n====================== glite-wms-job-submit Success ======================\n"
                "\n"
                "The job has been successfully submitted to the WMProxy\n"
                "Your job identifier is:\n"
                "\n" + first_id
                    + "\n"
                      "\n"
                      "The job identifier has been saved in the following file:\n"
                    + ids
                    + "\n"
                      "\n"
                      "==========================================================================\n"
                      "\n");
  BOOST_TEST(read(ids) == "###Submitted Job Ids###\n" + first_id + "\n");
  BOOST_TEST(world.run("glite-wms-job-submit -a --nomsg " + jdl) == 0);
  BOOST_TEST(world.out_text() == first_id + "\n");
}

BOOST_FIXTURE_TEST_CASE(errors_speak_by_the_old_name, old_world) {
  BOOST_TEST(world.run("glite-wms-job-submit --nonsense " + jdl) == 2);
  BOOST_TEST(world.err_text().starts_with("glite-wms-job-submit: TRL-0002: "));
  BOOST_TEST(world.err_text().find("glite-wms-job-submit --help") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(status_takes_ids_and_files, old_world) {
  BOOST_TEST(world.run("glite-wms-job-status " + first_id) == 0);
  BOOST_TEST(world.out_text().starts_with(
      "\n*************************************************************\n"
      "BOOKKEEPING INFORMATION:\n\nStatus info for the Job : "
      + first_id + "\nCurrent Status:     Done (Success)\n"));
  std::ofstream{ids} << "###Submitted Job Ids###\n" << first_id << '\n' << second_id << '\n';
  BOOST_TEST(world.run("glite-wms-job-status --noint -i " + ids) == 8);
  world.in_terminal = true;
  world.input.str("1\n");
  BOOST_TEST(world.run("glite-wms-job-status -i " + ids) == 0);
  BOOST_TEST(world.err_text().find("2 : " + second_id) != std::string::npos);
  auto file = (dir / "status").string();
  BOOST_TEST(world.run("glite-wms-job-status -o " + file + " " + first_id) == 0);
  BOOST_TEST(world.out_text() == "");
  BOOST_TEST(read(file).find("Done (Success)") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(all_jobs_are_filtered_by_state, old_world) {
  world.nodes.on<lb::list_jobs>([](const lb::list_jobs& x) {
    BOOST_TEST(x.states.size() == 2u);
    return lb::job_list{
        {done_job(), job_in(lb::job_state::running, second_id)},
        ""
    };
  });
  BOOST_TEST(world.run("glite-wms-job-status --all -s 5 -s Done -e 6 -v 0") == 0);
  BOOST_TEST(world.out_text().find(first_id) == std::string::npos);
  BOOST_TEST(world.out_text().find(second_id + "\nCurrent Status:     Running\n")
             != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(matches_are_listed, old_world) {
  wms::matches found{{{ce_name, -3.5}}, 1, {}};
  world.nodes.on<wms::list_match>([&](const wms::list_match&) { return found; });
  BOOST_TEST(world.run("glite-wms-job-list-match -a --rank " + jdl) == 0);
  BOOST_TEST(world.out_text()
             == "\n==========================================================================\n"
                "\n"
                "                        COMPUTING ELEMENT IDs LIST\n"
                " The following CE(s) matching your job requirements have been found:\n"
                "\n"
                "        *CEId*                                                    *Rank*\n"
                " - ral.example:2811/trellis-fork-default                          -3.5\n"
                "\n"
                "==========================================================================\n"
                "\n");
  found.ces.clear();
  BOOST_TEST(world.run("glite-wms-job-list-match -a " + jdl) == 1);
  BOOST_TEST(
      world.out_text().find("No Computing Element matching your job requirements has been found!")
      != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(cancel_asks_and_lists_the_jobs, old_world) {
  world.in_terminal = world.err_terminal = true;
  world.input.str("n\ny\n");
  BOOST_TEST(world.run("glite-wms-job-cancel " + first_id) == 2);
  BOOST_TEST(world.nodes.asked<wms::cancel>().empty());
  BOOST_TEST(world.run("glite-wms-job-cancel " + first_id) == 0);
  BOOST_TEST(world.out_text()
             == "\n====================== glite-wms-job-cancel Success ======================\n"
                "\n"
                "The cancellation request has been successfully submitted for the following "
                "job(s):\n"
                "\n"
                "- " + first_id
                    + "\n"
                      "\n"
                      "==========================================================================\n"
                      "\n");
}

BOOST_FIXTURE_TEST_CASE(output_goes_to_a_directory_of_its_own_and_is_purged, old_world) {
  world.nodes.on<wms::list_output>([](const wms::list_output&) {
    wms::output_files x;
    x.final = true;
    x.files = {
        {"out", 2, false}
    };
    return x;
  });
  world.nodes.on<wms::read_output>([](const wms::read_output& x) {
    return chunk{x.offset, "hi", crc32("hi"), 2, true};
  });
  world.nodes.on<wms::purge>([](const wms::purge&) { return wms::purged{}; });
  BOOST_TEST(world.run("glite-wms-job-output --dir " + dir.string() + " " + first_id) == 0);
  auto there = dir / "ada_AAAAAAAAAAAAAAAAAAAAAA";
  BOOST_TEST(world.out_text().find("Output sandbox files for the job:\n" + first_id
                                   + "\nhave been successfully retrieved and stored in the "
                                     "directory:\n"
                                   + there.string() + "\n")
             != std::string::npos);
  BOOST_TEST(read((there / "out").string()) == "hi");
  BOOST_TEST(world.nodes.asked<wms::purge>().size() == 1u);
  BOOST_TEST(world.run("glite-wms-job-output --nopurge --dir " + dir.string() + " " + first_id)
             == 0);
  BOOST_TEST(world.nodes.asked<wms::purge>().size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(logging_info_prints_blocks, old_world) {
  world.nodes.on<lb::get_events>([](const lb::get_events&) {
    lb::stored_event e;
    e.arrival = 1;
    e.what.job = job(first_id);
    e.what.what = lb::pending{"no CE"};
    return lb::event_list{{e}};
  });
  BOOST_TEST(world.run("glite-wms-job-logging-info -v 1 " + first_id) == 0);
  BOOST_TEST(world.out_text().find("Event: Pending\n- Arrived  ") != std::string::npos);
  BOOST_TEST(world.out_text().find("- reason                    =  no CE\n") != std::string::npos);
}
