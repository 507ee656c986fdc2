#include "runtime/edge/trust_book.hpp"

#include "runtime/edge/token_identity.hpp"
#include "runtime/log/log.hpp"
#include "runtime/node/files.hpp"
#include "runtime/node/signals.hpp"
#include "runtime/node/trust_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>

namespace trellis::edge {

namespace fs = std::filesystem;

namespace {

/// Files below `directory`, `depth` folders deep, by names relative to it, sorted.
std::vector<std::string> names_below(const std::string& directory, int depth) {
  std::vector<std::string> out;
  std::error_code ec;
  for (fs::directory_iterator i{directory, ec}, end; !ec && i != end; i.increment(ec)) {
    auto name = i->path().filename().string();
    std::error_code ignored;
    if (i->is_regular_file(ignored)) // links are followed
      out.push_back(name);
    else if (depth > 0 && i->is_directory(ignored))
      for (const auto& x : names_below(i->path(), depth - 1))
        out.push_back(name + "/" + x);
  }
  std::ranges::sort(out);
  return out;
}

std::string stamp_of(const std::string& directory, int depth) {
  std::string out;
  for (const auto& name : names_below(directory, depth)) {
    struct stat x {};

    if (::stat((directory + "/" + name).c_str(), &x) == 0)
      out += fmt::format("{} {} {} {} {}\n", name, x.st_ino, x.st_size, x.st_mtim.tv_sec,
                         x.st_mtim.tv_nsec);
  }
  return out;
}

void tell(const std::string& directory, const std::vector<gsi::anchor_problem>& problems) {
  constexpr std::size_t most = 20;
  for (std::size_t i = 0; i < std::min(problems.size(), most); ++i)
    log::warn("edge-trust-problem", "{}/{}: {}", directory, problems[i].file, problems[i].text);
  if (problems.size() > most)
    log::warn("edge-trust-problem", "{}: {} more problems", directory, problems.size() - most);
}

gsi::token_settings read_issuers(const trust_places& places) {
  gsi::token_settings out;
  out.audiences = places.audiences;
  if (places.issuers.empty())
    return out;
  for (const auto& name : names_below(places.issuers, 0)) {
    auto text = read_file(places.issuers + "/" + name, gsi::jwk_set::max_bytes);
    auto one = text ? read_issuer(*text) : result<gsi::token_issuer>{text.why()};
    if (one)
      out.issuers.push_back(*std::move(one));
    else
      tell(places.issuers, {
                               {name, one.why().text}
      });
  }
  return out;
}

} // namespace

std::string trust_book::stamp() const {
  auto out = stamp_of(places_.anchors, 0) + "\n" + stamp_of(places_.vomsdir, 1);
  return places_.issuers.empty() ? out : out + "\n" + stamp_of(places_.issuers, 0);
}

result<done> trust_book::read() {
  stamp_ = stamp();
  auto anchors = load_trust_anchors(places_.anchors, {});
  if (!anchors)
    return anchors.why();
  tell(places_.anchors, anchors->problems);
  gsi::vomsdir voms;
  std::error_code ec;
  if (fs::exists(places_.vomsdir, ec)) {
    auto servers = load_vomsdir(places_.vomsdir);
    if (!servers)
      return servers.why();
    tell(places_.vomsdir, servers->problems);
    voms = std::move(servers->servers);
  }
  log::info("edge-trust-read", "{} trust anchors were read from {}", anchors->anchors.size(),
            places_.anchors);
  trusted fresh{
      std::move(anchors->anchors), std::move(voms), places_.here, read_issuers(places_), {}};
  std::lock_guard lock{change_};
  if (auto before = now())
    fresh.taken_back = before->taken_back;
  use(std::move(fresh));
  return done{};
}

void trust_book::use(trusted x) {
  now_ = std::make_shared<const trusted>(std::move(x));
  ++edition_;
}

void trust_book::take_back(const host_name& server, withdrawals::table all) {
  std::lock_guard lock{change_};
  auto next = *now();
  next.taken_back = next.taken_back.with(server, std::move(all));
  use(std::move(next));
}

void trust_book::watch() {
  std::unique_lock lock{mutex_};
  while (!stop_.wait_for(lock, places_.watch, [this] { return stopping_; }))
    if (stamp() != stamp_)
      if (auto again = read(); !again)
        log::error("edge-trust-problem", "what was trusted stays so: {}", again.why().text);
}

result<std::unique_ptr<trust_book>> trust_book::open(trust_places places) {
  std::unique_ptr<trust_book> out{new trust_book{std::move(places)}};
  if (auto ok = out->read(); !ok)
    return ok.why();
  out->thread_ = std::thread{[x = out.get()] {
    leave_signals_to_main();
    x->watch();
  }};
  return out;
}

trust_book::~trust_book() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  stop_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

} // namespace trellis::edge
