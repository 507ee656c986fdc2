#!/bin/bash
# A computing element on a real Slurm: jobs run, are cancelled, held and found again.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
harness_enter "${BASH_SOURCE[0]}" "$@"

slurm_up "$HARNESS/slurm" 4
rc=0
plainly "$TRELLIS_BUILD/tests/actors/ce/ce_slurm_test" "$@" || rc=$?
slurm_down "$HARNESS/slurm"
exit "$rc"
