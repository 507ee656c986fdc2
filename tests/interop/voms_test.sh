#!/bin/bash
# The VOMS server of a real node, asked by the clients that others wrote: attributes in their order,
# and refusals whose reason a person can read.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
harness_enter "${BASH_SOURCE[0]}" "$@"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${TRELLIS_BUILD:-$here/../../build}
bin=$(cd "$build/bin" && pwd)
node=$HARNESS/node
export PATH=$bin:$PATH

fail() {
  echo "voms_test: $*" >&2
  tail -n 5 "$HARNESS/node.log" >&2 || true
  exit 1
}

clients=()
for client in voms-proxy-init2 voms-proxy-init3; do
  if command -v "$client" >/dev/null && { [[ $client != *3 ]] || java -version 2>/dev/null; }; then
    clients+=("$client")
  else
    echo "voms_test: SKIPPED the part with $client: it is not installed (tools/setup test)" >&2
  fi
done
[[ ${#clients[@]} -gt 0 ]] || exit 77

# --- certificates: a CA of users, and the directories where clients look --------------------------

pki=$HARNESS/pki
certificates=$HARNESS/certificates
anchors=$certificates
source "$here/grid_pki.sh"
vomsdir=$HARNESS/vomsdir
mkdir -p "$pki" "$certificates" "$vomsdir"/{testvo,othervo}
ca users '/DC=example/CN=Users CA'

user alice users '/DC=example/CN=alice'
user alice2 users '/DC=example/CN=Alice of the institute'
user bob users '/DC=example/CN=bob'
user eve users '/DC=example/CN=eve'
trellis-node init "$node" --host cern.example --roles voms --vo testvo >/dev/null
sed -i '/^listen/d' "$node/node.toml"
sed -i '1i listen = ["cern.example:15000"]' "$node/node.toml"
printf '\n[edge]\nanchors = "%s"\nvomsdir = "%s"\n' "$certificates" "$vomsdir" >>"$node/node.toml"
trust users "$certificates"
trust "$node/ca.pem" "$certificates"
for vo in testvo othervo; do
  "$build/tests/interop/make_proxy" --lsc "$node/host.pem" >"$vomsdir/$vo/cern.example.lsc"
  printf '"%s" "cern.example" "15000" "%s" "%s"\n' "$vo" "$(head -n 1 "$vomsdir/$vo/cern.example.lsc")" \
    "$vo" >>"$HARNESS/vomses"
done
chmod 600 "$HARNESS/vomses"

trellis-node --node "$node" 2>"$HARNESS/node.log" &
pid=$!
export TRELLIS_SOCKET=$node/node.sock
wait_until 20 trellis node status >/dev/null || fail "the node did not come up"

# --- an operator makes the VOs ------------------------------------------------------------------

ca='/DC=example/CN=Users CA'
alice='/DC=example/CN=alice'
# ok COMMAND...: works; its output in out
ok() { "$@" >"$HARNESS/out" 2>&1 || fail "'$*' ended with $?: $(cat "$HARNESS/out")"; }
# refused CODE TEXT COMMAND...
refused() {
  local code=$1 text=$2 rc=0
  shift 2
  "$@" >"$HARNESS/out" 2>&1 || rc=$?
  [[ $rc -eq $code ]] || fail "'$*' ended with $rc, not $code: $(cat "$HARNESS/out")"
  grep -qF "$text" "$HARNESS/out" || fail "'$*' does not say '$text': $(cat "$HARNESS/out")"
}

ok trellis vo add testvo
ok trellis vo add othervo --lifetime 1h
refused 5 'there is no VO nonevo' trellis user list nonevo
ok trellis user add testvo "$alice" --ca "$ca" --attribute nickname=al
ok trellis user add testvo '/DC=example/CN=Alice of the institute' --ca "$ca" --also-of "$alice"
ok trellis group add testvo /testvo/analysis "$alice"
ok trellis group add testvo /testvo/prod
ok trellis role add testvo /testvo/prod/Role=production "$alice"
ok trellis role add testvo /testvo/analysis/Role=chief
refused 2 'is no role' trellis role add testvo /testvo/prod
printf 'subject,ca,fqan\n"/DC=example/CN=bob",%s,/testvo/analysis\n' "$ca" >"$HARNESS/users.csv"
ok trellis user add testvo --from "$HARNESS/users.csv"
printf '# names\n"%s" .othervo\n' "$alice" >"$HARNESS/grid-mapfile"
ok trellis user import othervo --gridmap "$HARNESS/grid-mapfile" --ca "$ca"
ok trellis user list testvo -o id
[[ $(cat "$HARNESS/out") == "$alice"$'\n/DC=example/CN=bob' ]] || fail "the users are others: $(cat "$HARNESS/out")"
ok trellis role list testvo -o csv
grep -q '^/testvo/prod/Role=production,1,/DC=example/CN=alice' "$HARNESS/out" || fail "no role: $(cat "$HARNESS/out")"
ok trellis vo list -o json
grep -q '"uri": "testvo://cern.example:15000"' "$HARNESS/out" || fail "no URI: $(cat "$HARNESS/out")"

# --- what the clients get ------------------------------------------------------------------------

export X509_CERT_DIR=$certificates X509_VOMS_DIR=$vomsdir HOME=$HARNESS
proxy=$HARNESS/proxy

# init USER ARGUMENTS...: the client's words in out, its proxy in $proxy
init() {
  local who=$1
  shift
  rm -f "$proxy"
  timeout 60 "$client" --cert "$pki/$who.pem" --key "$pki/$who.key" --out "$proxy" \
    --vomses "$HARNESS/vomses" "$@" >"$HARNESS/out" 2>&1
}

# fqans: those of the proxy, in one line, without what means nothing
fqans() {
  voms-proxy-info"${client: -1}" --fqan --file "$proxy" 2>/dev/null |
    sed 's|/Role=NULL||; s|/Capability=NULL||' | paste -sd ' '
}

# gets "FQANS" USER ARGUMENTS...
gets() {
  local expected=$1 got
  shift
  init "$@" || fail "$client $*: $(cat "$HARNESS/out")"
  got=$(fqans)
  [[ $got == "$expected" ]] || fail "$client $*: '$got', not '$expected'"
}

# says TEXT USER ARGUMENTS...: no attributes, and the reason
says() {
  local text=$1
  shift
  init "$@" && [[ -n $(fqans) ]] && fail "$client $*: got $(fqans)"
  grep -qF "$text" "$HARNESS/out" || fail "$client $*: '$text' is not in: $(cat "$HARNESS/out")"
}

# asks_cern: what the node itself says to the bearer of the proxy
asks_cern() {
  curl -s -m 5 --cacert "$node/ca.pem" --cert "$proxy" --key "$proxy" https://cern.example:15000/v1/whoami
}

for client in "${clients[@]}"; do
  gets '/testvo /testvo/analysis /testvo/prod' alice --voms testvo
  voms-proxy-info"${client: -1}" --all --file "$proxy" >"$HARNESS/all" 2>&1 || fail "info: $(cat "$HARNESS/all")"
  for line in 'VO testvo' 'subject *: /DC=example/CN=alice' 'uri *: cern.example:15000' 'nickname = al (testvo)'; do
    grep -q "$line" "$HARNESS/all" || fail "$client: no '$line' in $(cat "$HARNESS/all")"
  done
  gets '/testvo/prod/Role=production /testvo /testvo/analysis /testvo/prod' alice \
    --voms testvo:/testvo/prod/Role=production
  gets '/testvo/analysis /testvo/prod/Role=production /testvo /testvo/prod' alice \
    --voms testvo:/testvo/analysis --voms testvo:/testvo/prod/Role=production
  gets '/testvo/prod /testvo /testvo/analysis' alice --voms testvo --order /testvo/prod
  init alice --voms testvo --target cern.example || true # the client's own host is another
  asks_cern | grep -qF '"vo": "testvo"' ||
    fail "$client: a target does not know itself: $(asks_cern)"
  init alice --voms testvo --target elsewhere.example || true
  asks_cern | grep -qF 'they are for elsewhere.example, not for cern.example' ||
    fail "$client: cern.example took what is for another host: $(asks_cern)"
  gets '/testvo /testvo/analysis /testvo/prod' alice2 --voms testvo
  gets '/testvo /testvo/analysis' bob --voms testvo
  gets '/othervo' alice --voms othervo
  init alice --voms othervo --valid 5:00 || true # a warning may be an error to the client
  grep -q 'shortened to 3600 seconds' "$HARNESS/out" || fail "$client: not told of a shorter life: $(cat "$HARNESS/out")"
  says 'Unable to satisfy' bob --voms testvo:/testvo/prod
  says 'Unable to satisfy' alice --voms testvo:/testvo/analysis/Role=chief
  says 'User unknown to this VO' eve --voms testvo
  ok trellis user suspend testvo /DC=example/CN=bob --reason 'the key of bob was stolen'
  says 'the key of bob was stolen' bob --voms testvo
  ok trellis user restore testvo /DC=example/CN=bob
  gets '/testvo /testvo/analysis' bob --voms testvo
done

# --- what is taken back counts on another node that is linked, within a second -------------------

other=$HARNESS/other
token=$(trellis-node invite --node "$node" --host ral.example --roles lb)
trellis-node join "$token" --dir "$other" --host ral.example --roles lb --listen ral.example:15001 \
  --vo testvo >/dev/null
printf '\n[edge]\nanchors = "%s"\nvomsdir = "%s"\n' "$certificates" "$vomsdir" >>"$other/node.toml"
other_up() {
  trellis-node --node "$other" 2>>"$HARNESS/node.log" &
  other_pid=$!
  wait_until 20 trellis --node "$other" node status >/dev/null || fail "the other node did not come up"
}
# seen: what the other node says to the bearer of the proxy
seen() {
  curl -s -m 5 --cacert "$node/ca.pem" --cert "$proxy" --key "$proxy" https://ral.example:15001/v1/whoami
}
sees() { seen | grep -qF "$1"; }
# soon TEXT: the other node says so within a second
soon() {
  local begin=${EPOCHREALTIME/.}
  until sees "$1"; do
    [[ $((${EPOCHREALTIME/.} - begin)) -lt 1000000 ]] || fail "no '$1' from the other node: $(seen)"
    sleep 0.05
  done
}

client=${clients[0]}
other_up
init alice --voms testvo:/testvo/prod/Role=production || fail "no proxy: $(cat "$HARNESS/out")"
wait_until 5 sees '/testvo/prod/Role=production' || fail "the other node does not take the proxy: $(seen)"
ok trellis user suspend testvo "$alice" --reason 'she left'
soon 'is suspended in the VO testvo: she left'
ok trellis user restore testvo "$alice"
soon '/testvo/prod/Role=production'
ok trellis role remove testvo /testvo/prod/Role=production "$alice"
soon 'does not hold /testvo/prod/Role=production any more'
ok trellis role add testvo /testvo/prod/Role=production "$alice"
soon '/testvo/prod/Role=production'
kill "$other_pid"
wait "$other_pid" || true
ok trellis user suspend testvo "$alice" --reason 'nobody heard it'
other_up
wait_until 5 sees 'nobody heard it' || fail "a node that is back knows nothing: $(seen)"
ok trellis user restore testvo "$alice"
soon '/testvo/prod/Role=production'
kill "$other_pid"
wait "$other_pid" || true

# --- what is on disk is there after a restart ----------------------------------------------------

kill "$pid"
wait "$pid" || true
trellis-node --node "$node" 2>>"$HARNESS/node.log" &
pid=$!
wait_until 20 trellis node status >/dev/null || fail "the node did not come up again"
gets '/testvo/prod/Role=production /testvo /testvo/analysis /testvo/prod' alice \
  --voms testvo:/testvo/prod/Role=production

kill "$pid"
wait "$pid" || true
echo "voms: ok with ${clients[*]}"
