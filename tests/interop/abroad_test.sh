#!/bin/bash
# A scientist on another machine: a proxy from our VOMS server by the client that others wrote, a job
# over HTTPS from its submission to its output; and those who are refused, each with the reason.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
harness_enter "${BASH_SOURCE[0]}" "$@"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "${TRELLIS_BUILD:-$here/../../build}" && pwd)
bin=$build/bin
export PATH=$bin:$PATH
source "$here/three_nodes.sh"
source "$here/abroad.sh"

if ! command -v voms-proxy-init2 >/dev/null; then
  echo "abroad_test: SKIPPED: voms-proxy-init2 is not installed (tools/setup build)" >&2
  exit 77
fi

fail() {
  echo "abroad_test: $*" >&2
  tail -n 5 "$HARNESS"/*.log >&2
  exit 1
}

# as NAME CODE TEXT COMMAND...: its exit code, and a text that it prints
as() {
  local name=$1 code=$2 text=$3 rc=0
  shift 3
  abroad "$name" "$@" >"$HARNESS/out" 2>&1 || rc=$?
  [[ $rc -eq $code ]] || fail "$name: '$*' ended with $rc, not $code: $(cat "$HARNESS/out")"
  grep -qF -- "$text" "$HARNESS/out" || fail "$name: '$*' does not say '$text': $(cat "$HARNESS/out")"
}

abroad_furnish
trellis-node init "$HARNESS/cern.example" --host cern.example --listen 127.0.0.2:9443 --vo biomed \
  --roles wms,lb,info,ce,voms >/dev/null
abroad_settings >>"$HARNESS/cern.example/node.toml"
if [[ $(id -u) -eq 0 ]]; then
  sed -i 's/^payload_user = .*/payload_user = "biomed001"/' "$HARNESS/cern.example/node.toml"
  chmod 711 "$HARNESS/cern.example"
fi
abroad_know cern.example 9443
node_start "$bin" cern.example || fail "cern.example did not start"
export TRELLIS_SOCKET=$HARNESS/cern.example/node.sock
for vo in biomed othervo; do trellis vo add $vo; done
for name in alice carol; do trellis user add biomed "/DC=example/CN=$name" --ca "$users_ca"; done
trellis user add othervo /DC=example/CN=erin --ca "$users_ca"
trellis role add biomed /biomed/Role=production /DC=example/CN=alice
cat >"$HARNESS/home.alice/hello.jdl" <<'END'
[
  Executable = "/bin/echo";
  Arguments = "Hello from elsewhere";
  StdOutput = "hello.out";
  OutputSandbox = {"hello.out"};
]
END
for name in carol mallory erin thief; do cp "$HARNESS/home.alice/hello.jdl" "$HARNESS/home.$name/"; done

# --- alice --------------------------------------------------------------------------------------

as alice 0 '' voms-proxy-init2 --voms biomed:/biomed/Role=production
as alice 0 cern.example trellis ce list
as alice 0 Done trellis job submit hello.jdl --wait --timeout 60s
as alice 0 https:// trellis job list -o id
job=$(head -n 1 "$HARNESS/out")
as alice 0 'Proxy ends' trellis job status "$job"
as alice 0 '' trellis job output "$job" --dir hello --nosubdir
[[ $(cat "$HARNESS/home.alice/hello/hello.out") == 'Hello from elsewhere' ]] || fail "the output is another"
# The way that hides the nodes does hide them.
as alice 2 'No such file' ls "$HARNESS/cern.example/node.toml"

# --- and the others -----------------------------------------------------------------------------

as mallory 1 'User unknown to this VO' voms-proxy-init2 --voms biomed
as mallory 0 '' trellis proxy init
as mallory 4 'VO' trellis job submit hello.jdl
as erin 0 '' voms-proxy-init2 --voms othervo
as erin 3 'othervo' trellis job submit hello.jdl
as carol 0 '' voms-proxy-init2 --voms biomed
as carol 0 Done trellis job submit hello.jdl --wait --timeout 60s
trellis user suspend biomed /DC=example/CN=carol --reason 'her key was stolen'
suspended() { ! abroad carol trellis job list >/dev/null 2>&1; }
wait_until 5 suspended || fail "a suspended member goes on"
as carol 4 'her key was stolen' trellis job submit hello.jdl
as carol 1 'her key was stolen' voms-proxy-init2 --voms biomed
as thief 3 'key' env -u X509_USER_PROXY trellis job list
as thief 3 'key' trellis proxy init
as alice 0 '' trellis proxy init --valid 2s
over() { ! abroad alice trellis proxy info --exists; }
wait_until 10 over
as alice 1 'it ended at' trellis job submit hello.jdl

node_stop cern.example
echo "abroad: ok"
