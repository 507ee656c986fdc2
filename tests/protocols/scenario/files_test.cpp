/// The manual and the stories as they stand in `scenarios/`. It would catch a verb or an option
/// that the manual does not tell of, an example that does not read, a story that is no scenario.
#include "protocols/scenario/missing.hpp"
#include "protocols/scenario/options.hpp"
#include "protocols/scenario/statements.hpp"
#include "protocols/scenario/verbs.hpp"
#include "tests/protocols/scenario/small_story.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace trellis::scenario {

namespace {

std::filesystem::path folder() {
  auto source = std::getenv("TRELLIS_SOURCE");
  return std::filesystem::path{source ? source : "."} / "scenarios";
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

struct manual {
  std::string text = content(folder() / "README.md");
  std::vector<std::string> blocks;
  std::vector<std::vector<std::string>> rows; // of tables: cells

  manual() {
    bool inside = false;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("```")) {
        inside = !inside;
        if (inside)
          blocks.emplace_back();
      } else if (inside) {
        blocks.back() += line + "\n";
      } else if (line.starts_with("| ")) {
        rows.push_back(cells(line));
      }
    }
  }

  static std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> out;
    for (std::size_t at = 1; at < line.size();) {
      auto end = std::min(line.find('|', at), line.size());
      auto cell = line.substr(at, end - at);
      auto first = cell.find_first_not_of(' ');
      out.push_back(
          first == cell.npos ? "" : cell.substr(first, cell.find_last_not_of(' ') + 1 - first));
      at = end + 1;
    }
    return out;
  }

  /// The row of a table of so many columns that begins with this word in code.
  const std::vector<std::string>* row(std::string_view word, std::size_t columns) const {
    for (const auto& x : rows)
      if (x.size() == columns && x[0] == fmt::format("`{}`", word))
        return &x;
    return nullptr;
  }
};

/// The texts between backquotes.
std::vector<std::string> code_in(const std::string& cell) {
  std::vector<std::string> out;
  for (std::size_t at = cell.find('`'); at != cell.npos; at = cell.find('`', at)) {
    auto end = cell.find('`', at + 1);
    if (end == cell.npos)
      break;
    out.push_back(cell.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return out;
}

template <class T>
void tells_of(const manual& book) {
  for (auto word : option_words<T>()) {
    std::string shown{word};
    for (const auto& row : options<T>())
      if (row.word == word && !std::holds_alternative<bool T::*>(row.where))
        shown += "=";
    BOOST_TEST((book.text.find("`" + shown + "`") != std::string::npos), "the manual: " << shown);
  }
}

} // namespace

BOOST_AUTO_TEST_CASE(every_example_of_the_manual_reads) {
  manual book;
  BOOST_TEST_REQUIRE(book.blocks.size() >= 6u);
  auto first = book.blocks[0];
  BOOST_CHECK(read(print(read(first))) == read(first));
  for (std::size_t i = 1; i < book.blocks.size(); ++i) {
    auto x = parse(first + book.blocks[i], "README");
    BOOST_TEST(bool(x), all(x.problems) + book.blocks[i]);
  }
}

BOOST_AUTO_TEST_CASE(every_verb_has_its_row_and_its_example) {
  manual book;
  for (const auto& v : verbs()) {
    auto row = book.row(v.word, 5);
    BOOST_TEST_REQUIRE((row != nullptr), "the manual has no row for " << v.word);
    BOOST_TEST_CONTEXT(v.word) {
      BOOST_TEST(row->at(3) == (v.undo ? fmt::format("`{}`", row_of(*v.undo).word) : ""));
      BOOST_TEST(row->at(4)
                 == (v.where == works::everywhere ? "everywhere" : "virtual clock only"));
      auto lines = book.blocks[0];
      for (const auto& line : code_in(row->at(1)))
        lines += line + "\n";
      auto x = parse(lines, "README");
      BOOST_TEST(bool(x), all(x.problems));
      BOOST_TEST_REQUIRE(!x.value.happenings.empty());
      BOOST_CHECK(x.value.happenings.back().what.what == v.what);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_statement_and_option_is_told_of) {
  manual book;
  for (const auto& s : statements())
    BOOST_TEST((book.text.find("`" + std::string{s.word}) != std::string::npos),
               "the manual: " << s.word);
  tells_of<vo>(book);
  tells_of<user>(book);
  tells_of<site>(book);
  tells_of<ce>(book);
  tells_of<se>(book);
  tells_of<link>(book);
  tells_of<file>(book);
  tells_of<job>(book);
  tells_of<workload>(book);
  tells_of<job_is>(book);
  tells_of<trace>(book);
}

BOOST_AUTO_TEST_CASE(every_story_reads_and_is_listed) {
  manual book;
  auto tests = content(folder() / "meson.build");
  std::size_t stories = 0;
  for (const auto& entry : std::filesystem::directory_iterator{folder()}) {
    if (entry.path().extension() != ".scn")
      continue;
    ++stories;
    auto name = entry.path().filename().string();
    auto text = content(entry.path());
    auto x = parse(text, name);
    BOOST_TEST(bool(x), all(x.problems));
    BOOST_CHECK(read(print(x.value)) == x.value);
    BOOST_TEST(!x.value.expectations.empty());
    auto row = book.row(name, 2);
    BOOST_TEST_REQUIRE((row != nullptr), "the manual does not list " << name);
    BOOST_TEST(row->at(1) == x.value.title);
    auto quoted = "'" + entry.path().stem().string() + "',";
    BOOST_TEST((tests.find(quoted) != tests.npos), name << " is no test");
    for (const auto& t : x.value.traces)
      BOOST_TEST(*replace_trace(text, t, t.lines) == text);
  }
  BOOST_TEST(stories >= 14u);
}

/// Each names its lines, and nothing else is wrong with it.
BOOST_AUTO_TEST_CASE(stories_that_cannot_be_played_yet_read_all_the_same) {
  std::size_t stories = 0;
  for (const auto& entry : std::filesystem::directory_iterator{folder() / "not_yet"}) {
    ++stories;
    auto text = content(entry.path());
    auto x = parse(text, entry.path().filename().string());
    BOOST_TEST(bool(x), all(x.problems));
    BOOST_CHECK(read(print(x.value)) == x.value);
    auto missing = missing_parts(x.value);
    BOOST_TEST_REQUIRE(!missing.empty());
    BOOST_TEST(missing[0].at.line == x.value.ses[0].at.line);
    BOOST_TEST(missing[0].why
               == "cannot play the SE se01.cern.example: there are no storage elements in this "
                  "grid yet");
  }
  BOOST_TEST(stories == 2u);
}

BOOST_AUTO_TEST_CASE(stories_that_can_be_played_miss_nothing) {
  for (const auto& entry : std::filesystem::directory_iterator{folder()})
    if (entry.path().extension() == ".scn")
      BOOST_TEST(missing_parts(read(content(entry.path()))).empty(), entry.path());
}

} // namespace trellis::scenario
