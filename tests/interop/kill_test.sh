#!/bin/bash
# Three real nodes, a real Slurm, hundreds of jobs in flight and SIGKILL again and again.
#
#   tests/interop/kill_test.sh [--kills N] [--in-flight N] [--seed N]
#
# Without arguments 20 kills and 500 jobs in flight. The seed chooses nodes, instants and points.
#
# What it says when a promise is taken out of the code, within 8 kills and 60 jobs in flight:
#   `options.sync` is false in storage/rocksdb_engine.cpp, or the write-ahead log is off
#       an acknowledged job is missing; more payload starts than deep cycles. Rows wait in the
#       process for their sync, so SIGKILL shows it; a sync that does not reach the disk it cannot.
#   the store answers before it has written (runtime/node/store_actor.cpp)
#       a job is unfinished; the payload ended well, L&B says otherwise
#   the starter does not wait for its token, or the WMS does not note that it granted one
#       more payload starts than deep cycles
#   the starter does not look at its lease (bin/starter/lease.cpp)
#       two payloads of a job at once
# What another guard covers it does not see: a CE that lets leases lapse (the starter ends its
# payloads), a WMS that grants a token to attempts it gave up (their lease has ended them).
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
