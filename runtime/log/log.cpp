#include "runtime/log/log.hpp"

#include "runtime/log/line_format.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unistd.h>

namespace trellis::log {

namespace {

constexpr std::pair<level, std::string_view> level_words[] = {
    {level::debug, "debug"},
    {level::info,  "info" },
    {level::warn,  "warn" },
    {level::error, "error"},
};

/// What the process has once: where its lines go.
struct outlet {
  std::mutex lock;
  std::atomic<level> least = level::info;
  std::atomic<bool> collecting = false;
  std::vector<collector*> collectors; // the last one takes
  bool json = ::isatty(STDERR_FILENO) == 0;
  std::string host;
  std::shared_ptr<spdlog::logger> out = make();

  static std::shared_ptr<spdlog::logger> make() {
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    auto logger = std::make_shared<spdlog::logger>("trellis", std::move(sink));
    logger->set_pattern("%v");
    logger->set_level(spdlog::level::trace);
    logger->flush_on(spdlog::level::trace);
    return logger;
  }
};

/// Never destroyed: threads may log until the process is gone.
outlet& the_outlet() {
  static auto& it = *std::make_unique<outlet>().release();
  return it;
}

} // namespace

std::string_view word(level x) { return level_words[static_cast<std::size_t>(x)].second; }

result<level> parse_level(std::string_view text) {
  for (const auto& [x, word] : level_words)
    if (word == text)
      return x;
  return trellis::error{errc::malformed,
                        fmt::format("'{}' is no log level: debug, info, warn, error", text)};
}

void set_up(const settings& x) {
  auto& o = the_outlet();
  std::lock_guard guard{o.lock};
  o.least = x.least;
  o.json = x.how == form::json || (x.how == form::automatic && ::isatty(STDERR_FILENO) == 0);
  o.host = x.host;
}

bool wanted(level x) {
  auto& o = the_outlet();
  return o.collecting || x >= o.least;
}

void write(level how, std::string_view id, std::string_view text) {
  auto& o = the_outlet();
  auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  std::lock_guard guard{o.lock};
  if (!o.collectors.empty())
    o.collectors.back()->add({how, std::string{id}, std::string{text}});
  else
    o.out->info("{}",
                o.json ? json_line(now, how, id, o.host, text) : text_line(now, how, id, text));
}

collector::collector() {
  auto& o = the_outlet();
  std::lock_guard guard{o.lock};
  o.collectors.push_back(this);
  o.collecting = true;
}

collector::~collector() {
  auto& o = the_outlet();
  std::lock_guard guard{o.lock};
  std::erase(o.collectors, this);
  o.collecting = !o.collectors.empty();
}

void collector::add(line x) { lines_.push_back(std::move(x)); }

std::vector<line> collector::lines() const {
  std::lock_guard guard{the_outlet().lock};
  return lines_;
}

std::size_t collector::count(std::string_view id) const {
  auto all = lines();
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const line& x) { return x.id == id; }));
}

std::string collector::last(std::string_view id) const {
  auto all = lines();
  auto found = std::find_if(all.rbegin(), all.rend(), [&](const line& x) { return x.id == id; });
  return found == all.rend() ? std::string{} : found->text;
}

} // namespace trellis::log
