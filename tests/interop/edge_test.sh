#!/bin/bash
# The HTTPS front of a real node, asked with curl and a proxy: who is let in and who is not, a job
# from its submission to its output, and requests that no friend would send.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/harness.sh"
harness_enter "${BASH_SOURCE[0]}" "$@"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${TRELLIS_BUILD:-$here/../../build}
bin=$(cd "$build/bin" && pwd)
node=$HARNESS/node
export PATH=$bin:$PATH
url=https://cern.example:8450

fail() {
  echo "edge_test: $*" >&2
  tail -n 5 "$HARNESS/node.log" >&2
  exit 1
}

# --- certificates: a CA of users, alice, and what openssl makes of them --------------------------

pki=$HARNESS/pki
anchors=$HARNESS/certificates
source "$here/grid_pki.sh"
mkdir -p "$HARNESS/vomsdir"

ca users '/DC=example/CN=Users CA'
ca others '/DC=example/CN=Other CA'
user alice users '/DC=example/CN=alice'
user bob users '/DC=example/CN=bob'
user late users '/DC=example/CN=late' 0
user mallory others '/DC=example/CN=alice'
user voms users '/DC=example/CN=voms.example'
proxy plain alice '/DC=example/CN=alice/CN=12345' id-ppl-inheritAll
make_proxy=$build/tests/interop/make_proxy
(umask 077 && "$make_proxy" "$pki"/{alice.pem,alice.key,voms.pem,voms.key} voms.example \
  /biomed/Role=production /biomed >"$pki/p.proxy")
mkdir -p "$HARNESS/vomsdir/biomed"
proxy independent alice '/DC=example/CN=alice/CN=7' id-ppl-independent
proxy forged alice '/DC=example/CN=bob/CN=12345' id-ppl-inheritAll

# token NAME SCOPE LIFETIME: a token of the issuer below, in NAME.token
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
token() {
  local now head body
  now=$(date +%s)
  head=$(printf '{"alg":"RS256","kid":"k1","typ":"JWT"}' | base64url)
  body=$(printf '{"iss":"https://iam.example/","sub":"alice-77","aud":"https://cern.example:8450","iat":%d,"exp":%d,"jti":"%s","wlcg.ver":"1.0","scope":"%s"}' \
    $((now - 10)) $((now + $3)) "$RANDOM" "$2" | base64url)
  printf '%s.%s.%s' "$head" "$body" \
    "$(printf '%s.%s' "$head" "$body" | openssl dgst -sha256 -sign "$pki/issuer.key" | base64url)" >"$pki/$1.token"
}
mkdir -p "$HARNESS/issuers"
openssl genrsa -out "$pki/issuer.key" 2048 2>/dev/null
modulus=$(openssl rsa -in "$pki/issuer.key" -noout -modulus 2>/dev/null | cut -d= -f2 |
  python3 -c 'import sys, base64; print(base64.urlsafe_b64encode(bytes.fromhex(sys.stdin.read().strip())).decode().rstrip("="))')
openssl ecparam -name prime256v1 -genkey -noout -out "$pki/ec.key" 2>/dev/null
openssl ec -in "$pki/ec.key" -pubout -out "$pki/ec.pem" 2>/dev/null
point=$(openssl ec -in "$pki/ec.key" -pubout -outform DER 2>/dev/null | tail -c 64 |
  python3 -c 'import sys, base64; b = sys.stdin.buffer.read(); t = lambda x: base64.urlsafe_b64encode(x).decode().rstrip("="); print("\"x\": \"%s\", \"y\": \"%s\"" % (t(b[:32]), t(b[32:])))')
cat >"$HARNESS/issuers/iam.json" <<END
{"issuer": "https://iam.example/", "vo": "biomed",
 "keys": [{"kty": "RSA", "kid": "k1", "use": "sig", "alg": "RS256", "e": "AQAB", "n": "$modulus"},
          {"kty": "EC", "kid": "ec1", "use": "sig", "alg": "ES256", "crv": "P-256",
           $point}]}
END
token reader compute.read 600
token late compute.read -5

# foreign NAME ISSUER CLAIM=VALUE...: a token of the WLCG profile that the SciTokens tools make
foreign() {
  local name=$1 issuer=$2 claims=() claim
  shift 2
  for claim; do claims+=(--claim "$claim"); done
  scitokens-create --cred "$pki/ec.pem" --key "$pki/ec.key" --keyid ec1 --profile wlcg \
    --issuer "$issuer" "${claims[@]}" >"$pki/$name.token"
}
foreign theirs https://iam.example/ sub=alice-78 aud=https://cern.example:8450 scope=compute.read
foreign elsewhere https://iam.example/ sub=alice-78 aud=https://ral.example:9000 scope=compute.read
foreign unknown https://other.example/ sub=alice-78 aud=https://cern.example:8450 scope=compute.read

trellis-node init "$node" --host cern.example --vo biomed >/dev/null
if [[ $(id -u) -eq 0 ]]; then
  sed -i 's/^payload_user = .*/payload_user = "biomed001"/' "$node/node.toml"
  chmod 755 "$HARNESS"
  chmod 711 "$node"
fi
sed -i '/^listen/d' "$node/node.toml"
sed -i '1i listen = ["cern.example:8450", "ral.example:8450"]' "$node/node.toml"
cat >>"$node/node.toml" <<END

[edge]
anchors = "$anchors"
vomsdir = "$HARNESS/vomsdir"
issuers = "$HARNESS/issuers"
request_time = "2s"
metrics = "127.0.0.1:9108"
END
cp "$pki/users.pem" "$anchors/users.pem"
"$make_proxy" --lsc "$pki/voms.pem" >"$HARNESS/vomsdir/biomed/voms.example.lsc"
printf "access_id_CA X509 '/DC=example/CN=Users CA'\npos_rights globus CA:sign\ncond_subjects globus '\"/DC=example/*\"'\n" \
  >"$anchors/users.signing_policy"
trellis-node --node "$node" 2>"$HARNESS/node.log" &
pid=$!
server_ca=$node/ca.pem
up() { curl -s --cacert "$server_ca" "$url/healthz" | grep -q ok; }
wait_until 20 up || fail "the front did not come up"

# ask WHO ARGUMENTS...: the status; the body in out. WHO is a credential, or nobody.
ask() {
  local who=$1
  shift
  local credential=()
  [[ $who == nobody ]] || credential=(--cert "$pki/$who" --key "${key:-$pki/$who}")
  curl -s -o "$HARNESS/out" -w '%{http_code}' --cacert "$server_ca" "${credential[@]}" "$@" || true
}

# expect STATUS WHO ARGUMENTS...
expect() {
  local status=$1 got
  shift
  got=$(ask "$@")
  [[ $got == "$status" ]] || fail "$*: $got, not $status: $(cat "$HARNESS/out")"
}

# --- who is let in -------------------------------------------------------------------------------

expect 401 nobody "$url/v1/whoami"
expect 200 p.proxy "$url/v1/whoami"
grep -q '"subject": "/DC=example/CN=alice"' "$HARNESS/out" || fail "the proxy is not alice"
grep -q '"fqans": \["/biomed/Role=production", "/biomed"\]' "$HARNESS/out" || fail "her roles are lost"
expect 200 plain.proxy "$url/v1/whoami"
grep -q '"vo": ""' "$HARNESS/out" || fail "a VO from nowhere: $(cat "$HARNESS/out")"
key=$pki/alice.key expect 200 alice.pem "$url/v1/whoami"
key=$pki/mallory.key expect 401 mallory.pem "$url/v1/whoami"
key=$pki/late.key expect 401 late.pem "$url/v1/whoami"
expect 401 independent.proxy "$url/v1/whoami"
expect 401 forged.proxy "$url/v1/whoami"
key=$pki/mallory.key expect 000 plain.pem "$url/v1/whoami" # without its key
logged() { [[ $(grep -c 'edge-refused-certificate' "$HARNESS/node.log") -ge 4 ]]; }
wait_until 5 logged || fail "refusals are not in the log"

# --- a job over HTTPS, from a process that shares no file with the node ------------------------

export X509_USER_PROXY=$pki/p.proxy X509_CERT_DIR=$HARNESS/trusted HOME=$HARNESS/home
mkdir -p "$X509_CERT_DIR" "$HOME"
cp "$server_ca" "$X509_CERT_DIR/$(openssl x509 -hash -noout -in "$server_ca").0"

# run CODE COMMAND...: its exit code; output in out, errors in err
run() {
  local code=$1 rc=0
  shift
  "$@" >"$HARNESS/out" 2>"$HARNESS/err" || rc=$?
  [[ $rc -eq $code ]] || fail "'$*' ended with $rc, not $code: $(cat "$HARNESS/out" "$HARNESS/err")"
}

mkdir "$HARNESS/w"
cd "$HARNESS/w"
head -c 600000 /dev/urandom | base64 -w 0 >in.txt
cat >hello.jdl <<'END'
Executable = "/bin/sh";
Arguments = "-c 'cat in.txt in.txt; echo bye >&2'";
StdOutput = "out";
StdError = "err";
InputSandbox = {"in.txt"};
OutputSandbox = {"out", "err"};
VirtualOrganisation = "biomed";
END
t=(trellis --endpoint "$url")
run 0 "${t[@]}" node status
run 0 "${t[@]}" job submit hello.jdl --wait --timeout 40s
job=$(head -n 1 "$HARNESS/out")
run 0 "${t[@]}" job output "$job" --dir got
cat in.txt in.txt | cmp - got/*/out || fail "the output is not what the job wrote"
run 0 "${t[@]}" job status "$job" -o json
mv "$HARNESS/out" "$HARNESS/over_https"
grep -q '/DC=example/CN=alice' "$HARNESS/over_https" || fail "the job is not alice's"
TRELLIS_SOCKET=$node/node.sock run 0 trellis job status "$job" -o json
cmp "$HARNESS/out" "$HARNESS/over_https" || fail "the socket says something else"
run 5 "${t[@]}" job status https://cern.example:9000/AAAAAAAAAAAAAAAAAAAAAA
echo 'Executable = 3;' >bad.jdl
run 2 "${t[@]}" job submit bad.jdl
mkdir -p "$HOME/.config/trellis"
printf 'endpoint = "%s"\n' "$url" >"$HOME/.config/trellis/profile.toml"
run 0 trellis job list -o id
grep -qxF "$job" "$HARNESS/out" || fail "the profile leads elsewhere"
X509_USER_PROXY=$pki/none run 3 trellis job list
chmod 644 "$pki/p.proxy"
run 3 trellis job list
grep -q 'chmod 600' "$HARNESS/err" || fail "a proxy that others read is used, or the reason is not told"
chmod 600 "$pki/p.proxy"
X509_USER_PROXY=$pki/forged.proxy run 3 trellis job list
X509_CERT_DIR=$anchors run 3 trellis job list
grep -q "server's certificate" "$HARNESS/err" || fail "it is not told whose certificate is refused"
run 3 trellis --endpoint https://ral.example:8450 job list # the name is another's
run 6 trellis --endpoint https://cern.example:8451 job list

# --- parts of files, and news ----------------------------------------------------------------

expect 200 p.proxy "$url/v1/jobs/${job##*/}"
run 0 "${t[@]}" job submit hello.jdl --wait --timeout 40s
second=$(head -n 1 "$HARNESS/out")
expect 206 p.proxy -r 3-9 "$url/v1/jobs/${second##*/}/output/out"
cmp -n 7 -i 0:3 "$HARNESS/out" in.txt || fail "the part of the file is another one"
expect 416 p.proxy -r 99999999- "$url/v1/jobs/${second##*/}/output/out"
news=$(timeout 5 curl -sN --cacert "$server_ca" --cert "$pki/p.proxy" -H 'Accept: text/event-stream' \
  "$url/v1/changes" || true)
[[ $news == *'event: changes'* ]] || fail "no news come as events: $news"

# --- delegation: a key that is born at the node, a proxy that its owner signs ----------------------

expect 401 nobody -X POST "$url/v1/delegations"
csr() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["csr"])' "$HARNESS/out"; }
expect 201 p.proxy -X POST "$url/v1/delegations/mine"
csr >"$HARNESS/csr"
"$make_proxy" --sign "$pki/p.proxy" "$HARNESS/csr" >"$HARNESS/chain"
"$make_proxy" --sign "$pki/plain.proxy" "$HARNESS/csr" >"$HARNESS/plain_chain"
key=$pki/bob.key expect 404 bob.pem -T "$HARNESS/chain" "$url/v1/delegations/mine" # it is not his
expect 201 p.proxy -T "$HARNESS/chain" "$url/v1/delegations/mine"
expect 404 p.proxy -T "$HARNESS/chain" "$url/v1/delegations/mine" # a request serves once
expect 200 p.proxy "$url/v1/delegations"
grep -q '"id": "mine".*"/biomed/Role=production"' "$HARNESS/out" || fail "the delegation is not there"
[[ -z $(find "$node/delegations" -perm /077) ]] || fail "others may read delegated proxies"
expect 201 plain.proxy -X POST "$url/v1/delegations/more"
csr >"$HARNESS/csr"
"$make_proxy" --sign "$pki/p.proxy" "$HARNESS/csr" >"$HARNESS/chain"
expect 403 plain.proxy -T "$HARNESS/chain" "$url/v1/delegations/more" # more rights than the connection has
expect 400 plain.proxy -X POST "$url/v1/delegations/..%2fx"
expect 200 p.proxy -X DELETE "$url/v1/delegations/mine"
expect 404 p.proxy -X DELETE "$url/v1/delegations/mine"

# --- every operation that the description tells of ------------------------------------------------

curl -s --cacert "$server_ca" "$url/openapi.json" >"$HARNESS/openapi.json"
python3 - "$HARNESS/openapi.json" "${second##*/}" >"$HARNESS/calls" <<'END'
import json, sys
paths = json.load(open(sys.argv[1]))["paths"]
for path, methods in paths.items():
    for method, what in methods.items():
        for name, value in (("job", sys.argv[2]), ("id", "mine"), ("file", "out"), ("host", "ral.example")):
            path = path.replace("{%s}" % name, value)
        print(method.upper(), path, what["operationId"])
END
[[ $(wc -l <"$HARNESS/calls") -ge 20 ]] || fail "the description is short"
while read -r method path name; do
  body=()
  [[ $method != POST ]] || body=(-H 'Content-Type: application/json' -d '{}')
  [[ $method != PUT ]] || body=(--data-binary x)
  got=$(ask p.proxy -X "$method" "${body[@]}" "$url$path")
  # Refusals are answers, too: the role was reached and said so in our words.
  case $got in
    200 | 201) ;;
    400 | 403 | 404 | 409) grep -q '"code": "' "$HARNESS/out" || fail "$name: $got without a code" ;;
    *) fail "$name ($method $path): $got: $(cat "$HARNESS/out")" ;;
  esac
  echo "$name $got"
done <"$HARNESS/calls" >"$HARNESS/called"
[[ $(grep -c ' 200$' "$HARNESS/called") -ge 10 ]] || fail "hardly anything is answered: $(cat "$HARNESS/called")"
unset X509_USER_PROXY X509_CERT_DIR

# --- tokens in place of a proxy, and what monitoring sees --------------------------------------------

bearer() { echo "Authorization: Bearer $(cat "$pki/$1.token")"; }
expect 200 nobody -H "$(bearer reader)" "$url/v1/whoami"
grep -q '"subject": "https://iam.example/#alice-77"' "$HARNESS/out" || fail "the token is somebody else's"
expect 200 nobody -H "$(bearer reader)" "$url/v1/jobs"
expect 403 nobody -H "$(bearer reader)" -H 'Content-Type: application/json' -d '{"jdl": "[]"}' "$url/v1/jobs"
expect 401 nobody -H "$(bearer late)" "$url/v1/jobs"
expect 200 nobody -H "$(bearer theirs)" "$url/v1/whoami"
grep -q '"subject": "https://iam.example/#alice-78"' "$HARNESS/out" || fail "their token is somebody else's"
expect 200 nobody -H "$(bearer theirs)" "$url/v1/jobs"
expect 403 nobody -H "$(bearer theirs)" -H 'Content-Type: application/json' -d '{"jdl": "[]"}' "$url/v1/jobs"
expect 401 nobody -H "$(bearer elsewhere)" "$url/v1/jobs" # for another server
expect 401 nobody -H "$(bearer unknown)" "$url/v1/jobs"
expect 401 nobody -H "$(bearer reader)x" "$url/v1/jobs"
expect 403 nobody -H "$(bearer reader)" "$url/v1/jobs/${second##*/}" # of the same VO, not its owner

curl -sf http://127.0.0.1:9108/healthz >/dev/null || fail "monitoring finds no health"
curl -sf http://127.0.0.1:9108/metrics >"$HARNESS/out" || fail "monitoring finds no metrics"
for line in 'trellis_node_info{host="cern.example"' 'trellis_edge_answers_total{status="4xx"}' \
  'trellis_jobs{state="Done"}'; do
  grep -qF "$line" "$HARNESS/out" || fail "the metrics have no $line: $(cat "$HARNESS/out")"
done

# --- requests that no friend would send ----------------------------------------------------------

expect 404 p.proxy "$url/v2"
expect 405 p.proxy -X PUT "$url/v1/jobs"
expect 400 p.proxy --path-as-is "$url/v1/jobs/../../etc"
expect 431 p.proxy -H "X: $(head -c 20000 /dev/zero | tr '\0' x)" "$url/v1/jobs"
expect 415 p.proxy -d '{}' "$url/v1/jobs"
# raw TEXT: what is answered to these bytes
raw() {
  printf "$1" | timeout 20 openssl s_client -quiet -CAfile "$server_ca" -connect cern.example:8450 \
    -servername cern.example 2>/dev/null | head -n 1 | tr -d '\r'
}
[[ $(raw 'GET /healthz HTTP/1.0\n\n'; true) == 'HTTP/1.1 200 OK' ]] || fail "bare LF is not taken"
[[ $(raw 'NONSENSE\r\n\r\n') == 'HTTP/1.1 400'* ]] || fail "nonsense is not refused"
[[ $( (printf 'GET /heal'; sleep 4) | timeout 20 openssl s_client -quiet -CAfile "$server_ca" \
  -connect cern.example:8450 2>/dev/null | head -n 1) == 'HTTP/1.1 408'* ]] || fail "a slow head is waited for"
up || fail "the front does not serve any more"

kill "$pid"
wait "$pid" || true
echo "edge: ok"
