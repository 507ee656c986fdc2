#pragma once
/// Tells when files of a directory grow: inotify, with one thread that waits for it. Writers on
/// another machine are not seen (NFS), and the system may have no watch left, so whoever uses this
/// also looks by itself.
#include <functional>
#include <string>
#include <thread>

namespace trellis::process {

class file_watch {
public:
  /// `on_change` is called from the watching thread with the number that `add` gave, some
  /// milliseconds later: what comes at once is told at once.
  explicit file_watch(std::function<void(int)> on_change);
  ~file_watch();
  file_watch(const file_watch&) = delete;
  file_watch& operator=(const file_watch&) = delete;

  /// -1: not watched.
  int add(const std::string& path);
  void remove(int number);

private:
  void listen() const;

  std::function<void(int)> on_change_;
  int inotify_ = -1;
  int stop_ = -1;
  std::thread thread_;
};

} // namespace trellis::process
