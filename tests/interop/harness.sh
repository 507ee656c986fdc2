# shellcheck shell=bash
# The harness: several hosts on one machine. Source it.
#
#   harness_enter "$0" "$@"      run this script again from its top inside the harness; once inside,
#                                go on with HARNESS naming a private directory
#   slurm_up DIR [CPUS]          a real Slurm under DIR, ready for jobs; exports SLURM_CONF
#   slurm_down DIR               ends it
#   wait_until SECONDS COMMAND   until the command succeeds; fails when the time is over
#
# Inside, cern.example, ral.example and infn.example are 127.0.0.2-4 (and fd00::2-4) to any program,
# all ports are free, and nothing outlives the script: network, mounts and processes are in
# namespaces of their own. As root there are pool accounts biomed001-003 and atlas001-003; an
# ordinary user stays who they are and has no such accounts. Paths stay short, because the path of a
# socket ends at 107 bytes.

HARNESS_HOSTS="cern.example ral.example infn.example"

harness_enter() {
  if [[ -n ${HARNESS:-} ]]; then
    harness_furnish_
    return
  fi
  local state kept=() rc=0
  state=$(mktemp -d /tmp/trellis.XXXX)
  chmod 755 "$state"
  [[ $(id -u) -eq 0 ]] || kept=(--user --map-current-user --keep-caps)
  # Where /proc cannot be mounted anew, processes are told apart by their session instead.
  if unshare "${kept[@]}" --pid --fork --mount-proc true 2>/dev/null; then
    kept+=(--pid --mount-proc)
  fi
  HARNESS=$state unshare "${kept[@]}" --mount --net --fork --kill-child bash "$@" || rc=$?
  [[ -n ${HARNESS_KEEP:-} ]] || rm -rf "$state"
  exit "$rc"
}

# Runs once inside the namespaces: names, addresses, accounts; then gives up what it needed for that.
harness_furnish_() {
  export PATH=$PATH:/usr/sbin:/sbin
  trap 'exit 130' INT
  trap 'exit 143' TERM
  local name number=2 here
  here=$(hostname -s)
  ip link set lo up
  printf '127.0.0.1 localhost %s\n' "$here" >"$HARNESS/hosts"
  for name in $HARNESS_HOSTS; do
    # All of 127/8 answers anyway; a resolver believes in IPv4 only once it sees such an address.
    ip addr add 127.0.0.$number/8 dev lo
    printf '127.0.0.%d %s\n' $number "$name" >>"$HARNESS/hosts"
    # A kernel without IPv6 leaves the names with one address each.
    if ip -6 addr add fd00::$number/128 dev lo nodad 2>/dev/null; then
      printf 'fd00::%d v6.%s\n' $number "$name" >>"$HARNESS/hosts"
    fi
    number=$((number + 1))
  done
  mount --bind "$HARNESS/hosts" /etc/hosts
  if [[ $(id -u) -eq 0 ]]; then
    harness_accounts_
  else
    # What was needed to mount is not handed to the programs under test.
    HARNESS_PLAIN="setpriv --inh-caps=-all --ambient-caps=-all"
  fi
}

harness_accounts_() {
  cp /etc/passwd "$HARNESS/passwd"
  cp /etc/group "$HARNESS/group"
  local vo n gid=62000 uid
  for vo in biomed atlas; do
    gid=$((gid + 100))
    echo "$vo:x:$gid:" >>"$HARNESS/group"
    for n in 1 2 3; do
      uid=$((gid + n))
      echo "${vo}00$n:x:$uid:$gid:pool account of $vo:$HARNESS:/bin/sh" >>"$HARNESS/passwd"
    done
  done
  mount --bind "$HARNESS/passwd" /etc/passwd
  mount --bind "$HARNESS/group" /etc/group
}

# plainly COMMAND...: runs a program under test, without the rights the harness needed.
plainly() {
  ${HARNESS_PLAIN:-} "$@"
}

wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    [[ $SECONDS -lt $end ]] || return 1
    sleep 0.1
  done
}

slurm_up() {
  local dir=$1 cpus=${2:-16} here memory auth
  here=$(hostname -s)
  memory=$(($(awk '/MemTotal/ {print $2}' /proc/meminfo) / 1024 - 512))
  mkdir -p "$dir"/{state,spool,log,run}
  export SLURM_CONF=$dir/slurm.conf
  if [[ $(id -u) -eq 0 ]]; then
    auth=$'AuthType=auth/none\nCredType=cred/none'
  else
    slurm_munge_ "$dir"
    auth=$'AuthType=auth/munge\nCredType=cred/munge\nAuthInfo=socket='$dir/munge/socket
  fi
  # config_overrides: Slurm believes the number of CPUs written here, not the one it finds.
  # sched_min_interval=0: an ended job makes room at once. CR_CPU: memory does not limit the jobs.
  cat >"$SLURM_CONF" <<CONF
ClusterName=trellis
SlurmctldHost=$here(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
$auth
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd.pid
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.log
SlurmctldDebug=error
SlurmdDebug=error
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/log/jobcomp.log
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,default_queue_depth=10000
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
PropagateResourceLimits=NONE
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
KillWait=2
NodeName=$here NodeAddr=127.0.0.1 CPUs=$cpus Boards=1 SocketsPerBoard=$cpus CoresPerSocket=1 ThreadsPerCore=1 RealMemory=$memory State=UNKNOWN
PartitionName=short Nodes=$here Default=YES MaxTime=60 DefaultTime=5 State=UP
PartitionName=long Nodes=$here MaxTime=1440 DefaultTime=60 State=UP
CONF
  plainly slurmctld -c && plainly slurmd -c -N "$here" &&
    wait_until 20 slurm_is_idle_ && return
  echo "Slurm did not come up in $dir: $(cat "$dir"/log/slurm*.log 2>/dev/null | tail -n 3)" >&2
  return 1
}

slurm_is_idle_() {
  [[ $(sinfo --noheader --format=%T 2>/dev/null | head -n 1) == idle ]]
}

# An ordinary user's Slurm asks a munge of that same user who is speaking.
slurm_munge_() {
  mkdir -p "$1/munge"
  chmod 711 "$1/munge"
  if [[ ! -e $1/munge/key ]]; then
    (umask 077 && head -c 128 /dev/urandom >"$1/munge/key")
  fi
  plainly munged --force --key-file="$1/munge/key" --socket="$1/munge/socket" \
    --pid-file="$1/run/munged.pid" --log-file="$1/log/munged.log" --seed-file="$1/munge/seed"
}

slurm_down() {
  local file
  for file in "$1"/run/slurmd.pid "$1"/run/slurmctld.pid "$1"/run/munged.pid; do
    [[ -e $file ]] || continue
    kill "$(cat "$file")" 2>/dev/null || true
    wait_until 10 eval "! [[ -e $file ]]" || return 1
  done
}
