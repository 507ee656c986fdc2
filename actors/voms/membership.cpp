#include "actors/voms/membership.hpp"

#include "protocols/gsi/dn.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::voms {

namespace {

bool printable(std::string_view text) {
  return text.size() <= edition::max_text
         && std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 127; });
}

std::string quoted(const certificate_name& x) {
  return x.issuer.empty() ? x.subject : fmt::format("{} of {}", x.subject, x.issuer);
}

/// As they are compared and kept.
result<certificate_name> normal(const certificate_name& x, bool with_issuer) {
  for (const auto* name : {&x.subject, &x.issuer})
    if (!printable(*name) || (!name->empty() && name->front() != '/'))
      return error{errc::usage, fmt::format("'{}' is no name of a certificate: it looks like "
                                            "/DC=example/CN=name",
                                            *name)};
  if (x.subject.empty())
    return error{errc::usage, "a user is named by the subject of a certificate"};
  if (with_issuer && x.issuer.empty())
    return error{errc::usage, fmt::format("{} means nobody without the CA that gave the name: "
                                          "say which",
                                          x.subject)};
  return certificate_name{gsi::normal_slash(x.subject),
                          x.issuer.empty() ? "" : gsi::normal_slash(x.issuer)};
}

result<member*> find_member(vo& in, const certificate_name& given) {
  auto name = normal(given, false);
  if (!name)
    return name.why();
  member* found = nullptr;
  for (auto i = in.by_certificate.lower_bound({name->subject, name->issuer});
       i != in.by_certificate.end() && i->first.subject == name->subject; ++i) {
    auto* x = &in.members.at(i->second);
    if (!name->issuer.empty() && i->first.issuer != name->issuer)
      continue;
    if (found && found != x)
      return error{errc::usage, fmt::format("several CAs know a {}: say which", name->subject)};
    found = x;
  }
  if (!found)
    return error{errc::not_found, fmt::format("the VO {} has no user {}", in.name, quoted(*name))};
  return found;
}

result<gsi::fqan> fqan_of(const vo& in, const std::string& text) {
  auto x = gsi::fqan::parse(text);
  if (!x)
    return error{errc::usage, x.why().text};
  if (x->vo() != in.name)
    return error{errc::usage, fmt::format("{} is not of the VO {}: its groups begin with /{}", text,
                                          in.name, in.name)};
  return x;
}

bool below(std::string_view x, const std::string& fqan) {
  return x == fqan || (x.starts_with(fqan) && x[fqan.size()] == '/');
}

} // namespace

bool is_role(std::string_view fqan) { return fqan.find("/Role=") != fqan.npos; }

std::vector<std::string> with_groups_above(const gsi::fqan& x) {
  std::vector<std::string> out;
  for (auto end = x.group.find('/', 1); end != x.group.npos; end = x.group.find('/', end + 1))
    out.push_back(x.group.substr(0, end));
  out.push_back(x.group);
  if (!x.role.empty())
    out.push_back(x.text());
  return out;
}

vo& edition::open(const std::string& name) {
  auto& mine = open_[name];
  if (!mine) {
    auto i = to_.find(name);
    mine = i == to_.end() ? std::make_shared<vo>() : std::make_shared<vo>(*i->second);
    mine->name = name;
    to_[name] = mine;
  }
  return *mine;
}

result<bool> edition::apply(const act& x) {
  if (x.what != act_kind::add_vo && !to_.contains(x.vo))
    return error{errc::not_found, fmt::format("there is no VO {} here", x.vo)};
  switch (x.what) {
  case act_kind::add_vo:
  case act_kind::remove_vo:
    return on_vo(x);
  case act_kind::add_fqan:
  case act_kind::remove_fqan:
    return on_fqan(x);
  case act_kind::grant:
  case act_kind::revoke:
    return on_holding(x);
  case act_kind::set_attribute:
    return on_attribute(x);
  default:
    return on_user(x);
  }
}

result<bool> edition::on_vo(const act& x) {
  if (!gsi::is_vo_name(x.vo))
    return error{errc::usage, fmt::format("'{}' cannot be the name of a VO: letters, digits, "
                                          "dots, hyphens and underscores can",
                                          x.vo)};
  if (x.lifetime && (*x.lifetime < least_lifetime || *x.lifetime > most_lifetime))
    return error{errc::usage,
                 fmt::format("a lifetime of {} s is not from {} to {}", x.lifetime->count(),
                             least_lifetime.count(), most_lifetime.count())};
  bool known = to_.contains(x.vo);
  auto& in = open(x.vo);
  touched_.settings.insert(x.vo);
  if (x.what == act_kind::remove_vo) {
    for (const auto& [fqan, y] : in.fqans)
      touched_.fqans.insert({x.vo, fqan});
    for (const auto& [number, y] : in.members)
      touched_.members.insert({x.vo, number});
    to_.erase(x.vo);
    open_.erase(x.vo);
    return true;
  }
  auto before = in.settings;
  in.settings.max_lifetime = x.lifetime.value_or(in.settings.max_lifetime);
  if (in.fqans.try_emplace('/' + x.vo).second)
    touched_.fqans.insert({x.vo, '/' + x.vo});
  return !known || !(before == in.settings);
}

bool edition::add_user(vo& in, const certificate_name& name) {
  if (in.by_certificate.contains(name))
    return false;
  member x;
  x.number = in.settings.next_member++;
  x.certificates = {name};
  x.holds = {'/' + in.name};
  in.by_certificate[name] = x.number;
  touched_.settings.insert(in.name);
  touch(in, x);
  in.members[x.number] = std::move(x);
  return true;
}

result<bool> edition::add_alias(vo& in, const certificate_name& name, const std::string& of) {
  auto user = find_member(in, {of, ""});
  if (!user)
    return user.why();
  if (auto i = in.by_certificate.find(name); i != in.by_certificate.end()) {
    if (i->second == (*user)->number)
      return false;
    return error{errc::exists, fmt::format("{} is another user of {}", quoted(name), in.name)};
  }
  (*user)->certificates.push_back(name);
  in.by_certificate[name] = (*user)->number;
  touch(in, **user);
  return true;
}

result<bool> edition::on_user(const act& x) {
  bool adds = x.what == act_kind::add_user || x.what == act_kind::add_alias;
  auto name = normal(x.certificate, adds);
  if (!name)
    return name.why();
  auto& in = open(x.vo);
  if (x.what == act_kind::add_user)
    return add_user(in, *name);
  if (x.what == act_kind::add_alias)
    return add_alias(in, *name, x.text);
  auto user = find_member(in, *name);
  if (!user)
    return user.why();
  auto& found = **user;
  auto before = found;
  touch(in, found);
  if (x.what == act_kind::suspend_user) {
    if (x.text.empty() || !printable(x.text))
      return error{errc::usage, fmt::format("the reason why {} is suspended is read by that user: "
                                            "one line of printable characters",
                                            found.certificates.front().subject)};
    found.suspended = x.text;
  } else if (x.what == act_kind::restore_user)
    found.suspended.clear();
  else if (x.what == act_kind::remove_alias) {
    if (found.certificates.size() == 1)
      return error{errc::usage, fmt::format("{} is the only certificate of its user: remove the "
                                            "user",
                                            quoted(*name))};
    std::erase_if(found.certificates, [&](const certificate_name& y) {
      bool gone = y.subject == name->subject && (name->issuer.empty() || y.issuer == name->issuer);
      return gone && in.by_certificate.erase(y) > 0;
    });
  } else {
    for (const auto& y : found.certificates)
      in.by_certificate.erase(y);
    in.members.erase(before.number);
    return true;
  }
  return !(before == found);
}

/// Nobody has `fqan` or what is below it any more.
void edition::drop(vo& in, const std::string& fqan) {
  for (auto& [number, x] : in.members)
    if (std::erase_if(x.holds, [&](const std::string& y) { return below(y, fqan); }) > 0)
      touch(in, x);
  std::erase_if(in.fqans, [&](const auto& y) {
    bool gone = below(y.first, fqan);
    if (gone)
      touched_.fqans.insert({in.name, y.first});
    return gone;
  });
}

result<bool> edition::on_fqan(const act& x) {
  auto& in = open(x.vo);
  auto what = fqan_of(in, x.fqan);
  if (!what)
    return what.why();
  if (x.what == act_kind::add_fqan) {
    bool added = false;
    for (const auto& y : with_groups_above(*what))
      if (in.fqans.try_emplace(y).second) {
        touched_.fqans.insert({in.name, y});
        added = true;
      }
    return added;
  }
  if (what->text() == '/' + in.name)
    return error{errc::usage, fmt::format("/{0} is the VO itself: remove the VO", in.name)};
  if (!in.fqans.contains(what->text()))
    return error{errc::not_found, fmt::format("there is no {} in {}", what->text(), in.name)};
  drop(in, what->text());
  return true;
}

result<bool> edition::on_holding(const act& x) {
  auto& in = open(x.vo);
  auto what = fqan_of(in, x.fqan);
  if (!what)
    return what.why();
  auto fqan = what->text();
  if (!in.fqans.contains(fqan))
    return error{errc::not_found, fmt::format("there is no {} in {}: add it first", fqan, in.name)};
  auto user = find_member(in, x.certificate);
  if (!user)
    return user.why();
  auto& holds = (*user)->holds;
  auto before = holds.size();
  touch(in, **user);
  if (x.what == act_kind::grant) {
    for (auto& y : with_groups_above(*what))
      holds.insert(y);
    if (holds.size() > max_held)
      return error{errc::usage, fmt::format("{} would have over {} groups and roles, more than an "
                                            "attribute certificate carries",
                                            (*user)->certificates.front().subject, max_held)};
    return holds.size() != before;
  }
  if (fqan == '/' + in.name)
    return error{errc::usage,
                 fmt::format("all users of {} are in {}: remove the user", in.name, fqan)};
  std::erase_if(holds, [&](const std::string& y) { return below(y, fqan); });
  return holds.size() != before;
}

result<bool> edition::on_attribute(const act& x) {
  if (x.name.empty() || !printable(x.name) || !printable(x.text))
    return error{errc::usage, fmt::format("'{}' with value '{}' cannot be an attribute: both are "
                                          "of printable characters",
                                          x.name, x.text)};
  auto& in = open(x.vo);
  attribute_map* all = nullptr;
  if (!x.certificate.subject.empty()) {
    auto user = find_member(in, x.certificate);
    if (!user)
      return user.why();
    touch(in, **user);
    all = &(*user)->attributes;
  } else {
    auto what = fqan_of(in, x.fqan);
    if (!what)
      return what.why();
    auto i = in.fqans.find(what->text());
    if (i == in.fqans.end())
      return error{errc::not_found, fmt::format("there is no {} in {}", what->text(), in.name)};
    touched_.fqans.insert({in.name, i->first});
    all = &i->second;
  }
  if (x.text.empty())
    return all->erase(x.name) > 0;
  auto [at, added] = all->try_emplace(x.name, x.text);
  return added || std::exchange(at->second, x.text) != x.text;
}

} // namespace trellis::voms
