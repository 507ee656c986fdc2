#include "actors/voms/listing.hpp"

#include <fmt/format.h>

namespace trellis::voms {

namespace {

result<const vo*> find(const book& vos, const std::string& name) {
  auto i = vos.find(name);
  if (i == vos.end())
    return error{errc::not_found, fmt::format("there is no VO {} here", name)};
  return i->second.get();
}

/// What fits into one answer; the first row always does.
class page {
public:
  template <class Row>
  bool takes(const Row& x) {
    bytes_ += wire::encode(x).size();
    return std::exchange(any_, true) ? bytes_ <= page_bytes : true;
  }

private:
  std::size_t bytes_ = 0;
  bool any_ = false;
};

} // namespace

vo_list rows_of(const book& vos, const std::string& where) {
  vo_list out;
  for (const auto& [name, x] : vos) {
    vo_row row;
    row.name = name;
    row.uri = fmt::format("{}://{}", name, where);
    row.users = x->members.size();
    for (const auto& [number, y] : x->members)
      row.suspended += !y.suspended.empty();
    for (const auto& [fqan, y] : x->fqans)
      ++(is_role(fqan) ? row.roles : row.groups);
    row.max_lifetime = x->settings.max_lifetime;
    out.vos.push_back(std::move(row));
  }
  return out;
}

result<user_list> users_of(const book& vos, const list_users& x) {
  auto in = find(vos, x.vo);
  if (!in)
    return in.why();
  user_list out;
  page room;
  const auto& all = (*in)->members;
  for (auto i = all.upper_bound(x.after); i != all.end(); ++i) {
    out.more = !room.takes(i->second);
    if (out.more)
      break;
    out.users.push_back(i->second);
  }
  return out;
}

result<fqan_list> fqans_of(const book& vos, const list_fqans& x) {
  auto in = find(vos, x.vo);
  if (!in)
    return in.why();
  std::map<std::string, fqan_row> rows;
  for (const auto& [fqan, attributes] : (*in)->fqans)
    if (is_role(fqan) == x.roles && fqan > x.after)
      rows[fqan] = {fqan, attributes, {}, 0};
  for (const auto& [number, y] : (*in)->members)
    for (const auto& fqan : y.holds)
      if (auto row = rows.find(fqan); row != rows.end())
        if (++row->second.held <= fqan_row::max_holders)
          row->second.holders.push_back(y.certificates.front().subject);
  fqan_list out;
  page room;
  for (auto& [fqan, row] : rows) {
    out.more = !room.takes(row);
    if (out.more)
      break;
    out.fqans.push_back(std::move(row));
  }
  return out;
}

std::string sentence(const act& x) {
  std::string out{word(x.what)};
  for (const auto* part :
       {&x.fqan, &x.certificate.subject, &x.certificate.issuer, &x.name, &x.text})
    if (!part->empty())
      out += " " + *part;
  return out + " in the VO " + x.vo;
}

} // namespace trellis::voms
