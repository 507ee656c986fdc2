#pragma once
/// What an operator sets: plain structs with their defaults. The table in `config_keys.cpp` names
/// each key with its range and what goes wrong outside of it; parsing, checks, `config explain` and
/// the errors derive from that table.
///
/// Errors: `usage`, one line a mistake, each with file:line and, for an unknown key, the key that
/// was probably meant; `not_found` when the file cannot be read.
#include "protocols/base/quantity.hpp"
#include "protocols/names/address.hpp"
#include "protocols/names/endpoint.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace trellis::config {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

/// A node that may link with ours, and what it may do here.
struct peer {
  host_name host;
  std::optional<endpoint> connect; // none: it dials us
  std::vector<std::string> vos;    // whose users it may speak for
  std::vector<role> roles;         // what it may do here
};

/// Who a user of this machine is to the grid. Exactly one of uid, user, group.
struct local_user {
  std::optional<std::uint32_t> uid;
  std::string user, group;
  std::string dn, vo;
  std::vector<std::string> fqans;
  bool is_operator = false;
};

/// A queue of the CE.
struct queue {
  std::string name;
  std::string lrms = "fork"; // fork, slurm
  std::uint32_t slots = 0;   // 0: as many as processors
  std::vector<std::string> vos;
  milliseconds max_wall = 72h, max_cpu = 72h;
  std::uint32_t max_waiting = 10'000;
  std::string partition; // of Slurm; empty: its default
};

struct ce {
  std::vector<queue> queues; // none given: one fork queue "default"
  std::string slurm_conf;    // empty: where Slurm looks by itself
  std::string payload_user;  // empty: as the node itself, which must not be root then
  std::string sessions = "sessions";
  std::string starter; // trellis-starter; empty: beside the node's own binary
  milliseconds poll = 1s, batch_poll = 30s, token_wait = 10min;
  milliseconds keep_output = 24h * 7;
  std::uint32_t max_attempts = 20'000;
};

struct wms {
  host_name lb; // none: this node, or the one peer that has the role
  std::uint32_t lb_port = 9000;
  std::string sandboxes = "sandboxes";
  std::uint32_t max_deep_retries = 10, max_shallow_retries = 10;
  milliseconds lease = 30min, max_lease = 24h;
  milliseconds match_retry = 5min, expiry = 24h;
  std::uint32_t max_jobs = 1'000'000;
  byte_count max_input_sandbox{100'000'000}, max_output_sandbox{100'000'000};
  milliseconds share_half_life = 24h * 7;
  bool grant_in_advance = true;
  milliseconds keep_done = 24h * 31, keep_ended = 24h * 7;
};

struct lb {
  std::uint32_t query_jobs = 10'000, query_events = 100'000;
  milliseconds hold_early = 1h;
};

struct info {
  milliseconds advertise = 1min, lifetime = 5min;
};

/// The HTTPS front.
struct edge {
  std::string anchors; // empty: no front
  std::string vomsdir = "/etc/grid-security/vomsdir";
  std::string issuers; // empty: no tokens
  std::uint32_t connections = 4096, requests = 100;
  milliseconds request_time = 10s;
  std::optional<endpoint> metrics;
};

struct limits {
  byte_count outbox_peer{256u << 20};
  std::uint32_t open_calls = 1024;
  std::uint32_t connections_per_host = 64;
  milliseconds handshake = 10s, link_idle = 30s, reconnect = 30s;
  milliseconds clock_warn = 5s, clock_refuse = 5min;
  milliseconds stop = 10s;
  std::uint32_t restarts = 3;
  byte_count disk_low{1'000'000'000};
};

struct node {
  host_name host;
  std::string site; // empty: the domain of the host
  std::vector<role> roles;
  std::vector<endpoint> listen;    // none: this node only dials
  std::optional<endpoint> connect; // where others reach it; none: host and the first port of listen
  std::string ca = "ca.pem", cert = "host.pem", key = "host.key", crl;
  std::string store = "store", socket = "node.sock";
  std::string log_level = "info", log_form = "automatic";
  std::vector<peer> peers;
  std::vector<local_user> local_users;
  config::ce ce;
  config::wms wms;
  config::lb lb;
  config::info info;
  config::edge edge;
  config::limits limits;

  std::string file;      // where it was read
  std::string directory; // of that file: relative paths start there

  bool has(role x) const;
  const peer* peer_of(const host_name& host) const;

  /// A path of this config, from the node's directory.
  std::string path(const std::string& relative) const;
};

/// `file` is for the errors and gives the directory. All mistakes are told at once.
result<node> parse(std::string_view toml, const std::string& file);

/// Reads FILE, or DIR/node.toml.
result<node> load(const std::string& file_or_directory);

/// What the operating system allows for the path of a socket, without the final zero.
inline constexpr std::size_t socket_path_limit = 107;

/// One setting, as `config explain` shows it.
struct key_info {
  std::string section; // empty: the top; [[peer]] and so on
  std::string name, type, range, fallback;
  std::string what, low, high; // what it is, and what goes wrong when too low or too high

  std::string full_name() const; // limits.stop, peer.host
};

/// Every setting, in the order of the table.
std::vector<key_info> all_keys();

/// The text of `config explain KEY`. `not_found`, with what was probably meant.
result<std::string> explain(std::string_view key);

/// For every key.
std::string explain_all();

/// The one of `words` that is closest to `given`, or nothing when none is close.
std::optional<std::string> did_you_mean(std::string_view given,
                                        const std::vector<std::string>& words);

} // namespace trellis::config
