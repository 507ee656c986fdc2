#pragma once
/// Who is matched next: decayed usage by VO, group and user. At each level the one with the
/// smallest usage per share goes first; within a user, the job that waits longest.
///
/// Usage is what was used, halved every half-life, plus what runs now, as if each slot were held
/// for `running_weight_s`; so a user who just got many slots does not get the next one too. All
/// is integer arithmetic: the same inputs give the same order on every machine.
///
/// Idle jobs stand here as an id and two numbers in the queue of their cluster (jobs that match
/// alike). A cluster for which no CE has room is closed until `reopen()`: a thousand idle jobs of
/// one kind cost one look.
#include "protocols/names/job_id.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace trellis::wms {

struct share_settings {
  std::int64_t half_life_s = 86'400; // too short: yesterday's load is forgiven at once
  std::int64_t running_weight_s = 3'600;
  std::map<std::string, std::uint32_t> shares; // by path "VO", "VO|group", "VO|group|user"; else 1
};

/// `usage` after `elapsed_s` seconds: halved every `half_life_s`, in steps of a sixteenth of it.
std::uint64_t decayed(std::uint64_t usage, std::int64_t elapsed_s, std::int64_t half_life_s);

using cluster_id = std::uint32_t;

class fair_share {
public:
  using leaf = std::uint32_t; // a user

  explicit fair_share(share_settings settings);

  /// The user's place; made when it is new.
  leaf place(const std::string& vo, const std::string& group, const std::string& user);

  // --- idle jobs --------------------------------------------------------------------------------

  /// `order` is unique and says who waits longer.
  void add(leaf who, cluster_id cluster, std::uint64_t order, job_id job);
  bool remove(leaf who, cluster_id cluster, std::uint64_t order);

  struct candidate {
    leaf who;
    cluster_id cluster;
    std::uint64_t order;
    job_id job;
  };

  /// The job that is next, of those in open clusters. It stays until it is removed.
  std::optional<candidate> next() const;

  /// No CE has room for this cluster at present.
  void close(cluster_id x);
  void reopen(std::int64_t now_s);

  std::size_t idle() const { return idle_; }

  /// How many idle jobs would go before this one if nothing else changed.
  std::uint32_t ahead_of(leaf who, std::uint64_t order) const;

  // --- usage ------------------------------------------------------------------------------------

  /// Slots taken (or given back, below zero) by a job of this user.
  void running(leaf who, std::int64_t slots, std::int64_t now_s);
  void charge(leaf who, std::uint64_t slot_seconds, std::int64_t now_s);

  /// VO, group, user: path and present usage in slot seconds per share.
  std::vector<std::pair<std::string, double>> shares_of(leaf who, std::int64_t now_s) const;

  struct usage_row {
    std::string path;
    std::uint64_t usage;
    std::int64_t as_of_s;
  };

  /// The rows of this user's path that are to be kept, and how they come back.
  std::vector<usage_row> rows_of(leaf who) const;
  void restore(const usage_row& x);

private:
  struct node {
    std::string path;
    std::uint32_t parent = 0;
    std::uint32_t share = 1;
    std::uint64_t usage = 0; // slot seconds times 1024
    std::int64_t as_of_s = 0;
    std::int64_t slots = 0; // running now
    std::uint64_t key = 0;  // present priority: small goes first
    bool open = false;      // stands in its parent's `children`
    std::set<std::pair<std::uint64_t, std::uint32_t>> children;
    // of users: the idle jobs of each cluster by order, and the heads of the open clusters
    std::map<cluster_id, std::map<std::uint64_t, job_id>> queues;
    std::set<std::pair<std::uint64_t, cluster_id>> heads;
  };

  std::uint32_t child(std::uint32_t parent, const std::string& path);
  std::uint64_t key_of(const node& x, std::int64_t now_s) const;
  void rekey(std::uint32_t at, std::int64_t now_s);
  void show(std::uint32_t at);
  void hide(std::uint32_t at);
  void close_head(std::uint32_t at, std::uint64_t order, cluster_id cluster);

  share_settings settings_;
  std::vector<node> nodes_;
  std::map<std::string, std::uint32_t> by_path_;
  std::vector<bool> closed_;                   // by cluster
  std::map<cluster_id, std::set<leaf>> users_; // who has idle jobs in a cluster
  std::int64_t now_s_ = 0;
  std::size_t idle_ = 0;
};

} // namespace trellis::wms
