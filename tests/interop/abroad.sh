# shellcheck shell=bash
# Users on a machine of their own: nothing but certificates, the CAs that they trust, and what VOMS
# clients need. Source it after harness.sh inside the harness, with build and bin set.
#
#   abroad_furnish                a CA of users, and alice, carol, mallory, erin and a thief
#   abroad_settings               the [edge] of a node.toml that lets them in
#   abroad_know HOST PORT         once HOST is made: where VOMS clients find it, and how they know it
#   abroad NAME COMMAND...        as that user, at a machine where no directory of a node is seen
#
# alice and carol are for biomed, erin for othervo, mallory for nothing; the thief has alice's
# certificate and a key of his own.

pki=$HARNESS/pki
anchors=$HARNESS/certificates
source "$(dirname "${BASH_SOURCE[0]}")/grid_pki.sh"

users_ca='/DC=example/CN=Users CA'

abroad_home_() {
  local home=$HARNESS/home.$1
  mkdir -p "$home/.globus/certificates"
  cp "$2" "$home/.globus/usercert.pem"
  (umask 077 && cp "$3" "$home/.globus/userkey.pem")
}

abroad_furnish() {
  local name
  ca users "$users_ca"
  trust users "$anchors"
  for name in alice carol mallory erin; do
    user $name users "/DC=example/CN=$name"
    abroad_home_ $name "$pki/$name.pem" "$pki/$name.key"
  done
  abroad_home_ thief "$pki/alice.pem" "$pki/mallory.key"
  mkdir -p "$HARNESS/vomsdir/biomed"
}

abroad_settings() {
  printf '\n[edge]\nanchors = "%s"\nvomsdir = "%s"\n' "$anchors" "$HARNESS/vomsdir"
}

abroad_know() {
  local host=$1 port=$2 home vo
  cp "$HARNESS/$host/ca.pem" "$pki/grid.pem"
  trust grid "$anchors"
  # The front believes biomed's server alone, whoever else it makes attributes for.
  "$build/tests/interop/make_proxy" --lsc "$HARNESS/$host/host.pem" >"$HARNESS/vomsdir/biomed/$host.lsc"
  for home in "$HARNESS"/home.*; do
    trust users "$home/.globus/certificates"
    trust grid "$home/.globus/certificates"
    for vo in biomed othervo; do
      mkdir -p "$home/.glite/vomsdir/$vo"
      cp "$HARNESS/vomsdir/biomed/$host.lsc" "$home/.glite/vomsdir/$vo/"
      printf '"%s" "%s" "%s" "%s" "%s"\n' $vo "$host" "$port" \
        "$(head -n 1 "$HARNESS/vomsdir/biomed/$host.lsc")" $vo >>"$home/.glite/vomses"
    done
    chmod 600 "$home/.glite/vomses"
  done
}

abroad() {
  local name=$1
  shift
  env -u TRELLIS_SOCKET -u XDG_RUNTIME_DIR HOME="$HARNESS/home.$name" \
    X509_USER_CERT="$HARNESS/home.$name/.globus/usercert.pem" X509_USER_KEY="$HARNESS/home.$name/.globus/userkey.pem" \
    X509_USER_PROXY="$HARNESS/home.$name/proxy" X509_VOMS_DIR="$HARNESS/home.$name/.glite/vomsdir" \
    X509_CERT_DIR="$HARNESS/home.$name/.globus/certificates" VOMS_USERCONF="$HARNESS/home.$name/.glite/vomses" \
    TRELLIS_ENDPOINT="${TRELLIS_ENDPOINT:-https://cern.example:9443}" \
    unshare --mount bash -c '
      for directory in "$HARNESS"/*.example "$HARNESS/pki" "$HARNESS/vomsdir" "$HARNESS/certificates"; do
        mount -t tmpfs none "$directory"
      done
      cd "$HOME" && exec '"${HARNESS_PLAIN:-}"' "$@"' - "$@"
}
