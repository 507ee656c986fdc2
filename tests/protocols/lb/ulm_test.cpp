#include "protocols/lb/event_table.hpp"
#include "protocols/lb/ulm.hpp"
#include "tests/actors/lb/stories.hpp"

#include <boost/test/unit_test.hpp>

namespace wire = trellis::wire;
using namespace trellis::lb;
using namespace trellis::lb::tests;

namespace {

/// Fills every field of an event with something that is not its default.
struct filler {
  using visits_wire_fields = void;
  int n = 1;

  template <class T>
  void field(const char*, T& x) {
    ++n;
    if constexpr (wire::is_a<T, std::optional>)
      field("", x.emplace());
    else if constexpr (std::is_enum_v<T>)
      x = static_cast<T>(1);
    else if constexpr (std::is_arithmetic_v<T>)
      x = static_cast<T>(n);
    else if constexpr (std::same_as<T, std::string>)
      x = "a \"quoted\" \\ text,\nline=2\t" + std::to_string(n);
    else if constexpr (std::same_as<T, sequence_code>)
      x.set(counter::lrms, 7);
    else if constexpr (wire::time_point<T>)
      x += std::chrono::seconds{n};
    else
      x = job_number(n);
  }
};

template <std::size_t I = 0>
void each_kind(auto&& visit) {
  if constexpr (I < std::variant_size_v<event_body>) {
    event_body body{std::in_place_index<I>};
    filler fill;
    if constexpr (!std::is_empty_v<std::variant_alternative_t<I, event_body>>)
      inspect(fill, std::get<I>(body));
    visit(std::move(body));
    each_kind<I + 1>(visit);
  }
}

} // namespace

BOOST_AUTO_TEST_CASE(every_event_with_every_field_survives_its_line) {
  teller t;
  int kinds = 0;
  each_kind([&](event_body body) {
    ++kinds;
    auto e = t.said(source::log_monitor, "UI=1 NS=2 WM=3 JSS=4 LM=5 LBS=6", std::move(body));
    e.lvl = level::debug;
    e.user = "/C=CZ/CN=\"x\"";
    e.timestamp += std::chrono::microseconds{433'079};
    auto line = ulm_line(e);
    BOOST_TEST(line.find('\n') == line.npos);
    auto again = parse_ulm(line);
    BOOST_REQUIRE_MESSAGE(again, line << ": " << (again ? "" : again.why().text));
    BOOST_TEST(wire::encode(*again) == wire::encode(e), line);
  });
  BOOST_TEST(kinds == 27);
}

BOOST_AUTO_TEST_CASE(the_form_is_that_of_old_dumps) {
  teller t;
  auto e = t.said(source::workload_manager, "NS=3 WM=4", match{"ce:2119/jobmanager-x-y"});
  e.timestamp = moment{std::chrono::microseconds{1'222'579'524'433'079}};
  e.src_instance = "22176";
  BOOST_TEST(
      ulm_line(e)
      == "DATE=20080928052524.433079 HOST=\"cern.example\" PROG=edg-wms LVL=SYSTEM "
         "DG.PRIORITY=0 DG.SOURCE=\"WorkloadManager\" DG.SRC_INSTANCE=\"22176\" "
         "DG.EVNT=\"Match\" DG.JOBID=\""
             + e.job.text()
             + "\" DG.SEQCODE=\"UI=000000:NS=0000000003:WM=000004:BH=0000000000:"
               "JSS=000000:LM=000000:LRMS=000000:APP=000000:LBS=000000\" "
               "DG.USER=\"/DC=example/CN=alice\" DG.MATCH.DEST_ID=\"ce:2119/jobmanager-x-y\"");
}

BOOST_AUTO_TEST_CASE(what_others_print_is_read_too) {
  auto job = job_number(1).text();
  auto e = parse_ulm("DG.EVNT=\"running\" DATE=20080928052524.5 HOST=h LVL=system DG.LLLID=12 "
                     "DG.SOURCE=\"LRMS\" DG.SEQCODE=\"UI=000001:NS=0000000002:WM=000003:"
                     "BH=0000000000:JSS=000000:LM=000000:LRMS=000000:APP=000000\" DG.JOBID=\""
                     + job + "\" DG.RUNNING.NODE=\"worker1\" DG.RUNNING.NEW=\"x\"\r\n");
  BOOST_REQUIRE_MESSAGE(e, (e ? "" : e.why().text));
  BOOST_TEST(std::get<running>(e->what).node == "worker1");
  BOOST_TEST(e->host == "h");
  BOOST_TEST(e->seqcode[counter::wm] == 3u);
  BOOST_TEST(e->timestamp.time_since_epoch().count() == 1'222'579'524'500'000);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_refused_by_its_key) {
  teller t;
  auto line = ulm_line(t.said(source::lrms, "WM=1", done{done_status::ok, "", 3}));
  auto with = [&](std::string_view from, std::string_view to) {
    auto x = line;
    auto at = x.find(from);
    BOOST_REQUIRE(at != x.npos);
    x.replace(at, from.size(), to);
    auto e = parse_ulm(x);
    BOOST_REQUIRE_MESSAGE(!e, x);
    return e.why().text;
  };
  BOOST_TEST(with("DATE=19700112", "DATE=19701312").find("DATE") != std::string::npos);
  BOOST_TEST(with("\"Done\"", "\"Dome\"").find("'Dome' is no event") != std::string::npos);
  BOOST_TEST(with("https://", "http://").find("DG.JOBID") != std::string::npos);
  BOOST_TEST(with("\"LRMS\"", "\"LRM\"").find("DG.SOURCE") != std::string::npos);
  BOOST_TEST(with("EXIT_CODE=\"3\"", "EXIT_CODE=\"3x\"").find("DG.DONE.EXIT_CODE")
             != std::string::npos);
  BOOST_TEST(with("DG.JOBID", "DG.JOB").find("DG.JOBID is missing") != std::string::npos);
  for (std::size_t n = 0; n < line.size(); ++n)
    static_cast<void>(parse_ulm(std::string_view{line}.substr(0, n))); // no cut makes it fall
}

BOOST_AUTO_TEST_CASE(a_dump_is_read_back_and_an_error_names_its_line) {
  teller t;
  std::vector<stored_event> stored;
  for (const auto& e : good_life(t))
    stored.push_back({stored.size() + 1, e.timestamp, e});
  auto text = "# a comment\n\n" + ulm_dump(stored);
  auto again = parse_ulm_dump(text);
  BOOST_REQUIRE(again);
  BOOST_REQUIRE(again->size() == stored.size());
  for (std::size_t i = 0; i < stored.size(); ++i)
    BOOST_TEST(wire::encode((*again)[i]) == wire::encode(stored[i].what));
  BOOST_TEST(parse_ulm_dump(text + "nonsense\n").why().text.find("line 16:") == 0u);
}
