#include "actors/ce/records.hpp"

#include <array>
#include <charconv>

namespace trellis::ce {
namespace {

constexpr std::array<std::string_view, 7> failure_words{
    "none",          "before_payload", "after_payload", "lease_lapsed",
    "token_refused", "gave_up_token",  "job_fault"};

struct kind_row {
  std::string_view word;
  record_kind kind;
  std::size_t fields; // at least so many words follow
};

constexpr kind_row kinds[] = {
    {"wrapper_started", record_kind::wrapper_started, 2},
    {"token_asked",     record_kind::token_asked,     1},
    {"token_gave_up",   record_kind::token_gave_up,   1},
    {"payload_started", record_kind::payload_started, 2},
    {"payload_ended",   record_kind::payload_ended,   7},
    {"failed",          record_kind::failed,          1},
    {"ended",           record_kind::ended,           1},
};

/// The next word; `line` keeps what follows it.
std::string_view cut(std::string_view& line) {
  auto end = line.find(' ');
  auto out = line.substr(0, end);
  line.remove_prefix(end == line.npos ? line.size() : end + 1);
  return out;
}

template <class T>
bool read(std::string_view s, T& to) {
  if (s == "-")
    return true;
  T x{};
  auto [end, problem] = std::from_chars(s.data(), s.data() + s.size(), x);
  if (problem != std::errc{} || end != s.data() + s.size())
    return false;
  to = x;
  return true;
}

bool read_when(std::string_view s, std::optional<moment>& to) {
  std::int64_t us = -1;
  if (!read(s, us))
    return false;
  if (us >= 0)
    to = moment{std::chrono::microseconds{us}};
  return true;
}

bool read_failure(std::string_view rest, worker_record& to) {
  auto of = cut(rest);
  for (std::size_t i = 1; i < failure_words.size(); ++i)
    if (failure_words[i] == of) {
      to.failure = failure_class(i);
      to.text = rest;
      return true;
    }
  return false;
}

bool read_end(std::string_view rest, worker_record& to) {
  to.number = -1;
  auto ok = read(cut(rest), to.number) && read(cut(rest), to.used.wall_s)
            && read(cut(rest), to.used.user_s) && read(cut(rest), to.used.system_s)
            && read(cut(rest), to.used.max_rss_kib);
  to.text = rest;
  return ok;
}

std::optional<worker_record> read_line(std::string_view line) {
  auto first = cut(line);
  for (const auto& row : kinds)
    if (row.word == first) {
      std::size_t words = line.empty() ? 0 : 1;
      for (char c : line)
        words += c == ' ';
      worker_record out;
      out.what = row.kind;
      auto ok = words >= row.fields;
      if (row.kind == record_kind::failed)
        ok = ok && read_failure(line, out);
      else
        ok = ok && read_when(cut(line), out.when);
      if (row.kind == record_kind::wrapper_started)
        out.node = line;
      else if (row.kind == record_kind::payload_started)
        ok = ok && read(cut(line), out.number);
      else if (row.kind == record_kind::payload_ended)
        ok = ok && read_end(line, out);
      return ok ? std::optional{out} : std::nullopt;
    }
  return std::nullopt;
}

} // namespace

std::string_view word(failure_class x) { return failure_words[static_cast<std::size_t>(x)]; }

session_claim read_claim(std::string_view text) {
  session_claim out;
  auto line = text.substr(0, text.find('\n'));
  if (cut(line) == "claim" && read(cut(line), out.pid))
    read(cut(line), out.born);
  return out;
}

worker_records read_records(std::string_view text) {
  worker_records out;
  for (std::size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1))
    if (auto line = read_line(text.substr(0, end)))
      out.lines.push_back(std::move(*line));
  out.rest = text;
  return out;
}

} // namespace trellis::ce
