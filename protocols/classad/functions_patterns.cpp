#include "protocols/classad/functions.hpp"
#include "protocols/classad/program.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <memory>

namespace trellis::classad::functions {
namespace {

struct free_code {
  void operator()(pcre2_code* x) const { pcre2_code_free(x); }
};

struct free_match {
  void operator()(pcre2_match_data* x) const { pcre2_match_data_free(x); }
};

struct free_compile_context {
  void operator()(pcre2_compile_context* x) const { pcre2_compile_context_free(x); }
};

struct free_match_context {
  void operator()(pcre2_match_context* x) const { pcre2_match_context_free(x); }
};

PCRE2_SPTR bytes(std::string_view s) { return reinterpret_cast<PCRE2_SPTR>(s.data()); }

std::uint32_t flags_of(const std::string& options) {
  std::uint32_t flags = 0;
  for (char c : options)
    flags |= c == 'i' || c == 'I'   ? PCRE2_CASELESS
             : c == 'm' || c == 'M' ? PCRE2_MULTILINE
             : c == 's' || c == 'S' ? PCRE2_DOTALL
             : c == 'x' || c == 'X' ? PCRE2_EXTENDED
                                    : 0u;
  return flags;
}

pcre2_code* compile(const std::string& text, const std::string& options) {
  constexpr std::size_t max_length = 16'384;
  std::unique_ptr<pcre2_compile_context, free_compile_context> context{
      pcre2_compile_context_create(nullptr)};
  pcre2_set_max_pattern_length(context.get(), max_length);
  int code = 0;
  std::size_t offset = 0;
  return pcre2_compile(bytes(text), text.size(), flags_of(options), &code, &offset, context.get());
}

/// A compiled pattern whose matches are charged to an evaluation.
class pattern {
public:
  pattern(evaluator& e, const std::string& text, const std::string& options) : e_(e) {
    if (!e.spend(20 + text.size()))
      return;
    code_.reset(compile(text, options));
    if (!code_)
      return;
    match_.reset(pcre2_match_data_create_from_pattern(code_.get(), nullptr));
    context_.reset(pcre2_match_context_create(nullptr));
    pcre2_set_heap_limit(context_.get(), e.context().limits.match_heap_kib);
  }

  explicit operator bool() const { return code_ != nullptr; }

  /// The number of groups, PCRE2_ERROR_NOMATCH, or another error. A short try comes first: most
  /// matches take few steps, and those are charged little.
  int match(std::string_view text, std::size_t from, std::uint32_t flags = 0) {
    constexpr std::uint32_t short_try = 1'000;
    auto limit = e_.context().limits.match_limit;
    auto r = try_match(text, from, flags, std::min(short_try, limit), 10 + text.size() / 64);
    if (r == PCRE2_ERROR_MATCHLIMIT && limit > short_try)
      r = try_match(text, from, flags, limit, limit);
    return r;
  }

  std::size_t begin(std::size_t group) const {
    return pcre2_get_ovector_pointer(match_.get())[2 * group];
  }

  std::size_t end(std::size_t group) const {
    return pcre2_get_ovector_pointer(match_.get())[2 * group + 1];
  }

private:
  int try_match(std::string_view text, std::size_t from, std::uint32_t flags, std::uint32_t limit,
                std::size_t cost) {
    if (!e_.spend(cost))
      return PCRE2_ERROR_MATCHLIMIT;
    pcre2_set_match_limit(context_.get(), limit);
    return pcre2_match(code_.get(), bytes(text), text.size(), from, flags, match_.get(),
                       context_.get());
  }

  evaluator& e_;
  std::unique_ptr<pcre2_code, free_code> code_;
  std::unique_ptr<pcre2_match_data, free_match> match_;
  std::unique_ptr<pcre2_match_context, free_match_context> context_;
};

/// The arguments of a call, all of them strings but `list_at`.
struct pattern_arguments : arguments {
  pattern_arguments(call_frame& f, std::size_t list_at) : arguments(f) {
    for (std::size_t i = 0; i < v.size() && !early; ++i)
      if (i == list_at ? !v[i].list() : !v[i].string())
        early = value::error();
  }

  std::string text(std::size_t i) const { return i < v.size() ? *v[i].string() : std::string{}; }
};

constexpr std::size_t no_list = 99;

} // namespace

std::optional<bool> pattern_found(evaluator& e, const std::string& text, const std::string& in,
                                  const std::string& options) {
  pattern p{e, text, options};
  auto r = p ? p.match(in, 0) : PCRE2_ERROR_MATCHLIMIT;
  if (r < 0 && r != PCRE2_ERROR_NOMATCH)
    return std::nullopt;
  return r >= 0;
}

value regexp(call_frame& f) {
  pattern_arguments a{f, no_list};
  if (a.early)
    return *a.early;
  auto hit = pattern_found(f.e, a.text(0), a.text(1), a.text(2));
  return hit ? value::of(*hit) : value::error();
}

namespace {

/// Whether any text matches; undefined when none does and one was undefined.
value any_found(call_frame& f, const std::string& text, const std::string& options,
                const std::vector<value>& candidates) {
  pattern p{f.e, text, options};
  if (!p)
    return value::error();
  bool undefined = false;
  for (const auto& x : candidates) {
    if (x.is_undefined()) {
      undefined = true;
      continue;
    }
    if (!x.string())
      return value::error();
    auto r = p.match(*x.string(), 0);
    if (r >= 0)
      return value::of(true);
    if (r != PCRE2_ERROR_NOMATCH)
      return value::error();
  }
  return undefined ? value{} : value::of(false);
}

} // namespace

value regexp_member(call_frame& f) {
  pattern_arguments a{f, 1};
  if (a.early)
    return *a.early;
  auto all = items(f, *a.v[1].list());
  return all ? any_found(f, a.text(0), a.text(2), *all) : value::error();
}

/// stringListRegexpMember(pattern, list [, delimiters [, options]]).
value string_list_regexp_member(call_frame& f) {
  pattern_arguments a{f, no_list};
  if (a.early)
    return *a.early;
  std::vector<value> all;
  for (auto& t : tokens(a.text(1), a.v.size() > 2 ? a.text(2) : " ,"))
    all.push_back(value::of(std::move(t)));
  return any_found(f, a.text(0), a.text(3), all);
}

namespace {

/// Puts the groups \0 to \9 into a template; false when there is no such group.
bool expand(const pattern& p, std::string_view in, int groups, std::string_view with,
            std::string& out) {
  for (std::size_t i = 0; i < with.size(); ++i) {
    bool group = with[i] == '\\' && i + 1 < with.size() && with[i + 1] >= '0' && with[i + 1] <= '9';
    if (!group) {
      out += with[i];
      continue;
    }
    auto n = static_cast<std::size_t>(with[++i] - '0');
    if (static_cast<int>(n) >= groups)
      return false;
    if (p.begin(n) != PCRE2_UNSET && p.begin(n) <= p.end(n))
      out += in.substr(p.begin(n), p.end(n) - p.begin(n));
  }
  return true;
}

} // namespace

/// Option f gives the whole text with what matched replaced, g replaces every match.
value substitute(call_frame& f) {
  pattern_arguments a{f, no_list};
  if (a.early)
    return *a.early;
  auto options = a.text(3);
  auto in = a.text(1), with = a.text(2);
  bool full = f.tag > 0 || options.find('f') != options.npos;
  bool all = f.tag == 2 || options.find('g') != options.npos;
  pattern p{f.e, a.text(0), options};
  if (!p)
    return value::error();
  std::string out;
  std::size_t from = 0, copied = 0;
  for (bool more = true; more && from <= in.size();) {
    auto groups = p.match(in, from);
    if (groups == PCRE2_ERROR_NOMATCH)
      break;
    if (groups < 0 || p.begin(0) > p.end(0))
      return value::error();
    if (full)
      out += in.substr(copied, p.begin(0) - copied);
    if (!expand(p, in, groups, with, out))
      return value::error();
    copied = p.end(0);
    // An empty match must not be found again at the same place.
    from = p.end(0) + (p.begin(0) == p.end(0) ? 1 : 0);
    more = all;
    if (out.size() > f.e.context().limits.result_bytes || !f.e.spend(out.size() / 256 + 1))
      return f.e.stop();
  }
  if (full)
    out += in.substr(std::min(copied, in.size()));
  return f.e.sized(std::move(out));
}

namespace {

void collect_names(const expr& x, std::vector<std::string>& out) {
  if (x.kind == node_kind::reference && std::find(out.begin(), out.end(), x.name) == out.end())
    out.push_back(x.name);
  for (const auto& y : x.args)
    collect_names(*y, out);
  for (const auto& [name, what] : x.record.attributes())
    collect_names(*what, out);
}

} // namespace

/// listAttrRegEx(pattern, expression): the names an expression refers to. A reference is followed
/// to what it is bound to.
value list_attributes_matching(call_frame& f) {
  auto text = f.arg(0);
  if (!text.string())
    return text.is_undefined() ? text : value::error();
  pattern p{f.e, *text.string(), ""};
  if (!p)
    return value::error();
  std::vector<std::string> names;
  const auto& x = *f.x.args[1];
  auto bound = x.kind == node_kind::reference && x.args.empty() ? f.e.find(x, f.in) : found_name{};
  collect_names(bound.what ? *bound.what : x, names);
  std::vector<value> hits;
  for (const auto& n : names) {
    auto r = p.match(n, 0);
    if (r >= 0)
      hits.push_back(value::of(n));
    else if (r != PCRE2_ERROR_NOMATCH)
      return value::error();
  }
  return value::of(hits);
}

} // namespace trellis::classad::functions

namespace trellis::classad {

struct compiled_pattern {
  std::unique_ptr<pcre2_code, functions::free_code> code;
  std::unique_ptr<pcre2_match_data, functions::free_match> match;
  std::unique_ptr<pcre2_match_context, functions::free_match_context> context;
};

std::shared_ptr<const compiled_pattern>
compile_pattern(const std::string& pattern, const std::string& options, const budgets& limits) {
  auto p = std::make_shared<compiled_pattern>();
  p->code.reset(functions::compile(pattern, options));
  if (!p->code)
    return nullptr;
  p->match.reset(pcre2_match_data_create_from_pattern(p->code.get(), nullptr));
  p->context.reset(pcre2_match_context_create(nullptr));
  pcre2_set_heap_limit(p->context.get(), limits.match_heap_kib);
  pcre2_set_match_limit(p->context.get(), limits.match_limit);
  return p;
}

word find_pattern(const compiled_pattern& pattern, const std::string& text) {
  auto r = pcre2_match(pattern.code.get(), functions::bytes(text), text.size(), 0, 0,
                       pattern.match.get(), pattern.context.get());
  return r < 0 && r != PCRE2_ERROR_NOMATCH ? word::error() : word::of(r >= 0);
}

} // namespace trellis::classad
