#include "tests/bench/bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace trellis::bench {
namespace {

std::string number(std::optional<double> x) {
  if (!x)
    return "null";
  return *x >= 100 ? fmt::format("{:.0f}", *x) : fmt::format("{:.3g}", *x);
}

std::string json_text(std::string_view x) {
  std::string out = "\"";
  for (char c : x) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + '"';
}

int usage(std::span<const entry> table) {
  fmt::print(stderr, "usage: trellis-bench NAME [--json] [--rounds N] [--scale X] [--dir DIR]\n");
  for (const auto& x : table)
    fmt::print(stderr, "  {:8} {}\n", x.name, x.about);
  return 2;
}

template <class T>
bool read(std::string_view text, T& to) {
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), to);
  return ec == std::errc{} && end == text.data() + text.size() && to > 0;
}

} // namespace

row plain(std::string what, double value, std::string unit, std::optional<double> goal) {
  row out{std::move(what), value, std::move(unit), {}, {}, goal, {}};
  if (goal)
    out.met = value >= *goal;
  return out;
}

row against(std::string what, double value, std::string unit, double floor,
            std::optional<double> goal) {
  row out{std::move(what), value, std::move(unit), floor, value / floor, goal, {}};
  if (goal)
    out.met = value / floor >= *goal;
  return out;
}

double median(std::vector<double> x) {
  if (x.empty())
    return 0;
  std::ranges::sort(x);
  auto half = x.size() / 2;
  return x.size() % 2 == 1 ? x[half] : (x[half - 1] + x[half]) / 2;
}

std::string as_text(std::string_view name, const rows& all) {
  auto cell = [](std::optional<double> x) { return x ? number(x) : std::string{"-"}; };
  std::size_t width = name.size();
  for (const auto& x : all)
    width = std::max(width, x.what.size());
  auto line = [&](std::string_view what, std::string_view value, std::string_view unit,
                  std::string_view floor, std::string_view ratio, std::string_view goal,
                  std::string_view met) {
    auto out = fmt::format("{:{}}  {:>9} {:16} {:>9} {:>6} {:>6}  {}", what, width, value, unit,
                           floor, ratio, goal, met);
    return out.substr(0, out.find_last_not_of(' ') + 1) + '\n';
  };
  auto out = line(name, "value", "unit", "floor", "ratio", "goal", "met");
  for (const auto& x : all)
    out += line(x.what, number(x.value), x.unit, cell(x.floor), cell(x.ratio), cell(x.goal),
                !x.met   ? ""
                : *x.met ? "yes"
                         : "no");
  return out;
}

std::string as_json(std::string_view name, const rows& all) {
  std::string out;
  for (const auto& x : all)
    out += fmt::format(R"({}{{"what": {}, "value": {}, "unit": {}, "floor": {}, "ratio": {}, )"
                       R"("goal": {}, "met": {}}})",
                       out.empty() ? "" : ", ", json_text(x.what), number(x.value),
                       json_text(x.unit), number(x.floor), number(x.ratio), number(x.goal),
                       !x.met   ? "null"
                       : *x.met ? "true"
                                : "false");
  return fmt::format("{{\"bench\": {}, \"rows\": [{}]}}\n", json_text(name), out);
}

int run(std::span<const entry> table, int argc, const char* const* argv) {
  options how;
  auto json = false;
  const entry* which = nullptr;
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i];
    std::string_view next = i + 1 < argc ? argv[i + 1] : "";
    if (word == "--json")
      json = true;
    else if (word == "--rounds" && read(next, how.rounds))
      ++i;
    else if (word == "--scale" && read(next, how.scale))
      ++i;
    else if (word == "--dir" && !next.empty())
      how.directory = argv[++i];
    else if (auto x = std::ranges::find(table, word, &entry::name); !which && x != table.end())
      which = &*x;
    else
      return usage(table);
  }
  if (!which)
    return usage(table);
  auto out = which->run(how);
  if (!out) {
    fmt::print(stderr, "trellis-bench {}: {}\n", which->name, out.why().text);
    return exit_code(out.why().code);
  }
  fmt::print("{}", json ? as_json(which->name, *out) : as_text(which->name, *out));
  return 0;
}

scratch::scratch(const options& x) {
  auto parent = x.directory.empty() ? std::filesystem::temp_directory_path()
                                    : std::filesystem::path{x.directory};
  auto pattern = (parent / "trellis-bench-XXXXXX").string();
  if (::mkdtemp(pattern.data()))
    path_ = pattern;
}

scratch::~scratch() {
  std::error_code ignored;
  if (!path_.empty())
    std::filesystem::remove_all(path_, ignored);
}

} // namespace trellis::bench
