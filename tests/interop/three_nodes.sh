# Three node directories below $HARNESS, joined over the link as operators would do it. Source it after
# harness.sh, inside the harness.
#
#   three_nodes BIN [SETTINGS [ROLES [COMMAND]]]   cern.example (wms, lb, info and ROLES), ral.example (ce: fork, 16 slots),
#                                infn.example (ce: Slurm); SETTINGS is TOML added to each node.toml.
#                                All three run when it returns; their numbers are in HOST.pid
#   node_start BIN HOST          starts it and waits until it answers
#   node_stop HOST               SIGTERM, and waits for its end
# shellcheck shell=bash

node_answers_() { plainly "$1/trellis" --node "$HARNESS/$2" node status >/dev/null 2>&1; }

node_start() {
  # Not by `plainly`: a function in the background is a process of its own, and $! would name that.
  # shellcheck disable=SC2086
  ${HARNESS_PLAIN:-} "$1/trellis-node" --config "$HARNESS/$2/node.toml" >>"$HARNESS/$2.log" 2>&1 &
  echo $! >"$HARNESS/$2.pid"
  wait_until 20 node_answers_ "$1" "$2" && return
  echo "$2 did not start: $(tail -n 3 "$HARNESS/$2.log")" >&2
  return 1
}

node_stop() {
  local pid
  pid=$(cat "$HARNESS/$1.pid")
  kill "$pid" && wait "$pid"
}

three_nodes() {
  local bin=$1 settings=${2:-} more=${3:+,$3} host address lrms token file
  plainly "$bin/trellis-node" init "$HARNESS/cern.example" --host cern.example \
    --roles "wms,lb,info$more" --listen 127.0.0.2:9443 --vo biomed
  echo "$settings" >>"$HARNESS/cern.example/node.toml"
  # shellcheck disable=SC2086
  ${4:-true}
  node_start "$bin" cern.example || return
  while read -r host address lrms; do
    token=$(plainly "$bin/trellis-node" invite --node "$HARNESS/cern.example" --host "$host" --roles ce)
    plainly "$bin/trellis-node" join "$token" --dir "$HARNESS/$host" --host "$host" --roles ce \
      --listen "$address:9443" --vo biomed
    file=$HARNESS/$host/node.toml
    sed -i "s/^lrms = .*/lrms = \"$lrms\"\nslots = 16/" "$file"
    sed -i 's/^payload_user = .*/payload_user = "biomed001"/' "$file"
    # The payload user reaches its session directory through the node's.
    chmod 711 "$HARNESS/$host"
    echo "$settings" >>"$file"
    node_start "$bin" "$host" || return
  done <<<$'ral.example 127.0.0.3 fork\ninfn.example 127.0.0.4 slurm'
}
