#include "protocols/gacl/gacl.hpp"

#include "protocols/base/xml.hpp"
#include "protocols/gsi/dn.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::gacl {

namespace {

constexpr xml::limits within{acl::max_bytes, 5, 8192, 4};

struct right_row {
  right bit;
  std::string_view word;
};

constexpr right_row right_rows[] = {
    {may_read,  "read" },
    {may_exec,  "exec" },
    {may_list,  "list" },
    {may_write, "write"},
    {may_admin, "admin"},
};

/// How a credential is written; those without an inner element are empty.
struct credential_row {
  credential_kind kind;
  std::string_view element, inner;
};

constexpr credential_row credential_rows[] = {
    {credential_kind::person,    "person",    "dn"      },
    {credential_kind::voms,      "voms",      "fqan"    },
    {credential_kind::dn_list,   "dn-list",   "url"     },
    {credential_kind::host,      "dns",       "hostname"},
    {credential_kind::any_user,  "any-user",  ""        },
    {credential_kind::auth_user, "auth-user", ""        },
};

error bad(std::string_view why) {
  return {errc::malformed, fmt::format("cannot read an access control list: {}", why)};
}

result<rights> read_rights(const xml::element& x) {
  rights out = may_nothing;
  for (const auto& y : x.children) {
    auto row = std::ranges::find(right_rows, y.name, &right_row::word);
    if (row == std::end(right_rows))
      return bad(fmt::format("<{}> is no right", y.name));
    out = static_cast<rights>(out | row->bit);
  }
  return out;
}

result<done> check_value(const credential& x) {
  if (x.kind == credential_kind::person && !gsi::dn::parse_slash(x.value))
    return bad(fmt::format("'{}' is no name in slash form", x.value));
  if (x.kind == credential_kind::voms)
    if (auto name = gsi::fqan::parse(x.value); !name)
      return bad(name.why().text);
  return done{};
}

result<credential> read_credential(const xml::element& x) {
  auto row = std::ranges::find(credential_rows, x.name, &credential_row::element);
  if (row == std::end(credential_rows))
    return bad(fmt::format("<{}> is no credential that is known", x.name));
  credential out{row->kind, {}};
  if (row->inner.empty() != x.children.empty() || x.children.size() > 1)
    return bad(fmt::format("<{}> holds too little or too much", x.name));
  if (row->inner.empty())
    return out;
  if (x.children.front().name != row->inner || !x.children.front().children.empty())
    return bad(fmt::format("<{}> does not hold a <{}>", x.name, row->inner));
  out.value = x.child_text(row->inner);
  if (out.value.empty())
    return bad(fmt::format("the <{}> of <{}> is empty", row->inner, x.name));
  if (auto r = check_value(out); !r)
    return r.why();
  return out;
}

result<entry> read_entry(const xml::element& x) {
  if (x.name != "entry")
    return bad(fmt::format("<{}> is no entry", x.name));
  entry out;
  for (const auto& y : x.children) {
    if (y.name == "allow" || y.name == "deny") {
      auto some = read_rights(y);
      if (!some)
        return some.why();
      auto& to = y.name == "allow" ? out.allow : out.deny;
      to = static_cast<rights>(to | *some);
      continue;
    }
    auto one = read_credential(y);
    if (!one)
      return one.why();
    out.about.push_back(*std::move(one));
  }
  if (out.about.empty())
    return bad("an entry is about nobody");
  return out;
}

bool has(const credential& x, const subject& who) {
  switch (x.kind) {
  case credential_kind::person:
    return !who.dn.empty() && gsi::normal_slash(x.value) == gsi::normal_slash(who.dn);
  case credential_kind::voms: {
    auto name = gsi::fqan::parse(x.value);
    return name && std::ranges::count(who.fqans, *name) > 0;
  }
  case credential_kind::dn_list:
    return std::ranges::count(who.lists, x.value) > 0;
  case credential_kind::host:
    return !who.host.empty() && who.host == x.value;
  case credential_kind::any_user:
    return true;
  case credential_kind::auth_user:
    return !who.dn.empty();
  }
  return false;
}

void print_rights(std::string& to, std::string_view element, rights x) {
  if (x == may_nothing)
    return;
  to += fmt::format("<{}>", element);
  for (const auto& row : right_rows)
    if ((x & row.bit) != 0)
      to += fmt::format("<{}/>", row.word);
  to += fmt::format("</{}>", element);
}

void print_credential(std::string& to, const credential& x) {
  for (const auto& row : credential_rows)
    if (row.kind == x.kind)
      to += row.inner.empty() ? fmt::format("<{}/>", row.element)
                              : fmt::format("<{0}><{1}>{2}</{1}></{0}>", row.element, row.inner,
                                            xml::escaped(x.value));
}

} // namespace

result<acl> parse(std::string_view text) {
  auto root = xml::parse(text, within);
  if (!root)
    return bad(root.why().text);
  if (root->name != "gacl")
    return bad(fmt::format("it is <{}>, not <gacl>", root->name));
  if (root->children.size() > acl::max_entries)
    return bad("it has more than 512 entries");
  acl out;
  for (const auto& x : root->children) {
    auto one = read_entry(x);
    if (!one)
      return one.why();
    out.entries.push_back(*std::move(one));
  }
  return out;
}

std::string print(const acl& x) {
  std::string out = "<gacl version=\"0.9.0\">\n";
  for (const auto& one : x.entries) {
    out += "<entry>";
    for (const auto& y : one.about)
      print_credential(out, y);
    print_rights(out, "allow", one.allow);
    print_rights(out, "deny", one.deny);
    out += "</entry>\n";
  }
  return out + "</gacl>\n";
}

rights evaluate(const acl& x, const subject& who) {
  rights allowed = may_nothing, denied = may_nothing;
  for (const auto& one : x.entries) {
    auto theirs = std::ranges::all_of(one.about, [&](const auto& y) { return has(y, who); });
    if (one.about.empty() || !theirs)
      continue;
    allowed = static_cast<rights>(allowed | one.allow);
    denied = static_cast<rights>(denied | one.deny);
  }
  return static_cast<rights>(allowed & ~denied);
}

acl owned_by(std::string dn) {
  entry one;
  one.about.push_back({credential_kind::person, std::move(dn)});
  one.allow = may_all;
  acl out;
  out.entries.push_back(std::move(one));
  return out;
}

} // namespace trellis::gacl
