#include "actors/shell/console.hpp"

#include "actors/shell/commands.hpp"
#include "actors/shell/help.hpp"
#include "actors/shell/job_ids.hpp"
#include "actors/shell/parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <istream>

namespace trellis::shell {
namespace {

struct short_name {
  std::string_view word, noun, verb;
};

constexpr short_name short_names[] = {
    {"actors", "node",  "actors"},
    {"links",  "node",  "links" },
    {"outbox", "node",  "outbox"},
    {"send",   "node",  "send"  },
    {"tail",   "event", "tail"  },
};

constexpr std::string_view own_words[] = {"expect", "exit", "quit", "help"};
constexpr std::size_t id_size = 22;

/// Where the last whole job id in a text begins; npos when there is none.
std::size_t last_job_id(std::string_view text, std::string& found) {
  for (auto at = text.rfind("https://"); at != text.npos;
       at = at == 0 ? text.npos : text.rfind("https://", at - 1)) {
    auto end = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                      "0123456789-_.:/",
                                      at);
    auto word = text.substr(at, end == text.npos ? text.npos : end - at);
    if (auto id = job_id::parse(word)) {
      found = id->text();
      return at;
    }
  }
  return text.npos;
}

std::string indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto end = text.find('\n');
    out += fmt::format("    {}\n", text.substr(0, end));
    text = end == text.npos ? std::string_view{} : text.substr(end + 1);
  }
  return out.empty() ? "    (nothing)\n" : out;
}

} // namespace

std::string shell_help() {
  return "Of the shell itself:\n"
         "  actors [SUBTREE]        node actors: state, mailbox, restarts\n"
         "  links [HOST]            node links\n"
         "  outbox [PEER]           node outbox\n"
         "  tail [FILTER...]        event tail; ^C ends it\n"
         "  send ADDRESS MESSAGE [JSON]\n"
         "                          node send; without words it lists the messages\n"
         "  expect [not] TEXT|/REGEX/ [within TIME] [in COMMAND...]\n"
         "  expect exit N [within TIME] [in COMMAND...]\n"
         "                          what must hold for the last command, or for COMMAND\n"
         "  exit                    ends the shell; so does ^D\n"
         "  $job                    the last job id that was printed\n";
}

int console::attach() {
  session s{
      recorder_, {.node = node_, .endpoint = {}, .wms = {}, .lb = {}}
  };
  s.program = "trellis-shell";
  auto attached = s.attach();
  if (!attached)
    return s.fail(attached.why());
  nodes_ = std::move(*attached);
  return 0;
}

std::string console::prompt() const {
  return fmt::format("trellis {}> ", nodes_ ? nodes_->node().host.text() : "?");
}

std::vector<std::string> console::expanded(std::vector<std::string> words) const {
  for (auto& word : words)
    for (std::size_t at = 0; (at = word.find("$job", at)) != word.npos; at += last_job_.size())
      word.replace(at, 4, last_job_);
  return words;
}

void console::remember_job() {
  std::string found;
  if (last_job_id(recorder_.printed, found) != std::string::npos)
    last_job_ = found;
}

int console::run_words_of(std::vector<std::string> words) {
  for (const auto& x : short_names)
    if (words[0] == x.word) {
      words[0] = x.noun;
      words.insert(words.begin() + 1, std::string{x.verb});
      break;
    }
  recorder_.kept.clear();
  recorder_.printed.clear();
  if (words[0] == "help" && words.size() == 1) {
    recorder_.out() << help_for_all(commands()) << '\n' << shell_help();
    last_code_ = 0;
  } else
    last_code_ = run_words(recorder_, words, nodes_.get());
  last_output_ = recorder_.kept;
  remember_job();
  return last_code_;
}

bool console::repeat_until_holds(const expectation& what) {
  constexpr std::chrono::milliseconds pace{500};
  auto until = recorder_.now() + what.within.value_or(std::chrono::milliseconds{0});
  for (;;) {
    recorder_.quiet(true);
    run_words_of(expanded(what.command));
    recorder_.quiet(false);
    if (what.holds(last_output_, last_code_))
      return true;
    if (recorder_.interrupted() || recorder_.now() + pace > until)
      return false;
    recorder_.pause(pace);
  }
}

int console::expect(const std::vector<std::string>& words) {
  auto what = parse_expectation(words);
  session s{recorder_, {}};
  s.program = "trellis-shell";
  if (!what)
    return s.fail(what.why(), "help");
  bool holds
      = what->command.empty() ? what->holds(last_output_, last_code_) : repeat_until_holds(*what);
  if (holds)
    return 0;
  recorder_.err() << fmt::format(
      "expected {}{}; the command ended with {} and printed:\n{}", what->print(),
      what->within ? fmt::format(" within {} ms", what->within->count()) : "", last_code_,
      indented(last_output_));
  return 1;
}

int console::run_line(std::string_view line) {
  auto words = split_line(line);
  session s{recorder_, {}};
  s.program = "trellis-shell";
  if (!words)
    return s.fail(words.why(), "close the quote");
  if (words->empty())
    return last_code_ = 0;
  if ((*words)[0] == "exit" || (*words)[0] == "quit") {
    finished_ = true;
    return last_code_;
  }
  if ((*words)[0] == "expect")
    return expect({words->begin() + 1, words->end()});
  return run_words_of(expanded(std::move(*words)));
}

int console::run_script(std::istream& script, const std::string& name, bool show) {
  int failed = 0; // the code of a command that nobody expected to fail, so far
  std::size_t failed_line = 0, number = 0;
  auto stop = [&](int code, std::size_t at) {
    recorder_.err() << fmt::format("{}:{}: the script stops here\n", name, at);
    return code;
  };
  for (std::string line; !finished_ && std::getline(script, line);) {
    ++number;
    auto words = split_line(line);
    if (words && words->empty())
      continue;
    bool expects = words && (*words)[0] == "expect";
    if (failed != 0 && !expects)
      return stop(failed, failed_line);
    if (show)
      recorder_.out() << "> " << line << '\n';
    auto code = run_line(line);
    recorder_.out().flush();
    if (expects && code != 0)
      return stop(code, number);
    failed = expects || finished_ ? 0 : code;
    failed_line = number;
  }
  return failed != 0 ? stop(failed, failed_line) : 0;
}

std::vector<std::string> console::job_names() {
  session s{recorder_, {}};
  s.use(nodes_.get());
  std::vector<std::string> names;
  if (nodes_)
    if (auto jobs = all_jobs(s, {}, 200))
      for (const auto& x : *jobs)
        names.emplace_back(x.job.unique());
  return names;
}

std::vector<std::string> console::completions(std::string_view line) {
  auto blank = line.find_last_of(" \t");
  auto begun = blank == line.npos ? line : line.substr(blank + 1);
  auto before = split_line(line.substr(0, line.size() - begun.size()));
  if (!before)
    return {};
  std::vector<std::string> known;
  auto add = [&](std::string_view word) {
    if (std::ranges::find(known, word) == known.end())
      known.emplace_back(word);
  };
  if (before->empty()) {
    for (auto c : commands())
      add(c->noun);
    for (const auto& x : short_names)
      add(x.word);
    for (auto word : own_words)
      add(word);
  } else if (begun.starts_with("-")) {
    for (auto c : commands())
      if (c->noun == (*before)[0]
          && (c->verb.empty() || (before->size() > 1 && c->verb == (*before)[1])))
        for (const auto& x : c->options)
          add(key_of(x));
    for (const auto& x : common_options)
      add(key_of(x));
  } else if (before->size() == 1) {
    for (auto c : commands())
      if (c->noun == (*before)[0] && !c->verb.empty())
        add(c->verb);
  } else if ((*before)[0] == "job" && begun.size() < id_size)
    known = job_names();
  std::erase_if(known, [&](const auto& word) { return !word.starts_with(begun); });
  std::ranges::sort(known);
  return known;
}

} // namespace trellis::shell
