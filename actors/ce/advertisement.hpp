#pragma once
/// What a CE says of one of its queues to the information supermarket: an ad in ClassAd syntax with
/// the names of the GLUE schema 1.3. Times of policies are minutes there, response times seconds.
#include "protocols/names/ce_id.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace trellis::ce {

/// The queue as it is set up, and as it is now.
struct queue_state {
  ce_id id;
  std::string site, status = "Production"; // Production, Draining, Closed
  std::vector<std::string> vos;            // who may use it; none: everybody
  std::vector<std::string> software;       // run-time environment tags
  std::uint32_t slots = 0;
  std::chrono::minutes max_wall{0}, max_cpu{0};
  std::uint32_t max_total = 0;
  std::uint64_t memory_mib = 0; // of a worker node
  std::uint32_t smp_size = 1;   // processors of a worker node

  std::uint32_t running = 0; // attempts
  std::uint32_t waiting = 0;
  std::uint32_t cpus_running = 0, cpus_waiting = 0;
  double mean_wall_s = 0; // of what ran lately
};

std::string advertisement(const queue_state& x);

/// Slots that nobody has and nobody waits for.
std::uint32_t free_cpus(const queue_state& x);

/// How long a new job would wait, in seconds: the work ahead of it, over all slots.
std::uint64_t response_time_s(const queue_state& x);

} // namespace trellis::ce
