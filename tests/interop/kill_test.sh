#!/bin/bash
# Three real nodes, a real Slurm, hundreds of jobs in flight and SIGKILL again and again.
#
#   tests/interop/kill_test.sh [--kills N] [--in-flight N] [--seed N]
#
# Without arguments 20 kills and 500 jobs in flight. It would catch a step that is not synced, a token
# that is not checked, a lease that nobody keeps.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
harness_enter "${BASH_SOURCE[0]}" "$@"
source "$(dirname "${BASH_SOURCE[0]}")/three_nodes.sh"

build=${TRELLIS_BUILD:-$(dirname "${BASH_SOURCE[0]}")/../../build}
bin=$(cd "$build/bin" && pwd)
slurm_up "$HARNESS/slurm" 16
three_nodes "$bin" '
[info]
advertise = "1s"

[wms]
grant_in_advance = false # the second half of the kills: true

[limits]
reconnect = "200ms"
clock_refuse = "1s" # one machine, one clock: leases need no reserve
'
for host in infn.example ral.example cern.example; do node_stop "$host"; done
chmod 755 "$HARNESS" "$HARNESS"/*.example
rc=0
"$build/tests/interop/kill_driver" --node "$bin/trellis-node" --base "$HARNESS" "$@" || rc=$?
[[ $rc -eq 0 ]] || tail -n 20 "$HARNESS"/*.log
exit "$rc"
