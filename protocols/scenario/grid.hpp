#pragma once
/// What a story's world comes to: its nodes and their roles, which nodes a name means, and the
/// complete JDL of a job.
#include "protocols/classad/ad.hpp"
#include "protocols/scenario/scenario.hpp"

namespace trellis::scenario {

/// A process: a site's roles and the queues of the CEs with its name.
struct node_plan {
  host_name host, site;
  std::vector<role> roles;
  std::vector<std::size_t> ces; // indices into `story::ces`

  friend bool operator==(const node_plan&, const node_plan&) = default;
};

/// In the order of the file: sites that play roles, then hosts of CEs.
std::vector<node_plan> nodes_of(const story& x);

/// What the site's own node plays, without CEs: what it says; where no site says anything, the
/// first plays wms, lb and info.
std::vector<role> roles_of(const story& x, const site& which);

/// The site whose domain ends this name, the longest; null when there is none.
const site* site_of(const story& x, const host_name& host);

/// All nodes that play `which`, in the order of the file.
std::vector<host_name> playing(const story& x, role which);

/// The WMS that a user's jobs go to; empty when there is none.
host_name wms_of(const story& x, const std::string& user);

/// The L&B server of a WMS: its own, or else the first of the file; empty when there is none.
host_name lb_of(const story& x, const host_name& wms);

/// The nodes a target means; all that come into question for `any`. A site's name means the node of
/// that name, or all its nodes when it has none; at the end of a link always all its nodes. An SE
/// is no node: it is meant only where its own name or `se` stands.
std::vector<host_name> nodes_meant(const story& x, const target& t, bool of_link = false);

/// The ad that stands in a story as JDL; nothing when it does not read.
std::optional<classad::ad> ad_in(const std::string& jdl);

/// The JDL to submit: as written, with VirtualOrganisation and LeaseTime where they are missing and
/// the story gives them. Without an Executable it is `/bin/sleep SECONDS [EXIT CODE]`; one that is
/// a mere name is put into an InputSandbox if there is none, and InputData are read with gsiftp
/// where no DataAccessProtocol is named.
std::string jdl_of(const story& x, const job& j);
std::string jdl_of(const story& x, const workload& w, const std::string& user, milliseconds runs);

/// How often a job or workload of this name is submitted in all; nothing where a log decides.
std::optional<std::uint64_t> submissions_of(const story& x, const std::string& name);

/// A moment at which a happening takes place.
struct occurrence {
  milliseconds when{0};
  std::uint32_t times = 1;            // submissions at once
  std::optional<milliseconds> undone; // by `undoing` its action (verbs.hpp)
};

/// All of them, in order. `at 0s submit x x200 every=2s` gives 200 of one submission each; without
/// `every`, or in a range, `x200` are 200 at once.
std::vector<occurrence> occurrences(const happening& x);

/// How many that are, without counting them out.
std::uint64_t occurrences_count(const happening& x);

} // namespace trellis::scenario
