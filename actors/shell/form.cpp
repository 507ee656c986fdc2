#include "actors/shell/form.hpp"

#include <algorithm>
#include <array>

namespace trellis::shell {
namespace {

constexpr std::array<std::string_view, 6> words{"table", "wide", "json", "jsonl", "csv", "id"};
constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 8;

std::size_t total(const std::vector<std::size_t>& widths) {
  std::size_t sum = widths.empty() ? 0 : gap * (widths.size() - 1);
  for (auto w : widths)
    sum += w;
  return sum;
}

/// Takes width from the widest column that may be cut until the table fits or nothing is left.
void fit(std::vector<std::size_t>& widths, const std::vector<const column*>& shown,
         std::size_t page) {
  while (total(widths) > page) {
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i)
      if (shown[i]->may_cut && widths[i] > narrowest
          && (widest == widths.size() || widths[i] > widths[widest]))
        widest = i;
    if (widest == widths.size())
      return;
    --widths[widest];
  }
}

void print_line(std::ostream& out, const std::vector<const column*>& shown,
                const std::vector<std::size_t>& widths, const row& cells, const page& paper) {
  std::string line;
  std::size_t owed = 0; // blanks that are written only when something follows
  for (std::size_t i = 0; i < shown.size(); ++i) {
    auto text = cut(cells[i].text, widths[i]);
    auto pad = widths[i] - std::min(widths[i], characters(text));
    if (shown[i]->right)
      owed += pad;
    if (!text.empty()) {
      line.append(owed, ' ');
      line += painted(text, cells[i].paint, paper);
      owed = 0;
    }
    owed += shown[i]->right ? gap : (text.empty() ? widths[i] : pad) + gap;
  }
  out << line << '\n';
}

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos)
    return std::string{text};
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"')
      quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

} // namespace

std::optional<form> form_from(std::string_view word) {
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == word)
      return static_cast<form>(i);
  return std::nullopt;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

std::string cut(std::string_view text, std::size_t width) {
  if (characters(text) <= width)
    return std::string{text};
  auto keep = width > 3 ? width - 3 : 0;
  std::size_t bytes = 0;
  for (std::size_t seen = 0; bytes < text.size(); ++bytes)
    if ((static_cast<unsigned char>(text[bytes]) & 0xC0) != 0x80 && seen++ == keep)
      break;
  return std::string{text.substr(0, bytes)} + std::string(std::min<std::size_t>(width, 3), '.');
}

std::string painted(std::string_view text, colour c, const page& paper) {
  constexpr std::array<std::string_view, 4> codes{"", "\033[32m", "\033[31m", "\033[33m"};
  if (!paper.colours || c == colour::none)
    return std::string{text};
  return std::string{codes[static_cast<std::size_t>(c)]} + std::string{text} + "\033[0m";
}

void print_table(std::ostream& out, std::span<const column> columns, std::vector<row> rows,
                 const page& paper, bool wide) {
  std::vector<const column*> shown;
  std::vector<std::size_t> from, widths;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (wide || !columns[i].wide_only) {
      shown.push_back(&columns[i]);
      from.push_back(i);
    }
  row titles;
  for (auto c : shown) {
    titles.emplace_back(std::string{c->title});
    widths.push_back(characters(c->title));
  }
  for (auto& cells : rows) {
    row kept;
    for (std::size_t i = 0; i < from.size(); ++i) {
      // A table's line is one line, whatever a site put into its texts.
      std::ranges::replace_if(
          cells[from[i]].text, [](unsigned char c) { return c < 32 || c == 127; }, ' ');
      widths[i] = std::max(widths[i], characters(cells[from[i]].text));
      kept.push_back(std::move(cells[from[i]]));
    }
    cells = std::move(kept);
  }
  if (!wide)
    fit(widths, shown, paper.width);
  print_line(out, shown, widths, titles, paper);
  for (const auto& cells : rows)
    print_line(out, shown, widths, cells, paper);
}

void print_csv(std::ostream& out, std::span<const column> columns, const std::vector<row>& rows) {
  const char* between = "";
  for (const auto& c : columns) {
    out << between << csv_cell(c.key);
    between = ",";
  }
  if (!columns.empty())
    out << "\r\n";
  for (const auto& cells : rows) {
    between = "";
    for (const auto& x : cells) {
      out << between << csv_cell(x.text);
      between = ",";
    }
    out << "\r\n";
  }
}

} // namespace trellis::shell
