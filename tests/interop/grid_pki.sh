# shellcheck shell=bash
# Certificates of a grid made with openssl, right and wrong, below $pki. Source it with pki and anchors
# set.
#
#   ca NAME SUBJECT [DAYS]                     NAME.pem, NAME.key; 0 days: it is over already
#   trust NAME|FILE DIR                        the CA and its signing_policy, in a hash-link directory
#   crl NAME DIR NEXTUPDATE [SERIAL...]        its revocation list there; a time as 20200101000000Z
#   user NAME CA SUBJECT [DAYS] [EXTENSION...] a certificate of anybody
#   proxy NAME OF SUBJECT LANGUAGE [FLAG...]   an RFC 3820 proxy with its key and chain in NAME.proxy

mkdir -p "$pki" "$anchors"

ca() {
  openssl req -newkey rsa:2048 -nodes -keyout "$pki/$1.key" -out "$pki/$1.csr" -subj "$2" 2>/dev/null
  openssl x509 -req -in "$pki/$1.csr" -signkey "$pki/$1.key" -days "${3:-30}" -out "$pki/$1.pem" \
    2>/dev/null -extfile <(
      printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n'
      printf 'subjectKeyIdentifier=hash\n'
    )
}

trust() {
  local file=$1 hash subject option
  [[ $file == */* ]] || file=$pki/$file.pem
  subject=$(openssl x509 -subject -nameopt compat -noout -in "$file" | sed 's/^subject=//')
  mkdir -p "$2"
  for option in -subject_hash -subject_hash_old; do # clients of old know the second
    hash=$(openssl x509 "$option" -noout -in "$file")
    cp "$file" "$2/$hash.0"
    printf "access_id_CA X509 '%s'\npos_rights globus CA:sign\ncond_subjects globus '\"*\"'\n" \
      "$subject" >"$2/$hash.signing_policy"
  done
}

crl() {
  local name=$1 dir=$2 next=$3 serial hash
  shift 3
  hash=$(openssl x509 -hash -noout -in "$pki/$name.pem")
  : >"$pki/$name.index"
  for serial in "$@"; do
    printf 'R\t300101000000Z\t200101000000Z\t%s\tunknown\t/CN=x\n' "$serial" >>"$pki/$name.index"
  done
  echo 01 >"$pki/$name.crlnumber"
  openssl ca -gencrl -keyfile "$pki/$name.key" -cert "$pki/$name.pem" -out "$dir/$hash.r0" \
    -crl_lastupdate 20200101000000Z -crl_nextupdate "$next" -config <(
      printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s\ncrlnumber=%s\ndefault_md=sha256\n' \
        "$pki/$name.index" "$pki/$name.crlnumber"
    ) 2>/dev/null
}

user() {
  local name=$1 by=$2 subject=$3 days=${4:-20}
  shift $(($# < 4 ? $# : 4))
  openssl req -newkey rsa:2048 -nodes -keyout "$pki/$name.key" -out "$pki/$name.csr" -subj "$subject" \
    2>/dev/null
  openssl x509 -req -in "$pki/$name.csr" -CA "$pki/$by.pem" -CAkey "$pki/$by.key" -CAcreateserial \
    -days "$days" -out "$pki/$name.pem" 2>/dev/null -extfile <(
      printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n'
      [[ $# -eq 0 ]] || printf '%s\n' "$@"
    )
}

proxy() {
  local name=$1 of=$2 subject=$3 language=$4
  shift 4
  openssl req -newkey rsa:2048 -nodes -keyout "$pki/$name.key" -out "$pki/$name.csr" -subj "$subject" \
    2>/dev/null
  openssl x509 -req -in "$pki/$name.csr" -CA "$pki/$of.pem" -CAkey "$pki/$of.key" -set_serial "$RANDOM" \
    -days 1 -out "$pki/$name.pem" "$@" 2>/dev/null \
    -extfile <(printf 'keyUsage=critical,digitalSignature\nproxyCertInfo=critical,language:%s\n' "$language")
  cat "$pki/$name.pem" "$pki/$name.key" "$pki/$of.pem" >"$pki/$name.proxy"
  chmod 600 "$pki/$name.proxy"
}
