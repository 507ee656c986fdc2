#include "actors/voms/withdrawal.hpp"

namespace trellis::voms {

namespace {

const vo* vo_of(const book& vos, const std::string& name) {
  auto i = vos.find(name);
  return i == vos.end() ? nullptr : i->second.get();
}

const member* member_of(const book& vos, const owner& x) {
  auto in = vo_of(vos, x.vo);
  return in ? in->find(x.who) : nullptr;
}

void add_certificates(const book& vos, const std::string& name, std::uint64_t number,
                      std::set<owner>& to) {
  auto in = vo_of(vos, name);
  auto found = in ? in->members.find(number) : decltype(in->members.end()){};
  if (!in || found == in->members.end())
    return;
  for (const auto& x : found->second.certificates)
    to.insert({name, x});
}

std::string_view reason(const member* x) { return x ? std::string_view{x->suspended} : ""; }

std::size_t bytes_of(const withdrawn& x) {
  auto out = x.vo.size() + x.who.subject.size() + x.who.issuer.size() + x.suspended.size();
  for (const auto& fqan : x.fqans)
    out += fqan.size() + 8;
  return out + 64;
}

} // namespace

bool taken_book::update_fqans(const owner& of, const member* before, const member* after,
                              std::chrono::sys_seconds now) {
  auto i = all_.find(of);
  auto fqans = i == all_.end() ? taken_fqans{} : i->second;
  auto old = fqans;
  if (before)
    for (const auto& x : before->holds)
      if (!after || !after->holds.contains(x))
        fqans[x] = now;
  if (after)
    for (const auto& x : after->holds)
      fqans.erase(x);
  if (fqans == old)
    return false;
  if (fqans.empty())
    all_.erase(of);
  else
    all_[of] = std::move(fqans);
  return true;
}

withdrawn taken_book::of(const owner& x, const member* now) const {
  withdrawn out{x.vo, x.who, std::string{reason(now)}, {}};
  if (auto i = all_.find(x); i != all_.end())
    for (const auto& [fqan, when] : i->second)
      out.fqans.insert(fqan);
  return out;
}

std::vector<withdrawn> taken_book::update(const book& before, const edition& after,
                                          std::chrono::sys_seconds now, std::set<owner>& changed) {
  std::set<owner> touched;
  for (const auto& [name, number] : after.touched().members)
    for (auto* vos : {&before, &after.now()})
      add_certificates(*vos, name, number, touched);
  std::vector<withdrawn> out;
  for (const auto& x : touched) {
    auto old = member_of(before, x), fresh = member_of(after.now(), x);
    bool other = update_fqans(x, old, fresh, now);
    if (other)
      changed.insert(x);
    if (other || reason(old) != reason(fresh))
      out.push_back(of(x, fresh));
  }
  return out;
}

void taken_book::forget(std::chrono::sys_seconds now, std::set<owner>& changed) {
  for (auto i = all_.begin(); i != all_.end();) {
    auto& [from, fqans] = *i;
    if (std::erase_if(fqans, [&](const auto& x) { return x.second + kept < now; }) > 0)
      changed.insert(from);
    i = fqans.empty() ? all_.erase(i) : std::next(i);
  }
}

std::vector<withdrawn> taken_book::all(const book& vos) const {
  std::set<owner> who;
  for (const auto& [from, fqans] : all_)
    who.insert(from);
  for (const auto& [name, in] : vos)
    for (const auto& [number, x] : in->members)
      if (!x.suspended.empty())
        add_certificates(vos, name, number, who);
  std::vector<withdrawn> out;
  for (const auto& x : who)
    out.push_back(of(x, member_of(vos, x)));
  return out;
}

void withdrawal_log::add(std::vector<withdrawn> x) {
  for (auto& row : x) {
    auto& number = numbers_[{row.vo, row.who}];
    rows_.erase(number);
    number = ++last_;
    rows_.emplace(number, std::move(row));
  }
}

withdrawn_news withdrawal_log::news(const watch_withdrawn& x) const {
  withdrawn_news out;
  out.edition = edition_;
  out.last = last_;
  std::size_t bytes = 0;
  for (auto i = rows_.upper_bound(x.edition == edition_ ? x.after : 0); i != rows_.end(); ++i) {
    bytes += bytes_of(i->second);
    out.more = bytes > withdrawn_news::max_bytes && !out.rows.empty();
    if (out.more)
      break;
    out.last = i->first;
    out.rows.push_back(i->second);
  }
  return out;
}

} // namespace trellis::voms
