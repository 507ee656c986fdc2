#include "protocols/scenario/options.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::scenario {

namespace {

constexpr std::string_view quantifiers[] = {"", "any", "every", "some"};
constexpr std::string_view nouns[] = {"node", "site", "ce", "se", "wms", "lb", "info"};
constexpr std::string_view comparisons[] = {"<", "<=", "=", "!=", ">=", ">"};
constexpr std::string_view figures[] = {"payloads", "starts", "attempts", "resubmissions"};
constexpr std::string_view node_states[] = {"up", "down", "draining"};

template <class Enum, std::size_t N>
std::optional<Enum> find(const std::string_view (&words)[N], const word* x) {
  if (!x || x->quoted || x->text.empty())
    return {};
  auto i = std::ranges::find(words, x->text);
  if (i == std::end(words))
    return {};
  return static_cast<Enum>(i - std::begin(words));
}

template <class Enum>
std::string_view word_in(std::span<const std::string_view> words, Enum x) {
  return words[static_cast<std::size_t>(x)];
}

template <std::size_t N>
std::vector<std::string_view> list(const std::string_view (&words)[N]) {
  return {std::begin(words), std::end(words)};
}

std::vector<std::string_view> state_words() {
  std::vector<std::string_view> out;
  for (auto i = lb::job_state::submitted; lb::known(i);
       i = static_cast<lb::job_state>(static_cast<int>(i) + 1))
    out.push_back(lb::word(i));
  return out;
}

/// `render`, `render#3`.
void read_job_name(cursor& x, jobs& out) {
  auto given = x.need("a job");
  if (!given)
    return;
  auto hash = given->text.find('#');
  out.name = given->text.substr(0, hash);
  if (hash != std::string::npos) {
    auto n = parse_count(std::string_view{given->text}.substr(hash + 1));
    if (n && *n > 0 && *n <= 0xFFFFFFFF)
      out.ordinal = static_cast<std::uint32_t>(*n);
    else
      x.file().wrong(given->at, fmt::format("expected a number from 1 after '{}#'", out.name));
  }
  x.file().refer(any_job, out.name, given->at);
}

std::optional<lb::job_state> read_state(cursor& x) {
  auto given = x.peek();
  auto state = given && !given->quoted ? lb::job_state_from(given->text) : std::nullopt;
  if (!state || *state == lb::job_state::undef)
    return {};
  x.take();
  return state;
}

/// `Done or Cleared`, as far as there are states.
std::vector<lb::job_state> read_states(cursor& x) {
  std::vector<lb::job_state> out;
  while (auto state = read_state(x)) {
    out.push_back(*state);
    if (!x.take("or"))
      return out;
  }
  if (auto given = x.peek(); given && !out.empty())
    x.file().expected("a job state after 'or'", *given, state_words());
  else if (!out.empty())
    x.need("a job state after 'or'");
  return out;
}

/// `of alice`, `on ce01.cern.example`, in any order.
void read_limits(cursor& x, jobs& out, naming of) {
  for (;;) {
    auto at = x.here();
    if (x.take("on")) {
      if (!out.on.empty())
        x.file().wrong(at, "'on' is given twice");
      read_ce(x, out.on);
    } else if (x.take("of")) {
      if (!out.of.empty())
        x.file().wrong(at, "'of' is given twice");
      auto given = x.need(text(of));
      if (given) {
        out.of = given->text;
        x.file().refer(of, out.of, given->at);
      }
    } else {
      return;
    }
  }
}

std::uint64_t read_number(cursor& x) {
  auto given = x.need("a count");
  auto n = given ? parse_count(given->text) : result<std::uint64_t>{0u};
  if (!n)
    x.file().wrong(given->at, "expected a count: " + n.why().text);
  return n ? *n : 0;
}

/// `<= 6`.
template <class T>
std::optional<condition> read_comparison(cursor& x, T out) {
  auto given = x.need("a comparison (< <= = != >= >)");
  auto how = find<comparison>(comparisons, given);
  if (!how) {
    if (given)
      x.file().expected("a comparison (< <= = != >= >)", *given);
    return {};
  }
  out.how = *how;
  out.n = read_number(x);
  return out;
}

/// In an expectation chance decides nothing.
quantifier settled(quantifier x) { return x == quantifier::any ? quantifier::some : x; }

std::optional<condition> read_count(cursor& x) {
  job_count out;
  out.who.how = quantifier::every;
  for (auto again = true; again;) {
    auto before = x.left();
    read_limits(x, out.who, naming::user | naming::vo | any_job);
    if (out.states.empty())
      out.states = read_states(x);
    again = x.left() < before;
  }
  return read_comparison(x, out);
}

std::optional<condition> read_share(cursor& x) {
  share_is out;
  auto of = x.take("of") ? x.need("a user or a VO") : nullptr;
  if (of)
    x.file().refer(naming::user | naming::vo, out.of = of->text, of->at);
  auto within = of && x.take("within") ? x.need("a part such as 10%") : nullptr;
  auto want = within && x.take("of") ? x.need("a part such as 50%") : nullptr;
  if (!want) {
    x.file().wrong(x.here(), "expected share of NAME within 10% of 50%");
    return {};
  }
  for (auto [given, part] : {
           std::pair{within, &out.within},
           {want,   &out.want  }
  }) {
    auto read = parse_fraction(given->text);
    if (read)
      *part = *read;
    else
      x.file().wrong(given->at, "expected a part: " + read.why().text);
  }
  return out;
}

std::optional<condition> read_node_is(cursor& x) {
  node_is out;
  out.who = read_target(x, any_host);
  out.who.how = settled(out.who.how);
  auto at = x.here();
  if (!x.take("is")) {
    x.file().wrong(at, "expected 'is' and a state of a node: up, down or draining");
    return {};
  }
  out.negated = x.take("not");
  auto given = x.need("a state of a node: up, down or draining");
  auto state = find<node_state>(node_states, given);
  if (!state && given)
    x.file().expected("a state of a node: up, down or draining", *given, list(node_states));
  out.state = state.value_or(node_state::up);
  return out;
}

std::optional<condition> read_job_is(cursor& x) {
  job_is out;
  out.who = read_jobs(x);
  out.who.how = settled(out.who.how);
  if (!x.take("is")) {
    x.file().wrong(x.here(), "expected 'is' and a job state");
    return {};
  }
  out.negated = x.take("not");
  out.states = read_states(x);
  if (auto given = x.peek(); out.states.empty() && given)
    x.file().expected("a job state", *given, state_words());
  else if (out.states.empty())
    x.need("a job state");
  if (x.take("on"))
    read_ce(x, out.on);
  read_options(x, out);
  return out;
}

/// A host, or any, every or some with a noun.
bool is_target(const cursor& x) {
  auto first = x.peek();
  if (first && find<quantifier>(quantifiers, first))
    return find<noun>(nouns, x.peek(1)).has_value();
  return first && first->text.find('.') != std::string::npos;
}

} // namespace

void read_ce(cursor& x, host_name& out) {
  auto at = x.here();
  if (auto host = x.host("a CE")) {
    out = *host;
    x.file().refer(naming::ce, host->text(), at);
  }
}

jobs read_jobs(cursor& x) {
  jobs out;
  if (auto how = find<quantifier>(quantifiers, x.peek())) {
    out.how = *how;
    x.take();
    if (x.take("job"))
      read_limits(x, out, naming::user | naming::vo);
    else {
      read_job_name(x, out);
      read_limits(x, out, naming::user | naming::vo);
    }
    return out;
  }
  read_job_name(x, out);
  return out;
}

target read_target(cursor& x, naming what) {
  target out;
  if (auto how = find<quantifier>(quantifiers, x.peek())) {
    out.how = *how;
    x.take();
    auto given = x.need("what: node, site, ce, se, wms, lb or info");
    if (auto which = find<noun>(nouns, given))
      out.what = *which;
    else if (given)
      x.file().expected("node, site, ce, se, wms, lb or info", *given, list(nouns));
    return out;
  }
  auto at = x.here();
  if (auto host = x.host(text(what))) {
    out.host = *host;
    x.file().refer(what, host->text(), at);
  }
  return out;
}

bool begins_condition(const cursor& x) {
  static constexpr std::string_view first[] = {"jobs", "outbox", "share", "any", "every", "some"};
  auto word = x.peek();
  return word
         && (find<std::size_t>(first, word) || find<figure>(figures, word)
             || (x.peek(1) && x.peek(1)->text == "is"));
}

std::optional<condition> read_condition(cursor& x) {
  if (x.take("jobs"))
    return read_count(x);
  if (auto what = find<figure>(figures, x.peek())) {
    x.take();
    job_figure out;
    out.what = *what;
    if (!x.take("of"))
      x.file().wrong(x.here(), "expected 'of' and a job");
    out.who = read_jobs(x);
    out.who.how = settled(out.who.how);
    return read_comparison(x, out);
  }
  if (x.take("outbox")) {
    outbox_is out;
    if (!x.take("of"))
      x.file().wrong(x.here(), "expected 'of' and a node");
    out.who = read_target(x, naming::site | naming::ce);
    out.who.how = settled(out.who.how);
    return read_comparison(x, out);
  }
  if (x.take("share"))
    return read_share(x);
  return is_target(x) ? read_node_is(x) : read_job_is(x);
}

// --- printing ------------------------------------------------------------------------------------

std::string text(const jobs& x) {
  std::string out;
  if (x.how != quantifier::the)
    out = fmt::format("{} ", word_in(quantifiers, x.how));
  out += x.name.empty() ? "job" : x.name;
  if (x.ordinal > 0)
    out += fmt::format("#{}", x.ordinal);
  if (!x.of.empty())
    out += " of " + x.of;
  if (!x.on.empty())
    out += " on " + x.on.text();
  return out;
}

std::string text(const target& x) {
  if (x.how == quantifier::the)
    return x.host.text();
  return fmt::format("{} {}", word_in(quantifiers, x.how), word_in(nouns, x.what));
}

namespace {

std::string text(const std::vector<lb::job_state>& states) {
  std::string out;
  for (auto x : states)
    out += fmt::format("{}{}", out.empty() ? "" : " or ", lb::word(x));
  return out;
}

std::string text_of(const job_is& x) {
  return fmt::format("{} is {}{}{}{}", text(x.who), x.negated ? "not " : "", text(x.states),
                     x.on.empty() ? "" : " on " + x.on.text(), options_text(x));
}

std::string text_of(const job_count& x) {
  auto name = x.who.name.empty() ? "" : " of " + x.who.name;
  auto of = x.who.of.empty() ? "" : " of " + x.who.of;
  auto on = x.who.on.empty() ? "" : " on " + x.who.on.text();
  auto states = x.states.empty() ? "" : " " + text(x.states);
  return fmt::format("jobs{}{}{}{} {} {}", name, of, on, states, word_in(comparisons, x.how), x.n);
}

std::string text_of(const job_figure& x) {
  return fmt::format("{} of {} {} {}", word_in(figures, x.what), text(x.who),
                     word_in(comparisons, x.how), x.n);
}

std::string text_of(const outbox_is& x) {
  return fmt::format("outbox of {} {} {}", text(x.who), word_in(comparisons, x.how), x.n);
}

std::string text_of(const share_is& x) {
  return fmt::format("share of {} within {} of {}", x.of, text(x.within), text(x.want));
}

std::string text_of(const node_is& x) {
  return fmt::format("{} is {}{}", text(x.who), x.negated ? "not " : "",
                     word_in(node_states, x.state));
}

} // namespace

std::string text(const condition& x) {
  return std::visit([](const auto& what) { return text_of(what); }, x);
}

} // namespace trellis::scenario
