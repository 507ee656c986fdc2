#include "actors/shell/help.hpp"

#include "actors/shell/parse.hpp"
#include "protocols/base/spelling.hpp"

#include <fmt/format.h>

namespace trellis::shell {
namespace {

constexpr std::size_t page_width = 79;
constexpr std::size_t option_column = 26;

std::string full_name(const command& c) {
  return c.verb.empty() ? std::string{c.noun} : fmt::format("{} {}", c.noun, c.verb);
}

/// "-i, --input FILE".
std::string option_title(const option_row& x) {
  std::string title;
  for (char c : x.names) {
    title += c;
    if (c == ',')
      title += ' ';
  }
  return x.value.empty() ? title : fmt::format("{} {}", title, x.value);
}

std::string definition(std::string_view title, std::string_view text) {
  auto body = wrapped(text, option_column, page_width);
  auto head = fmt::format("  {}", title);
  if (head.size() + 2 > option_column)
    return head + "\n" + body;
  return head + body.substr(head.size());
}

std::string options_help(const command& c) {
  std::string out;
  if (!c.options.empty()) {
    out += "\nOptions:\n";
    for (const auto& x : c.options)
      out += definition(option_title(x), x.help);
  }
  out += "\nOptions of every command:\n";
  for (const auto& x : common_options)
    out += definition(option_title(x), x.help);
  return out;
}

bool is_old_name(const command& c) { return c.noun.starts_with("glite-"); }

} // namespace

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string out, line(indent, ' ');
  bool empty = true;
  while (!text.empty()) {
    auto blank = text.find(' ');
    auto word = text.substr(0, blank);
    text = blank == text.npos ? std::string_view{} : text.substr(blank + 1);
    if (!empty && line.size() + 1 + word.size() > width) {
      out += line + "\n";
      line.assign(indent, ' ');
      empty = true;
    }
    if (!empty)
      line += ' ';
    line += word;
    empty = false;
  }
  return out + line + "\n";
}

std::string help_for(const command& c) {
  auto head = is_old_name(c) ? std::string{c.noun} : "trellis " + full_name(c);
  auto out = fmt::format("Usage: {}{}{} [options]\n\n{}", head, c.operands.empty() ? "" : " ",
                         c.operands, wrapped(c.summary, 0, page_width));
  if (!c.more.empty())
    out += wrapped(c.more, 0, page_width);
  return out + options_help(c) + fmt::format("\nExample:\n  {}\n", c.example);
}

std::string help_for_noun(command_list commands, std::string_view noun) {
  auto out = fmt::format("Usage: trellis {} VERB [operands] [options]\n\nVerbs:\n", noun);
  std::string_view example;
  for (auto c : commands)
    if (c->noun == noun) {
      out += definition(fmt::format("{} {}", c->verb, c->operands), c->summary);
      if (example.empty())
        example = c->example;
    }
  return out + fmt::format("\nExample:\n  {}\n\nMore: trellis {} VERB --help\n", example, noun);
}

std::string help_for_all(command_list commands) {
  std::string out = "Usage: trellis NOUN VERB [operands] [options]\n\n"
                    "The user's command of a Trellis grid.\n";
  std::string_view noun;
  for (auto c : commands) {
    if (c->noun != noun)
      out += "\n";
    noun = c->noun;
    out += definition(full_name(*c), c->summary);
  }
  return out
         + "\nExample:\n  trellis job submit hello.jdl --wait\n\n"
           "More: trellis NOUN VERB --help; the version: trellis --version\n";
}

std::string nearest(std::string_view word, const std::vector<std::string_view>& known) {
  return nearest_word(word, known, word.size() / 3 + 1).value_or("");
}

} // namespace trellis::shell
