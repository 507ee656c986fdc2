#!/bin/bash
# trellis proxy, beside the tools that others made for the same files: what we write they read as we
# mean it, what they write we read as they mean it, and a certificate is found where they find it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
harness_enter "${BASH_SOURCE[0]}" "$@"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${TRELLIS_BUILD:-$here/../../build}
PATH=$(cd "$build/bin" && pwd):$PATH
export PATH
pki=$HARNESS/pki
anchors=$HARNESS/certificates
source "$here/grid_pki.sh"

fail() {
  echo "proxy_test: $*" >&2
  exit 1
}

# run CODE COMMAND...: its exit code; output in out, errors in err
run() {
  local code=$1 rc=0
  shift
  "$@" >"$HARNESS/out" 2>"$HARNESS/err" || rc=$?
  [[ $rc -eq $code ]] || fail "'$*' ended with $rc, not $code: $(cat "$HARNESS/out" "$HARNESS/err")"
}
said() { grep -qF -- "$1" "$HARNESS/out" || fail "no '$1' in: $(cat "$HARNESS/out")"; }
complained() { grep -qF -- "$1" "$HARNESS/err" || fail "no '$1' in: $(cat "$HARNESS/err")"; }
installed() { command -v "$1" >/dev/null; }

ca users '/DC=example/CN=Users CA'
trust users "$anchors"
user alice users '/DC=example/CN=alice'
export HOME=$HARNESS/home X509_CERT_DIR=$anchors X509_USER_PROXY=$HARNESS/proxy
mkdir -p "$HOME/.globus"

# --- where a certificate is found -------------------------------------------------------------------

run 3 trellis proxy init
complained "$HOME/.globus/usercert.pem"
openssl pkcs12 -export -in "$pki/alice.pem" -inkey "$pki/alice.key" -certfile "$pki/users.pem" \
  -passout pass:secret -out "$HOME/.globus/usercred.p12"
chmod 600 "$HOME/.globus/usercred.p12"
echo wrong >"$HARNESS/wrong"
echo secret >"$HARNESS/secret"
run 3 trellis proxy init --pwstdin <"$HARNESS/wrong"
run 0 trellis proxy init --pwstdin <"$HARNESS/secret"
said "/DC=example/CN=alice"
rm "$X509_USER_PROXY"
cp "$pki/alice.pem" "$HOME/.globus/usercert.pem"
openssl rsa -aes256 -in "$pki/alice.key" -passout pass:secret -out "$HOME/.globus/userkey.pem" 2>/dev/null
chmod 644 "$HOME/.globus/userkey.pem"
run 3 trellis proxy init --pwstdin <"$HARNESS/secret"
complained "chmod 600"
chmod 400 "$HOME/.globus/userkey.pem"
run 3 trellis proxy init --pwstdin <"$HARNESS/wrong"
complained "passphrase"
run 3 setsid -w trellis proxy init # no terminal to ask at
complained "--pwstdin"
run 0 trellis proxy init --pwstdin --valid 6:00 <"$HARNESS/secret"
[[ $(stat -c %a "$X509_USER_PROXY") == 600 ]] || fail "others may read the proxy"
ln -s "$HARNESS/elsewhere" "$HARNESS/link"
run 0 trellis proxy init --pwstdin --out "$HARNESS/link" <"$HARNESS/secret"
[[ ! -e $HARNESS/elsewhere && ! -L $HARNESS/link ]] || fail "the proxy was written through a link"

# --- others read what we write -------------------------------------------------------------------------

openssl verify -allow_proxy_certs -CApath "$anchors" -untrusted "$X509_USER_PROXY" "$X509_USER_PROXY" |
  grep -q ': OK' || fail "openssl does not take our proxy"
run 0 trellis proxy info
said "identity  : /DC=example/CN=alice"
if installed grid-proxy-info; then
  [[ $(grid-proxy-info -identity) == /DC=example/CN=alice ]] || fail "grid-proxy-info finds another identity"
  grid-proxy-info -type | grep -q 'RFC 3820 compliant impersonation proxy' || fail "grid-proxy-info: $(grid-proxy-info -type)"
  left=$(grid-proxy-info -timeleft)
  [[ $left -gt 21500 && $left -le 21600 ]] || fail "grid-proxy-info finds $left s left"
  subject=$(grid-proxy-info -subject)
  grep -qF "subject   : $subject" "$HARNESS/out" || fail "grid-proxy-info finds another subject"
fi
if installed voms-proxy-info2; then
  voms-proxy-info2 -all | grep -q 'identity  : /DC=example/CN=alice' || fail "voms-proxy-info2: $(voms-proxy-info2 -all)"
fi
run 0 trellis proxy init --pwstdin --limited <"$HARNESS/secret"
if installed grid-proxy-info; then
  grid-proxy-info -type | grep -q 'limited' || fail "grid-proxy-info sees no limit: $(grid-proxy-info -type)"
fi
run 0 trellis proxy info --exists --valid 11h
run 1 trellis proxy info --exists --valid 13h
run 0 trellis proxy destroy
[[ ! -e $X509_USER_PROXY ]] || fail "the proxy is still there"
run 5 trellis proxy destroy

# --- we read what others write --------------------------------------------------------------------------

if installed grid-proxy-init; then
  grid-proxy-init -cert "$pki/alice.pem" -key "$pki/alice.key" -valid 3:00 >/dev/null
  run 0 trellis proxy info
  said "identity  : /DC=example/CN=alice"
  said "type      : RFC 3820 proxy"
  grep -Eq 'timeleft  : (3:00:00|2:59:)' "$HARNESS/out" || fail "another time is left: $(cat "$HARNESS/out")"
fi
if installed voms-proxy-fake; then
  user voms users '/DC=example/CN=voms.example'
  voms-proxy-fake -cert "$pki/alice.pem" -key "$pki/alice.key" -hostcert "$pki/voms.pem" \
    -hostkey "$pki/voms.key" -certdir "$anchors" -out "$X509_USER_PROXY" -rfc -hours 12 -voms biomed \
    -uri voms.example:15000 -fqan /biomed/prod/Role=op -fqan /biomed >/dev/null 2>&1
  run 0 trellis proxy info
  said "VO        : biomed"
  said "attribute : /biomed/prod/Role=op"
  run 0 trellis proxy info -o json
  said '"fqans": ["/biomed/prod/Role=op", "/biomed"]'
fi
echo "proxy: ok"
