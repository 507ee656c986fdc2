#include "actors/shell/submission.hpp"
#include "tests/actors/shell/fake_world.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace trellis;
using namespace trellis::shell;

namespace fs = std::filesystem;

namespace {

/// A directory of its own, a JDL with one input file, and a WMS that takes it.
struct sandbox_world {
  fake_world world;
  fs::path dir = fs::temp_directory_path() / ("trellis-shell-" + std::to_string(getpid()));
  std::string jdl = (dir / "job.jdl").string();
  std::map<std::string, std::string> uploaded;
  bool executable = false, started = false;

  sandbox_world() {
    fs::remove_all(dir);
    fs::create_directories(dir);
    write("in.txt", "hello");
    write("job.jdl", "Executable = \"/bin/cat\"; Arguments = \"in.txt\"; StdOutput = \"out\";\n"
                     "InputSandbox = {\"in.txt\", \"https://x.example/far\"};\n"
                     "OutputSandbox = {\"out\"};\n");
    world.nodes.on<wms::submit>([](const wms::submit&) {
      return wms::submitted{job(first_id), {"in.txt"}, {}};
    });
    world.nodes.on<wms::put_input>([this](const wms::put_input& x) -> result<wms::input_taken> {
      if (crc32(x.piece.bytes) != x.piece.crc32 || x.piece.bytes.size() > chunk_limit_bytes)
        return error{errc::malformed, "a bad piece"};
      auto& file = uploaded[x.file];
      if (x.piece.offset == file.size())
        file += x.piece.bytes;
      executable = x.executable;
      return wms::input_taken{file.size()};
    });
    world.nodes.on<wms::start>([this](const wms::start&) {
      started = true;
      return wms::started{};
    });
  }

  ~sandbox_world() { fs::remove_all(dir); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream{dir / name, std::ios::binary} << text;
  }

  std::string read(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

  /// The WMS holds this output of a job that is over.
  void with_output(std::map<std::string, std::string> files, bool final = true) {
    world.nodes.on<wms::list_output>([=](const wms::list_output&) {
      wms::output_files x;
      x.final = final;
      x.std_output = "out";
      for (const auto& [name, text] : files)
        x.files.push_back({name, text.size(), false});
      return x;
    });
    world.nodes.on<wms::read_output>([=](const wms::read_output& x) -> result<chunk> {
      auto file = files.find(x.file);
      if (file == files.end())
        return error{errc::not_found, "no such file"};
      chunk piece;
      piece.offset = x.offset;
      piece.bytes = file->second.substr(std::min<std::size_t>(x.offset, file->second.size()),
                                        std::min(x.size, 4u));
      piece.crc32 = crc32(piece.bytes);
      piece.file_size = file->second.size();
      piece.last = final && x.offset + piece.bytes.size() == file->second.size();
      return piece;
    });
    world.nodes.on<wms::purge>([](const wms::purge&) { return wms::purged{}; });
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(submit_sends_the_input_and_starts, sandbox_world) {
  BOOST_TEST(world.run("trellis job submit " + jdl) == 0, world.err_text());
  BOOST_TEST(world.out_text() == first_id + "\n");
  BOOST_TEST(world.err_text() == "");
  BOOST_TEST(uploaded["in.txt"] == "hello");
  BOOST_TEST(started);
  BOOST_TEST(world.nodes.asked<wms::submit>()[0].request == "request-1");
}

BOOST_FIXTURE_TEST_CASE(large_and_empty_files_go_in_pieces, sandbox_world) {
  std::string large(600'000, 'x');
  large[300'000] = 'y';
  write("in.txt", large);
  fs::permissions(dir / "in.txt", fs::perms::owner_all);
  BOOST_TEST(world.run("trellis job submit " + jdl) == 0);
  BOOST_TEST((uploaded["in.txt"] == large));
  BOOST_TEST(executable);
  auto pieces = world.nodes.asked<wms::put_input>();
  BOOST_TEST(pieces.size() == 3u);
  BOOST_TEST(pieces.back().piece.last);
  uploaded.clear();
  write("in.txt", "");
  BOOST_TEST(world.run("trellis job submit " + jdl) == 0);
  BOOST_TEST(uploaded.count("in.txt") == 1u);
}

BOOST_FIXTURE_TEST_CASE(an_upload_goes_on_where_the_wms_is, sandbox_world) {
  std::string large(600'000, 'x');
  write("in.txt", large);
  uploaded["in.txt"] = large.substr(0, 500'000);
  BOOST_TEST(world.run("trellis job submit " + jdl) == 0);
  BOOST_TEST((uploaded["in.txt"] == large));
  auto pieces = world.nodes.asked<wms::put_input>();
  BOOST_REQUIRE(pieces.size() == 2u);
  BOOST_TEST(pieces[1].piece.offset == 500'000u);
}

BOOST_FIXTURE_TEST_CASE(a_wms_that_takes_nothing_is_no_endless_loop, sandbox_world) {
  world.nodes.on<wms::put_input>([](const wms::put_input&) { return wms::input_taken{0}; });
  BOOST_TEST(world.run("trellis job submit " + jdl) == 1);
  BOOST_TEST(!started);
}

BOOST_FIXTURE_TEST_CASE(a_lost_answer_makes_no_second_job, sandbox_world) {
  int lost = 2;
  world.nodes.on<wms::submit>([&](const wms::submit&) -> result<wms::submitted> {
    if (lost-- > 0)
      return error{errc::timed_out, "no answer"};
    return wms::submitted{job(first_id), {}, {}};
  });
  BOOST_TEST(world.run("trellis job submit " + jdl) == 0);
  auto asked = world.nodes.asked<wms::submit>();
  BOOST_REQUIRE(asked.size() == 3);
  for (const auto& x : asked)
    BOOST_TEST(x.request == "request-1");
  BOOST_TEST(world.pauses.size() == 2u);
  lost = 3;
  BOOST_TEST(world.run("trellis job submit " + jdl) == 7);
  BOOST_TEST(world.nodes.asked<wms::submit>().back().request == "request-2");
}

BOOST_FIXTURE_TEST_CASE(a_start_whose_answer_was_lost_is_no_failure, sandbox_world) {
  int calls = 0;
  world.nodes.on<wms::start>([&](const wms::start&) -> result<wms::started> {
    if (++calls == 1)
      return error{errc::site_unreachable, "gone"};
    return error{errc::illegal_transition, "it was started"};
  });
  BOOST_TEST(world.run("trellis job submit " + jdl) == 0);
  BOOST_TEST(world.run("trellis job submit " + jdl) == 1);
}

BOOST_FIXTURE_TEST_CASE(a_missing_input_file_registers_nothing, sandbox_world) {
  fs::remove(dir / "in.txt");
  BOOST_TEST(world.run("trellis job submit " + jdl) == 5);
  BOOST_TEST(world.nodes.calls.empty());
  BOOST_TEST(world.err_text().find("the input file in.txt is not there") != std::string::npos);
  BOOST_TEST(world.run("trellis job submit " + (dir / "none.jdl").string()) == 5);
}

BOOST_FIXTURE_TEST_CASE(all_problems_of_a_jdl_are_shown, sandbox_world) {
  world.nodes.on<wms::submit>([](const wms::submit&) -> result<wms::submitted> {
    return error{errc::usage, "the JDL has 2 problems:\nline 1: a\nline 2: b"};
  });
  BOOST_TEST(world.run("trellis job submit " + jdl) == 2);
  BOOST_TEST(world.err_text()
             == "trellis: TRL-0002: cannot submit " + jdl
                    + ": the JDL has 2 problems:\n  line 1: a\n  line 2: b\n"
                      "  next: correct it, then: trellis jdl check "
                    + jdl + "\n");
}

BOOST_FIXTURE_TEST_CASE(some_of_many_files_is_partial_success, sandbox_world) {
  auto ids = (dir / "ids").string();
  BOOST_TEST(world.run("trellis job submit " + jdl + " " + jdl + "x --save " + ids) == 8);
  BOOST_TEST(read(ids) == "###Submitted Job Ids###\n" + first_id + "\n");
  BOOST_TEST(world.run("trellis job submit -o id --save " + ids + " " + jdl) == 0);
  BOOST_TEST(read(ids) == "###Submitted Job Ids###\n" + first_id + "\n" + first_id + "\n");
}

BOOST_FIXTURE_TEST_CASE(a_dry_run_submits_nothing, sandbox_world) {
  BOOST_TEST(world.run("trellis job submit --dry-run " + jdl) == 0);
  BOOST_TEST(world.nodes.asked<wms::submit>()[0].dry_run);
  BOOST_TEST(!started);
  BOOST_TEST(uploaded.empty());
  BOOST_TEST(world.out_text() == jdl + ": would be submitted\n");
}

BOOST_FIXTURE_TEST_CASE(a_jdl_comes_from_standard_input_and_is_changed, sandbox_world) {
  world.input.str("[ Executable = \"/bin/true\"; ]");
  world.nodes.on<wms::submit>([](const wms::submit&) {
    return wms::submitted{job(first_id), {}, {}};
  });
  BOOST_TEST(
      run_program(world, "trellis", {"job", "submit", "-", "-e", "Rank=other.x+1", "-r", ce_name})
      == 0);
  auto sent = world.nodes.asked<wms::submit>()[0].jdl;
  BOOST_TEST(sent.find("Executable = \"/bin/true\"") != std::string::npos, sent);
  BOOST_TEST(sent.find("Rank = other.x + 1") != std::string::npos, sent);
  BOOST_TEST(sent.find("SubmitTo = \"" + ce_name + "\"") != std::string::npos, sent);
  BOOST_TEST(!changed_jdl("[]", "", {"Rank"}));
  BOOST_TEST(!changed_jdl("[]", "", {"Rank=1+"}));
  BOOST_TEST(*changed_jdl("as it was", "", {}) == "as it was");
}

BOOST_FIXTURE_TEST_CASE(waiting_tells_how_it_ended, sandbox_world) {
  auto end = done_job();
  world.nodes.on<lb::get_status>(
      [](const lb::get_status&) { return job_in(lb::job_state::ready); });
  world.nodes.on<lb::watch>([&](const lb::watch& x) {
    world.clock += std::chrono::seconds{10};
    return lb::changes{{}, {end}, x.after + 1};
  });
  BOOST_TEST(world.run("trellis job submit --wait " + jdl) == 0);
  BOOST_TEST(world.out_text()
             == first_id
                    + "\nAAAAAAAAAAAAAAAAAAAAAA: Done (Success): Job terminated successfully\n");
  end.exit_code = 3;
  BOOST_TEST(world.run("trellis job submit --wait " + jdl) == 1);
  BOOST_TEST(world.out_text().find("Done (Exit Code !=0)") != std::string::npos);
  BOOST_TEST(world.run("trellis job submit --wait -o json " + jdl) == 1);
  BOOST_TEST(world.out_text().starts_with("{\"schema\": \"trellis.job_status\""));
  end = job_in(lb::job_state::running);
  BOOST_TEST(world.run("trellis job submit --wait --timeout 15s " + jdl) == 7);
  BOOST_TEST(world.err_text().starts_with("trellis: TRL-0008: 1 of 1 jobs were not over"));
  BOOST_TEST(world.run("trellis job submit --wait --timeout soon " + jdl) == 2);
}

BOOST_FIXTURE_TEST_CASE(output_is_fetched_whole_and_checked, sandbox_world) {
  with_output({
      {"out",   "0123456789"},
      {"empty", ""          }
  });
  auto results = (dir / "results").string();
  BOOST_TEST(world.run("trellis job output --dir " + results + " " + first_id) == 0);
  auto there = dir / "results" / "AAAAAAAAAAAAAAAAAAAAAA";
  BOOST_TEST(read(there / "out") == "0123456789");
  BOOST_TEST(fs::exists(there / "empty"));
  BOOST_TEST(!fs::exists(there / "out.part"));
  BOOST_TEST(world.nodes.asked<wms::purge>().empty());
  BOOST_TEST(world.run("trellis job output --purge -o id --dir " + results + " " + first_id) == 0);
  BOOST_TEST(world.out_text() == there.string() + "\n");
  BOOST_TEST(world.nodes.asked<wms::purge>().size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_broken_fetch_goes_on_where_it_stopped, sandbox_world) {
  with_output({
      {"out", "0123456789"}
  });
  write("out.part", "012345");
  BOOST_TEST(world.run("trellis job output --nosubdir --dir " + dir.string() + " " + first_id)
             == 0);
  BOOST_TEST(read(dir / "out") == "0123456789");
  BOOST_TEST(world.nodes.asked<wms::read_output>()[0].offset == 6u);
}

BOOST_FIXTURE_TEST_CASE(a_wrong_checksum_or_name_is_refused, sandbox_world) {
  with_output({
      {"out", "0123456789"}
  });
  world.nodes.on<wms::read_output>([](const wms::read_output& x) {
    return chunk{x.offset, "0123456789", 42, 10, true};
  });
  auto line = "trellis job output --nosubdir --dir " + dir.string() + " " + first_id;
  BOOST_TEST(world.run(line) == 1);
  BOOST_TEST(!fs::exists(dir / "out"));
  with_output({
      {"../escaped", "x"}
  });
  BOOST_TEST(world.run(line) == 1);
  BOOST_TEST(!fs::exists(dir.parent_path() / "escaped"));
}

BOOST_FIXTURE_TEST_CASE(a_running_job_shows_its_last_lines, sandbox_world) {
  with_output(
      {
          {"out", "one\ntwo\nthree\n"}
  },
      false);
  BOOST_TEST(world.run("trellis job output -n 2 " + first_id) == 0);
  BOOST_TEST(world.out_text() == "two\nthree\n");
  BOOST_TEST(world.run("trellis job output -n 9 " + first_id) == 0);
  BOOST_TEST(world.out_text() == "one\ntwo\nthree\n");
  BOOST_TEST(world.run("trellis job output --stderr " + first_id) == 5);
}

BOOST_FIXTURE_TEST_CASE(a_running_job_is_followed_to_its_end, sandbox_world) {
  std::string written = "one\n";
  with_output({}, false);
  world.nodes.on<wms::read_output>([&](const wms::read_output& x) {
    chunk piece{x.offset, written.substr(x.offset, x.size), 0, written.size(), false};
    piece.crc32 = crc32(piece.bytes);
    return piece;
  });
  world.nodes.on<lb::get_status>(
      [](const lb::get_status&) { return job_in(lb::job_state::running); });
  int round = 0;
  world.nodes.on<lb::watch>([&](const lb::watch& x) {
    written += ++round == 1 ? "two\n" : "three\n";
    return round == 1 ? lb::changes{{}, {}, x.after} : lb::changes{{}, {done_job()}, 30};
  });
  BOOST_TEST(world.run("trellis job output --follow " + first_id) == 0);
  BOOST_TEST(world.out_text() == "one\ntwo\nthree\n");
}

BOOST_FIXTURE_TEST_CASE(matches_are_listed_or_explained, sandbox_world) {
  wms::matches found{{{ce_name, -3.5}}, 2, {}};
  world.nodes.on<wms::list_match>([&](const wms::list_match&) { return found; });
  BOOST_TEST(world.run("trellis job list-match " + jdl) == 0);
  BOOST_TEST(world.out_text()
             == "CE                                     RANK\n"
                "ral.example:2811/trellis-fork-default  -3.5\n");
  found.ces.clear();
  found.clauses = {
      {"other.X > 1", 2, 0, ""}
  };
  BOOST_TEST(world.run("trellis job list-match " + jdl) == 1);
  BOOST_TEST(world.out_text()
             == "EXCLUDES  UNDEFINED  CLAUSE\n"
                "       2          0  other.X > 1\n");
  BOOST_TEST(world.err_text().starts_with("trellis: TRL-0017: none of 2 CEs would take the job"));
  BOOST_TEST(world.run("trellis job list-match -o json " + jdl) == 1);
  BOOST_TEST(world.out_text().starts_with("{\"schema\": \"trellis.matches\", \"version\": 1, "
                                          "\"ces\": [], \"considered\": 2, "));
}
