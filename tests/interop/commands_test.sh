#!/bin/bash
# The user's commands against a real node: an acceptance script in trellis-shell, then what only a
# process can show: exit codes, what goes to which stream, old names, a node that is gone.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
harness_enter "${BASH_SOURCE[0]}" "$@"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${TRELLIS_BUILD:-$here/../../build}
bin=$(cd "$build/bin" && pwd)
node=$HARNESS/node
export TRELLIS_SOCKET=$node/node.sock PATH=$bin:$PATH

fail() {
  echo "commands_test: $*" >&2
  tail -n 5 "$HARNESS/node.log" >&2
  exit 1
}

# expect CODE COMMAND...: its exit code; output in out, errors in err
expect() {
  local code=$1 rc=0
  shift
  "$@" >"$HARNESS/out" 2>"$HARNESS/err" || rc=$?
  [[ $rc -eq $code ]] || fail "'$*' ended with $rc, not $code: $(cat "$HARNESS/out" "$HARNESS/err")"
}

trellis-node init "$node" --host cern.example --vo biomed >/dev/null
if [[ $(id -u) -eq 0 ]]; then
  sed -i 's/^payload_user = .*/payload_user = "biomed001"/' "$node/node.toml"
  chmod 755 "$HARNESS"
  chmod 711 "$node"
fi
! grep -q '^\[wms\]' "$node/node.toml" || fail "init writes a [wms] now: change it instead"
printf '\n[wms]\nsandboxes = "kept"\nmax_input_sandbox = "1 MB"\n' >>"$node/node.toml"
trellis-node --node "$node" 2>"$HARNESS/node.log" &
pid=$!
ready() { [[ $(trellis ce list -o id 2>/dev/null | wc -l) -eq 1 ]]; }
wait_until 20 ready || fail "the node did not start"

mkdir "$HARNESS/w"
cd "$HARNESS/w"
echo 'some input' >in.txt
cat >hello.jdl <<'END'
Executable = "/bin/sh";
Arguments = "-c 'cat in.txt; sleep 2; echo bye'";
StdOutput = "out";
InputSandbox = {"in.txt"};
OutputSandbox = {"out"};
END
echo 'Executable = "/bin/sh"; Arguments = "-c \"exit 3\"";' >three.jdl
echo 'Executable = "/bin/true"; Requirements = other.GlueCEStateFreeCPUs > 1000;' >never.jdl
echo 'Executable = 3; RetryCount = "x";' >bad.jdl

trellis-shell --script "$here/commands.trellis" || fail "the acceptance script failed"
[[ $(cat results/*/out) == $'some input\nbye' ]] || fail "the output is not that of the job"

expect 0 trellis job submit hello.jdl --wait --timeout 30s
expect 1 trellis job submit three.jdl --wait --timeout 30s
grep -q 'Done (Exit Code !=0)' "$HARNESS/out" || fail "the exit code is not shown"
expect 7 trellis job submit never.jdl --wait --timeout 1s
grep -q '^trellis: TRL-0008: ' "$HARNESS/err" || fail "the time-out has no code"
never=$(head -n 1 "$HARNESS/out")
expect 0 trellis job cancel "$never"
expect 2 trellis job submit bad.jdl
[[ ! -s $HARNESS/out ]] || fail "an error went to standard output"
[[ $(grep -c 'line 1, column' "$HARNESS/err") -eq 2 ]] || fail "not all problems are shown"
expect 8 trellis job submit three.jdl bad.jdl -o id
for i in {1..100}; do cp three.jdl "many$i.jdl"; done
expect 0 trellis job submit many*.jdl -o id
[[ $(sort -u "$HARNESS/out" | wc -l) -eq 100 ]] || fail "100 files did not make 100 jobs"
expect 0 trellis job stats --watch --until-idle --at-least 100 --timeout 60s
head -c 1100000 /dev/zero >large.txt
echo 'Executable = "/bin/true"; InputSandbox = {"in.txt", "large.txt"};' >large.jdl
expect 2 trellis job submit large.jdl
grep -q 'at most 1000000 bytes' "$HARNESS/err" || fail "the limit of the sandbox does not hold"
[[ -n $(ls "$node/kept") ]] || fail "sandboxes are not where they were set"
echo 'Executable = "/bin/true"; OutputSandboxBaseDestURI = "gsiftp://se.example/d";' >away.jdl
echo 'Type = "collection"; Nodes = { [ Executable = "/bin/true"; ] };' >several.jdl
for jdl in away several; do
  expect 0 trellis jdl check "$jdl.jdl"
  expect 2 trellis job submit "$jdl.jdl"
done
grep -q 'line 1, column .*: Type: asks for several jobs' "$HARNESS/err" || fail "the refusal of a collection does not say why"
expect 0 trellis node actors -o id
grep -q '^wms/\*$' "$HARNESS/out" || fail "the actors of jobs are not counted"
expect 1 trellis job list-match never.jdl
expect 5 trellis job status https://cern.example:9000/AAAAAAAAAAAAAAAAAAAAAA
expect 2 trellis job status
expect 0 trellis job list -o json
python3 -m json.tool "$HARNESS/out" >/dev/null || fail "the list is no JSON"

for verb in submit status output; do ln -s "$bin/trellis" "glite-wms-job-$verb"; done
expect 0 ./glite-wms-job-submit -a -o ids three.jdl
over() { ./glite-wms-job-status -i ids 2>/dev/null | grep -q '^Current Status:     Done (Exit'; }
wait_until 20 over || fail "the old status shows no end"
expect 0 ./glite-wms-job-output -i ids --dir old

kill "$pid"
wait "$pid" || true
expect 6 trellis job list
grep -q '^trellis: TRL-0009: ' "$HARNESS/err" || fail "a node that is gone has no code"
echo "commands: ok"
