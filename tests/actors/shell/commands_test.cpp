#include "tests/actors/shell/grid_of_one.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::shell;

namespace {

lb::stored_event event_of(std::uint64_t arrival, lb::event_body what) {
  lb::stored_event e;
  e.arrival = arrival;
  e.what.job = job(first_id);
  e.what.host = "ral.example";
  e.what.from = lb::source::lrms;
  e.what.timestamp = std::chrono::sys_seconds{std::chrono::seconds{1'233'052'390}};
  e.arrived = e.what.timestamp + std::chrono::seconds{1};
  e.what.what = std::move(what);
  return e;
}

std::size_t count_lines(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

} // namespace

BOOST_FIXTURE_TEST_CASE(status_is_the_block_that_scripts_know, grid_of_one) {
  BOOST_TEST(world.run("trellis job status " + first_id) == 0);
  BOOST_TEST(world.out_text()
             == "*************************************************************\n"
                "BOOKKEEPING INFORMATION:\n"
                "\n"
                "Status info for the Job : https://lb.example:9000/AAAAAAAAAAAAAAAAAAAAAA\n"
                "Current Status:     Done (Success)\n"
                "Logged Reason(s):\n"
                "    - hit by lightning\n"
                "Exit code:          0\n"
                "Status Reason:      Job terminated successfully\n"
                "Destination:        ral.example:2811/trellis-fork-default\n"
                "Submitted:          Tue Jan 27 10:31:43 2009 UTC\n"
                "*************************************************************\n");
  BOOST_TEST(world.err_text() == "");
  BOOST_TEST(world.run("trellis job status -v 0 " + first_id) == 0);
  BOOST_TEST(count_lines(world.out_text()) == 6u);
  world.run("trellis job status -v 2 " + first_id);
  BOOST_TEST(world.out_text().find("---\nOwner:              /C=UK/O=grid/CN=Ada\n")
             != std::string::npos);
  BOOST_TEST(world.out_text().find("- Submitted:") == std::string::npos);
  world.run("trellis job status -v 3 " + first_id);
  BOOST_TEST(world.out_text().find("- Submitted:") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(the_lb_server_named_in_the_id_is_asked, grid_of_one) {
  world.run("trellis job status " + first_id);
  BOOST_REQUIRE(world.nodes.calls.size() == 1);
  BOOST_TEST(text(world.nodes.calls[0].to) == "lb@lb.example");
}

BOOST_FIXTURE_TEST_CASE(a_job_may_be_named_by_the_beginning_of_its_last_part, grid_of_one) {
  BOOST_TEST(world.run("trellis job status -o id AAA") == 0);
  BOOST_TEST(world.out_text() == first_id + "\n");
  BOOST_TEST(world.run("trellis job status ZZZ") == 5);
  BOOST_TEST(world.run("trellis job status A") == 2);
  world.nodes.on<lb::list_jobs>([](const lb::list_jobs&) {
    return lb::job_list{
        {done_job(), done_job("https://b.example:9000/AAAAAAAAAAAAAAAAAAAAAB")},
        ""
    };
  });
  BOOST_TEST(world.run("trellis job status AAAA") == 2);
  BOOST_TEST(world.err_text().find("more than one of your jobs") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(some_of_many_is_partial_success, grid_of_one) {
  BOOST_TEST(world.run("trellis job status " + first_id + " " + second_id) == 8);
  BOOST_TEST(world.out_text().find("Done (Success)") != std::string::npos);
  BOOST_TEST(world.err_text()
             == "trellis: TRL-0005: no job " + second_id
                    + " was registered here\n"
                      "  next: check the name; your jobs: trellis job list --all\n");
  BOOST_TEST(world.run("trellis job status " + second_id) == 5);
  BOOST_TEST(world.run("trellis job status nonsense:x " + second_id) == 1);
  BOOST_TEST(world.out_text() == "");
}

BOOST_FIXTURE_TEST_CASE(a_list_fits_a_screen_and_cuts_no_ids, grid_of_one) {
  BOOST_TEST(world.run("trellis job list") == 0);
  BOOST_TEST(
      world.out_text()
      == "JOB                     STATE    EXIT  FOR  CE\n"
         "AAAAAAAAAAAAAAAAAAAAAA  Done        0  40s  ral.example:2811/trellis-fork-def...\n"
         "ABAAAAAAAAAAAAAAAAAAAA  Waiting        40s  ral.example:2811/trellis-fork-def...\n");
  BOOST_TEST(fits_80_columns(world.out_text()));
  BOOST_TEST(world.run("trellis job list -o id") == 0);
  BOOST_TEST(world.out_text() == first_id + "\n" + second_id + "\n");
  BOOST_TEST(world.run("trellis job list -o wide") == 0);
  BOOST_TEST(world.out_text().find("fork-default") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_list_asks_for_the_states_that_were_named, grid_of_one) {
  world.run("trellis job list -s running -s 6 --vo dteam --limit 7");
  auto asked = world.nodes.asked<lb::list_jobs>();
  BOOST_REQUIRE(asked.size() == 1);
  BOOST_TEST(asked[0].states.size() == 2u);
  BOOST_TEST((asked[0].states[0] == lb::job_state::running));
  BOOST_TEST((asked[0].states[1] == lb::job_state::done));
  BOOST_TEST(asked[0].vo == "dteam");
  BOOST_TEST(asked[0].limit == 7u);
  BOOST_TEST(world.run("trellis job list -s sleeping") == 2);
  BOOST_TEST(world.run("trellis job list --limit none") == 2);
}

BOOST_FIXTURE_TEST_CASE(lists_are_read_page_by_page, grid_of_one) {
  world.nodes.on<lb::list_jobs>([](const lb::list_jobs& x) {
    if (x.after.empty())
      return lb::job_list{{done_job()}, "second"};
    BOOST_TEST(x.after == "second");
    return lb::job_list{{done_job(second_id)}, ""};
  });
  world.run("trellis job list -o id");
  BOOST_TEST(world.out_text() == first_id + "\n" + second_id + "\n");
}

BOOST_FIXTURE_TEST_CASE(json_carries_its_schema_and_version, grid_of_one) {
  BOOST_TEST(world.run("trellis job list -o json") == 0);
  BOOST_TEST(world.out_text().starts_with(
      "{\"schema\": \"trellis.job_status\", \"version\": 1, \"items\": [\n  {\"job\": \"" + first_id
      + "\", \"state\": \"Done\", "));
  BOOST_TEST(world.out_text().ends_with("}\n]}\n"));
  BOOST_TEST(world.run("trellis job list -o jsonl") == 0);
  BOOST_TEST(count_lines(world.out_text()) == 2u);
  BOOST_TEST(world.out_text().starts_with(
      "{\"schema\": \"trellis.job_status\", \"version\": 1, \"job\": \""));
  world.nodes.on<lb::list_jobs>([](const lb::list_jobs&) { return lb::job_list{}; });
  world.run("trellis job list -o json");
  BOOST_TEST(world.out_text()
             == "{\"schema\": \"trellis.job_status\", \"version\": 1, \"items\": []}\n");
}

BOOST_FIXTURE_TEST_CASE(every_error_has_its_exit_code_and_number, grid_of_one) {
  for (const auto& x : errc_rows) {
    if (x.code == errc::none)
      continue;
    world.nodes.on<lb::get_status>([&](const lb::get_status&) -> result<lb::job_status> {
      return error{x.code, "it went wrong"};
    });
    BOOST_TEST(world.run("trellis job status " + first_id) == x.exit_code, x.word);
    auto number = std::to_string(10'000 + static_cast<unsigned>(x.code)).substr(1);
    BOOST_TEST(world.err_text().starts_with("trellis: TRL-" + number + ": it went wrong\n  next: "),
               world.err_text());
    BOOST_TEST(world.out_text() == "");
  }
}

BOOST_FIXTURE_TEST_CASE(colours_are_for_terminals_that_want_them, grid_of_one) {
  auto coloured = [&] {
    world.run("trellis job list");
    return world.out_text().find('\033') != std::string::npos;
  };
  BOOST_TEST(!coloured());
  world.out_terminal = true;
  BOOST_TEST(coloured());
  world.variables["NO_COLOR"] = "1";
  BOOST_TEST(!coloured());
  world.variables.erase("NO_COLOR");
  world.variables["TERM"] = "dumb";
  BOOST_TEST(!coloured());
}

BOOST_FIXTURE_TEST_CASE(a_node_is_found_by_option_then_environment, grid_of_one) {
  world.run("trellis job list --node /d");
  BOOST_TEST(world.attached.back() == "/d/node.sock");
  world.run("trellis job list");
  BOOST_TEST(world.attached.back() == "/n/node.sock");
  world.variables.clear();
  BOOST_TEST(world.run("trellis job list") == 6);
  BOOST_TEST(world.err_text().find("no TRELLIS_SOCKET") != std::string::npos);
  world.variables["TRELLIS_SOCKET"] = "/n";
  world.attach_failure = errc::unauthenticated;
  BOOST_TEST(world.run("trellis job list") == 3);
}

BOOST_FIXTURE_TEST_CASE(a_role_is_found_at_the_only_peer_that_has_it, grid_of_one) {
  world.nodes.home.roles = {role::ce, role::node};
  node::status status;
  status.host = world.nodes.home.host;
  node::link_row peer;
  peer.peer = *host_name::parse("far.example");
  peer.roles = {role::lb, role::node};
  status.links = {peer};
  world.nodes.on<node::get_status>([&](const node::get_status&) { return status; });
  BOOST_TEST(world.run("trellis job list") == 0);
  BOOST_TEST(text(world.nodes.calls.back().to) == "lb@far.example");
  BOOST_TEST(world.run("trellis ce list") == 5);
  status.links.push_back(peer);
  BOOST_TEST(world.run("trellis job list") == 2);
  BOOST_TEST(world.run("trellis job list --lb near.example") == 0);
  BOOST_TEST(text(world.nodes.calls.back().to) == "lb@near.example");
  world.variables["TRELLIS_LB"] = "env.example";
  BOOST_TEST(world.run("trellis job list") == 0);
  BOOST_TEST(text(world.nodes.calls.back().to) == "lb@env.example");
}

BOOST_FIXTURE_TEST_CASE(counts_by_state, grid_of_one) {
  world.nodes.on<lb::count_jobs>([](const lb::count_jobs&) {
    return lb::job_counts{
        {{lb::job_state::done, 12}, {lb::job_state::waiting, 3}, {lb::job_state::ready, 0}}
    };
  });
  BOOST_TEST(world.run("trellis job stats") == 0);
  BOOST_TEST(world.out_text() == "STATE    JOBS\nWaiting     3\nDone       12\n");
  auto once = world.out_text();
  world.run("trellis job list --count");
  BOOST_TEST(world.out_text() == once);
  world.run("trellis job stats -o json");
  BOOST_TEST(
      world.out_text()
      == "{\"schema\": \"trellis.job_counts\", \"version\": 1, \"items\": [\n"
         "  {\"state\": \"Waiting\", \"jobs\": 3},\n  {\"state\": \"Done\", \"jobs\": 12}\n]}\n");
}

BOOST_FIXTURE_TEST_CASE(counts_are_watched_until_all_is_over, grid_of_one) {
  int round = 0;
  world.nodes.on<lb::count_jobs>([&](const lb::count_jobs&) {
    ++round;
    return round < 4 ? lb::job_counts{{{lb::job_state::running, round < 3 ? 2u : 1u},
                                       {lb::job_state::done, round < 3 ? 0u : 1u}}}
                     : lb::job_counts{{{lb::job_state::done, 2}}};
  });
  world.nodes.on<lb::watch>([](const lb::watch& x) { return lb::changes{{}, {}, x.after + 1}; });
  BOOST_TEST(world.run("trellis job stats --watch --until-idle --every 500ms") == 0);
  BOOST_TEST(world.out_text()
             == "Time         Submit   Wait  Ready  Sched    Run   Done  Clear  Abort Cancel\n"
                "10:33:23.0        0      0      0      0      2      0      0      0      0\n"
                "10:33:24.0        0      0      0      0      1      1      0      0      0\n"
                "10:33:24.5        0      0      0      0      0      2      0      0      0\n");
  BOOST_TEST(fits_80_columns(world.out_text()));
  BOOST_TEST(world.nodes.asked<lb::watch>().back().after == 2u);
  round = -100;
  BOOST_TEST(world.run("trellis job stats --watch --until-idle --timeout 3s") == 7);
}

BOOST_FIXTURE_TEST_CASE(a_job_is_watched_until_it_is_over, grid_of_one) {
  world.nodes.on<lb::get_status>(
      [](const lb::get_status&) { return job_in(lb::job_state::scheduled); });
  int round = 0;
  world.nodes.on<lb::watch>([&](const lb::watch& x) {
    BOOST_TEST(x.jobs.size() == 1u);
    if (++round == 1) {
      BOOST_TEST(x.after == 20u);
      return lb::changes{
          {event_of(20,  lb::pending{"old news"}), event_of(21, lb::running{"wn7"})},
          {job_in(lb::job_state::running)},
          21
      };
    }
    BOOST_TEST(x.after == 21u);
    return lb::changes{{event_of(22, lb::done{lb::done_status::ok, "", 0})}, {done_job()}, 22};
  });
  BOOST_TEST(world.run("trellis job watch " + first_id) == 0);
  BOOST_TEST(world.out_text()
             == "10:33:10.000  AAAAAAAAAAAAAAAAAAAAAA  Running       wn7\n"
                "10:33:10.000  AAAAAAAAAAAAAAAAAAAAAA  Done          OK, exit code 0\n"
                "AAAAAAAAAAAAAAAAAAAAAA: Done (Success)\n");
}

BOOST_FIXTURE_TEST_CASE(a_watch_ends_when_its_time_is_over, grid_of_one) {
  world.nodes.on<lb::get_status>(
      [](const lb::get_status&) { return job_in(lb::job_state::running); });
  world.nodes.on<lb::watch>([&](const lb::watch& x) {
    BOOST_TEST((x.wait <= std::chrono::milliseconds{30'000}));
    world.clock += x.wait;
    return lb::changes{{}, {}, 20};
  });
  BOOST_TEST(world.run("trellis job watch --timeout 70s " + first_id) == 7);
  BOOST_TEST(world.nodes.asked<lb::watch>().size() == 3u);
  BOOST_TEST(world.run("trellis job watch --until Running " + first_id) == 0);
}

BOOST_FIXTURE_TEST_CASE(why_shows_clauses_waiting_and_the_last_error, grid_of_one) {
  world.nodes.on<lb::get_status>(
      [](const lb::get_status&) { return job_in(lb::job_state::waiting); });
  world.nodes.on<wms::why>([](const wms::why&) {
    wms::explanation x;
    x.state = "idle";
    x.waits_for = "a CE with 4 free CPUs";
    x.last_error = "sbatch: queue closed";
    x.attempt = 2;
    x.ce = ce_name;
    x.ahead = 7;
    x.now.considered = 3;
    x.now.clauses = {
        {"other.GlueCEStateFreeCPUs >= 4", 3, 0, ""   },
        {"other.Foo == 1",                 0, 3, "Foo"}
    };
    x.shares = {
        {"dteam", 0.25}
    };
    return x;
  });
  BOOST_TEST(world.run("trellis job why " + first_id) == 0);
  BOOST_TEST(world.out_text()
             == "Job:         https://lb.example:9000/AAAAAAAAAAAAAAAAAAAAAA\n"
                "State:       Waiting, idle at the WMS\n"
                "Attempt:     2 on ral.example:2811/trellis-fork-default\n"
                "Waits for:   a CE with 4 free CPUs\n"
                "Last error:  sbatch: queue closed\n"
                "CEs:         0 of 3 fit now\n"
                "EXCLUDES  UNDEFINED  CLAUSE\n"
                "       3          0  other.GlueCEStateFreeCPUs >= 4\n"
                "       0          3  other.Foo == 1  (no CE attribute Foo)\n"
                "Queue:       7 jobs are before it\n"
                "Share:       dteam 0.25\n");
  BOOST_TEST(fits_80_columns(world.out_text()));
  BOOST_TEST(world.run("trellis job why -o json " + first_id) == 0);
  BOOST_TEST(world.out_text().find("\"waits_for\": \"a CE with 4 free CPUs\"")
             != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(logging_info_is_a_block_an_event, grid_of_one) {
  world.nodes.on<lb::get_events>([](const lb::get_events& x) {
    BOOST_TEST(x.after == 0u);
    return lb::event_list{
        {event_of(1, lb::reg_job{}),
         event_of(2, lb::done{lb::done_status::failed, "it broke", 3})}
    };
  });
  BOOST_TEST(world.run("trellis job logging-info --event Done " + first_id) == 0);
  BOOST_TEST(world.out_text()
             == "**********************************************************************\n"
                "LOGGING INFORMATION:\n"
                "\n"
                "Printing info for the Job : https://lb.example:9000/AAAAAAAAAAAAAAAAAAAAAA\n"
                "\n"
                "        ---\n"
                "Event: Done\n"
                "- Host                      =  ral.example\n"
                "- status_code               =  FAILED\n"
                "- reason                    =  it broke\n"
                "- exit_code                 =  3\n"
                "- Source                    =  LRMS\n"
                "- Timestamp                 =  Tue Jan 27 10:33:10 2009 UTC\n"
                "**********************************************************************\n");
  BOOST_TEST(world.run("trellis job logging-info --event Don " + first_id) == 2);
  BOOST_TEST(world.err_text().find("did you mean 'Done'?") != std::string::npos);
  BOOST_TEST(world.run("trellis job logging-info -o csv " + first_id) == 0);
  BOOST_TEST(count_lines(world.out_text()) == 3u);
}

BOOST_FIXTURE_TEST_CASE(cancel_asks_each_job_and_says_what_came_of_it, grid_of_one) {
  world.nodes.on<wms::cancel>([](const wms::cancel& x) -> result<wms::cancel_taken> {
    BOOST_TEST(x.reason == "why not");
    if (x.job.text() == second_id)
      return error{errc::illegal_transition, "it is over"};
    return wms::cancel_taken{};
  });
  auto both = first_id + " " + second_id;
  world.variables["reason"] = "";
  BOOST_TEST(
      run_program(world, "trellis", {"job", "cancel", first_id, second_id, "--reason", "why not"})
      == 8);
  BOOST_TEST(world.out_text()
             == "JOB                     ACT\nAAAAAAAAAAAAAAAAAAAAAA  cancelled\n");
  BOOST_TEST(world.err_text().starts_with("trellis: TRL-0014: cannot cancel " + second_id
                                          + ": it is over\n"));
  auto before = world.nodes.asked<wms::cancel>().size();
  BOOST_TEST(world.run("trellis job cancel --dry-run " + both) == 0);
  BOOST_TEST(world.nodes.asked<wms::cancel>().size() == before);
  BOOST_TEST(world.out_text().find("would be cancelled") != std::string::npos);
  world.in_terminal = world.err_terminal = true;
  world.input.str("n\n");
  BOOST_TEST(world.run("trellis job cancel " + both) == 2);
  BOOST_TEST(world.nodes.asked<wms::cancel>().size() == before);
}

BOOST_FIXTURE_TEST_CASE(ces_are_listed_by_their_glue_attributes, grid_of_one) {
  world.nodes.on<info::list_ces>([](const info::list_ces&) {
    info::ce_entry x{*ce_id::parse(ce_name),
                     "[GlueCEStateStatus=\"Production\"; GlueCEStateFreeCPUs=14; "
                     "GlueCEInfoTotalCPUs=16; GlueCEStateRunningJobs=2]",
                     std::chrono::seconds{5}, std::chrono::seconds{290}};
    return info::ce_list{{x}};
  });
  BOOST_TEST(world.run("trellis ce list") == 0);
  BOOST_TEST(world.out_text()
             == "CE                                     STATUS      CPUS  FREE  RUN  WAIT  AGE\n"
                "ral.example:2811/trellis-fork-default  Production    16    14    2     -   5s\n");
  BOOST_TEST(fits_80_columns(world.out_text()));
}

BOOST_FIXTURE_TEST_CASE(a_node_shows_its_links_and_warnings, grid_of_one) {
  world.nodes.on<node::get_status>([](const node::get_status&) {
    node::status x;
    x.host = *host_name::parse("cern.example");
    x.site = "CERN";
    x.version = "0.1.0";
    x.roles = {role::wms, role::lb};
    x.up = std::chrono::seconds{300};
    x.memory_kib = 60 * 1024;
    node::link_row link;
    link.peer = *host_name::parse("ral.example");
    link.up = true;
    link.direction = "in";
    link.clock_difference_ms = -12;
    link.outbox_letters = 3;
    link.outbox_bytes = 400;
    x.links = {link};
    x.warnings = {"the host certificate ends in 6 days"};
    return x;
  });
  BOOST_TEST(world.run("trellis node status") == 0);
  BOOST_TEST(world.out_text()
             == "Node:      cern.example (site CERN)\n"
                "Roles:     wms lb\n"
                "Version:   0.1.0, up 5m, 60 MB resident\n"
                "Outbox:    3 letters, 400 bytes\n"
                "Links:     1 of 1 up\n"
                "Warning:   the host certificate ends in 6 days\n"
                "\n"
                "PEER         LINK  DIR  SINCE  CLOCK  CALLS  OUTBOX  LAST ERROR\n"
                "ral.example  up    in      0s  -12ms      0       3\n");
  BOOST_TEST(world.run("trellis node status ral.example -o id") == 0);
  BOOST_TEST(text(world.nodes.calls.back().to) == "node@ral.example");
}

BOOST_FIXTURE_TEST_CASE(a_peer_is_forgotten_only_when_that_is_meant, grid_of_one) {
  world.nodes.on<node::forget>([](const node::forget&) { return node::forgotten{4}; });
  world.nodes.on<node::list_outbox>([](const node::list_outbox&) {
    node::outbox_row letter;
    letter.to = *parse_address("ce@ral.example");
    node::outbox_rows all;
    all.letters.assign(2, letter);
    return all;
  });
  BOOST_TEST(world.run("trellis node forget ral.example --dry-run") == 0);
  BOOST_TEST(world.out_text() == "2 letters to ral.example would become dead letters\n");
  BOOST_TEST(world.nodes.asked<node::forget>().empty());
  world.in_terminal = world.err_terminal = true;
  world.input.str("\n");
  BOOST_TEST(world.run("trellis node forget ral.example") == 2);
  BOOST_TEST(world.run("trellis node forget ral.example --yes") == 0);
  BOOST_TEST(world.out_text() == "4 letters to ral.example are dead letters now\n");
}

BOOST_FIXTURE_TEST_CASE(events_are_told_as_they_happen, grid_of_one) {
  int round = 0;
  world.nodes.on<lb::watch>([&](const lb::watch&) {
    switch (++round) {
    case 1:
      return lb::changes{{event_of(1, lb::running{"old"})}, {}, 1};
    case 2:
      return lb::changes{{}, {}, 1};
    case 3:
      return lb::changes{
          {event_of(2,  lb::running{"wn1"}), event_of(3, lb::abort{"too late"})},
          {},
          3
      };
    default:
      world.stop = true;
      return lb::changes{{}, {}, 3};
    }
  });
  BOOST_TEST(world.run("trellis event tail Abort,Done source=LRMS") == 0);
  BOOST_TEST(world.out_text() == "10:33:10.000  AAAAAAAAAAAAAAAAAAAAAA  Abort         too late\n");
  BOOST_TEST(world.run("trellis event tail colour=red") == 2);
}
