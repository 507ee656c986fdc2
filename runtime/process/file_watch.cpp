#include "runtime/process/file_watch.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

namespace trellis::process {

namespace {

constexpr std::chrono::milliseconds together{5};

} // namespace

file_watch::file_watch(std::function<void(int)> on_change)
    : on_change_(std::move(on_change)), inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  if (inotify_ < 0 || stop_ < 0)
    return;
  sigset_t all, before;
  ::sigfillset(&all); // signals are for the thread that waits for them
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread{[this] { listen(); }};
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

file_watch::~file_watch() {
  if (thread_.joinable()) {
    ::eventfd_write(stop_, 1);
    thread_.join();
  }
  for (auto fd : {inotify_, stop_})
    if (fd >= 0)
      ::close(fd);
}

int file_watch::add(const std::string& path) {
  return inotify_ < 0 ? -1 : ::inotify_add_watch(inotify_, path.c_str(), IN_MODIFY);
}

void file_watch::remove(int number) {
  if (number >= 0)
    ::inotify_rm_watch(inotify_, number);
}

void file_watch::listen() const {
  alignas(inotify_event) std::array<char, 16'384> buffer;
  for (;;) {
    std::array<pollfd, 2> fds{
        pollfd{inotify_, POLLIN, 0},
        pollfd{stop_,    POLLIN, 0}
    };
    if (::poll(fds.data(), fds.size(), -1) < 0)
      continue;
    if (fds[1].revents)
      return;
    // What comes at once is told at once: a process writes several lines, and there are many.
    std::this_thread::sleep_for(together);
    auto size = ::read(inotify_, buffer.data(), buffer.size());
    int last = -1;
    for (ssize_t at = 0; at + static_cast<ssize_t>(sizeof(inotify_event)) <= size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      if ((event->mask & IN_MODIFY) && event->wd != last) // a burst of one file is one change
        on_change_(last = event->wd);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
}

} // namespace trellis::process
