#!/bin/bash
# trellis cred doctor before credentials that do not work, each staged with real files and a real node:
# it has to name the one true cause, and nothing else.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
harness_enter "${BASH_SOURCE[0]}" "$@"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${TRELLIS_BUILD:-$here/../../build}
PATH=$(cd "$build/bin" && pwd):$PATH
export PATH
make_proxy=$build/tests/interop/make_proxy
clock_off=$build/tests/interop/libclock_off.so
pki=$HARNESS/pki
anchors=$HARNESS/certificates
node=$HARNESS/node
url=https://cern.example:8450
source "$here/grid_pki.sh"

fail() {
  echo "doctor_test: $*" >&2
  exit 1
}

# --- a site, alice, and what may be wrong with both ---------------------------------------------------

ca users '/DC=example/CN=Users CA'
ca others '/DC=example/CN=Other CA'
ca old '/DC=example/CN=Old CA' 0
user alice users '/DC=example/CN=alice'
user late users '/DC=example/CN=late' 0
user mallory others '/DC=example/CN=alice'
user former old '/DC=example/CN=former'
user voms users '/DC=example/CN=voms.example'
user site users '/DC=example/CN=cern.example' 0 'subjectAltName=DNS:cern.example'
(umask 077 && "$make_proxy" "$pki"/{alice.pem,alice.key,voms.pem,voms.key} voms.example \
  /biomed/Role=production /biomed >"$pki/good.proxy")
proxy plain alice '/DC=example/CN=alice/CN=12345' id-ppl-inheritAll
for name in late mallory former; do
  (umask 077 && cat "$pki/$name.pem" "$pki/$name.key" >"$pki/$name.proxy")
done
mkdir -p "$HARNESS"/vomsdir/biomed "$HARNESS"/wrong_vomsdir/biomed
"$make_proxy" --lsc "$pki/voms.pem" >"$HARNESS/vomsdir/biomed/voms.example.lsc"
printf '/DC=example/CN=voms1.example\n/DC=example/CN=Users CA\n' \
  >"$HARNESS/wrong_vomsdir/biomed/voms.example.lsc"
trust users "$anchors"

trellis-node init "$node" --host cern.example --roles wms,lb,ce,info,voms --vo biomed >/dev/null
if [[ $(id -u) -eq 0 ]]; then
  sed -i 's/^payload_user = .*/payload_user = "biomed001"/' "$node/node.toml"
fi
sed -i '/^listen/d' "$node/node.toml"
sed -i '1i listen = ["cern.example:8450", "ral.example:8450"]' "$node/node.toml"
printf '\n[edge]\nanchors = "%s"\nvomsdir = "%s"\n' "$anchors" "$HARNESS/vomsdir" >>"$node/node.toml"
cp "$node/ca.pem" "$pki/node.pem"
trust node "$anchors" # its VOMS role has a certificate of that CA
trellis-node --node "$node" 2>"$HARNESS/node.log" &
pid=$!
up() { curl -s --cacert "$node/ca.pem" "$url/healthz" | grep -q ok; }
wait_until 20 up || fail "the node did not come up: $(tail -n 3 "$HARNESS/node.log")"

# What alice has on her own machine: the CAs of users and of the site's node.
own=$HARNESS/own
trust users "$own"
trust node "$own"
trust users "$HARNESS/users_only"
export X509_USER_PROXY=$pki/good.proxy X509_CERT_DIR=$own X509_VOMS_DIR=$HARNESS/vomsdir HOME=$HARNESS

# diagnosed CAUSE ARGUMENTS...: the doctor's verdict; none: all is well
diagnosed() {
  local expected=$1 rc=0
  shift
  trellis cred doctor "$@" >"$HARNESS/out" 2>"$HARNESS/err" || rc=$?
  if [[ $expected == none ]]; then
    [[ $rc -eq 0 && ! -s $HARNESS/err ]] || fail "all is well, but: $(cat "$HARNESS/out" "$HARNESS/err")"
    return
  fi
  [[ $rc -ne 0 ]] || fail "no cause is found, not $expected: $(cat "$HARNESS/out")"
  head -n 1 "$HARNESS/err" | grep -q ": TRL-[0-9]*: $expected: " ||
    fail "the cause is not $expected: $(cat "$HARNESS/out" "$HARNESS/err")"
  grep -q '^  next: .' "$HARNESS/err" || fail "$expected: nobody says what to do"
}
at=(--endpoint "$url")

diagnosed none "${at[@]}"
diagnosed none

# --- the user's side ----------------------------------------------------------------------------------

X509_USER_PROXY=$pki/late.proxy diagnosed user-expired "${at[@]}"
X509_USER_PROXY=$pki/mallory.proxy diagnosed unknown-ca "${at[@]}"
X509_USER_PROXY=$pki/plain.proxy diagnosed no-attributes "${at[@]}"
X509_USER_PROXY=$pki/nothing diagnosed no-credential "${at[@]}"
(umask 077 && cat "$pki/plain.pem" "$pki/alice.pem" >"$pki/keyless.proxy")
X509_USER_PROXY=$pki/keyless.proxy diagnosed no-key "${at[@]}"
(umask 077 && cat "$pki/plain.pem" "$pki/alice.key" "$pki/alice.pem" >"$pki/foreign.proxy")
X509_USER_PROXY=$pki/foreign.proxy diagnosed wrong-key "${at[@]}"
cp "$pki/good.proxy" "$pki/open.proxy"
chmod 644 "$pki/open.proxy"
X509_USER_PROXY=$pki/open.proxy diagnosed file-mode "${at[@]}"
grep -q 'chmod 600' "$HARNESS/err" || fail "it is not told how to close the file"

cp -r "$own" "$HARNESS/with_old"
trust old "$HARNESS/with_old"
X509_CERT_DIR=$HARNESS/with_old X509_USER_PROXY=$pki/former.proxy diagnosed ca-expired "${at[@]}"
cp -r "$own" "$HARNESS/with_crl"
crl users "$HARNESS/with_crl" 20200201000000Z
X509_CERT_DIR=$HARNESS/with_crl diagnosed crl-expired "${at[@]}"
grep -q 'fetch-crl' "$HARNESS/err" || fail "it is not told how to get a new list"
crl users "$HARNESS/with_crl" 20990101000000Z "$(openssl x509 -serial -noout -in "$pki/alice.pem" | cut -d= -f2)"
X509_CERT_DIR=$HARNESS/with_crl diagnosed revoked "${at[@]}"
X509_VOMS_DIR=$HARNESS/wrong_vomsdir diagnosed wrong-lsc "${at[@]}"
grep -q 'voms1.example' "$HARNESS/err" || fail "it is not told which server the LSC file names"
X509_CERT_DIR=$HARNESS/none diagnosed no-anchors "${at[@]}"
CLOCK_OFF=7200 LD_PRELOAD=$clock_off diagnosed clock "${at[@]}"
grep -q 'ahead' "$HARNESS/err" || fail "the clock is ahead, and that is not told"
CLOCK_OFF=-86400 LD_PRELOAD=$clock_off diagnosed clock "${at[@]}"

# --- the VO's side ---------------------------------------------------------------------------------------

export TRELLIS_SOCKET=$node/node.sock
trellis vo add biomed >/dev/null
trellis user add biomed /DC=example/CN=alice --ca '/DC=example/CN=Users CA' >/dev/null
trellis group add biomed /biomed/prod /DC=example/CN=alice >/dev/null
"$make_proxy" --lsc "$node/host.pem" >"$HARNESS/vomsdir/biomed/cern.example.lsc"
printf '"biomed" "cern.example" "8450" "%s" "biomed"\n' "$(head -n 1 "$HARNESS/vomsdir/biomed/cern.example.lsc")" \
  >"$HARNESS/vomses"
chmod 644 "$HARNESS/vomses"
init() {
  trellis proxy init --cert "$pki/alice.pem" --key "$pki/alice.key" --vomses "$HARNESS/vomses" \
    --out "$HARNESS/vo.proxy" "$@" >"$HARNESS/out" 2>"$HARNESS/err"
}
init --voms biomed:/biomed/prod || fail "our VOMS gives us no attributes: $(cat "$HARNESS/err")"
[[ $(trellis proxy info --file "$HARNESS/vo.proxy" | grep -m 1 '^attribute') == 'attribute : /biomed/prod' ]] ||
  fail "the group that was asked for is not the first: $(trellis proxy info --file "$HARNESS/vo.proxy")"
knows_it() { X509_USER_PROXY=$HARNESS/vo.proxy trellis "${at[@]}" job list >/dev/null 2>&1; }
wait_until 20 knows_it || fail "the node does not read its vomsdir again: $(tail -n 1 "$HARNESS/node.log")"
X509_USER_PROXY=$HARNESS/vo.proxy diagnosed none "${at[@]}" --voms biomed --vomses "$HARNESS/vomses"
if init --voms biomed:/biomed/other; then fail "a group that nobody gave"; fi
grep -q 'refuses' "$HARNESS/err" || fail "it is not told who refuses: $(cat "$HARNESS/err")"
if init --voms nonevo; then fail "a VO that nobody knows"; fi
# The same name at another machine: vomses says who it has to be.
sed 's/"\/[^"]*"/"\/DC=example\/CN=other"/' "$HARNESS/vomses" >"$HARNESS/other_vomses"
if trellis proxy init --cert "$pki/alice.pem" --key "$pki/alice.key" --vomses "$HARNESS/other_vomses" \
  --out "$HARNESS/x" --voms biomed 2>"$HARNESS/err"; then fail "a server of another name is believed"; fi
grep -q 'vomses names /DC=example/CN=other' "$HARNESS/err" || fail "$(cat "$HARNESS/err")"
trellis user suspend biomed /DC=example/CN=alice --reason 'she left' >/dev/null
X509_USER_PROXY=$pki/plain.proxy diagnosed suspended "${at[@]}" --voms biomed --vomses "$HARNESS/vomses"
grep -q 'she left' "$HARNESS/err" || fail "the reason of the suspension is not told: $(cat "$HARNESS/err")"
unset TRELLIS_SOCKET

# --- the server's side -----------------------------------------------------------------------------------

diagnosed host-name --endpoint https://ral.example:8450
X509_CERT_DIR=$HARNESS/users_only diagnosed host-untrusted "${at[@]}" # the node's CA is not known here
diagnosed unreachable --endpoint https://cern.example:8451
openssl s_server -accept cern.example:8452 -cert "$pki/site.pem" -key "$pki/site.key" -www -quiet \
  >/dev/null 2>&1 &
server=$!
answers() { (exec 3<>/dev/tcp/cern.example/8452) 2>/dev/null; }
wait_until 10 answers || fail "openssl s_server did not come up"
diagnosed host-expired --endpoint https://cern.example:8452
kill "$server"
# All is well here, and the server does not know the VO's server any more.
cp "$HARNESS/wrong_vomsdir/biomed/voms.example.lsc" "$HARNESS/vomsdir/biomed/voms.example.lsc"
mkdir -p "$HARNESS/own_vomsdir/biomed"
"$make_proxy" --lsc "$pki/voms.pem" >"$HARNESS/own_vomsdir/biomed/voms.example.lsc"
refused_now() { ! trellis "${at[@]}" job list >/dev/null 2>&1; }
wait_until 20 refused_now || fail "the node does not read its vomsdir again"
X509_VOMS_DIR=$HARNESS/own_vomsdir diagnosed refused "${at[@]}"

kill "$pid"
wait "$pid" || true
echo "doctor: ok"
