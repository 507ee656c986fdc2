/// The table of settings: the one place where a setting is added.
#include "runtime/node/config_keys.hpp"

namespace trellis::config {

namespace {

constexpr std::uint64_t second = 1'000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
constexpr std::uint64_t mb = 1'000'000, gb = 1'000 * mb, tb = 1'000 * gb;

// clang-format off
constexpr key<node> node_keys[] = {
    {"host", &node::host,
     "The node's host name: peers know it by this, and its certificate must carry it.",
     "Peers refuse a node whose certificate names another host.", "", 0, 0, "", true},
    {"site", &node::site,
     "The site that the node belongs to; by default the domain of the host.",
     "Records and status show the work under another site's name.", ""},
    {"roles", &node::roles,
     "What the node does: any of wms, lb, ce, info, voms.",
     "A role left out is not served; peers are told that there is no such address.", ""},
    {"listen", &node::listen,
     "Addresses and ports where peers and joining nodes are accepted; with none the node only "
     "dials.",
     "Peers cannot reach the node when the port is closed or taken.", ""},
    {"connect", &node::connect,
     "Where others reach this node, for invitations; by default the host name with the port of "
     "listen.",
     "Joining nodes dial in vain.", ""},
    {"ca", &node::ca,
     "The trust anchors: a file of CA certificates in PEM, or a directory of such files.",
     "Peers signed by a CA that is missing here are refused.", ""},
    {"cert", &node::cert,
     "The host certificate with its chain, in PEM; read again when the file changes.",
     "A missing or ended certificate: no link comes up.", ""},
    {"key", &node::key,
     "The private key of the host certificate, in PEM, readable by the node's user alone.",
     "A key that does not belong to the certificate: the node does not start.", ""},
    {"crl", &node::crl,
     "Certificate revocation lists in PEM; without it nothing is checked for revocation.",
     "With an old list, revoked peers are still accepted.", ""},
    {"store", &node::store,
     "The directory of the node's store, on a local disk that honours fsync.",
     "On a disk that loses synced writes, acknowledged jobs are lost with them.", ""},
    {"socket", &node::socket,
     "The control socket, for trellis and trellis-shell.",
     "Commands find no node; a path over 107 bytes is refused.", ""},
    {"log_level", &node::log_level,
     "The least level that is logged.",
     "debug fills the disk of a busy node; error hides refused links.",
     "", 0, 0, "debug|info|warn|error"},
    {"log_form", &node::log_form,
     "How log lines look; automatic: text on a terminal, JSON otherwise.",
     "Log collectors expect JSON.", "", 0, 0, "automatic|text|json"},
};

constexpr key<peer> peer_keys[] = {
    {"host", &peer::host,
     "The peer's host name, as its certificate says.",
     "The peer is refused as unknown.", "", 0, 0, "", true},
    {"connect", &peer::connect,
     "Where to dial the peer; without it the peer dials this node.",
     "With neither end dialling, the link never comes up.", ""},
    {"vos", &peer::vos,
     "The VOs for whose users the peer may speak; \"*\" for all.",
     "Requests for users of other VOs are refused.", ""},
    {"roles", &peer::roles,
     "What the peer may do here: the messages of these roles are accepted from it.",
     "Messages of other roles are refused; roles that it does not need widen what a stolen key "
     "can do.",
     ""},
};

constexpr key<local_user> local_user_keys[] = {
    {"uid", &local_user::uid,
     "The user of this machine, by number. One of uid, user and group is needed.",
     "Another user gets this identity.", ""},
    {"user", &local_user::user,
     "The user of this machine, by name.",
     "The user is refused at the control socket.", ""},
    {"group", &local_user::group,
     "Everybody in this group of the machine; uid and user go before.",
     "More people than meant share this identity.", ""},
    {"dn", &local_user::dn,
     "The subject by which the grid knows the user, in slash form.",
     "Two users with one subject own each other's jobs.", "", 0, 0, "", true},
    {"vo", &local_user::vo,
     "The VO of the user; with none the user may look but not submit.",
     "Queues that do not serve this VO are never matched.", ""},
    {"fqans", &local_user::fqans,
     "Groups and roles in the VO, the primary one first; by default /VO.",
     "Shares and rights of other groups do not apply.", ""},
    {"operator", &local_user::is_operator,
     "May act on everybody's jobs and on the node; each act is audited.",
     "With it every job of this node is in the user's hands.", ""},
};

constexpr key<ce> ce_keys[] = {
    {"slurm_conf", &ce::slurm_conf,
     "The slurm.conf to use; by default the one that Slurm finds by itself.",
     "Jobs go to another cluster, or sbatch fails.", ""},
    {"payload_user", &ce::payload_user,
     "The user that payloads run as; needed when the node runs as root.",
     "Without it a node that runs as root refuses every attempt.", ""},
    {"sessions", &ce::sessions,
     "The directory of the attempts' session directories; for Slurm on a file system shared with "
     "the workers.",
     "Workers that do not see it write no records: attempts seem never to start.", ""},
    {"starter", &ce::starter,
     "The program trellis-starter; by default the one beside trellis-node.",
     "Payloads are not started.", ""},
    {"poll", &ce::poll,
     "How often the records of running attempts are looked at, beyond file events.",
     "Load without use.", "States are known late on NFS.", 100, minute},
    {"batch_poll", &ce::batch_poll,
     "How often a batch system is asked for all attempts.",
     "The batch system is busy with answering.",
     "Attempts that died without a record are noticed late.", second, hour},
    {"token_wait", &ce::token_wait,
     "How long a wrapper waits for leave to start its payload.",
     "A short loss of contact with the WMS costs an attempt.",
     "A slot idles while the WMS is away.", second, day},
    {"keep_output", &ce::keep_output,
     "How long the output of a finished attempt is kept for a WMS that does not fetch it.",
     "Output is lost when a WMS is away for longer.", "The disk fills.", minute, 365 * day},
    {"max_attempts", &ce::max_attempts,
     "Attempts not yet over that the CE takes; more are refused as busy.",
     "Slots idle while the WMS waits.", "The batch system is flooded.", 1, 1'000'000},
};

constexpr key<queue> queue_keys[] = {
    {"name", &queue::name,
     "The queue's name, the last part of the CE id.",
     "A renamed queue is another one: jobs that name the old one match nothing.",
     "", 0, 0, "", true},
    {"lrms", &queue::lrms,
     "The batch system behind the queue.",
     "Attempts are refused when its commands are missing.", "", 0, 0, "fork|slurm"},
    {"slots", &queue::slots,
     "Jobs that run at once; 0: as many as the machine has processors.",
     "Processors idle.", "Jobs slow each other down.", 0, 1'000'000},
    {"vos", &queue::vos,
     "The VOs that the queue serves; \"*\" or none for all that this node knows.",
     "Jobs of other VOs do not match.", ""},
    {"max_wall", &queue::max_wall,
     "The longest wall time of a job, and what a job gets that asks for none; on Slurm the default "
     "leaves the latter to the partition.",
     "Long jobs do not match, or are ended.",
     "A payload that hangs keeps its slot for long.", second, 365 * day},
    {"max_cpu", &queue::max_cpu,
     "The longest processor time of a job, for each processor that it asks for; on Slurm the "
     "default leaves it to the partition.",
     "Busy jobs are ended.", "A payload that spins keeps its slot for long.", second, 365 * day},
    {"max_waiting", &queue::max_waiting,
     "Jobs that may wait in the batch system; with more the queue is advertised as full.",
     "Slots idle between two matches.",
     "Jobs sit here that another site could run.", 1, 1'000'000},
    {"partition", &queue::partition,
     "The partition of Slurm; by default Slurm's own default.",
     "sbatch refuses the job.", ""},
};

constexpr key<wms> wms_keys[] = {
    {"lb", &wms::lb,
     "The node whose L&B keeps the records of new jobs; by default this node or the one peer "
     "with the role lb.",
     "New jobs are refused while it cannot be reached.", ""},
    {"lb_port", &wms::lb_port,
     "The port in new job ids; a part of their name.",
     "Older commands dial it.", "Older commands dial it.", 1, 65'535},
    {"sandboxes", &wms::sandboxes,
     "The directory of the sandboxes of jobs.",
     "A small disk: new jobs are refused.", ""},
    {"max_deep_retries", &wms::max_deep_retries,
     "The most new starts of a payload that a job may ask for.",
     "One bad site ends a job.", "A job that cannot work visits many sites.", 0, 100},
    {"max_shallow_retries", &wms::max_shallow_retries,
     "The most new attempts before the payload started.",
     "One bad site ends a job.", "A job that no site can start circles for long.", 0, 100},
    {"lease", &wms::lease,
     "How long an attempt runs without hearing from the WMS.",
     "A short loss of contact ends payloads.",
     "After a loss of contact a job waits for long before it goes elsewhere.", second, 7 * day},
    {"max_lease", &wms::max_lease,
     "The longest lease that a job may ask for.",
     "Jobs for badly connected sites are refused.", "As for lease.", second, 30 * day},
    {"match_retry", &wms::match_retry,
     "When jobs that matched nothing are tried again, if no CE said anything new.",
     "Load without use.", "Jobs whose Requirements ask for the time wait too long.", second, day},
    {"expiry", &wms::expiry,
     "How long a job may wait for a match, if its JDL does not say.",
     "Jobs end in busy hours.", "Jobs that fit nowhere stay for long.", second, 365 * day},
    {"max_jobs", &wms::max_jobs,
     "Jobs not yet over; more are refused as busy.",
     "Users are sent away.", "The disk fills; a restart takes longer.", 1, 100'000'000},
    {"max_input_sandbox", &wms::max_input_sandbox,
     "The most bytes of a job's input sandbox.",
     "Users are sent away.", "The disk fills.", 0, tb},
    {"max_output_sandbox", &wms::max_output_sandbox,
     "The most bytes of a job's output sandbox.",
     "Output is cut off.", "The disk fills.", 0, tb},
    {"keep_done", &wms::keep_done,
     "How long the output of a job that is done waits for its user; then the job is cleared.",
     "Users lose output.", "The disk fills.", minute, 365 * day},
    {"keep_ended", &wms::keep_ended,
     "How long aborted, cancelled and cleared jobs are kept, and their users' ids of the request.",
     "A request that is repeated late is a new job.", "The disk fills.", minute, 365 * day},
    {"share_half_life", &wms::share_half_life,
     "In this time past usage counts half in the fair share.",
     "Whoever came last goes first; usage of yesterday is forgotten.",
     "A busy month is held against a group for long.", minute, 365 * day},
    {"grant_in_advance", &wms::grant_in_advance,
     "A CE gets the leave to start a payload with the job; if false, the job asks when it is at "
     "its place.",
     "With true an attempt lost while it waited costs a deep cycle; with false a payload waits "
     "for an answer of the WMS.", ""},
};

constexpr key<lb> lb_keys[] = {
    {"query_jobs", &lb::query_jobs,
     "The most jobs that one query returns.",
     "Users page through short lists.", "One query holds up the others.", 1, 1'000'000},
    {"hold_early", &lb::hold_early,
     "How long events wait for the event that admits their sender.",
     "Events that overtook another are refused.",
     "Events of strangers stay for long.", second, day},
    {"query_events", &lb::query_events,
     "The most events that one query returns.",
     "Long histories are cut off.", "One query holds up the others.", 1, 10'000'000},
};

constexpr key<info> info_keys[] = {
    {"advertise", &info::advertise,
     "How often a CE advertises itself when nothing changed.",
     "Load without use.", "A new WMS knows the CE late.", second, hour},
    {"lifetime", &info::lifetime,
     "How long an advertisement is believed; longer than advertise.",
     "A CE vanishes at each short loss of contact.",
     "Jobs are sent to a CE that is gone.", second, day},
};

constexpr key<edge> edge_keys[] = {
    {"anchors", &edge::anchors,
     "The directory of trust anchors for users, with CRLs and signing policies, such as "
     "/etc/grid-security/certificates. With it the HTTPS front is served where peers are accepted, "
     "with none it is not.",
     "Users of CAs that are missing there are refused; those of a CA that is not meant are let in.",
     ""},
    {"vomsdir", &edge::vomsdir,
     "The directory that says which VOMS servers speak for which VOs.",
     "Proxies with attributes of an unknown server are refused.", ""},
    {"issuers", &edge::issuers,
     "A directory with a file for each issuer of tokens: its JWKS with the members issuer and vo.",
     "Users with tokens of issuers that are missing there are refused.", ""},
    {"connections", &edge::connections,
     "Connections of users at once; limits.connections_per_host is for each address.",
     "Users are turned away.", "Memory: about 60 kB for each.", 1, 100'000},
    {"requests", &edge::requests,
     "Requests a second of one subject, after twice as many at once.",
     "Users who submit many jobs are slowed down.",
     "One user's program takes the time of all.", 1, 1'000'000},
    {"request_time", &edge::request_time,
     "How long a client may take to send the head of a request; a body, or a piece of a file, may "
     "take three times as long.",
     "Users behind slow lines are cut off.", "Silent connections hold their place.", 100,
     10 * minute},
    {"metrics", &edge::metrics,
     "Where /metrics and /healthz are answered in plain HTTP, for this machine's own monitoring; "
     "with none they are not.",
     "On an address that others reach, anybody reads how busy the node is.", ""},
};

constexpr key<limits> limits_keys[] = {
    {"outbox_peer", &limits::outbox_peer,
     "The most bytes of letters that wait for one peer; then new work for it is refused as busy.",
     "New work is refused during a short loss of contact.",
     "The disk fills while a peer is away.", mb, tb},
    {"open_calls", &limits::open_calls,
     "Calls of one peer or client that may be open here.",
     "Busy peers wait for each other.", "One peer can fill the memory.", 1, 1'000'000},
    {"connections_per_host", &limits::connections_per_host,
     "Connections from one address.",
     "Sites behind one address are turned away.",
     "One host can take all handshakes.", 1, 100'000},
    {"handshake", &limits::handshake,
     "How long a handshake may take.",
     "Far or busy peers do not link.",
     "Silent connections hold their place for long.", 100, 10 * minute},
    {"link_idle", &limits::link_idle,
     "A link without any sign for this long is down.",
     "Links drop on a busy line.", "A dead peer is noticed late.", second, hour},
    {"reconnect", &limits::reconnect,
     "The longest pause between two attempts to dial a peer.",
     "Load without use while a peer is away.", "A peer that is back is linked late.", 100, hour},
    {"clock_warn", &limits::clock_warn,
     "A difference to a peer's clock that is shown as a warning.",
     "Warnings without cause.", "Clocks drift unseen.", 10, hour},
    {"clock_refuse", &limits::clock_refuse,
     "A difference to a peer's clock at which new work is refused.",
     "Work is refused without cause.", "Proxies and leases end at the wrong time.", second, hour},
    {"stop", &limits::stop,
     "How long a clean stop may take before the node exits regardless.",
     "Open requests are cut off.", "A restart takes long.", 100, 10 * minute},
    {"restarts", &limits::restarts,
     "Restarts of one service within a minute; one more, and the node stops.",
     "A passing fault stops the node.",
     "A service that cannot work restarts for long.", 0, 1'000},
    {"disk_low", &limits::disk_low,
     "Free bytes on the store's disk below which the status warns.",
     "The disk fills without a word.", "Warnings without cause.", 0, tb},
};
// clang-format on

} // namespace

template <>
std::span<const key<node>> keys<node>() {
  return node_keys;
}

template <>
std::span<const key<peer>> keys<peer>() {
  return peer_keys;
}

template <>
std::span<const key<local_user>> keys<local_user>() {
  return local_user_keys;
}

template <>
std::span<const key<ce>> keys<ce>() {
  return ce_keys;
}

template <>
std::span<const key<queue>> keys<queue>() {
  return queue_keys;
}

template <>
std::span<const key<wms>> keys<wms>() {
  return wms_keys;
}

template <>
std::span<const key<lb>> keys<lb>() {
  return lb_keys;
}

template <>
std::span<const key<info>> keys<info>() {
  return info_keys;
}

template <>
std::span<const key<edge>> keys<edge>() {
  return edge_keys;
}

template <>
std::span<const key<limits>> keys<limits>() {
  return limits_keys;
}

} // namespace trellis::config
