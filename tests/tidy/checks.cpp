#include "tests/tidy/checks.hpp"

#include <algorithm>
#include <array>
#include <regex>
#include <span>

namespace trellis::tidy {
namespace {

/// Lowest first: a file includes its own layer and those before it.
constexpr std::string_view layers[] = {"protocols", "storage", "runtime", "actors", "bin", "tests"};

/// Folders whose files see less of our own code than their layer does.
struct narrow_folder {
  std::string_view folder;
  std::vector<std::string_view> may_include;
};

const narrow_folder narrow_folders[] = {
    {"protocols/base/",     {"protocols/base/"}                                       },
    {"protocols/names/",    {"protocols/base/", "protocols/names/", "protocols/wire/"}},
    {"runtime/interfaces/", {"protocols/", "storage/", "runtime/interfaces/"}         },
};

/// A library, by how its headers begin, and the folders that may include it. `*_actor` stands for
/// the shells: the files of that name anywhere in `actors`.
struct library {
  std::string_view name;
  std::vector<std::string_view> headers;
  std::vector<std::string_view> folders;
};

const library libraries[] = {
    {"CAF",     {"caf/"},                  {"runtime/", "*_actor", "actors/world/", "bin/"}  },
    {"RocksDB", {"rocksdb/"},              {"storage/"}                                      },
    {"OpenSSL", {"openssl/"},              {"protocols/gsi/", "runtime/net/"}                },
    {"Boost",   {"boost/"},                {"runtime/net/", "runtime/link/", "runtime/edge/"}},
    {"PCRE2",   {"pcre2"},                 {"protocols/classad/"}                            },
    {"zlib",    {"zlib.h"},                {"protocols/scenario/"}                           },
    {"pugixml", {"pugixml"},               {"protocols/"}                                    },
    {"JSON",    {"nlohmann/"},             {"runtime/edge/", "bin/"}                         },
    {"libcurl", {"curl/"},                 {"runtime/edge/"}                                 },
    {"spdlog",  {"spdlog/"},               {"runtime/log/"}                                  },
    {"CLI11",   {"CLI/"},                  {"actors/shell/", "bin/"}                         },
    {"libedit", {"histedit", "editline/"}, {"actors/shell/", "bin/"}                         },
    {"toml++",  {"toml++/", "toml.hpp"},   {"runtime/node/", "bin/"}                         },
};

/// What the actors do not ask by themselves: it comes to them as an argument or a message.
constexpr std::string_view outside[] = {
    "system_clock::now",
    "steady_clock::now",
    "high_resolution_clock",
    "clock_gettime",
    "gettimeofday",
    "random_device",
    "mt19937",
    "default_random",
    "std::rand",
    "std::thread",
    "std::jthread",
    "std::async",
    "std::mutex",
    "sleep_for",
    "sleep_until",
    "usleep",
    "nanosleep",
    "getenv",
};

/// Headers that a rule has no use for: files, threads, chance, text on a terminal.
constexpr std::string_view outside_headers[] = {
    "fstream", "iostream", "filesystem", "thread", "mutex",    "future",     "random",
    "cstdio",  "stdio.h",  "unistd.h",   "ctime",  "sys/stat", "sys/socket", "fcntl.h",
};

/// Plain values from elsewhere that a rule takes as arguments.
constexpr std::string_view values_for_rules[] = {
    "runtime/node/random.hpp",  // a seeded generator: chance as an argument
    "actors/info/snapshot.hpp", // the CEs at one instant, immutable
};

/// Files that are one table and may be as long as it is.
constexpr std::string_view tables[] = {
    "protocols/jdl/attributes.cpp",
    "protocols/lb/events.hpp",
    "protocols/classad/functions.cpp",
    "tests/actors/lb/state_machine_test.cpp",
    "tests/protocols/classad/functions_test.cpp",
};

bool starts_with_any(std::string_view text, std::span<const std::string_view> starts) {
  return std::ranges::any_of(starts, [&](auto start) { return text.starts_with(start); });
}

/// Position in `layers`, or their number for a path in none of them.
std::size_t layer_of(std::string_view path) {
  auto first = path.substr(0, path.find('/'));
  return static_cast<std::size_t>(std::ranges::find(layers, first) - std::begin(layers));
}

bool is_shell(const source& file) {
  return file.below("actors/") && file.path.find("_actor.") != std::string::npos;
}

/// "actors/ce/" for "actors/ce/batch/slurm.cpp".
std::string_view subsystem_of(std::string_view path) {
  return path.substr(0, path.find('/', path.find('/') + 1) + 1);
}

/// The plain functions of `actors`: everything but shells, the simulated world and the commands.
bool is_rule(const source& file) {
  return file.below("actors/") && !is_shell(file) && !file.below("actors/world/")
         && !file.below("actors/shell/");
}

bool rule_may_include(const source& file, std::string_view included) {
  return included.starts_with("protocols/") || std::ranges::count(values_for_rules, included) > 0
         || (included.starts_with(subsystem_of(file.path))
             && included.find("_actor.") == included.npos);
}

bool holds_word(std::string_view code, std::string_view word) {
  auto edge = [&](std::size_t at) {
    return at >= code.size()
           || !(std::isalnum(static_cast<unsigned char>(code[at])) || code[at] == '_');
  };
  for (auto at = code.find(word); at != code.npos; at = code.find(word, at + 1))
    if ((at == 0 || edge(at - 1)) && edge(at + word.size()))
      return true;
  return false;
}

/// Characters, not bytes: a continuation byte of UTF-8 adds no width. In a row of a table the
/// blanks that align its columns add none either; the formatter puts them in whatever the width.
std::size_t width(std::string_view line) {
  auto row = line.find_first_not_of(' ') == line.find('{');
  std::size_t sum = 0;
  char before = 'x';
  for (auto c : line) {
    sum += (c & 0xC0) != 0x80 && !(row && sum > 8 && c == ' ' && before == ' ');
    before = c;
  }
  return sum;
}

/// Lines of a body, without those of literals over several lines: text in a test is no code.
std::size_t length_of(const body& body, const std::vector<std::string_view>& text,
                      const std::vector<std::string_view>& code) {
  auto is_blank = [](std::string_view x) { return x.find_first_not_of(" \t") == x.npos; };
  std::size_t length = 0;
  for (auto i = body.first_line - 1; i < body.last_line; ++i)
    length += !is_blank(code[i]) || is_blank(text[i])
              || text[i].substr(text[i].find_first_not_of(" \t")).starts_with("//");
  return length;
}

} // namespace

remarks check_layers(const source& file) {
  remarks found;
  auto own = layer_of(file.path);
  for (const auto& x : includes_of(file)) {
    auto layer = layer_of(x.file);
    if (!x.ours || layer == std::size(layers))
      continue;
    if (layer > own)
      found.push_back({file.path, x.line, "includes upward: " + x.file});
    else if (is_rule(file) && !rule_may_include(file, x.file))
      found.push_back({file.path, x.line, "a rule sees protocols and its own rules: " + x.file});
    for (const auto& narrow : narrow_folders)
      if (file.below(narrow.folder) && !starts_with_any(x.file, narrow.may_include))
        found.push_back({file.path, x.line, std::string{narrow.folder} + " may not see " + x.file});
  }
  return found;
}

remarks check_libraries(const source& file) {
  remarks found;
  if (file.below("tests/"))
    return found;
  for (const auto& x : includes_of(file))
    for (const auto& library : libraries) {
      auto at_home = [&](std::string_view folder) {
        return folder == "*_actor" ? is_shell(file) : file.below(folder);
      };
      if (!x.ours && starts_with_any(x.file, library.headers)
          && std::ranges::none_of(library.folders, at_home))
        found.push_back({file.path, x.line, std::string{library.name} + " has no place here"});
    }
  return found;
}

remarks check_outside_world(const source& file) {
  remarks found;
  if (!file.below("actors/") || file.below("actors/world/"))
    return found;
  std::size_t number = 0;
  for (auto line : lines_of(file.code)) {
    ++number;
    for (auto word : outside)
      if (holds_word(line, word))
        found.push_back({file.path, number, std::string{word} + " comes in as an argument"});
  }
  if (is_rule(file))
    for (const auto& x : includes_of(file))
      if (std::ranges::count(outside_headers, x.file) > 0)
        found.push_back({file.path, x.line, "a rule has no use for <" + x.file + ">"});
  return found;
}

remarks check_function_length(const source& file) {
  remarks found;
  auto text = lines_of(file.text);
  auto code = lines_of(file.code);
  for (const auto& body : functions_of(file))
    if (auto length = length_of(body, text, code); length > function_limit)
      found.push_back({file.path, body.first_line,
                       "a function of " + std::to_string(length) + " lines: " + body.head});
  return found;
}

remarks check_file_length(const source& file) {
  auto length = lines_of(file.text).size();
  if (length <= file_limit || std::ranges::count(tables, file.path) > 0)
    return {};
  return {
      {file.path, length, "a file of " + std::to_string(length) + " lines"}
  };
}

remarks check_line_length(const source& file) {
  remarks found;
  std::size_t number = 0;
  for (auto line : lines_of(file.text)) {
    ++number;
    if (width(line) > line_limit)
      found.push_back({file.path, number, "a line of " + std::to_string(width(line))});
  }
  return found;
}

remarks check_header(const source& file) {
  static const std::regex not_yet{R"(^\s*($|#|namespace\b.*\{|using namespace\b))"};
  if (!file.is_header())
    return {};
  remarks found;
  // A precompiled header is a main file, where the compiler warns of the guard.
  bool precompiled = file.path.find("/pch/") != file.path.npos;
  if (!precompiled && !file.text.starts_with("#pragma once\n"))
    found.push_back({file.path, 1, "does not begin with #pragma once"});
  std::size_t number = 0;
  for (auto line : lines_of(file.text)) {
    ++number;
    if (line.starts_with("//"))
      return found;
    if (!std::regex_search(line.begin(), line.end(), not_yet))
      break;
  }
  found.push_back({file.path, number, "does not say what it is before its first declaration"});
  return found;
}

remarks check_words(const source& file) {
  // Written in two parts, so that this file passes its own check.
  static constexpr std::string_view words[] = {"TO"
                                               "DO",
                                               "FIX"
                                               "ME"};
  remarks found;
  std::size_t number = 0;
  for (auto line : lines_of(file.text)) {
    ++number;
    for (auto word : words)
      if (holds_word(line, word))
        found.push_back({file.path, number, "leaves something for later"});
  }
  return found;
}

} // namespace trellis::tidy
