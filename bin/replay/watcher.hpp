#pragma once
/// Looks at real nodes again and again, in one thread: what L&B says of jobs, how often the WMS
/// handed them over, how many letters wait. A node that does not answer says nothing new.
#include "runtime/link/control_client.hpp"

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

namespace trellis::real {

class watcher {
public:
  struct settings {
    std::string lb, wms;            // control sockets
    std::vector<std::string> nodes; // of those whose letters count; may be empty
    bool attempts = false;
    std::chrono::milliseconds pause{80}; // between two rounds
  };

  struct news {
    std::vector<lb::job_status> states;
    std::vector<std::pair<job_id, std::uint32_t>> attempts;
    std::map<std::string, std::uint64_t> letters; // by socket
    std::uint64_t rounds = 0;                     // so far
  };

  explicit watcher(settings s);
  ~watcher();

  watcher(const watcher&) = delete;
  watcher& operator=(const watcher&) = delete;

  /// From the next round on these jobs are asked for; L&B has so many in all. As long as one answer
  /// holds them all, their states are those of one moment. Of more, those that are on their way
  /// (Ready, Scheduled, Running) are told by one answer, together with those that no longer are;
  /// so `jobs Running` counts what ran at one moment.
  void ask_for(std::vector<job_id> jobs, std::size_t of);

  /// Since the last call.
  news take();

  /// Ends the thread, and looks once more.
  void finish();

private:
  void run();
  void round();
  void ask_lb(const std::vector<job_id>& jobs);
  bool ask_lb_at_once(); // false: they do not fit into one answer
  std::vector<lb::job_status> statuses_of(const std::vector<job_id>& jobs);
  bool ask_active(const std::vector<job_id>& jobs); // false: they do not fit into one answer
  void ask_wms(const std::vector<job_id>& jobs);
  void ask_letters();
  link::control_client* client(const std::string& socket);
  template <class Request, class Take>
  void ask(const std::string& socket, role which, const std::vector<job_id>& jobs, Take take);

  settings settings_;
  std::mutex mutex_;
  std::vector<job_id> jobs_;
  std::size_t of_ = 0;
  news news_;
  std::atomic<bool> stop_{false};
  std::map<std::string, link::control_client> clients_; // of the thread
  std::set<job_id> active_;                             // as told last; of the thread
  std::thread thread_;
};

} // namespace trellis::real
