#!/bin/bash
# Stories with real nodes: a CE that dies and stays dead, a cut shorter than the lease, a restart of
# every node; then one with a wrong number, one that cannot be played so, and an interrupt.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=$(cd "${TRELLIS_BUILD:-$here/../../build}/bin" && pwd)
stories=$here/../../scenarios
work=$(mktemp -d /tmp/trellis.XXXX)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT

fail() {
  echo "replay_nodes_test: $*" >&2
  cat "$work"/*.out >&2
  exit 1
}

# play NAME FILE OPTIONS...: its output in NAME.out, its nodes below NAME
play() {
  local name=$1 file=$2
  shift 2
  timeout 200 "$bin/trellis-replay" "$file" --nodes --quiet --keep "$work/$name" "$@" \
    >"$work/$name.out" 2>&1
}

# expect CODE NAME PROCESS
expect() {
  local rc=0
  wait "$3" || rc=$?
  [[ $rc -eq $1 ]] || fail "$2 ended with $rc, not $1"
}

sed 's/^at end     starts of render = 2/at end     starts of render = 1/' "$stories/dead_ce.scn" \
  >"$work/wrong.scn"
line=$(grep -n '^at end     starts of render = 1' "$work/wrong.scn" | cut -d: -f1)

declare -A process
for story in dead_ce short_partition rolling_restart; do
  play "$story" "$stories/$story.scn" --speed 30 &
  process[$story]=$!
done
play wrong "$work/wrong.scn" --speed 30 --until 22min &
process[wrong]=$!

rc=0
play skew "$stories/clock_skew.scn" || rc=$?
[[ $rc -eq 2 ]] || fail "a story that needs simulated clocks ended with $rc, not 2"
grep -q "clock_skew.scn:[0-9]*:[0-9]*: 'skew' needs a part that is simulated" "$work/skew.out" ||
  fail "what cannot be played is not named"

for story in dead_ce short_partition rolling_restart; do
  expect 0 "$story" "${process[$story]}"
done
grep -q 'link-up *connection 2 to ce01.ral.example' "$work/short_partition/cern.example.log" ||
  fail "no link was cut"
expect 1 wrong "${process[wrong]}"
grep -q "FAILED  $work/wrong.scn:$line: at end starts of render = 1" "$work/wrong.out" ||
  fail "the line that fails is not named"
[[ $(grep -c FAILED "$work/wrong.out") -eq 1 ]] || fail "more than the wrong line fails"

# Ctrl-C in the middle of a run: it ends soon, and no process of it is left.
"$bin/trellis-replay" "$stories/dead_ce.scn" --nodes --quiet --keep "$work/interrupt" \
  >"$work/interrupt.out" 2>&1 &
pid=$!
for _ in {1..200}; do
  [[ ! -s $work/interrupt/payloads ]] || break
  sleep 0.1
done
[[ -s $work/interrupt/payloads ]] || fail "no payload began"
kill -INT "$pid"
expect 130 interrupt "$pid"
! pgrep -f "$work/" >"$work/left.out" || fail "processes are left"
echo "replay_nodes: ok"
