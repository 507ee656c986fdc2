#include "protocols/gsi/vomsdir.hpp"

#include "protocols/gsi/dn.hpp"
#include "protocols/gsi/fqan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace trellis::gsi {

namespace {

constexpr std::size_t max_text = 256 * 1024, max_lines = 4096;

std::string_view trimmed(std::string_view x) {
  auto begin = x.find_first_not_of(" \t\r");
  if (begin == x.npos)
    return {};
  return x.substr(begin, x.find_last_not_of(" \t\r") - begin + 1);
}

/// Calls `f(line, number)` for each until it gives an error.
template <class F>
result<done> each_line(std::string_view text, F f) {
  if (text.size() > max_text)
    return error{errc::malformed, "it is longer than 256 KiB"};
  std::size_t number = 0;
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    if (++number > max_lines)
      return error{errc::malformed, "it has more than 4096 lines"};
    if (auto line = trimmed(text.substr(0, end)); !line.empty() && !line.starts_with('#'))
      if (auto r = f(line, number); !r)
        return r;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return done{};
}

error at_line(std::size_t number, std::string_view why) {
  return {errc::malformed, fmt::format("line {}: {}", number, why)};
}

} // namespace

bool is_server_host(std::string_view x) {
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.'
           || c == '-';
  };
  return !x.empty() && x.size() <= 255 && x.front() != '.' && x.find("..") == x.npos
         && std::ranges::all_of(x, allowed);
}

result<std::vector<lsc_chain>> parse_lsc(std::string_view text) {
  std::vector<lsc_chain> out(1);
  std::string subject; // waits for its issuer
  auto read = each_line(text, [&](std::string_view line, std::size_t number) -> result<done> {
    if (line.find("NEXT CHAIN") != line.npos && line.starts_with("-")) {
      if (!subject.empty() || out.back().empty())
        return at_line(number, "the chain before it ends with a subject without issuer");
      out.emplace_back();
      return done{};
    }
    if (line.size() > 1 && line.front() == '"' && line.back() == '"')
      line = line.substr(1, line.size() - 2);
    if (!dn::parse_slash(line))
      return at_line(number, fmt::format("'{}' is no name in slash form", line));
    if (subject.empty()) {
      subject = line;
    } else {
      out.back().push_back({subject, std::string{line}});
      subject.clear();
    }
    return done{};
  });
  if (!read)
    return read.why();
  if (!subject.empty())
    return error{errc::malformed, fmt::format("the subject {} has no issuer below it", subject)};
  if (out.back().empty())
    return error{errc::malformed, "there is no name in it"};
  return out;
}

std::string lsc_text(const std::vector<certificate>& chain) {
  std::string out;
  for (const auto& x : chain)
    out += fmt::format("{}\n{}\n", x.subject(), x.issuer());
  return out;
}

vomsdir::loaded vomsdir::load(const std::vector<named_bytes>& files) {
  loaded out;
  auto problem = [&](const std::string& file, std::string_view why) {
    out.problems.push_back({file, fmt::format("{}: {}", file, why)});
  };
  for (const auto& x : files) {
    auto slash = x.name.find('/');
    auto vo = slash == x.name.npos ? std::string{} : x.name.substr(0, slash);
    auto file = slash == x.name.npos ? x.name : x.name.substr(slash + 1);
    auto is_lsc = file.ends_with(".lsc");
    if (!is_lsc && !file.ends_with(".pem"))
      continue;
    if ((slash != x.name.npos || is_lsc) && !is_vo_name(vo)) {
      problem(x.name, "it is in no directory of a VO");
    } else if (is_lsc) {
      auto host = file.substr(0, file.size() - 4);
      auto chains = parse_lsc(x.bytes);
      if (!is_server_host(host))
        problem(x.name, "its name is no host's");
      else if (!chains)
        problem(x.name, chains.why().text);
      else
        out.servers.chains_[{vo, host}] = *std::move(chains);
    } else if (auto all = certificate::parse_all(x.bytes)) {
      auto& to = out.servers.pinned_[vo];
      to.insert(to.end(), all->begin(), all->end());
    } else {
      problem(x.name, all.why().text);
    }
  }
  return out;
}

void vomsdir::trust(const std::string& vo, const std::string& host, lsc_chain chain) {
  chains_[{vo, host}].push_back(std::move(chain));
}

const std::vector<lsc_chain>* vomsdir::chains(const std::string& vo,
                                              const std::string& host) const {
  auto at = chains_.find({vo, host});
  return at == chains_.end() ? nullptr : &at->second;
}

std::vector<certificate> vomsdir::pinned(const std::string& vo) const {
  std::vector<certificate> out;
  for (const auto& key : {vo, std::string{}})
    if (auto at = pinned_.find(key); at != pinned_.end())
      out.insert(out.end(), at->second.begin(), at->second.end());
  return out;
}

bool vomsdir::knows(const std::string& vo) const {
  auto at = chains_.lower_bound({vo, ""});
  return (at != chains_.end() && at->first.first == vo) || pinned_.count(vo) > 0;
}

result<std::vector<voms_server>> parse_vomses(std::string_view text) {
  std::vector<voms_server> out;
  auto read = each_line(text, [&](std::string_view line, std::size_t number) -> result<done> {
    std::vector<std::string> fields;
    for (auto rest = line; !(rest = trimmed(rest)).empty();) {
      auto end = rest.find('"', 1);
      if (rest.front() != '"' || end == rest.npos)
        return at_line(number, "a field is not in quotes");
      fields.emplace_back(rest.substr(1, end - 1));
      rest.remove_prefix(end + 1);
    }
    if (fields.size() != 5 && fields.size() != 6)
      return at_line(number, fmt::format("it has {} fields; five or six are needed: \"alias\" "
                                         "\"host\" \"port\" \"DN\" \"vo\"",
                                         fields.size()));
    voms_server x{fields[0], fields[1], 0, fields[3], fields[4]};
    auto end = fields[2].data() + fields[2].size();
    auto port = std::from_chars(fields[2].data(), end, x.port);
    if (port.ec != std::errc{} || port.ptr != end || x.port == 0)
      return at_line(number, fmt::format("'{}' is no port", fields[2]));
    if (!is_server_host(x.host))
      return at_line(number, fmt::format("'{}' is no host", x.host));
    if (!is_vo_name(x.vo))
      return at_line(number, fmt::format("'{}' is no name of a VO", x.vo));
    if (!dn::parse_slash(x.subject))
      return at_line(number, fmt::format("'{}' is no name in slash form", x.subject));
    out.push_back(std::move(x));
    return done{};
  });
  if (!read)
    return read.why();
  return out;
}

std::string vomses_line(const voms_server& x) {
  return fmt::format("\"{}\" \"{}\" \"{}\" \"{}\" \"{}\"\n", x.alias, x.host, x.port, x.subject,
                     x.vo);
}

} // namespace trellis::gsi
