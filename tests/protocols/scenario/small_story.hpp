#pragma once
/// A scenario that uses most of the language, and the verbs of the tests.
#include "protocols/scenario/text.hpp"

#include <boost/test/unit_test.hpp>

namespace trellis::scenario {

inline constexpr std::string_view small_story = R"(
scenario "A CE dies under a running job; the WMS sends it elsewhere"
seed 2006

# The world
vo    biomed
user  alice  vo=biomed  role=production  proxy=12h
site  cern.example
site  ral.example
ce    ce01.cern.example  batch=slurm  slots=4
ce    ce02.ral.example   batch=pbs    slots=2
se    se01.cern.example  space=2TB
link  cern.example ral.example  rate=1Gb/s  rtt=20ms
file  lfn:/grid/biomed/alice/in.dat  size=700MB  on=se01.cern.example

# The work
job   render  by=alice  runs=10min
  [ Executable = "render.sh"; # alice's own
    InputData  = { "lfn:/grid/biomed/alice/in.dat" };
    RetryCount = 1; ]

# What happens
at 0s      submit render
at 4min    kill ce01.cern.example
at 30min   start ce01.cern.example

# What must hold
by 1min    render is Running on ce01.cern.example
by 20min   render is Running on ce02.ral.example
never      render is Aborted
at end     render is Done  exit=0  resubmissions=1

trace render  only=Match,Running,Resubmission,Done
----
Match         ce01.cern.example
Running       ce01.cern.example
Done          FAILED
Resubmission  WILLRESUB
Match         ce02.ral.example
Running       ce02.ral.example
Done          OK
----
)";

/// Two sites, a user, a job and a CE: what a line of a test needs around it.
inline constexpr std::string_view small_world = R"(scenario "x"
vo biomed
vo atlas
user alice vo=biomed
user bob vo=atlas
site cern.example
site ral.example
ce ce01.ral.example slots=4
job render by=alice
job flood by=bob
at 0s submit render
at 0s submit flood x10
)";

inline std::string all(const std::vector<problem>& problems) {
  std::string out;
  for (const auto& x : problems)
    out += to_string(x) + "\n";
  return out;
}

inline story read(std::string_view text) {
  auto x = parse(text, "x.scn");
  BOOST_REQUIRE_MESSAGE(bool(x), all(x.problems) + std::string{text});
  return std::move(x.value);
}

/// The world with a few lines more.
inline story with(std::string_view lines) {
  return read(std::string{small_world} + std::string{lines});
}

} // namespace trellis::scenario
