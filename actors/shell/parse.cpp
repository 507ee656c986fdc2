#include "actors/shell/parse.hpp"

#include "actors/shell/help.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace trellis::shell {
namespace {

constexpr option_row form_row
    = option("-o,--output", "FORM", "table, wide, json, jsonl, csv or id.");

constexpr option_row common_rows[] = {
    option("--node", "DIR", "The node's directory; its control socket is DIR/node.sock."),
    option("--endpoint", "URL", "A node's HTTPS front, https://HOST:PORT, with one's own proxy."),
    form_row,
    option("--wms", "HOST", "The node that manages the workload."),
    option("--lb", "HOST", "The node of Logging & Bookkeeping, for lists of jobs."),
    flag("-h,--help", "Print this and stop."),
};

bool asks_for_help(const std::vector<std::string>& words) {
  for (const auto& w : words) {
    if (w == "--")
      return false;
    if (w == "-h" || w == "--help")
      return true;
  }
  return false;
}

error wrong(std::string text, std::string_view near) {
  if (!near.empty())
    text += fmt::format("; did you mean '{}'?", near);
  return error{errc::usage, std::move(text)};
}

/// CLI11's sentence about a line, with the option it may have meant.
error wrong_options(const command& what, const CLI::ParseError& e) {
  std::string text = e.what();
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::vector<std::string_view> known;
  for (auto rows : {what.options, common_options})
    for (const auto& row : rows)
      known.push_back(key_of(row));
  std::string near;
  if (auto dashes = text.find("--"); dashes != text.npos)
    near = nearest(std::string_view{text}.substr(dashes, text.find_first_of(" =", dashes) - dashes),
                   known);
  return wrong(fmt::format("cannot read the command line of '{}{}{}': {}", what.noun,
                           what.verb.empty() ? "" : " ", what.verb, text),
               near);
}

/// `form_is_asked`: the command has no --output of its own.
result<preferences> preferences_from(const arguments& given, bool form_is_asked) {
  preferences wanted;
  wanted.node = given.text_or("--node", "");
  wanted.endpoint = given.text_or("--endpoint", "");
  wanted.wms = given.text_or("--wms", "");
  wanted.lb = given.text_or("--lb", "");
  auto word = form_is_asked ? given.text_or("--output", "table") : "table";
  auto how = form_from(word);
  if (!how)
    return error{errc::usage, fmt::format("'{}' is no form of output: expected table, wide, json, "
                                          "jsonl, csv or id",
                                          word)};
  wanted.output = *how;
  return wanted;
}

/// A command that has an option of the same name keeps it: the old names use --output for a file.
bool taken(const command& what, const option_row& common) {
  for (const auto& row : what.options)
    if (key_of(row) == key_of(common))
      return true;
  return false;
}

std::string free_names(const command& what, const option_row& common) {
  if (common.names.front() != '-' || common.names.starts_with("--"))
    return std::string{common.names};
  auto shorter = common.names.substr(0, common.names.find(','));
  for (const auto& row : what.options)
    if (row.names.starts_with(shorter) && (row.names.size() == 2 || row.names[2] == ','))
      return std::string{key_of(common)};
  return std::string{common.names};
}

struct bound_option {
  const option_row* row;
  CLI::Option* option;
};

/// An option, flag or the operands; only the texts as they were written are wanted.
CLI::Option* declare(CLI::App& app, const std::string& names, bool takes_value) {
  if (!takes_value)
    return app.add_flag(names);
  return app.add_option(names, CLI::callback_t{[](const CLI::results_t&) { return true; }})
      ->type_size(1)
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

/// Last parts of job ids may begin with '-' and are no options for that.
bool is_job_name(std::string_view word) {
  return word.size() == 22 && word.front() == '-'
         && word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_")
                == word.npos;
}

/// Options go into `given`; gives the operands, or CLI11's complaint about the line.
result<std::vector<std::string>> read_line(const command& what, std::vector<std::string> words,
                                           arguments& given) {
  CLI::App app{std::string{what.summary}};
  app.set_help_flag();
  std::vector<bound_option> bound;
  CLI::Option* operands = nullptr;
  std::vector<std::string> jobs;
  try {
    for (const auto& row : what.options)
      bound.push_back({&row, declare(app, std::string{row.names}, !row.value.empty())});
    for (const auto& row : common_options)
      if (!taken(what, row))
        bound.push_back({&row, declare(app, free_names(what, row), !row.value.empty())});
    if (what.most != 0)
      operands = declare(app, "operands", true)->expected(-1);
    if (what.operands.starts_with("ID"))
      std::erase_if(words, [&](const auto& word) {
        auto named = is_job_name(word);
        if (named)
          jobs.push_back(word);
        return named;
      });
    std::ranges::reverse(words);
    app.parse(std::move(words));
  } catch (const CLI::ParseError& e) {
    return wrong_options(what, e);
  }
  for (const auto& x : bound)
    if (x.option->count() > 0)
      given.give(key_of(*x.row), x.option->results());
  if (operands)
    jobs.insert(jobs.end(), operands->results().begin(), operands->results().end());
  return jobs;
}

/// `trellis --node DIR job list`: options of every command may stand before the command too.
std::vector<std::string> without_leading_options(const std::vector<std::string>& words,
                                                 std::vector<std::string>& leading) {
  std::size_t i = 0;
  while (i < words.size()) {
    auto name = std::string_view{words[i]}.substr(0, words[i].find('='));
    const option_row* found = nullptr;
    for (const auto& row : common_rows)
      if (!row.value.empty()
          && (key_of(row) == name || row.names.substr(0, 3) == std::string{name} + ","))
        found = &row;
    if (!found)
      break;
    leading.push_back(words[i++]);
    if (name.size() == leading.back().size() && i < words.size())
      leading.push_back(words[i++]);
  }
  return {words.begin() + static_cast<std::ptrdiff_t>(i), words.end()};
}

} // namespace

const std::span<const option_row> common_options{common_rows};

result<parsed_words> parse_operands(const command& what, const std::vector<std::string>& words) {
  parsed_words out;
  out.what = &what;
  if (asks_for_help(words)) {
    out.help = help_for(what);
    return out;
  }
  auto operands = read_line(what, words, out.given);
  if (!operands)
    return operands.why();
  auto count = static_cast<int>(operands->size());
  if (count < what.least || (what.most >= 0 && count > what.most))
    return error{errc::usage, fmt::format("'{}{}{}' expects {}, not {} operands", what.noun,
                                          what.verb.empty() ? "" : " ", what.verb,
                                          what.operands.empty() ? "none" : what.operands, count)};
  out.given.operands(std::move(*operands));
  auto wanted = preferences_from(out.given, !taken(what, form_row));
  if (!wanted)
    return wanted.why();
  out.wanted = std::move(*wanted);
  return out;
}

result<parsed_words> parse_words(std::span<const command* const> commands,
                                 const std::vector<std::string>& all_words, std::string* about) {
  std::vector<std::string> leading;
  auto words = without_leading_options(all_words, leading);
  auto behind = [&](std::size_t names) {
    auto rest = leading;
    rest.insert(rest.end(), words.begin() + static_cast<std::ptrdiff_t>(names), words.end());
    return rest;
  };
  parsed_words help;
  if (words.empty() || words[0] == "-h" || words[0] == "--help") {
    help.help = help_for_all(commands);
    return help;
  }
  if (words[0] == "--version") {
    help.help = fmt::format("trellis {}\n", version);
    return help;
  }
  std::vector<std::string_view> nouns, verbs;
  for (auto c : commands) {
    if (nouns.empty() || nouns.back() != c->noun)
      nouns.push_back(c->noun);
    if (c->noun == words[0] && !c->verb.empty())
      verbs.push_back(c->verb);
    if (c->noun == words[0] && c->verb.empty())
      return parse_operands(*c, behind(1));
  }
  if (verbs.empty())
    return wrong(fmt::format("'{}' is no command", words[0]), nearest(words[0], nouns));
  if (words.size() == 1 || words[1] == "-h" || words[1] == "--help") {
    help.help = help_for_noun(commands, words[0]);
    return help;
  }
  for (auto c : commands)
    if (c->noun == words[0] && c->verb == words[1]) {
      *about = fmt::format("{} {}", c->noun, c->verb);
      return parse_operands(*c, behind(2));
    }
  *about = words[0];
  return wrong(fmt::format("'{} {}' is no command", words[0], words[1]), nearest(words[1], verbs));
}

result<std::vector<std::string>> split_line(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool inside = false; // a word has begun
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    char c = line[i];
    if (quote == '\'') {
      if (c == '\'')
        quote = 0;
      else
        word += c;
    } else if (c == '\\' && i + 1 < line.size()) {
      inside = true;
      word += line[++i];
    } else if (quote == '"') {
      if (c == '"')
        quote = 0;
      else
        word += c;
    } else if (c == '\'' || c == '"') {
      quote = c;
      inside = true;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      if (inside)
        words.push_back(std::exchange(word, {}));
      inside = false;
    } else if (c == '#' && !inside) {
      break;
    } else {
      inside = true;
      word += c;
    }
  }
  if (quote != 0)
    return error{errc::usage, fmt::format("a quote {} is not closed in: {}", quote, line)};
  if (inside)
    words.push_back(std::move(word));
  return words;
}

} // namespace trellis::shell
