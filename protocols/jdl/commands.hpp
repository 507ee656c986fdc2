#pragma once
/// What `trellis jdl check|print|lint|eval` do, as functions from text to text. Files, clocks and
/// terminals are the caller's.
#include "protocols/classad/evaluate.hpp"
#include "protocols/jdl/job.hpp"

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace trellis::jdl {

/// What a command leaves: its output, its errors and its exit code (0 ok, 1 refused, 2 usage).
struct outcome {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// Reads and checks; says what it found in one line, or every problem, each with its place.
/// `name` is how messages call the text.
outcome check(std::string_view name, std::string_view text, const jdl_settings& settings = {});

/// The JDL with defaults filled in, one attribute a line; the nodes of a compound job as well.
outcome print(std::string_view name, std::string_view text, const jdl_settings& settings = {});

/// What reads well and may still not be what was meant. Problems of `check` come first.
outcome lint(std::string_view name, std::string_view text, const jdl_settings& settings = {});

/// One evaluation after another over an ad that grows: `trellis jdl eval`.
class eval_session {
public:
  eval_session(classad::ad self, std::optional<classad::ad> target,
               classad::evaluation_context context)
      : self_(std::move(self)), target_(std::move(target)), context_(std::move(context)) {}

  /// An expression gives its value in ClassAd syntax; `name = expression` adds to the ad and gives
  /// nothing, as do empty lines and lines of comment (`//` or `#`). What does not read gives
  /// `error`, and why is in `problem()`.
  std::optional<std::string> line(std::string_view text);

  const std::string& problem() const { return problem_; }

private:
  classad::ad self_;
  std::optional<classad::ad> target_;
  classad::evaluation_context context_;
  std::string problem_;
};

/// `jdl eval [--ad FILE] [--target FILE] EXPR` with the texts of the files.
outcome eval(std::optional<std::string_view> ad_text, std::optional<std::string_view> target_text,
             std::string_view expression, const classad::evaluation_context& context);

/// The session for `jdl eval -`; an outcome when a file does not read.
std::variant<eval_session, outcome> open_session(std::optional<std::string_view> ad_text,
                                                 std::optional<std::string_view> target_text,
                                                 const classad::evaluation_context& context);

/// Each line of the input through the session until its end; the exit code. Values go out at once,
/// so that a program may talk to it.
int eval_lines(eval_session session, std::istream& in, std::ostream& out, std::ostream& err);

/// How jdl files are read: `#` comments, and no brackets needed around the whole.
classad::ad read_file_ad(std::string_view text, std::string& problem);

} // namespace trellis::jdl
