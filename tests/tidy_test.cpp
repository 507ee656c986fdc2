/// Reads the sources and fails where they break the habits of this tree (CONTRIBUTING.md). Every
/// check first meets a small made-up file that breaks its rule, and one that keeps it.
#include "tests/tidy/checks.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <span>
#include <sstream>

namespace trellis::tidy {
namespace {

namespace fs = std::filesystem;

using check = remarks (*)(const source&);

std::size_t found(check look, std::string path, std::string text) {
  return look(source{std::move(path), std::move(text)}).size();
}

fs::path root() {
  const char* named = std::getenv("TRELLIS_SOURCE");
  BOOST_REQUIRE_MESSAGE(named, "TRELLIS_SOURCE names the root of the sources");
  return named;
}

std::string read(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream{file}.rdbuf();
  return text.str();
}

/// Every file of ours with one of the endings, read once.
std::vector<source> sources_ending_in(std::initializer_list<std::string_view> endings) {
  std::vector<source> files;
  for (auto layer : {"protocols", "storage", "runtime", "actors", "bin", "tests"})
    for (const auto& entry : fs::recursive_directory_iterator{root() / layer})
      for (auto ending : endings)
        if (entry.is_regular_file() && entry.path().extension() == ending)
          files.emplace_back(fs::relative(entry.path(), root()).string(), read(entry.path()));
  return files;
}

const std::vector<source>& code() {
  static const auto files = sources_ending_in({".hpp", ".cpp"});
  return files;
}

void check_all(check look) {
  BOOST_REQUIRE(!code().empty());
  for (const auto& file : code())
    for (const auto& x : look(file))
      BOOST_ERROR(x.path << ':' << x.line << ": " << x.what);
}

std::string function_of(std::size_t lines, std::string head = "void f()") {
  auto text = head + " {\n";
  for (std::size_t i = 2; i < lines; ++i)
    text += "  g();\n";
  return text + "}\n";
}

/// What a command prints, and whether it ended well.
std::pair<std::string, bool> output_of(const std::string& command) {
  std::string text;
  auto* pipe = popen((command + " 2>&1").c_str(), "r");
  BOOST_REQUIRE(pipe);
  for (char buffer[4096]; auto n = std::fread(buffer, 1, sizeof buffer, pipe);)
    text.append(buffer, n);
  return {text, pclose(pipe) == 0};
}

/// The formatter, or an empty name where version 14 is not installed.
std::string formatter() {
  for (std::string name : {"clang-format-14", "clang-format"})
    if (output_of(name + " --version").first.find("version 14.") != std::string::npos)
      return name;
  return {};
}

/// What `name` would change in these files, as it reports it.
std::string badly_formatted(const std::string& name, std::span<const fs::path> files) {
  std::string command = name + " --dry-run -Werror --style=file";
  for (const auto& file : files)
    command += " '" + file.string() + "'";
  auto [text, well] = output_of(command);
  if (well || text.find("Stack dump") == text.npos)
    return well ? "" : text;
  if (files.size() == 1)
    return files[0].string()
           + ": clang-format 14 crashes on tables whose rows differ in length; "
             "put such a one between clang-format off and on\n";
  auto half = files.size() / 2;
  return badly_formatted(name, files.first(half)) + badly_formatted(name, files.subspan(half));
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_checks_themselves)

BOOST_AUTO_TEST_CASE(an_include_that_points_upward_is_found) {
  BOOST_TEST(found(check_layers, "protocols/lb/a.hpp", "#include \"storage/x.hpp\"\n") == 1);
  BOOST_TEST(found(check_layers, "storage/a.cpp", "#include \"runtime/log/x.hpp\"\n") == 1);
  BOOST_TEST(found(check_layers, "runtime/a.cpp", "  #  include \"actors/ce/x.hpp\"\n") == 1);
  BOOST_TEST(found(check_layers, "actors/world/a.cpp", "#include \"bin/x.hpp\"\n") == 1);
  BOOST_TEST(found(check_layers, "bin/a.cpp", "#include \"tests/x.hpp\"\n") == 1);
  BOOST_TEST(found(check_layers, "bin/a.cpp", "#include \"actors/ce/x.hpp\"\n") == 0);
  BOOST_TEST(found(check_layers, "tests/a.cpp", "#include \"bin/x.hpp\"\n") == 0);
}

BOOST_AUTO_TEST_CASE(a_narrow_folder_that_looks_around_is_found) {
  BOOST_TEST(found(check_layers, "protocols/base/a.hpp", "#include \"protocols/lb/x.hpp\"\n") == 1);
  BOOST_TEST(found(check_layers, "protocols/base/a.hpp", "#include \"protocols/base/x.hpp\"\n")
             == 0);
  BOOST_TEST(found(check_layers, "protocols/names/a.hpp", "#include \"protocols/jdl/x.hpp\"\n")
             == 1);
  BOOST_TEST(found(check_layers, "runtime/interfaces/a.hpp", "#include \"runtime/log/x.hpp\"\n")
             == 1);
}

BOOST_AUTO_TEST_CASE(a_rule_that_sees_more_than_protocols_and_its_own_is_found) {
  const std::string shell = "#include \"actors/ce/ce_actor.hpp\"\n";
  BOOST_TEST(found(check_layers, "actors/ce/a.cpp", "#include \"storage/x.hpp\"\n") == 1);
  BOOST_TEST(found(check_layers, "actors/ce/a.cpp", "#include \"actors/wms/x.hpp\"\n") == 1);
  BOOST_TEST(found(check_layers, "actors/ce/a.cpp", shell) == 1);
  BOOST_TEST(found(check_layers, "actors/ce/batch/a.cpp", "#include \"actors/ce/x.hpp\"\n") == 0);
  BOOST_TEST(found(check_layers, "actors/wms/a.cpp", "#include \"actors/info/snapshot.hpp\"\n")
             == 0);
  BOOST_TEST(found(check_layers, "actors/ce/b_actor.cpp", shell) == 0);
  BOOST_TEST(found(check_layers, "actors/ce/b_actor.cpp", "#include \"storage/x.hpp\"\n") == 0);
  BOOST_TEST(found(check_layers, "actors/world/a.cpp", "#include \"storage/x.hpp\"\n") == 0);
}

BOOST_AUTO_TEST_CASE(a_library_outside_its_folders_is_found) {
  BOOST_TEST(found(check_libraries, "actors/ce/a.cpp", "#include <caf/all.hpp>\n") == 1);
  BOOST_TEST(found(check_libraries, "protocols/ce/a.cpp", "#include <caf/all.hpp>\n") == 1);
  BOOST_TEST(found(check_libraries, "actors/ce/a_actor.cpp", "#include <caf/all.hpp>\n") == 0);
  BOOST_TEST(found(check_libraries, "protocols/ce_actor.cpp", "#include <caf/all.hpp>\n") == 1);
  BOOST_TEST(found(check_libraries, "runtime/link/a.cpp", "#include <rocksdb/db.h>\n") == 1);
  BOOST_TEST(found(check_libraries, "runtime/link/a.cpp", "#include <openssl/ssl.h>\n") == 1);
  BOOST_TEST(found(check_libraries, "protocols/gsi/a.cpp", "#include <openssl/ssl.h>\n") == 0);
  BOOST_TEST(found(check_libraries, "actors/ce/a.cpp", "#include <boost/asio.hpp>\n") == 1);
  BOOST_TEST(found(check_libraries, "runtime/a.cpp", "#include <spdlog/spdlog.h>\n") == 1);
  BOOST_TEST(found(check_libraries, "runtime/a.cpp", "#include <nlohmann/json.hpp>\n") == 1);
  BOOST_TEST(found(check_libraries, "protocols/jdl/a.cpp", "#include <pcre2.h>\n") == 1);
  BOOST_TEST(found(check_libraries, "runtime/a.cpp", "#include <CLI/CLI.hpp>\n") == 1);
  BOOST_TEST(found(check_libraries, "actors/shell/a.cpp", "#include <CLI/CLI.hpp>\n") == 0);
  BOOST_TEST(found(check_libraries, "tests/a.cpp", "#include <rocksdb/db.h>\n") == 0);
}

BOOST_AUTO_TEST_CASE(a_clock_chance_a_thread_or_the_environment_in_actors_is_found) {
  BOOST_TEST(found(check_outside_world, "actors/ce/a.cpp", "x = std::getenv(\"A\");\n") == 1);
  BOOST_TEST(found(check_outside_world, "actors/ce/a_actor.cpp", "system_clock::now();\n") == 1);
  BOOST_TEST(found(check_outside_world, "actors/ce/a.cpp", "std::random_device{}();\n") == 1);
  BOOST_TEST(found(check_outside_world, "actors/ce/a.cpp", "std::thread t;\n") == 1);
  BOOST_TEST(found(check_outside_world, "actors/ce/a.cpp", "#include <fstream>\n") == 1);
  BOOST_TEST(found(check_outside_world, "actors/ce/a.cpp", "system_clock::time_point t;\n") == 0);
  BOOST_TEST(found(check_outside_world, "actors/ce/a.cpp", "// getenv is not for us\n") == 0);
  BOOST_TEST(found(check_outside_world, "actors/ce/a.cpp", "f(\"getenv\");\n") == 0);
  BOOST_TEST(found(check_outside_world, "actors/world/a.cpp", "std::mt19937 r;\n") == 0);
  BOOST_TEST(found(check_outside_world, "runtime/a.cpp", "std::thread t;\n") == 0);
}

BOOST_AUTO_TEST_CASE(a_long_function_is_found_wherever_it_stands) {
  auto probe = [](std::string text) { return found(check_function_length, "bin/a.cpp", text); };
  BOOST_TEST(probe(function_of(60)) == 0);
  BOOST_TEST(probe(function_of(61)) == 1);
  BOOST_TEST(probe("namespace a {\nclass b {\n" + function_of(61, "int f() const") + "};\n}\n")
             == 1);
  BOOST_TEST(probe(function_of(61, "a::a(int b) : b_{b}, c_(2)")) == 1);
  BOOST_TEST(probe(function_of(61, "auto f(x y = {}) -> std::vector<int>")) == 1);
  BOOST_TEST(
      probe("row rows[] = {\n  {1, \"(\"},\n" + function_of(61, "  {2, [](auto& x)") + "}};\n")
      == 1);
  BOOST_TEST(probe("const row rows[] = {\n" + std::string(90, '\n') + "};\n") == 0);
  BOOST_TEST(probe("FIELDS(a, b)\nstruct c {\n" + std::string(90, '\n') + "};\n") == 0);
  BOOST_TEST(probe("struct a {\n" + std::string(90, '\n') + "};\n") == 0);
  BOOST_TEST(probe(function_of(40) + function_of(40)) == 0);
  BOOST_TEST(probe("void f() {\n  g(R\"(" + std::string(90, '\n') + ")\");\n}\n") == 1);
  auto times_90 = [](std::string_view line) {
    std::string text;
    for (int i = 0; i < 90; ++i)
      text += line;
    return text;
  };
  BOOST_TEST(probe("void f() {\n  g(R\"(\n" + times_90("  a b c\n") + ")\");\n}\n") == 0);
  BOOST_TEST(probe("void f() {\n" + times_90("  // a b c\n") + "}\n") == 1);
}

BOOST_AUTO_TEST_CASE(braces_in_literals_comments_and_macros_do_not_count) {
  auto heads = [](std::string text) { return functions_of(source{"bin/a.cpp", text}).size(); };
  BOOST_TEST(heads("void f() { g('{', \"{\", R\"x({)\"{)x\"); } // {\nvoid h() {}\n") == 2);
  BOOST_TEST(heads("/* void f() { */ void g() { return 1'000 + 0xA'B; }\nvoid h() {}\n") == 2);
  BOOST_TEST(heads("#define m(x) \\\n  void x() {\nvoid h() {}\n") == 1);
}

BOOST_AUTO_TEST_CASE(a_long_file_is_found_unless_it_is_one_table) {
  const std::string text(501, '\n');
  BOOST_TEST(found(check_file_length, "bin/a.cpp", text) == 1);
  BOOST_TEST(found(check_file_length, "bin/a.cpp", text.substr(1)) == 0);
  BOOST_TEST(found(check_file_length, "protocols/jdl/attributes.cpp", text) == 0);
}

BOOST_AUTO_TEST_CASE(a_long_line_is_found_and_measured_in_characters) {
  std::string wide;
  for (int i = 0; i < 100; ++i)
    wide += "é";
  BOOST_TEST(found(check_line_length, "bin/a.cpp", std::string(101, 'x')) == 1);
  BOOST_TEST(found(check_line_length, "bin/a.cpp", std::string(100, 'x')) == 0);
  BOOST_TEST(found(check_line_length, "bin/a.cpp", wide) == 0);
  const std::string gap(90, ' ');
  BOOST_TEST(found(check_line_length, "bin/a.cpp", "    {one," + gap + "two},") == 0);
  BOOST_TEST(found(check_line_length, "bin/a.cpp", "    x = {one," + gap + "two};") == 1);
  BOOST_TEST(found(check_line_length, "bin/a.cpp", "    {" + std::string(96, 'x') + "},") == 1);
}

BOOST_AUTO_TEST_CASE(a_header_without_a_guard_or_a_word_about_itself_is_found) {
  BOOST_TEST(found(check_header, "bin/a.hpp", "/// Says it.\nint f();\n") == 1);
  BOOST_TEST(found(check_header, "bin/a.hpp", "#pragma once\n#include <x>\nint f();\n") == 1);
  BOOST_TEST(found(check_header, "bin/a.hpp", "") == 2);
  BOOST_TEST(found(check_header, "bin/a.hpp", "#pragma once\nnamespace a {\n/// It.\n") == 0);
  BOOST_TEST(found(check_header, "bin/a.cpp", "int f();\n") == 0);
  BOOST_TEST(found(check_header, "bin/pch/a.hpp", "/// Says it.\n#include <x>\n") == 0);
}

BOOST_AUTO_TEST_CASE(a_word_that_leaves_something_for_later_is_found) {
  const std::string later = std::string{"TO"} + "DO";
  BOOST_TEST(found(check_words, "bin/a.cpp", "// " + later + ": more\n") == 1);
  BOOST_TEST(found(check_words, "bin/a.cpp", "int x" + later + ";\n") == 0);
}

BOOST_AUTO_TEST_CASE(a_deviation_from_the_format_is_found) {
  if (formatter().empty())
    return;
  auto bad = fs::temp_directory_path() / ("tidy-" + std::to_string(getpid()) + ".cpp");
  std::ofstream{bad} << "int   f( ){return 1 ;}\n";
  const fs::path files[] = {bad};
  BOOST_TEST(!badly_formatted(formatter(), files).empty());
  std::ofstream{bad} << "int f() { return 1; }\n";
  BOOST_TEST(badly_formatted(formatter(), files) == "");
  fs::remove(bad);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(the_sources)

BOOST_AUTO_TEST_CASE(no_include_points_upward) { check_all(check_layers); }

BOOST_AUTO_TEST_CASE(libraries_stay_in_their_folders) { check_all(check_libraries); }

BOOST_AUTO_TEST_CASE(actors_ask_nothing_outside) { check_all(check_outside_world); }

BOOST_AUTO_TEST_CASE(functions_fit_a_screen) { check_all(check_function_length); }

BOOST_AUTO_TEST_CASE(files_are_short) { check_all(check_file_length); }

BOOST_AUTO_TEST_CASE(lines_are_short) { check_all(check_line_length); }

BOOST_AUTO_TEST_CASE(headers_say_what_they_are) { check_all(check_header); }

BOOST_AUTO_TEST_CASE(nothing_is_left_for_later) { check_all(check_words); }

BOOST_AUTO_TEST_CASE(the_format_is_the_one_of_clang_format_14) {
  auto name = formatter();
  if (name.empty()) {
    std::cerr << "SKIPPED: the format was NOT checked, clang-format 14 is not installed\n";
    return;
  }
  std::vector<fs::path> files;
  for (const auto& file : code())
    files.push_back(root() / file.path);
  BOOST_TEST(badly_formatted(name, files) == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace trellis::tidy
