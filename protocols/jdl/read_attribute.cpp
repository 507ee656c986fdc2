#include "protocols/base/quantity.hpp"
#include "protocols/classad/evaluate.hpp"
#include "protocols/classad/text.hpp"
#include "protocols/jdl/attributes.hpp"

#include <fmt/format.h>

#include <array>

namespace trellis::jdl {
namespace {

std::string_view kind_name(const classad::value& x) {
  constexpr std::array<std::string_view, 10> names
      = {"undefined", "an error",         "a boolean",       "an integer", "a real number",
         "a string",  "an absolute time", "a relative time", "a list",     "an ad"};
  return names[static_cast<std::size_t>(x.kind())];
}

std::string_view form_name(form x) {
  switch (x) {
  case form::text:
    return "a string";
  case form::texts:
    return "a string or a list of strings";
  case form::whole:
    return "an integer";
  case form::flag:
    return "true or false";
  case form::one_ad:
    return "an ad";
  case form::ads:
    return "an ad or a list of ads";
  case form::mebibytes:
    return "a whole number of MiB or a text such as \"4 GB\"";
  case form::minutes:
    return "a whole number of minutes or a text such as \"2 h\"";
  case form::seconds:
    return "a whole number of seconds or a text such as \"10 min\"";
  default:
    return "an expression";
  }
}

bool read_texts(const classad::value& v, given& out) {
  if (auto s = v.string()) {
    out.text = *s;
    out.texts = {*s};
    return true;
  }
  if (!v.list())
    return false;
  for (const auto& item : v.list()->items) {
    auto s = item->literal.string();
    if (!s)
      return false;
    out.texts.push_back(*s);
  }
  return true;
}

bool read_ads(const classad::value& v, given& out) {
  if (auto one = v.nested()) {
    out.ads.push_back(one->what);
    return true;
  }
  if (!v.list())
    return false;
  for (const auto& item : v.list()->items) {
    if (item->kind == classad::node_kind::record)
      out.ads.push_back(item->record);
    else if (auto one = item->literal.nested())
      out.ads.push_back(one->what);
    else
      return false;
  }
  return true;
}

std::string without_blanks(const std::string& s) {
  std::string out;
  for (char c : s)
    if (c != ' ' && c != '\t')
      out += c;
  return out;
}

/// A bare integer in the row's unit, or text with a unit of its own.
bool read_amount(form type, const classad::value& v, given& out) {
  constexpr std::int64_t mib = 1 << 20, minute = 60, bound = std::int64_t{1} << 40;
  if (auto i = v.integer()) {
    out.number = *i > bound ? bound : *i < 0 ? -1 : type == form::minutes ? *i * minute : *i;
    return true;
  }
  if (!v.string())
    return false;
  auto text = without_blanks(*v.string());
  if (type == form::mebibytes) {
    auto bytes = parse_bytes(text);
    if (bytes) // rounded up: a job that asks for a byte more must get it
      out.number = static_cast<std::int64_t>(bytes->bytes / mib + (bytes->bytes % mib ? 1 : 0));
    return bool(bytes);
  }
  auto duration = parse_duration(text);
  if (duration)
    out.number = (duration->count() + 999) / 1000;
  return bool(duration);
}

bool fits(form type, const classad::value& v, given& out) {
  switch (type) {
  case form::text:
    return v.string() && read_texts(v, out);
  case form::texts:
    return read_texts(v, out);
  case form::whole:
    if (v.integer())
      out.number = *v.integer();
    return v.integer();
  case form::flag:
    if (v.boolean())
      out.flag = *v.boolean();
    return v.boolean();
  case form::one_ad:
    return v.nested() && read_ads(v, out);
  case form::ads:
    return read_ads(v, out);
  case form::mebibytes:
  case form::minutes:
  case form::seconds:
    return read_amount(type, v, out);
  default:
    return true;
  }
}

bool is_number(form type) {
  return type == form::whole || type == form::mebibytes || type == form::minutes
         || type == form::seconds;
}

} // namespace

std::optional<given> read_attribute(draft& d, const attribute_row& row) {
  given out;
  if (row.type == form::expression || row.type == form::any)
    return out;
  classad::evaluation_context context;
  context.now_s = d.settings.now_s;
  auto v
      = classad::evaluate_items(classad::evaluate_attribute(d.source, row.name, context), context);
  if (!fits(row.type, v, out)) {
    auto found = v.string() ? classad::print(v) : std::string{kind_name(v)};
    d.refuse(row.name, fmt::format("must be {}, not {}", form_name(row.type), found));
    return std::nullopt;
  }
  if (is_number(row.type) && (out.number < row.limits.least || out.number > row.limits.most)) {
    auto why = out.number > row.limits.most ? fmt::format("must be at most {}", row.limits.most)
               : row.limits.least == 0      ? std::string{"must not be negative"}
                                            : fmt::format("must be at least {}", row.limits.least);
    d.refuse(row.name, std::move(why));
    return std::nullopt;
  }
  if (row.check)
    if (auto why = row.check(out, d); !why.empty()) {
      d.refuse(row.name, std::move(why));
      return std::nullopt;
    }
  return out;
}

jdl_problem draft::note(std::string_view attribute, std::string text) const {
  auto x = source.find(attribute);
  auto at = x ? x->at : classad::place{};
  return {at.line, at.column, prefix + std::string{attribute}, std::move(text)};
}

void draft::refuse(std::string_view attribute, std::string text) {
  problems.push_back(note(attribute, std::move(text)));
}

void draft::warn(std::string_view attribute, std::string text) {
  warnings.push_back(note(attribute, std::move(text)));
}

} // namespace trellis::jdl
