#include "actors/shell/glite_job.hpp"

#include "actors/shell/job_ids.hpp"

#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <istream>
#include <ostream>

namespace trellis::shell {
namespace {

constexpr std::size_t rule_width = 74;

/// The menu of the old user interface: a numbered list, then `1,3-6` or `a` for all.
result<std::vector<std::string>> picked(session& s, std::vector<std::string> words) {
  auto& err = s.err();
  err << std::string(rule_width, '-') << '\n';
  for (std::size_t i = 0; i < words.size(); ++i)
    err << fmt::format("{} : {}\n", i + 1, words[i]);
  err << "a : all\nq : quit\n" << std::string(rule_width, '-') << '\n';
  err << fmt::format("Choose one or more jobId(s) in the list - [1-{}]all (use , as separator "
                     "or - for a range): ",
                     words.size())
      << std::flush;
  std::string line;
  std::getline(s.world().in(), line);
  if (line.empty() || line == "a" || line == "all")
    return words;
  if (line == "q")
    return error{errc::usage, "no job was chosen"};
  auto places = parse_picks(line, words.size());
  if (!places)
    return places.why();
  std::vector<std::string> chosen;
  for (auto i : *places)
    chosen.push_back(words[i]);
  return chosen;
}

} // namespace

std::string old_banner(std::string_view title, std::string_view text) {
  auto sides = rule_width - std::min(rule_width, title.size() + 2);
  return fmt::format("\n{} {} {}\n\n{}\n\n{}\n\n", std::string(sides / 2, '='), title,
                     std::string(sides - sides / 2, '='), text, std::string(rule_width, '='));
}

result<std::vector<job_id>> old_jobs(session& s, const arguments& given) {
  auto words = named_jobs(s, given);
  if (!words)
    return words.why();
  bool asks = given.flag("--input") && words->size() > 1 && !given.flag("--noint")
              && s.world().in_is_terminal();
  if (asks) {
    words = picked(s, std::move(*words));
    if (!words)
      return words.why();
  }
  std::vector<job_id> jobs;
  job_finder finder{s};
  for (const auto& word : *words) {
    auto job = finder.find(word);
    if (!job)
      return job.why();
    jobs.push_back(*job);
  }
  return jobs;
}

int old_print(session& s, const arguments& given, const std::string& text) {
  auto path = given.text("--output");
  if (!path) {
    s.out() << text;
    return 0;
  }
  std::ofstream file{*path, std::ios::app};
  file << text << std::flush;
  if (!file)
    return s.fail(
        {errc::storage, fmt::format("cannot append to {}: {}", *path, std::strerror(errno))});
  return 0;
}

} // namespace trellis::shell
