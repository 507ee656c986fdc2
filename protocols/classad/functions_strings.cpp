#include "protocols/classad/functions.hpp"
#include "protocols/classad/operate.hpp"

#include <algorithm>

namespace trellis::classad::functions {

value concatenate(call_frame& f) {
  std::string out;
  for (std::size_t i = 0; i < f.size(); ++i) {
    auto s = as_string(f.arg(i));
    if (!s.string())
      return s;
    out += *s.string();
    if (out.size() > f.e.context().limits.result_bytes)
      return f.e.stop();
  }
  return f.e.sized(std::move(out));
}

namespace {

/// Joins what is defined. Undefined when something was undefined and nothing defined.
value joined(call_frame& f, const value& separator, const std::vector<value>& parts) {
  auto between = as_string(separator);
  if (between.is_error())
    return between;
  std::string out;
  bool any = false, undefined = between.is_undefined();
  for (const auto& x : parts) {
    auto s = as_string(x);
    if (s.is_error())
      return s;
    if (!s.string()) {
      undefined = true;
      continue;
    }
    if (!out.empty() && between.string())
      out += *between.string();
    out += *s.string();
    any = true;
    if (out.size() > f.e.context().limits.result_bytes)
      return f.e.stop();
  }
  return undefined && !any ? value{} : f.e.sized(std::move(out));
}

} // namespace

/// join(list), join(separator, list), join(separator, part, ...).
value join(call_frame& f) {
  std::vector<value> parts;
  for (std::size_t i = 0; i < f.size(); ++i)
    parts.push_back(f.arg(i));
  if (parts.empty())
    return value::of(std::string{});
  auto separator = parts[0];
  if (f.size() <= 2 && parts.back().list()) {
    auto all = items(f, *parts.back().list());
    if (!all)
      return value::error();
    return joined(f, f.size() == 2 ? separator : value::of(std::string{}), *all);
  }
  parts.erase(parts.begin());
  return joined(f, separator, parts);
}

value change_case(call_frame& f) {
  auto s = as_string(f.arg(0));
  if (!s.string())
    return s;
  auto out = *s.string();
  for (auto& c : out) {
    if (f.tag == 1 && c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
    if (f.tag == 0 && c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  }
  return f.e.sized(std::move(out));
}

/// Negative offsets count from the end; a negative length leaves that much off the end.
value substring(call_frame& f) {
  std::vector<value> a;
  for (std::size_t i = 0; i < f.size(); ++i)
    a.push_back(f.arg(i));
  for (const auto& x : a)
    if (x.is_undefined())
      return x;
  if (!a[0].string() || !a[1].integer() || (a.size() == 3 && !a[2].integer()))
    return value::error();
  const auto& s = *a[0].string();
  auto size = static_cast<std::int64_t>(s.size());
  auto offset = *a[1].integer();
  offset = offset < 0 ? std::max<std::int64_t>(offset < -size ? 0 : size + offset, 0)
                      : std::min(offset, size);
  auto rest = size - offset;
  auto length = a.size() == 3 ? *a[2].integer() : rest;
  if (length < 0)
    length = length < -rest ? 0 : rest + length;
  length = std::min(length, rest);
  return f.e.sized(s.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(length)));
}

namespace {

/// Both arguments as text; undefined wins over error here, as the library has it.
struct two_texts {
  explicit two_texts(call_frame& f, std::size_t first = 0) {
    auto x = f.arg(first), y = f.arg(first + 1);
    if (x.is_undefined() || y.is_undefined()) {
      early = value{};
      return;
    }
    auto s = as_string(x), t = as_string(y);
    if (!s.string() || !t.string()) {
      early = value::error();
      return;
    }
    a = *s.string();
    b = *t.string();
  }

  std::string a, b;
  std::optional<value> early;
};

std::int64_t sign(int x) { return x < 0 ? -1 : x > 0; }

bool digit(char c) { return c >= '0' && c <= '9'; }

/// As glibc's strverscmp: the first difference decides; inside digits without leading zeros the
/// longer number is greater. Gives the difference of bytes or of lengths.
std::int64_t compare_naturally(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i])
    ++i;
  auto at = [](std::string_view s, std::size_t k) { return k < s.size() ? s[k] : '\0'; };
  auto x = at(a, i), y = at(b, i);
  std::int64_t bytes = static_cast<unsigned char>(x) - static_cast<unsigned char>(y);
  auto start = i;
  while (start > 0 && digit(a[start - 1]))
    --start;
  if (bytes == 0 || (start == i && !(digit(x) && digit(y))))
    return bytes;
  bool zeros = start < i ? a[start] == '0'
                         : (x == '0' && digit(at(a, i + 1))) || (y == '0' && digit(at(b, i + 1)));
  if (zeros)
    return bytes;
  auto run = [&](std::string_view s) {
    std::int64_t n = 0;
    for (auto k = i; digit(at(s, k)); ++k)
      ++n;
    return n;
  };
  return run(a) != run(b) ? run(a) - run(b) : bytes;
}

} // namespace

value compare_strings(call_frame& f) {
  two_texts t{f};
  if (t.early)
    return *t.early;
  return value::of(sign(f.tag == 1 ? compare_ignoring_case(t.a, t.b) : t.a.compare(t.b)));
}

value compare_versions(call_frame& f) {
  two_texts t{f};
  if (t.early)
    return *t.early;
  auto order = compare_naturally(t.a, t.b);
  switch (f.tag) {
  case 1:
    return value::of(order < 0);
  case 2:
    return value::of(order <= 0);
  case 3:
    return value::of(order == 0);
  case 4:
    return value::of(order >= 0);
  case 5:
    return value::of(order > 0);
  default:
    return value::of(order);
  }
}

value version_in_range(call_frame& f) {
  two_texts range{f, 1};
  if (range.early)
    return *range.early;
  auto x = as_string(f.arg(0));
  if (!x.string())
    return value::error();
  return value::of(compare_naturally(range.a, *x.string()) <= 0
                   && compare_naturally(*x.string(), range.b) <= 0);
}

std::vector<std::string> tokens(std::string_view s, std::string_view delimiters) {
  constexpr std::string_view blanks = " \t\r\n";
  std::vector<std::string> out;
  while (!s.empty()) {
    auto end = std::min(s.find_first_of(delimiters), s.size());
    auto item = s.substr(0, end);
    s.remove_prefix(std::min(end + 1, s.size()));
    auto from = item.find_first_not_of(blanks);
    if (from == item.npos)
      continue;
    item = item.substr(from, item.find_last_not_of(blanks) - from + 1);
    out.emplace_back(item);
  }
  return out;
}

namespace {

/// Blanks only separate; between two other delimiters there is an empty field, except at the ends.
std::vector<value> fields(call_frame& f, std::string_view s, std::string_view delimiters) {
  constexpr std::string_view blanks = " \t\r\n";
  std::vector<value> out;
  while (!s.empty() && f.e.spend(1)) {
    auto n = std::min(s.find_first_not_of(delimiters), s.size());
    auto hard = std::count_if(s.begin(), s.begin() + static_cast<std::ptrdiff_t>(n),
                              [&](char c) { return blanks.find(c) == blanks.npos; });
    for (; hard > 1 && f.e.spend(1); --hard)
      out.push_back(value::of(std::string{}));
    s.remove_prefix(n);
    n = std::min(s.find_first_of(delimiters), s.size());
    if (n > 0)
      out.push_back(value::of(std::string{s.substr(0, n)}));
    s.remove_prefix(n);
  }
  return out;
}

} // namespace

value split(call_frame& f) {
  auto s = f.arg(0);
  auto delimiters = f.size() == 2 ? f.arg(1) : value::of(std::string{", \t\r\n"});
  if (!s.string() || !delimiters.string())
    return value::error();
  return value::of(fields(f, *s.string(), *delimiters.string()));
}

/// user@domain into its halves; without an `@` a user has no domain and a slot no name.
value split_at(call_frame& f) {
  auto x = f.arg(0);
  if (x.is_undefined())
    return x;
  if (!x.string())
    return value::error();
  const auto& s = *x.string();
  auto at = s.find('@');
  auto name = value::of(at == s.npos ? std::string{} : s.substr(0, at));
  auto rest = value::of(at == s.npos ? s : s.substr(at + 1));
  if (at == s.npos && f.tag == 0)
    std::swap(name, rest);
  return value::of(std::vector<value>{name, rest});
}

namespace {

using variables = std::vector<std::pair<std::string, std::string>>;

void set(variables& v, const std::string& assignment) {
  auto equals = assignment.find('=');
  auto name = assignment.substr(0, equals);
  auto text = equals == assignment.npos ? std::string{} : assignment.substr(equals + 1);
  auto it = std::find_if(v.begin(), v.end(), [&](const auto& x) { return x.first == name; });
  if (it == v.end())
    v.emplace_back(std::move(name), std::move(text));
  else
    it->second = std::move(text);
}

/// Words between blanks; inside '...' blanks belong to the word and '' is a quote.
std::optional<std::vector<std::string>> words(const std::string& s) {
  std::vector<std::string> out;
  std::string word;
  bool open = false, quoted = false;
  for (std::size_t i = 0; i < s.size(); ++i) {
    bool blank = s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r';
    if (s[i] == '\'') {
      open = true;
      if (quoted && i + 1 < s.size() && s[i + 1] == '\'')
        word += s[i++];
      else
        quoted = !quoted;
    } else if (blank && !quoted) {
      if (open)
        out.push_back(std::move(word));
      word.clear();
      open = false;
    } else {
      word += s[i];
      open = true;
    }
  }
  if (quoted)
    return std::nullopt;
  if (open)
    out.push_back(std::move(word));
  return out;
}

std::string environment_text(const variables& v) {
  std::string out;
  for (const auto& [name, text] : v) {
    auto word = name + "=" + text;
    if (!out.empty())
      out += ' ';
    if (word.find_first_of(" \t\r\n'") == word.npos) {
      out += word;
      continue;
    }
    out += '\'';
    for (char c : word)
      out += c == '\'' ? std::string{"''"} : std::string{c};
    out += '\'';
  }
  return out;
}

} // namespace

value environment_v1_to_v2(call_frame& f) {
  auto x = f.arg(0);
  if (x.is_undefined())
    return x;
  if (!x.string())
    return value::error();
  variables v;
  for (const auto& t : tokens(*x.string(), ";"))
    set(v, t);
  return f.e.sized(environment_text(v));
}

value merge_environment(call_frame& f) {
  variables v;
  for (std::size_t i = 0; i < f.size(); ++i) {
    auto x = f.arg(i);
    if (x.is_undefined())
      continue;
    auto w = x.string() ? words(*x.string()) : std::nullopt;
    if (!w || !f.e.spend(w->size() + v.size()))
      return value::error();
    for (const auto& t : *w) {
      if (t.find('=') == t.npos || t.front() == '=' || !f.e.spend(v.size()))
        return value::error();
      set(v, t);
    }
  }
  return f.e.sized(environment_text(v));
}

namespace {

/// A string list argument with its optional delimiters; an error unless both are strings.
std::optional<std::vector<std::string>> list_at(call_frame& f, std::size_t i, std::size_t last) {
  auto s = f.arg(i);
  auto d = f.size() > last ? f.arg(last) : value::of(std::string{" ,"});
  if (!s.string() || !d.string())
    return std::nullopt;
  auto out = tokens(*s.string(), *d.string());
  if (!f.e.spend(out.size()))
    return std::nullopt;
  return out;
}

} // namespace

value string_list_size(call_frame& f) {
  auto all = list_at(f, 0, 1);
  return all ? value::of(static_cast<std::int64_t>(all->size())) : value::error();
}

/// Whole numbers stay whole, the average too, as HTCondor has it; one real makes all real.
value string_list_fold(call_frame& f) {
  auto all = list_at(f, 0, 1);
  if (!all)
    return value::error();
  if (all->empty())
    return f.tag < 2 ? value::of(0.0) : value{};
  std::vector<value> v;
  bool real = false;
  for (const auto& t : *all) {
    auto n = read_number(t);
    if (!n)
      return value::error();
    bool whole = t.find_first_not_of("+-0123456789") == t.npos;
    v.push_back(whole ? truncated(*n) : value::of(*n));
    real = real || !whole;
  }
  auto total = v[0];
  for (std::size_t i = 1; i < v.size(); ++i) {
    if (f.tag < 2)
      total = binary(op::add, total, v[i]);
    else if (counts_as_true(binary(f.tag == 2 ? op::less : op::greater, v[i], total)))
      total = v[i];
  }
  if (f.tag == 1)
    total = binary(op::divide, total, value::of(static_cast<std::int64_t>(v.size())));
  return real ? as_real(total) : total;
}

value string_list_member(call_frame& f) {
  // An undefined argument counts as an empty one.
  auto x = f.arg(0), list = f.arg(1);
  if (x.is_undefined() || list.is_undefined())
    return x.is_error() || list.is_error() ? value::error() : value::of(false);
  auto all = list_at(f, 1, 2);
  if (!x.string() || !all)
    return value::error();
  return value::of(std::any_of(all->begin(), all->end(), [&](const auto& t) {
    return f.tag == 1 ? equal_ignoring_case(t, *x.string()) : t == *x.string();
  }));
}

value string_lists_intersect(call_frame& f) {
  arguments args{f};
  if (args.early)
    return *args.early;
  auto a = list_at(f, 0, 2), b = list_at(f, 1, 2);
  if (!a || !b || !f.e.spend(a->size() * b->size() / 8))
    return value::error();
  return value::of(std::any_of(a->begin(), a->end(), [&](const auto& t) {
    return std::find(b->begin(), b->end(), t) != b->end();
  }));
}

/// Whether every item of the first list is in the second. An undefined list counts as empty; text
/// of delimiters only is no subset of anything.
value string_list_subset(call_frame& f) {
  auto x = f.arg(0), y = f.arg(1);
  if (x.is_error() || y.is_error())
    return value::error();
  if (x.is_undefined() || y.is_undefined())
    return value::of(x.is_undefined());
  auto a = list_at(f, 0, 2), b = list_at(f, 1, 2);
  if (!a || !b || !f.e.spend(a->size() * b->size() / 8))
    return value::error();
  if (a->empty())
    return value::of(x.string()->empty());
  return value::of(std::all_of(a->begin(), a->end(), [&](const auto& t) {
    return std::any_of(b->begin(), b->end(), [&](const auto& u) {
      return f.tag == 1 ? equal_ignoring_case(t, u) : t == u;
    });
  }));
}

} // namespace trellis::classad::functions
