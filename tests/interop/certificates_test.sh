#!/bin/bash
# The host certificate of a running node: its end is announced, a new one is taken without a
# restart, one that does not work is not.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
harness_enter "${BASH_SOURCE[0]}" "$@"

build=${TRELLIS_BUILD:-$(dirname "${BASH_SOURCE[0]}")/../../build}
bin=$(cd "$build/bin" && pwd)
cern=$HARNESS/cern ral=$HARNESS/ral

fail() {
  echo "certificates_test: $*" >&2
  tail -n 5 "$HARNESS"/*.log >&2
  exit 1
}

declare -A pid
start() {
  : >"$1.log"
  # shellcheck disable=SC2086
  ${HARNESS_PLAIN:-} "$bin/trellis-node" --node "$1" 2>"$1.log" &
  pid[$1]=$!
  wait_until 20 answers "$1" || fail "$1 did not start"
}

stop() {
  kill "${pid[$1]}"
  wait "${pid[$1]}" || fail "$1 did not stop cleanly"
}

answers() { plainly "$bin/trellis" --node "$1" node status >"$HARNESS/status" 2>&1; }
logged() { grep -q "\"id\":\"$2\"" "$1.log"; }

# certify DAYS: a new key and a certificate of the test CA for cern.example.
certify() {
  local new=$HARNESS/new
  openssl ecparam -name prime256v1 -genkey -noout -out "$new.key" 2>/dev/null
  openssl req -new -key "$new.key" -subj /DC=trellis/O=test/CN=cern.example -out "$new.req"
  printf 'subjectAltName=DNS:cern.example\nkeyUsage=critical,digitalSignature\n%s\n' \
    'extendedKeyUsage=serverAuth,clientAuth' >"$new.ext"
  openssl x509 -req -in "$new.req" -CA "$cern/test-ca.pem" -CAkey "$cern/test-ca.key" \
    -set_serial "0x$(openssl rand -hex 15)" -days "$1" -extfile "$new.ext" -out "$new.pem" \
    2>/dev/null
  cat "$new.key" >"$cern/host.key"
  cat "$new.pem" >"$cern/host.pem"
}

serial_in_file() { openssl x509 -in "$cern/host.pem" -noout -serial; }
# We show none of our own and are sent away, but only after the node's.
serial_on_link() {
  { openssl s_client -connect cern.example:9443 -alpn trellis/1 </dev/null 2>/dev/null || true; } |
    openssl x509 -noout -serial
}
linked() { plainly "$bin/trellis" --node "$ral" node status | grep -q 'cern.example.* up'; }

plainly "$bin/trellis-node" init "$cern" --host cern.example --roles lb,info \
  --listen 127.0.0.2:9443 >/dev/null

# The bounds are 21, 7 and 1 days.
for days in 20 6 1; do
  certify "$days"
  start "$cern"
  wait_until 5 logged "$cern" certificate-ending || fail "$days days: no warning"
  grep -qE "CN=cern.example ends on .*, in ($((days - 1))|$days) days" "$cern.log" ||
    fail "$days days: another warning"
  stop "$cern"
done
certify 30
start "$cern"
[[ $(serial_on_link) == "$(serial_in_file)" ]] || fail "the link does not show the certificate"
token=$(plainly "$bin/trellis-node" invite --node "$cern" --host ral.example --roles ce)
plainly "$bin/trellis-node" join "$token" --dir "$ral" --host ral.example --roles ce \
  --listen 127.0.0.3:9443 >/dev/null
start "$ral"
wait_until 20 linked || fail "no link: $(cat "$HARNESS/status")"
! logged "$cern" certificate-ending || fail "a warning about a certificate with 30 days"

# Renewed while it runs: the link of now stays, a new one shows the new certificate.
old=$(serial_on_link)
certify 40
wait_until 25 logged "$cern" tls-reloaded || fail "the new certificate was not read"
[[ $(serial_on_link) == "$(serial_in_file)" ]] || fail "a new link shows another certificate"
[[ $(serial_on_link) != "$old" ]] || fail "a new link shows the old certificate"
linked || fail "the link was lost by the reload"
! logged "$ral" link-down || fail "the link was lost by the reload"
stop "$ral"
start "$ral"
wait_until 20 linked || fail "no new link after the reload"

# One that does not work changes nothing.
good=$(serial_on_link)
echo 'no certificate' >"$cern/host.pem"
wait_until 25 logged "$cern" tls-reload-failed || fail "the wrong file was not noticed"
[[ $(serial_on_link) == "$good" ]] || fail "a wrong file took the certificate away"
stop "$ral"
stop "$cern"
echo "certificates: ok"
