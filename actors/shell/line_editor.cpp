#include "actors/shell/line_editor.hpp"

#include <cerrno>
#include <cstdio>
#include <histedit.h>

namespace trellis::shell {
namespace {

constexpr int history_lines = 1'000;

} // namespace

struct line_editor::parts {
  EditLine* edit = nullptr;
  History* history = nullptr;
  std::string history_file, prompt;
  completer complete;

  parts() = default;
  parts(const parts&) = delete;

  ~parts() {
    if (edit)
      el_end(edit);
    if (history)
      history_end(history);
  }

  static parts& of(EditLine* el) {
    void* self = nullptr;
    el_get(el, EL_CLIENTDATA, &self);
    return *static_cast<parts*>(self);
  }

  static const char* show_prompt(EditLine* el) { return of(el).prompt.c_str(); }

  static unsigned char on_tab(EditLine* el, int);
};

unsigned char line_editor::parts::on_tab(EditLine* el, int) {
  auto line = el_line(el);
  std::string_view text{line->buffer, static_cast<std::size_t>(line->cursor - line->buffer)};
  auto blank = text.find_last_of(" \t");
  auto begun = blank == text.npos ? text : text.substr(blank + 1);
  auto found = of(el).complete(text);
  if (found.empty())
    return CC_ERROR;
  auto more = common_beginning(found).substr(begun.size());
  if (found.size() == 1)
    more += ' ';
  if (!more.empty())
    return el_insertstr(el, more.c_str()) == -1 ? CC_ERROR : CC_REFRESH;
  std::fputc('\n', stdout);
  for (const auto& word : found)
    std::fprintf(stdout, "%s\n", word.c_str());
  return CC_REDISPLAY;
}

line_editor::line_editor(std::string history_file, completer complete)
    : parts_(std::make_unique<parts>()) {
  auto& p = *parts_;
  p.history_file = std::move(history_file);
  p.complete = std::move(complete);
  p.edit = el_init("trellis-shell", stdin, stdout, stderr);
  p.history = history_init();
  HistEvent event;
  history(p.history, &event, H_SETSIZE, history_lines);
  history(p.history, &event, H_SETUNIQUE, 1);
  if (!p.history_file.empty())
    history(p.history, &event, H_LOAD, p.history_file.c_str());
  el_set(p.edit, EL_CLIENTDATA, &p);
  el_set(p.edit, EL_PROMPT, &parts::show_prompt);
  el_set(p.edit, EL_EDITOR, "emacs");
  el_set(p.edit, EL_HIST, ::history, p.history);
  el_set(p.edit, EL_ADDFN, "trellis-complete", "completes commands and job ids", &parts::on_tab);
  el_set(p.edit, EL_BIND, "^I", "trellis-complete", nullptr);
  el_set(p.edit, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  el_source(p.edit, nullptr);
}

line_editor::~line_editor() = default;

std::optional<std::string> line_editor::read(const std::string& prompt) {
  auto& p = *parts_;
  p.prompt = prompt;
  int count = 0;
  errno = 0;
  auto text = el_gets(p.edit, &count);
  if (!text || count <= 0) {
    if (errno == EINTR) {
      el_reset(p.edit);
      std::fputc('\n', stdout);
      return std::string{};
    }
    return std::nullopt;
  }
  std::string line{text, static_cast<std::size_t>(count)};
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
    line.pop_back();
  if (line.find_first_not_of(" \t") != line.npos) {
    HistEvent event;
    history(p.history, &event, H_ENTER, text);
    if (!p.history_file.empty())
      history(p.history, &event, H_SAVE, p.history_file.c_str());
  }
  return line;
}

std::string common_beginning(const std::vector<std::string>& words) {
  if (words.empty())
    return {};
  auto common = words.front();
  for (const auto& word : words) {
    std::size_t same = 0;
    while (same < common.size() && same < word.size() && common[same] == word[same])
      ++same;
    common.resize(same);
  }
  return common;
}

} // namespace trellis::shell
