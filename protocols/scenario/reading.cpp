#include "protocols/scenario/reading.hpp"

#include "protocols/base/spelling.hpp"
#include "protocols/scenario/quantities.hpp"
#include "protocols/scenario/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::scenario {

namespace {

struct naming_row {
  naming what;
  std::string_view text;
};

constexpr naming_row naming_rows[] = {
    {naming::job,      "a job"     },
    {naming::workload, "a workload"},
    {naming::user,     "a user"    },
    {naming::vo,       "a VO"      },
    {naming::site,     "a site"    },
    {naming::ce,       "a CE"      },
    {naming::se,       "an SE"     },
};

constexpr std::string_view reserved[]
    = {"any",   "attempts", "end",    "every",  "is",     "job",      "jobs",
       "not",   "of",       "on",     "or",     "outbox", "payloads", "node",
       "nodes", "share",    "starts", "some",   "site",   "ce",       "resubmissions",
       "se",    "wms",      "lb",     "info",   "within", "at",       "user",
       "twice", "to",       "from",   "crashes"};

/// Misspelt, or only the first label of a host.
std::optional<std::string> meant_by(std::string_view given,
                                    const std::vector<std::string_view>& known) {
  for (auto x : known)
    if (!given.empty() && x.size() > given.size() && x.starts_with(given) && x[given.size()] == '.')
      return std::string{x};
  return nearest_word(given, known, given.size() / 3 + 1);
}

std::string suggestion(std::string_view given, const std::vector<std::string_view>& known) {
  auto meant = meant_by(given, known);
  return meant ? fmt::format("; did you mean '{}'?", *meant) : "";
}

} // namespace

std::string text(naming x) {
  std::vector<std::string_view> words;
  for (const auto& row : naming_rows)
    if (allows(x, row.what))
      words.push_back(row.text);
  return fmt::format("{}", fmt::join(words, " or "));
}

void reading::wrong(place at, std::string text) {
  if (problems.size() < max_problems)
    problems.push_back({{}, at, std::move(text)});
}

void reading::expected(std::string_view what, const word& given,
                       const std::vector<std::string_view>& words) {
  auto at = given.key.empty() ? given.at : given.text_at;
  wrong(at,
        fmt::format("expected {}, not '{}'{}", what, given.text, suggestion(given.text, words)));
}

void reading::declare(naming what, const std::string& name, place at) {
  auto [i, fresh] = names_.emplace(name, what);
  auto shared = naming::site | naming::ce;
  if (fresh)
    return;
  if (allows(shared, what) && allows(shared, i->second)
      && (what != naming::site || !is(what, name)))
    i->second = i->second | what;
  else
    wrong(at, fmt::format("'{}' is the name of {} already", name, text(i->second)));
}

void reading::refer(naming what, const std::string& name, place at) {
  references_.push_back({what, name, at});
}

bool reading::is(naming what, const std::string& name) const {
  auto i = names_.find(name);
  return i != names_.end() && allows(i->second, what);
}

void reading::resolve() {
  for (const auto& x : references_) {
    if (problems.size() >= max_problems)
      return;
    if (is(x.what, x.name))
      continue;
    std::vector<std::string_view> known;
    for (const auto& [name, what] : names_)
      if (allows(what, x.what))
        known.push_back(name);
    auto i = names_.find(x.name);
    wrong(x.at, i != names_.end() ? fmt::format("expected {}, and '{}' is {}{}", text(x.what),
                                                x.name, text(i->second), suggestion(x.name, known))
                                  : fmt::format("expected {}, and none is called '{}'{}",
                                                text(x.what), x.name, suggestion(x.name, known)));
  }
}

// --- words ---------------------------------------------------------------------------------------

cursor::cursor(const statement& from, reading& file)
    : from_(from), file_(file), before_(file.problems.size()) {
  for (const auto& x : from.words)
    (x.key.empty() ? plain_ : keyed_).push_back(&x);
}

const word* cursor::peek(std::size_t ahead) const {
  return ahead < plain_.size() ? plain_[ahead] : nullptr;
}

const word* cursor::take() {
  if (plain_.empty())
    return nullptr;
  auto x = plain_.front();
  plain_.erase(plain_.begin());
  return x;
}

bool cursor::take(std::string_view text) {
  auto x = peek();
  if (!x || x->quoted || x->text != text)
    return false;
  take();
  return true;
}

const word* cursor::need(std::string_view what) {
  auto x = take();
  if (!x)
    file_.wrong(from_.end, fmt::format("expected {}, and the statement ends", what));
  return x;
}

const word* cursor::option(std::string_view key) {
  const word* found = nullptr;
  std::erase_if(keyed_, [&](const word* x) {
    if (x->key != key)
      return false;
    if (found)
      file_.wrong(x->at, fmt::format("'{}' is given twice", key));
    found = x;
    return true;
  });
  return found;
}

bool cursor::flag(std::string_view text) {
  auto n = std::erase_if(plain_, [&](const word* x) { return !x->quoted && x->text == text; });
  return n > 0;
}

std::string cursor::name(std::string_view what, bool dotted) {
  auto x = need(what);
  if (!x)
    return {};
  auto plain = x->text;
  if (dotted)
    std::erase(plain, '.');
  if (is_name(plain))
    return x->text;
  file_.wrong(x->at, fmt::format("expected {}, letters, digits, - and _, not '{}'", what, x->text));
  return {};
}

std::optional<host_name> cursor::host(std::string_view what) {
  auto x = need(what);
  if (!x)
    return {};
  auto host = host_name::parse(x->text);
  if (!host || host->text() != x->text) {
    file_.expected(fmt::format("{}, as a host name in lower case", what), *x);
    return {};
  }
  return *host;
}

std::optional<milliseconds> cursor::time(std::string_view what) {
  auto x = need(what);
  if (!x)
    return {};
  auto time = parse_time(x->text);
  if (!time) {
    file_.wrong(x->at, fmt::format("expected {}: {}", what, time.why().text));
    return {};
  }
  return *time;
}

void cursor::finish(const std::vector<std::string_view>& known) {
  auto listed = fmt::format("{}", fmt::join(known, " "));
  auto all = listed.empty() ? std::string{"there are none"} : "there are: " + listed;
  for (auto x : keyed_)
    file_.wrong(x->at, fmt::format("'{}=' is no option here ({}){}", x->key, all,
                                   suggestion(x->key, known)));
  if (!plain_.empty() && file_.problems.size() == before_)
    file_.wrong(plain_.front()->at,
                fmt::format("expected the end of the statement, not '{}'{}", plain_.front()->text,
                            suggestion(plain_.front()->text, known)));
}

bool is_name(std::string_view x) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !x.empty() && x.size() <= 64 && letter(x[0]) && std::ranges::all_of(x, [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool is_reserved(std::string_view x) {
  return std::ranges::count(reserved, x) > 0 || verb_from(x) != nullptr
         || lb::job_state_from(x).has_value();
}

} // namespace trellis::scenario
