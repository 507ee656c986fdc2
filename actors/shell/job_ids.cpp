#include "actors/shell/job_ids.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <istream>
#include <set>

namespace trellis::shell {
namespace {

constexpr std::size_t shortest_beginning = 3;

std::optional<std::size_t> number_from(std::string_view text) {
  std::size_t n = 0;
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (ec != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return n;
}

std::string_view trimmed(std::string_view s) {
  auto first = s.find_first_not_of(" \t\r");
  if (first == s.npos)
    return {};
  return s.substr(first, s.find_last_not_of(" \t\r") - first + 1);
}

} // namespace

result<std::vector<std::size_t>> parse_picks(std::string_view text, std::size_t count) {
  std::set<std::size_t> picked;
  for (std::string_view rest = text;;) {
    auto comma = rest.find(',');
    auto part = trimmed(rest.substr(0, comma));
    auto dash = part.find('-');
    auto from = number_from(part.substr(0, dash));
    auto to = dash == part.npos ? from : number_from(part.substr(dash + 1));
    if (!from || !to || *from < 1 || *from > *to || *to > count)
      return error{errc::usage, fmt::format("cannot pick '{}' from a list of {}: expected places "
                                            "from 1 such as 1,3-6",
                                            text, count)};
    for (auto i = *from; i <= *to; ++i)
      picked.insert(i - 1);
    if (comma == rest.npos)
      return std::vector<std::size_t>{picked.begin(), picked.end()};
    rest = rest.substr(comma + 1);
  }
}

result<std::vector<std::string>> read_id_file(session& s, const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path);
    if (!file)
      return error{errc::not_found,
                   fmt::format("cannot read job ids from {}: {}", path, std::strerror(errno))};
  }
  auto& in = path == "-" ? s.world().in() : file;
  std::vector<std::string> found;
  for (std::string line; std::getline(in, line);)
    if (auto word = trimmed(line); !word.empty() && word.front() != '#')
      found.emplace_back(word);
  return found;
}

result<done> save_ids(const std::string& path, const std::vector<std::string>& ids) {
  std::ofstream file{path, std::ios::app};
  if (file && file.tellp() == std::ofstream::pos_type{0})
    file << "###Submitted Job Ids###\n";
  for (const auto& id : ids)
    file << id << '\n';
  file.flush();
  if (!file)
    return error{errc::storage,
                 fmt::format("cannot append job ids to {}: {}", path, std::strerror(errno))};
  return done{};
}

result<std::vector<std::string>> named_jobs(session& s, const arguments& given) {
  auto words = given.operands();
  if (auto path = given.text("--input")) {
    auto more = read_id_file(s, *path);
    if (!more)
      return more.why();
    words.insert(words.end(), more->begin(), more->end());
  }
  if (auto picks = given.text("--pick")) {
    auto places = parse_picks(*picks, words.size());
    if (!places)
      return places.why();
    std::vector<std::string> picked;
    for (auto i : *places)
      picked.push_back(words[i]);
    words = std::move(picked);
  }
  if (words.empty())
    return error{errc::usage, "no job is named: expected an ID or --input FILE"};
  return words;
}

result<done> job_finder::load() {
  if (loaded_)
    return done{};
  auto jobs = all_jobs(session_, {}, 100'000);
  if (!jobs)
    return jobs.why();
  for (auto& x : *jobs)
    mine_.push_back(std::move(x.job));
  loaded_ = true;
  return done{};
}

result<job_id> job_finder::find(std::string_view word) {
  if (word.find(':') != word.npos || word.find('/') != word.npos)
    return job_id::parse(word);
  if (word.size() < shortest_beginning)
    return error{errc::usage,
                 fmt::format("'{}' is too short for a job: give at least {} characters "
                             "of the last part of its id",
                             word, shortest_beginning)};
  if (auto x = load(); !x)
    return x.why();
  const job_id* found = nullptr;
  for (const auto& x : mine_)
    if (x.unique().starts_with(word)) {
      if (found)
        return error{errc::usage,
                     fmt::format("'{}' is the beginning of more than one of your jobs, "
                                 "such as {} and {}",
                                 word, found->text(), x.text())};
      found = &x;
    }
  if (!found)
    return error{errc::not_found, fmt::format("none of your jobs has an id with '{}' at the "
                                              "beginning of its last part",
                                              word)};
  return *found;
}

result<std::vector<lb::job_status>> all_jobs(session& s, lb::list_jobs filter, std::size_t limit) {
  std::vector<lb::job_status> found;
  for (;;) {
    filter.limit = static_cast<std::uint32_t>(std::min<std::size_t>(limit - found.size(), 500));
    auto page = s.ask(filter);
    if (!page)
      return page.why();
    std::move(page->jobs.begin(), page->jobs.end(), std::back_inserter(found));
    if (page->next.empty() || page->next == filter.after || found.size() >= limit)
      return found;
    filter.after = page->next;
  }
}

result<address> wms_of(session& s, const job_id& job) {
  auto usual = s.serving(role::wms);
  if (usual)
    return usual;
  auto status = s.ask_at(s.lb_of(job), lb::get_status{{}, job});
  if (!status)
    return status.why();
  auto server = std::string_view{status->network_server};
  if (auto scheme = server.find("://"); scheme != server.npos)
    server = server.substr(scheme + 3);
  if (auto host = host_name::parse(server.substr(0, server.find_first_of(":/"))))
    return address{role::wms, *host, 0};
  return usual.why();
}

} // namespace trellis::shell
