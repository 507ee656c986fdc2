#!/bin/bash
# A computing element on a real Slurm: jobs run, are cancelled, held and found again. As root where
# we are root, and as an ordinary user.
set -euo pipefail

inside() {
  source "$(dirname "$0")/harness.sh"
  harness_enter "$0" inside "$@"
  local rc=0
  slurm_up "$HARNESS/slurm" 4
  echo "On Slurm as $(id -un)"
  plainly "$TRELLIS_BUILD/tests/actors/ce/ce_slurm_test" "$@" || rc=$?
  slurm_down "$HARNESS/slurm"
  exit "$rc"
}

if [[ ${1:-} == inside ]]; then
  shift
  inside "$@"
fi

export PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
built=${TRELLIS_BUILD:-$here/../../build}
place=$(mktemp -d /tmp/slurm-test.XXXX)
trap 'rm -rf "$place"' EXIT
chmod 755 "$place"
# A copy: an ordinary user may not be able to read where the sources are.
cp "$here/harness.sh" "$here/slurm_test.sh" "$place"
mkdir -p "$place/bin" "$place/tests/actors/ce"
cp "$built/bin/trellis-starter" "$place/bin"
cp "$built/tests/actors/ce/ce_slurm_test" "$place/tests/actors/ce"
export TRELLIS_BUILD=$place

bash "$place/slurm_test.sh" inside "$@"
if [[ $(id -u) -eq 0 ]]; then
  plain=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent)
  if "${plain[@]}" unshare --user --map-current-user true 2>/dev/null; then
    "${plain[@]}" bash "$place/slurm_test.sh" inside "$@"
  else
    echo "SKIPPED: no user namespaces here, an ordinary user's Slurm was NOT tested"
  fi
fi
