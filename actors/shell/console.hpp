#pragma once
/// The shell: the commands of `trellis` without its name, over one connection, with short names for
/// an operator's looks into a node, `expect` for scripts, and `$job` for the last job seen.
#include "actors/shell/expectation.hpp"
#include "actors/shell/recording.hpp"
#include "actors/shell/session.hpp"

namespace trellis::shell {

class console {
public:
  /// `node`: a node directory, or empty.
  console(surroundings& world, std::string node) : recorder_(world), node_(std::move(node)) {}

  /// Attaches; gives the exit code.
  int attach();

  /// Runs one line; gives its exit code.
  int run_line(std::string_view line);

  /// Runs the lines of a script, each shown before its output when `show` is set. Stops at the
  /// first `expect` that does not hold (1), and at a command that fails with no `expect` behind it.
  int run_script(std::istream& script, const std::string& name, bool show);

  bool finished() const { return finished_; }

  std::string prompt() const;

  /// What the last word of a line may become.
  std::vector<std::string> completions(std::string_view line);

private:
  int run_words_of(std::vector<std::string> words);
  int expect(const std::vector<std::string>& words);
  bool repeat_until_holds(const expectation& what);
  std::vector<std::string> expanded(std::vector<std::string> words) const;
  std::vector<std::string> job_names();
  void remember_job();

  recording_world recorder_;
  std::string node_;
  std::unique_ptr<grid> nodes_;
  std::string last_output_, last_job_;
  int last_code_ = 0;
  bool finished_ = false;
};

/// The help of what only the shell knows.
std::string shell_help();

} // namespace trellis::shell
