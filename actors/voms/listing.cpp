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

result<user_list> users_of(const book& vos, const std::string& vo) {
  auto in = find(vos, vo);
  if (!in)
    return in.why();
  user_list out;
  for (const auto& [number, x] : (*in)->members)
    out.users.push_back(x);
  return out;
}

result<fqan_list> fqans_of(const book& vos, const std::string& vo, bool roles) {
  auto in = find(vos, vo);
  if (!in)
    return in.why();
  std::map<std::string, fqan_row> rows;
  for (const auto& [fqan, attributes] : (*in)->fqans)
    if (is_role(fqan) == roles)
      rows[fqan] = {fqan, attributes, {}};
  for (const auto& [number, x] : (*in)->members)
    for (const auto& fqan : x.holds)
      if (auto row = rows.find(fqan); row != rows.end())
        row->second.holders.push_back(x.certificates.front().subject);
  fqan_list out;
  for (auto& [fqan, row] : rows)
    out.fqans.push_back(std::move(row));
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
