#include "actors/voms/granting.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::voms {

namespace {

using texts = std::vector<std::string>;

void add(texts& to, const std::string& x) {
  if (std::ranges::find(to, x) == to.end())
    to.push_back(x);
}

/// Whose attributes are wanted: the VO that the wishes name, else the one that knows the visitor.
/// Errors: what is told in a refusal.
result<const vo*> vo_for(const book& vos, const asker& who, const request& what) {
  std::set<std::string> named;
  for (const auto& x : what.wishes)
    if (auto group = gsi::fqan::parse(x.group); !x.group.empty() && group)
      named.insert(group->vo());
  if (named.size() > 1)
    return error{errc::malformed, fmt::format("{} and {} are two VOs: ask one at a time",
                                              *named.begin(), *named.rbegin())};
  if (!named.empty()) {
    auto i = vos.find(*named.begin());
    if (i == vos.end())
      return error{errc::malformed,
                   fmt::format("{}: there is no such VO on this server", *named.begin())};
    return i->second.get();
  }
  texts knowing;
  for (const auto& [name, x] : vos)
    if (vos.size() == 1 || x->find(who.name))
      knowing.push_back(name);
  if (knowing.empty())
    return error{errc::not_found,
                 "User unknown to this VO: no VO of this server knows " + who.name.subject};
  if (knowing.size() > 1)
    return error{errc::malformed,
                 fmt::format("several VOs of this server know {}: name a group, such as /{}",
                             who.name.subject, knowing.front())};
  return vos.at(knowing.front()).get();
}

/// What a wish gives; nothing: it cannot be satisfied.
texts satisfied(const vo& in, const member& who, const wish& x) {
  texts out;
  auto wanted = x.role.empty() ? x.group : x.group + "/Role=" + x.role;
  for (const auto& fqan : who.holds) {
    bool fits = x.kind == wish_kind::everything
                || (x.kind == wish_kind::role ? fqan.ends_with("/Role=" + x.role) : fqan == wanted);
    if (fits && in.fqans.contains(fqan))
      out.push_back(fqan);
  }
  return out;
}

struct chosen {
  texts first, rest;
  std::optional<wish> missing;
};

chosen choose(const vo& in, const member& who, const request& what) {
  chosen out;
  for (const auto& x : what.wishes) {
    auto found = satisfied(in, who, x);
    if (found.empty())
      out.missing = x;
    for (const auto& fqan : found)
      add(x.kind == wish_kind::everything ? out.rest : out.first, fqan);
  }
  for (const auto& fqan : who.holds)
    if (!is_role(fqan))
      add(out.rest, fqan);
  std::ranges::sort(out.rest);
  return out;
}

/// All in their order; what `order` wants first and is not there brings a warning.
texts ordered(const chosen& from, const request& what, reply& answer) {
  texts all = from.first, out;
  for (const auto& x : from.rest)
    add(all, x);
  for (const auto& x : what.order) {
    if (std::ranges::find(all, x.text()) != all.end())
      add(out, x.text());
    else
      answer.warnings.push_back(
          {warning_kind::order,
           fmt::format("{} cannot be put where it was selected: it is not given", x.text())});
  }
  for (const auto& x : all)
    add(out, x);
  return out;
}

void narrow(const vo& in, texts& fqans, const asker& who, reply& answer) {
  texts most; // a proxy with attributes of another VO does not bind this one
  for (const auto& x : who.most.value_or(texts{}))
    if (auto y = gsi::fqan::parse(x); y && y->vo() == in.name)
      most.push_back(x);
  if (most.empty())
    return;
  auto gone = std::erase_if(
      fqans, [&](const std::string& x) { return std::ranges::find(most, x) == most.end(); });
  if (gone > 0)
    answer.warnings.push_back({warning_kind::attribute,
                               "the proxy in use contains attributes already: only those of them "
                               "are given"});
}

std::chrono::seconds lifetime_of(const vo& in, const request& what, const place& here,
                                 reply& answer) {
  auto most = in.settings.max_lifetime;
  if (what.lifetime.value_or(most) <= most)
    return what.lifetime.value_or(most);
  answer.warnings.push_back(
      {warning_kind::lifetime,
       fmt::format("{}:{}: The validity of this VOMS AC in your proxy is shortened to {} seconds!",
                   here.host, here.port, most.count())});
  return most;
}

std::vector<gsi::generic_attribute> attributes_of(const vo& in, const member& who,
                                                  const texts& fqans) {
  std::vector<gsi::generic_attribute> out;
  for (const auto& [name, value] : who.attributes)
    out.push_back({name, value, in.name});
  for (const auto& fqan : fqans)
    for (const auto& [name, value] : in.fqans.at(fqan))
      out.push_back({name, value, fqan});
  if (out.size() > gsi::ac_bounds::attributes)
    out.resize(gsi::ac_bounds::attributes);
  return out;
}

} // namespace

reply refuse(refusal code, std::string why) {
  reply out;
  out.refused = code;
  out.why = std::move(why);
  return out;
}

decision decide(const book& vos, const asker& who, const request& what, const place& here) {
  auto found = vo_for(vos, who, what);
  if (!found)
    return {
        refuse(found.why().code == errc::not_found ? refusal::no_such_user : refusal::bad_request,
               found.why().text),
        std::nullopt};
  const auto& in = **found;
  const auto* user = in.find(who.name);
  if (!user)
    return {refuse(refusal::no_such_user, fmt::format("{}: User unknown to this VO: {} of {}",
                                                      in.name, who.name.subject, who.name.issuer)),
            std::nullopt};
  if (!user->suspended.empty())
    return {refuse(refusal::suspended_user, fmt::format("{}: {} is suspended: {}", in.name,
                                                        who.name.subject, user->suspended)),
            std::nullopt};
  decision out;
  if (what.list) {
    for (const auto& fqan : user->holds)
      out.answer.list += fqan + '\n';
    return out;
  }
  auto all = choose(in, *user, what);
  if (all.missing)
    return {refuse(refusal::bad_request,
                   fmt::format("{}: Unable to satisfy {} request!", in.name, text(*all.missing))),
            std::nullopt};
  auto fqans = ordered(all, what, out.answer);
  narrow(in, fqans, who, out.answer);
  if (fqans.empty())
    return {refuse(refusal::bad_request,
                   fmt::format("{}: the proxy in use contains attributes, and none of those asked "
                               "for: make a new one",
                               in.name)),
            std::nullopt};
  auto& to = out.to_sign.emplace();
  to.vo = in.name;
  to.lifetime = lifetime_of(in, what, here, out.answer);
  to.attributes = attributes_of(in, *user, fqans);
  to.targets = what.targets;
  for (const auto& x : fqans)
    to.fqans.push_back(*gsi::fqan::parse(x));
  for (const auto& x : what.unknown)
    out.answer.warnings.push_back({warning_kind::other, "the parameter " + x + " means nothing"});
  return out;
}

} // namespace trellis::voms
