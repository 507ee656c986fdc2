#!/bin/bash
# Jobs under their owner, over HTTPS, through real nodes: alice's proxy is delegated to the WMS, signed
# for the CE and lies with her payload; mallory of another VO sees nothing of the job, bob what the
# access list says; and a CE starts nothing with a proxy that is over or that it does not believe.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
harness_enter "${BASH_SOURCE[0]}" "$@"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${TRELLIS_BUILD:-$here/../../build}
bin=$(cd "$build/bin" && pwd)
export PATH=$bin:$PATH
make_proxy=$build/tests/interop/make_proxy
pki=$HARNESS/pki
anchors=$HARNESS/certificates
source "$here/grid_pki.sh"
source "$here/three_nodes.sh"

fail() {
  echo "owners_test: $*" >&2
  tail -n 5 "$HARNESS"/*.log >&2
  exit 1
}

ca users '/DC=example/CN=Users CA'
trust users "$anchors"
for name in alice bob mallory; do user $name users "/DC=example/CN=$name"; done
for vo in biomed atlas; do
  user voms_$vo users "/DC=example/CN=voms.$vo.example"
  mkdir -p "$HARNESS/vomsdir/$vo"
  "$make_proxy" --lsc "$pki/voms_$vo.pem" >"$HARNESS/vomsdir/$vo/voms.example.lsc"
done
# voms_proxy NAME VO FQAN...
voms_proxy() {
  local name=$1 vo=$2
  shift 2
  (umask 077 && "$make_proxy" "$pki/$name".{pem,key} "$pki/voms_$vo".{pem,key} voms.example "$@" \
    >"$pki/$name.proxy")
}
voms_proxy alice biomed /biomed/Role=production /biomed
voms_proxy bob biomed /biomed
voms_proxy mallory atlas /atlas

# --- two sites -------------------------------------------------------------------------------------

# The CE has a copy of the anchors: what it believes is its own affair.
cp -r "$anchors" "$HARNESS/anchors_of_ral"
trellis-node init "$HARNESS/cern.example" --host cern.example --roles wms,lb,info \
  --listen 127.0.0.2:9443 --vo biomed >/dev/null
printf '\n[edge]\nanchors = "%s"\nvomsdir = "%s"\n' "$anchors" "$HARNESS/vomsdir" \
  >>"$HARNESS/cern.example/node.toml"
node_start "$bin" cern.example || fail "cern.example did not start"
token=$(trellis-node invite --node "$HARNESS/cern.example" --host ral.example --roles ce)
trellis-node join "$token" --dir "$HARNESS/ral.example" --host ral.example --roles ce \
  --listen 127.0.0.3:9443 --vo biomed >/dev/null
if [[ $(id -u) -eq 0 ]]; then
  sed -i 's/^payload_user = .*/payload_user = "biomed001"/' "$HARNESS/ral.example/node.toml"
  chmod 711 "$HARNESS/ral.example"
fi
printf '\n[edge]\nanchors = "%s"\nvomsdir = "%s"\n' "$HARNESS/anchors_of_ral" "$HARNESS/vomsdir" \
  >>"$HARNESS/ral.example/node.toml"
node_start "$bin" ral.example || fail "ral.example did not start"

export HOME=$HARNESS/home X509_CERT_DIR=$HARNESS/own TRELLIS_ENDPOINT=https://cern.example:9443
mkdir -p "$HOME"
cp "$HARNESS/cern.example/ca.pem" "$pki/node.pem"
trust node "$HARNESS/own"
trust users "$HARNESS/own"
there_is_a_ce() { X509_USER_PROXY=$pki/alice.proxy trellis ce list -o id | grep -q ral.example; }
wait_until 20 there_is_a_ce || fail "no CE is seen"

# as NAME CODE COMMAND...
as() {
  local name=$1 code=$2 rc=0
  shift 2
  X509_USER_PROXY=$pki/$name.proxy "$@" >"$HARNESS/out" 2>"$HARNESS/err" || rc=$?
  [[ $rc -eq $code ]] || fail "$name: '$*' ended with $rc, not $code: $(cat "$HARNESS/out" "$HARNESS/err")"
}
said() { grep -q -- "$1" "$HARNESS/out" || fail "no '$1' in: $(cat "$HARNESS/out")"; }

# --- the payload has its owner's proxy -------------------------------------------------------------

mkdir "$HARNESS/w"
cd "$HARNESS/w"
cat >job.jdl <<'END'
Executable = "/bin/sh";
Arguments = "-c 'stat -c %a $X509_USER_PROXY; cat $X509_USER_PROXY'";
StdOutput = "out";
OutputSandbox = {"out"};
VirtualOrganisation = "biomed";
END
as alice 0 trellis job submit job.jdl --wait --timeout 60s
job=$(head -n 1 "$HARNESS/out")
as alice 0 trellis job output "$job" --dir got
[[ $(head -n 1 got/*/out) == 600 ]] || fail "others can read the payload's proxy: $(head -n 1 got/*/out)"
(umask 077 && tail -n +2 got/*/out >"$HARNESS/payload.proxy")
as alice 0 trellis proxy info --file "$HARNESS/payload.proxy"
said 'identity  : /DC=example/CN=alice'
said 'limited RFC 3820 proxy'
said 'attribute : /biomed/Role=production'
openssl verify -allow_proxy_certs -CApath "$anchors" -untrusted "$HARNESS/payload.proxy" \
  "$HARNESS/payload.proxy" >/dev/null || fail "openssl does not take the payload's proxy"
ours=$(openssl pkey -in "$HARNESS/payload.proxy" -pubout)
for file in "$HARNESS"/cern.example/delegations/*/*.pem; do
  [[ $(openssl pkey -in "$file" -pubout) != "$ours" ]] || fail "a key has travelled"
done
[[ -z $(find "$HARNESS/ral.example" -name proxy) ]] || fail "the CE keeps the proxy of a job that is over"
as alice 0 trellis job status "$job"
said 'Proxy ends'

# --- others ------------------------------------------------------------------------------------------

for command in "job status" "job logging-info" "job output --dir x" "job cancel" "job why" "job acl"; do
  # shellcheck disable=SC2086
  as mallory 4 trellis $command "$job"
  # shellcheck disable=SC2086
  as bob 4 trellis $command "$job"
done
as alice 0 trellis job submit job.jdl --wait --timeout 60s
job=$(head -n 1 "$HARNESS/out")
as bob 4 trellis job acl "$job" --allow /DC=example/CN=bob:admin
as alice 0 trellis job acl "$job" --allow /DC=example/CN=bob:read
said '<dn>/DC=example/CN=bob</dn>'
bob_sees() { X509_USER_PROXY=$pki/bob.proxy trellis job status "$job" >/dev/null 2>&1; }
wait_until 10 bob_sees || fail "bob may not read what alice lets him read"
as bob 0 trellis job output "$job" --dir bobs
cmp got/*/out bobs/*/out >/dev/null && fail "the two jobs have the same proxy"
as bob 4 trellis job cancel "$job"
as mallory 4 trellis job status "$job"
as alice 0 trellis job acl "$job" --clear
as bob 4 trellis job output "$job" --dir again
sed 's/^Arguments.*/Arguments = "-c \x27sleep 60\x27";/' job.jdl >long.jdl
as alice 0 trellis job submit long.jdl
long=$(head -n 1 "$HARNESS/out")
as mallory 4 trellis job cancel "$long"
as alice 0 trellis job acl "$long" --allow /biomed:list,write
as mallory 4 trellis job cancel "$long"
as bob 0 trellis job cancel "$long"

# --- what a CE does not start -----------------------------------------------------------------------------

as alice 0 trellis proxy delegate --id mine --valid 1h
as bob 5 trellis job submit job.jdl --delegation mine # it is alice's
as alice 5 trellis job submit job.jdl --delegation other
as mallory 0 trellis proxy delegate --id mine
as alice 0 trellis job submit job.jdl --delegation mine --wait --timeout 60s
# Revoked at the CE's site alone: the WMS takes the job, the CE does not start it.
crl users "$HARNESS/anchors_of_ral" 20990101000000Z \
  "$(openssl x509 -serial -noout -in "$pki/alice.pem" | cut -d= -f2)"
reread() { [[ $(grep -c edge-trust-read "$HARNESS/ral.example.log") -ge 4 ]]; }
wait_until 30 reread || fail "ral.example does not read its anchors again"
sed 's/^VirtualOrganisation/ShallowRetryCount = 1;\nRetryCount = 0;\n&/' job.jdl >once.jdl
as alice 1 trellis job submit once.jdl --delegation mine --wait --timeout 60s
refused=$(head -n 1 "$HARNESS/out")
as alice 0 trellis job status "$refused" -v 2
said 'Aborted'
as alice 0 trellis job logging-info "$refused" -v 2
said 'The delegated proxy of /DC=example/CN=alice is refused'
rm "$HARNESS/anchors_of_ral"/*.r0
# A proxy that is over when the CE gets to the job: it waits in the outbox while the CE is down.
for file in "$HARNESS"/cern.example/delegations/*/mine.pem; do
  ! trellis proxy info --file "$file" -o id | grep -q alice || break
done
node_stop ral.example || true
(umask 077 && cat "$pki/alice.pem" "$pki/alice.key" >"$HARNESS/alice.cred")
trellis proxy init --cert "$HARNESS/alice.cred" --valid 10s --out "$file" >/dev/null
as alice 0 trellis job submit once.jdl --delegation mine
over=$(head -n 1 "$HARNESS/out")
handed_over() {
  X509_USER_PROXY=$pki/alice.proxy trellis job why "$over" 2>/dev/null | grep -q 'handed over'
}
wait_until 10 handed_over || fail "the job is not handed over: $(trellis job why "$over")"
gone() { ! trellis proxy info --file "$file" --exists; }
wait_until 15 gone
as alice 1 trellis job submit once.jdl --delegation mine
grep -q 'its proxy is over' "$HARNESS/err" || fail "an expired delegation is not named: $(cat "$HARNESS/err")"
node_start "$bin" ral.example || fail "ral.example did not come back"
ended() { X509_USER_PROXY=$pki/alice.proxy trellis job status "$over" 2>/dev/null | grep -q Aborted; }
wait_until 30 ended || fail "a job with an expired proxy goes on: $(cat "$HARNESS/ral.example.log")"
as alice 0 trellis job status "$over"
said 'Cannot get the proxy of /DC=example/CN=alice'

node_stop ral.example
node_stop cern.example
echo "owners: ok"
