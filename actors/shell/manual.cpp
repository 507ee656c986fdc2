#include "actors/shell/console.hpp"
#include "actors/shell/help.hpp"
#include "actors/shell/parse.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::shell {
namespace {

std::string full_name(const command& c) {
  return c.verb.empty() ? std::string{c.noun} : fmt::format("{} {}", c.noun, c.verb);
}

/// Text that roff takes as it is: no escapes, no control lines, hyphens that can be copied.
std::string roff(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (out.empty() && (c == '.' || c == '\''))
      out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out;
}

std::string roff_option(const option_row& x) {
  std::string names;
  for (char c : x.names)
    names += c == ',' ? std::string{", "} : std::string(1, c);
  return fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", roff(names),
                     x.value.empty() ? "" : fmt::format(" \\fI{}\\fR", roff(x.value)),
                     roff(x.help));
}

std::vector<std::string> names_of(const option_row& x) {
  std::vector<std::string> names;
  for (std::string_view rest = x.names; !rest.empty();) {
    auto comma = rest.find(',');
    names.emplace_back(rest.substr(0, comma));
    rest = comma == rest.npos ? std::string_view{} : rest.substr(comma + 1);
  }
  return names;
}

std::string all_options(const command& c) {
  std::string out;
  for (auto rows : {c.options, common_options})
    for (const auto& x : rows)
      for (const auto& name : names_of(x))
        out += (out.empty() ? "" : " ") + name;
  return out;
}

std::string nouns_of(command_list commands) {
  std::string out, last;
  for (auto c : commands)
    if (c->noun != last) {
      last = c->noun;
      out += (out.empty() ? "" : " ") + last;
    }
  return out;
}

std::string verbs_of(command_list commands, std::string_view noun) {
  std::string out;
  for (auto c : commands)
    if (c->noun == noun && !c->verb.empty())
      out += fmt::format("{}{}", out.empty() ? "" : " ", c->verb);
  return out;
}

/// A word in single quotes of a POSIX shell.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (char c : text)
    out += c == '\'' ? std::string{"'\\''"} : std::string(1, c);
  return out + "'";
}

} // namespace

std::string manual(command_list commands, std::string_view of_version) {
  const auto help = shell_help();
  auto out = fmt::format(".TH TRELLIS 1 \"\" \"Trellis {}\" \"User commands\"\n"
                         ".SH NAME\ntrellis \\- jobs and nodes of a grid\n"
                         ".SH SYNOPSIS\n.B trellis\n\\fINOUN VERB\\fR [operands] [options]\n"
                         ".SH OPTIONS OF EVERY COMMAND\n",
                         of_version);
  for (const auto& x : common_options)
    out += roff_option(x);
  out += ".SH COMMANDS\n";
  for (auto c : commands) {
    out += fmt::format(".SS trellis {}{}{}\n{}\n", roff(full_name(*c)),
                       c->operands.empty() ? "" : " ", roff(c->operands), roff(c->summary));
    if (!c->more.empty())
      out += fmt::format(".PP\n{}\n", roff(c->more));
    for (const auto& x : c->options)
      out += roff_option(x);
    out += fmt::format(".PP\nExample:\n.PP\n.nf\n{}\n.fi\n", roff(c->example));
  }
  out += ".SH THE SHELL\n.B trellis\\-shell\n[\\-\\-node DIR] [\\-\\-script FILE]\n.PP\n"
         "The same commands without the word trellis, over one connection, with history and "
         "completion. A script stops at the first expect that does not hold, and at a command "
         "that fails with no expect behind it.\n.PP\n.nf\n";
  for (std::string_view rest = help; !rest.empty();) {
    auto end = rest.find('\n');
    out += roff(rest.substr(0, end)) + "\n";
    rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
  }
  out += ".fi\n"
         ".SH EXIT STATUS\n"
         "0 success; 1 the service refused or failed; 2 usage; 3 not authenticated; 4 not "
         "authorised; 5 not found; 6 busy or temporary; 7 time\\-out while waiting; 8 partial "
         "success; 64 internal.\n"
         ".SH ENVIRONMENT\n"
         ".TP\n.B TRELLIS_SOCKET\nThe control socket of the node.\n"
         ".TP\n.B TRELLIS_WMS, TRELLIS_LB\nHosts, as with \\-\\-wms and \\-\\-lb.\n"
         ".TP\n.B NO_COLOR\nNo colours when it is set.\n"
         ".SH FILES\n"
         "$XDG_RUNTIME_DIR/trellis/node.sock, /run/trellis/node.sock: where the node's control "
         "socket is looked for.\n";
  return out;
}

std::string bash_completion(command_list commands) {
  auto out = fmt::format("# Completion of trellis for bash.\n_trellis() {{\n"
                         "  local word=\"${{COMP_WORDS[COMP_CWORD]}}\" known=\n"
                         "  if [ \"$COMP_CWORD\" = 1 ]; then known='{}'; fi\n"
                         "  if [ \"$COMP_CWORD\" = 2 ]; then\n"
                         "    case \"${{COMP_WORDS[1]}}\" in\n",
                         nouns_of(commands));
  std::string_view last;
  for (auto c : commands)
    if (c->noun != last) {
      last = c->noun;
      out += fmt::format("    {}) known='{}' ;;\n", last, verbs_of(commands, last));
    }
  out += "    esac\n  fi\n  if [[ $word == -* ]]; then\n"
         "    case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n";
  for (auto c : commands)
    out += fmt::format("    '{}{}'*) known='{}' ;;\n", c->noun,
                       c->verb.empty() ? "" : fmt::format(" {}", c->verb), all_options(*c));
  return out
         + "    esac\n  fi\n  COMPREPLY=($(compgen -W \"$known\" -- \"$word\"))\n"
           "  if [ ${#COMPREPLY[@]} = 0 ]; then COMPREPLY=($(compgen -f -- \"$word\")); fi\n}\n"
           "complete -F _trellis trellis\n";
}

std::string zsh_completion(command_list commands) {
  auto out = fmt::format("#compdef trellis\n# Completion of trellis for zsh.\n_trellis() {{\n"
                         "  if (( CURRENT == 2 )); then compadd {}; return; fi\n"
                         "  case \"$words[2] $words[3]\" in\n",
                         nouns_of(commands));
  for (auto c : commands)
    if (!c->verb.empty())
      out += fmt::format("  '{} {}'*) if (( CURRENT > 3 )); then compadd -- {}; _files; return; fi "
                         ";;\n",
                         c->noun, c->verb, all_options(*c));
  out += "  esac\n  case \"$words[2]\" in\n";
  std::string_view last;
  for (auto c : commands)
    if (c->noun != last && !c->verb.empty()) {
      last = c->noun;
      out += fmt::format("  {}) compadd {} ;;\n", last, verbs_of(commands, last));
    }
  return out + "  esac\n}\n_trellis \"$@\"\n";
}

std::string fish_completion(command_list commands) {
  std::string out = "# Completion of trellis for fish.\n";
  out += fmt::format("complete -c trellis -n __fish_use_subcommand -f -a '{}'\n",
                     nouns_of(commands));
  for (auto c : commands) {
    auto here = c->verb.empty() ? fmt::format("__fish_seen_subcommand_from {}", c->noun)
                                : fmt::format("__fish_seen_subcommand_from {}; and "
                                              "__fish_seen_subcommand_from {}",
                                              c->noun, c->verb);
    if (!c->verb.empty())
      out += fmt::format("complete -c trellis -n '__fish_seen_subcommand_from {}' -f -a {} -d {}\n",
                         c->noun, c->verb, quoted(c->summary));
    for (auto rows : {c->options, common_options})
      for (const auto& x : rows) {
        out += fmt::format("complete -c trellis -n '{}'", here);
        for (const auto& name : names_of(x))
          out += name.starts_with("--") ? fmt::format(" -l {}", name.substr(2))
                                        : fmt::format(" -s {}", name.substr(1));
        out += fmt::format("{} -d {}\n", x.value.empty() ? "" : " -r", quoted(x.help));
      }
  }
  return out;
}

} // namespace trellis::shell
