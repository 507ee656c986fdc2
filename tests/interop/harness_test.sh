#!/bin/bash
# The harness and its Slurm come up and run sixteen jobs at once on whatever machine this is, and
# leave no process and no directory behind: as root where we are root, and as an ordinary user.
set -euo pipefail

fail() {
  echo "harness_test as $(id -un): $*" >&2
  [[ -z ${SLURM_CONF:-} ]] || tail -n 20 "${SLURM_CONF%/*}"/log/*.log >&2
  exit 1
}

# Everything below `inside` runs in the harness.
names_are_addresses() {
  [[ $(getent ahostsv4 ral.example | awk 'NR == 1 {print $1}') == 127.0.0.3 ]] ||
    fail "ral.example is not 127.0.0.3"
  [[ ! -e /proc/sys/net/ipv6 || -n $(ip -6 addr show dev lo to fd00::4) ]] ||
    fail "lo does not have fd00::4"
}

programs_have_no_special_rights() {
  [[ $(id -u) -eq 0 || $(plainly grep CapEff /proc/self/status) == *0000000000000000 ]] ||
    fail "a program under test keeps the rights of the harness"
}

root_has_pool_accounts() {
  [[ $(id -u) -ne 0 || $(id -gn biomed002) == biomed ]] || fail "there is no account biomed002"
}

all_started() { [[ $(find "$HARNESS/jobs" -name '*.started' | wc -l) -eq 16 ]]; }
all_ended() { [[ -z $(squeue --noheader --states=PD,CF,R,CG) ]]; }

# A job ends only after it is told so: when all have started, all run at once.
sixteen_jobs_run_at_once() {
  local n
  mkdir "$HARNESS/jobs"
  cat >"$HARNESS/job.sh" <<'JOB'
#!/bin/sh
id -u >"$1.uid"
: >"$1.started"
until [ -e "${1%/*}/end" ]; do sleep 0.1; done
exit 7
JOB
  for n in $(seq 16); do
    plainly sbatch --quiet --ntasks=1 --output=/dev/null "$HARNESS/job.sh" "$HARNESS/jobs/$n"
  done
  wait_until 30 all_started || fail "$(squeue --noheader --format='%T %r' | sort | uniq -c)"
  [[ $(cat "$HARNESS"/jobs/*.uid | sort -u) == "$(id -u)" ]] || fail "a job ran as another user"
  : >"$HARNESS/jobs/end"
  wait_until 30 all_ended || fail "jobs stay: $(squeue --noheader)"
  [[ $(scontrol --oneliner show job | grep -c 'ExitCode=7:0') -eq 16 ]] ||
    fail "exit codes are lost: $(scontrol --oneliner show job 1)"
}

inside() {
  source "$(dirname "$0")/harness.sh"
  harness_enter "$0" inside
  names_are_addresses
  programs_have_no_special_rights
  root_has_pool_accounts
  slurm_up "$HARNESS/slurm" 16 || fail "Slurm did not come up"
  sixteen_jobs_run_at_once
  slurm_down "$HARNESS/slurm" || fail "Slurm did not end"
  plainly sleep 1000 &
  echo "fine as $(id -un) in $HARNESS"
}

if [[ ${1:-} == inside ]]; then
  inside
  exit 0
fi

export PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
place=$(mktemp -d /tmp/harness-test.XXXX)
trap 'rm -rf "$place"' EXIT
chmod 755 "$place"
# A copy: an ordinary user may not be able to read where the sources are.
cp "$here/harness.sh" "$here/harness_test.sh" "$place"

# try USER [COMMAND...]: the test as USER, who the command makes us.
try() {
  local user=$1 said
  shift
  said=$("$@" bash "$place/harness_test.sh" inside </dev/null)
  echo "$said"
  [[ $said == *"fine as $user in /tmp/"* ]] || fail "the harness of $user ended without a word"
  [[ ! -e ${said##* in } ]] || fail "${said##* in } stayed"
}

try "$(id -un)"
if [[ $(id -u) -eq 0 ]]; then
  plain=(setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent)
  if "${plain[@]}" unshare --user --map-current-user true 2>/dev/null; then
    try nobody "${plain[@]}"
  else
    echo "SKIPPED: no user namespaces here, an ordinary user's harness was NOT tested"
  fi
fi
