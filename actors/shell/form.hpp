#pragma once
/// The forms of output: which there are, and lists of things printed in any of them.
///
/// table  columns for people, cut to the terminal's width (80 without one), no cut ids
/// wide   all columns, nothing cut
/// json   one object {"schema", "version", "items": [...]}
/// jsonl  one object a line, each with "schema" and "version"
/// csv    RFC 4180 with a header line
/// id     only the name, one a line
#include "protocols/json/text.hpp"

#include <functional>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::shell {

enum class form : std::uint8_t { table, wide, json, jsonl, csv, id };

std::optional<form> form_from(std::string_view word);

enum class colour : std::uint8_t { none, green, red, yellow };

/// A column as it is printed: `title` over tables, `key` over CSV.
struct column {
  std::string_view title, key;
  bool right = false;     // numbers
  bool wide_only = false; // not in `table`
  bool may_cut = false;   // when the table is too wide
};

constexpr column text_column(std::string_view title, std::string_view key) {
  return {.title = title, .key = key};
}

constexpr column number_column(std::string_view title, std::string_view key) {
  return {.title = title, .key = key, .right = true};
}

/// Only in `wide`, and not in `table`.
constexpr column wide(column x) {
  x.wide_only = true;
  return x;
}

constexpr column cuttable(column x) {
  x.may_cut = true;
  return x;
}

struct page {
  unsigned width = 80;
  bool colours = false;
};

struct cell {
  std::string text;
  colour paint = colour::none;

  cell(std::string x, colour c = colour::none) : text(std::move(x)), paint(c) {}

  cell(const char* x, colour c = colour::none) : text(x), paint(c) {}
};

using row = std::vector<cell>;

/// A table with titles; too wide ones have their `may_cut` columns cut, widest first.
void print_table(std::ostream& out, std::span<const column> columns, std::vector<row> rows,
                 const page& paper, bool wide);
/// With a header line when there are columns.
void print_csv(std::ostream& out, std::span<const column> columns, const std::vector<row>& rows);

/// Text in a colour, when the page has colours.
std::string painted(std::string_view text, colour c, const page& paper);
/// At most `width` characters, with "..." for what was cut.
std::string cut(std::string_view text, std::size_t width);
/// Characters, counting UTF-8 sequences as one.
std::size_t characters(std::string_view text);

/// How a kind of thing is listed.
template <class T>
struct view {
  std::string_view schema; // "trellis.job_status"
  unsigned version = 1;    // raised when a field goes or changes its meaning
  std::span<const column> columns;
  std::function<row(const T&)> cells; // one a column; full text, for all forms with columns
  std::function<std::string(const T&)> id;
};

template <class T>
void print_json(std::ostream& out, std::string_view schema, unsigned version,
                const std::vector<T>& items) {
  out << "{\"schema\": " << json_string(schema) << ", \"version\": " << version << ", \"items\": [";
  const char* between = "\n  ";
  for (const auto& x : items) {
    out << between << json(x);
    between = ",\n  ";
  }
  out << (items.empty() ? "]}\n" : "\n]}\n");
}

template <class T>
void print_json_line(std::ostream& out, std::string_view schema, unsigned version, const T& x) {
  auto body = json(x);
  out << "{\"schema\": " << json_string(schema) << ", \"version\": " << version
      << (body == "{}" ? "" : ", ") << std::string_view{body}.substr(1) << '\n';
}

/// Prints a list in the form asked for.
template <class T>
void print(std::ostream& out, form how, const view<T>& v, const std::vector<T>& items,
           const page& paper) {
  std::vector<row> rows;
  if (how == form::table || how == form::wide || how == form::csv)
    for (const auto& x : items)
      rows.push_back(v.cells(x));
  switch (how) {
  case form::table:
  case form::wide:
    return print_table(out, v.columns, std::move(rows), paper, how == form::wide);
  case form::csv:
    return print_csv(out, v.columns, rows);
  case form::json:
    return print_json(out, v.schema, v.version, items);
  case form::jsonl:
    for (const auto& x : items)
      print_json_line(out, v.schema, v.version, x);
    return;
  case form::id:
    for (const auto& x : items)
      out << v.id(x) << '\n';
  }
}

} // namespace trellis::shell
