#include "bin/replay/swarm.hpp"

#include "actors/world/swarm.hpp"
#include "protocols/scenario/missing.hpp"
#include "protocols/scenario/text.hpp"
#include "runtime/node/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

namespace trellis {
namespace {

namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

constexpr unsigned most_tries = 300; // to make one finding smaller

/// Stories with a log of jobs are too long for a swarm; some cannot be played yet.
result<std::vector<scenario::story>> stories_at(const std::string& where) {
  std::vector<scenario::story> out;
  std::vector<std::string> files;
  std::error_code problem;
  if (fs::is_directory(where, problem)) {
    for (const auto& x : fs::directory_iterator{where, problem})
      if (x.path().extension() == ".scn")
        files.push_back(x.path().string());
  } else if (!where.empty()) {
    files.push_back(where);
  }
  std::ranges::sort(files);
  for (const auto& file : files) {
    auto bytes = read_file(file);
    if (!bytes)
      return bytes.why();
    auto read = scenario::parse(*bytes, file);
    if (!read)
      return error{errc::usage, scenario::to_string(read.problems.front())};
    if (read.value.workloads.empty() && scenario::missing_parts(read.value).empty())
      out.push_back(std::move(read.value));
  }
  if (!where.empty() && out.empty())
    return error{errc::not_found, "there is no scenario that can be played in " + where};
  return out;
}

void report(const swarm_options& o, std::uint64_t number, const world::shrunk& x) {
  auto story = scenario::print(x.told);
  fmt::print("\nBROKEN by story {}: {}\nmade small in {} runs:\n\n{}\n", number, x.trouble, x.runs,
             story);
  if (!o.keep.empty()) {
    auto path = fmt::format("{}/found-{}.scn", o.keep, number);
    std::ofstream{path} << story;
    fmt::print("again: trellis-replay {}\n", path);
  } else {
    fmt::print("again: save the story, then trellis-replay FILE\n");
  }
}

} // namespace

int run_swarm(const swarm_options& o) {
  auto base = stories_at(o.where);
  if (!base) {
    fmt::print(stderr, "trellis-replay: {}\n", base.why().text);
    return 2;
  }
  auto began = clock::now();
  auto spent = [&] { return std::chrono::duration<double>(clock::now() - began).count(); };
  auto go_on = [&] { return o.minutes <= 0 || spent() < o.minutes * 60; };
  std::uint64_t played = 0, found = 0, shares = 0;
  for (auto number = o.first; number < o.first + o.seeds && go_on(); ++number, ++played) {
    // A single file is played every time; of a directory every other story is a drawn one.
    auto drawn = base->empty() || (fs::is_directory(o.where) && number % 2 == 0);
    auto story = drawn ? world::drawn_story(number)
                       : world::drawn_story(number, (*base)[number / 2 % base->size()]);
    auto [trouble, hash, judged] = world::play_once(story, number);
    shares += judged;
    if (o.hashes)
      fmt::print("story {}  hash {:016x}\n", number, hash);
    if (!trouble)
      continue;
    ++found;
    if (!o.shrink) {
      report(o, number, {std::move(story), std::move(*trouble), 0});
      break;
    }
    auto until = clock::now() + std::chrono::minutes{2};
    auto small = world::shrink(std::move(story), number, std::move(*trouble), most_tries,
                               [&] { return clock::now() < until; });
    report(o, number, small);
    break; // the next ones are likely the same
  }
  fmt::print("{} stories in {:.0f} s, {}; {} slots were given while another VO waited\n",
             played + found, spent(), found ? "one broke a promise" : "every promise was kept",
             shares);
  return found ? 1 : 0;
}

} // namespace trellis
