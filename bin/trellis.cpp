/// The operator's and user's command.
#include "protocols/jdl/commands.hpp"

#include <CLI/CLI.hpp>

#include <chrono>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>

namespace {

using namespace trellis;

/// A file's text, `-` for standard input; ends the program when it cannot be read.
std::string read_text(const std::string& path) {
  std::ostringstream text;
  if (path == "-") {
    text << std::cin.rdbuf();
    return text.str();
  }
  std::ifstream file{path};
  if (!file) {
    std::cerr << "trellis: reading " << path << " failed: it cannot be opened\n";
    std::exit(1);
  }
  text << file.rdbuf();
  return text.str();
}

int say(const jdl::outcome& x) {
  std::cout << x.out;
  std::cerr << x.err;
  return x.exit_code;
}

std::int64_t now_s() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

int eval(const std::string& ad, const std::string& target, const std::string& expression) {
  classad::evaluation_context context;
  context.now_s = now_s();
  context.random_seed = std::random_device{}();
  std::string ad_text = ad.empty() ? "" : read_text(ad);
  std::string target_text = target.empty() ? "" : read_text(target);
  auto given = [](const std::string& path, const std::string& text) {
    return path.empty() ? std::nullopt : std::optional<std::string_view>{text};
  };
  if (expression != "-")
    return say(jdl::eval(given(ad, ad_text), given(target, target_text), expression, context));
  auto opened = jdl::open_session(given(ad, ad_text), given(target, target_text), context);
  if (auto failed = std::get_if<jdl::outcome>(&opened))
    return say(*failed);
  return jdl::eval_lines(std::get<jdl::eval_session>(std::move(opened)), std::cin, std::cout,
                         std::cerr);
}

struct verb {
  const char* name;
  const char* help;
  jdl::outcome (*run)(std::string_view name, std::string_view text, const jdl::jdl_settings&);
};

constexpr verb verbs[] = {
    {"check", "whether a JDL file reads, and every problem it has",    jdl::check},
    {"print", "a JDL file with defaults filled in and nodes expanded", jdl::print},
    {"lint",  "what in a JDL file may not mean what it seems to say",  jdl::lint },
};

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Trellis: jobs, files and sites of a grid"};
  app.require_subcommand(1);
  auto jdl_command = app.add_subcommand("jdl", "job descriptions, without a node");
  jdl_command->require_subcommand(1);
  std::string ad, target, expression = "-", file;
  for (const auto& v : verbs)
    jdl_command->add_subcommand(v.name, v.help)
        ->add_option("file", file, "the JDL file; - reads standard input")
        ->required();
  auto eval_command = jdl_command->add_subcommand("eval", "the value of a ClassAd expression");
  eval_command->add_option("--ad", ad, "file with the ad the expression stands in");
  eval_command->add_option("--target", target, "file with the other ad of a match");
  eval_command->add_option("expression", expression, "the expression; - reads one a line");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  jdl::jdl_settings settings;
  settings.now_s = now_s();
  for (const auto& v : verbs)
    if (jdl_command->got_subcommand(v.name))
      return say(v.run(file, read_text(file), settings));
  return eval(ad, target, expression);
}
