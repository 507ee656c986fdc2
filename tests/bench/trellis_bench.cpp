/// trellis-bench: how fast the parts are, each against its floor on this machine (README.md).
#include "tests/bench/edge_bench.hpp"
#include "tests/bench/jobs_bench.hpp"
#include "tests/bench/lb_bench.hpp"
#include "tests/bench/match_bench.hpp"
#include "tests/bench/replay_bench.hpp"
#include "tests/bench/voms_bench.hpp"

namespace {

constexpr trellis::bench::entry benches[] = {
    {"lb",     "durable acknowledged events through Logging & Bookkeeping",  trellis::bench::lb    },
    {"match",  "jobs against a thousand slots, with rank",                   trellis::bench::match },
    {"jobs",   "real jobs through a whole node, every step durable",         trellis::bench::jobs  },
    {"edge",   "users over HTTPS, beside the control socket",                trellis::bench::edge  },
    {"voms",   "attribute certificates for proxies, and their verification", trellis::bench::voms  },
    {"replay", "a hundred sites under the virtual clock",                    trellis::bench::replay},
};

} // namespace

int main(int argc, char** argv) { return trellis::bench::run(benches, argc, argv); }
