#pragma once
/// Lines from a terminal with editing, history and completion, by libedit.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::shell {

class line_editor {
public:
  /// What the last word of a line may become.
  using completer = std::function<std::vector<std::string>(std::string_view line)>;

  /// History is read from and kept in this file; empty: none.
  line_editor(std::string history_file, completer complete);
  ~line_editor();

  /// The next line without its end; nothing at the end of input. An interrupt gives an empty line.
  std::optional<std::string> read(const std::string& prompt);

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// What all words begin with.
std::string common_beginning(const std::vector<std::string>& words);

} // namespace trellis::shell
