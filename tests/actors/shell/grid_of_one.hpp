#pragma once
/// The grid that most tests of commands look at.
#include "tests/actors/shell/fake_world.hpp"

namespace trellis::shell {

/// A grid with one job that is done, one CE, and nothing else.
struct grid_of_one {
  fake_world world;

  grid_of_one() {
    world.nodes.on<lb::get_status>([](const lb::get_status& x) -> result<lb::job_status> {
      if (x.job.text() == first_id)
        return done_job();
      return error{errc::not_found, "no job " + x.job.text() + " was registered here"};
    });
    world.nodes.on<lb::list_jobs>([](const lb::list_jobs&) {
      return lb::job_list{
          {done_job(), job_in(lb::job_state::waiting, second_id)},
          ""
      };
    });
  }
};

} // namespace trellis::shell
