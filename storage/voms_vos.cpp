#include "storage/voms_vos.hpp"

#include "storage/keys.hpp"

#include <fmt/format.h>

namespace trellis::storage::voms_vos {

namespace {

constexpr char version = 1;

struct fqan_attributes {
  voms::attribute_map all;
};
TRELLIS_INSPECT(fqan_attributes, all)

struct taken_row {
  voms::taken_fqans all;
};
TRELLIS_INSPECT(taken_row, all)

constexpr char taken_mark = '\1'; // no VO is called so

std::string taken_key(const voms::owner& x) {
  return taken_mark + key(x.vo) + key(x.who.subject) + key(x.who.issuer);
}

/// Cuts what stands before the next '\0' off.
std::optional<std::string> next_word(std::string_view& from) {
  auto end = from.find('\0');
  if (end == from.npos)
    return std::nullopt;
  std::string out{from.substr(0, end)};
  from.remove_prefix(end + 1);
  return out;
}

std::optional<voms::owner> owner_of(std::string_view at) {
  at.remove_prefix(1);
  auto vo = next_word(at), subject = next_word(at), issuer = next_word(at);
  if (!vo || !subject || !issuer || !at.empty())
    return std::nullopt;
  return voms::owner{
      *vo, {*subject, *issuer}
  };
}

std::string settings_key(const std::string& vo) { return key(vo) + 'v'; }

std::string fqan_key(const std::string& vo, const std::string& fqan) {
  return key(vo) + 'f' + key(fqan);
}

std::string member_key(const std::string& vo, std::uint64_t number) {
  return key(vo) + 'm' + be64(number);
}

template <class T>
bool read_row(std::string_view row, T& to) {
  if (row.empty() || row.front() != version)
    return false;
  auto x = wire::decode<T>(row.substr(1));
  if (x)
    to = *std::move(x);
  return static_cast<bool>(x);
}

/// `rest` is the key behind the VO's name.
bool take(voms::vo& to, std::string_view rest, std::string_view row) {
  switch (rest.front()) {
  case 'v':
    return read_row(row, to.settings);
  case 'f': {
    fqan_attributes x;
    if (rest.size() < 3 || !read_row(row, x))
      return false;
    to.fqans[std::string{rest.substr(1, rest.size() - 2)}] = std::move(x.all);
    return true;
  }
  case 'm': {
    voms::member x;
    if (!read_row(row, x))
      return false;
    for (const auto& name : x.certificates)
      to.by_certificate[name] = x.number;
    to.members[x.number] = std::move(x);
    return true;
  }
  default:
    return false;
  }
}

} // namespace

change put_settings(const voms::vo& x) {
  return {family::voms_vos, settings_key(x.name), version + wire::encode(x.settings)};
}

change put_fqan(const std::string& vo, const std::string& fqan, const voms::attribute_map& x) {
  return {family::voms_vos, fqan_key(vo, fqan), version + wire::encode(fqan_attributes{x})};
}

change put_member(const std::string& vo, const voms::member& x) {
  return {family::voms_vos, member_key(vo, x.number), version + wire::encode(x)};
}

change erase_settings(const std::string& vo) {
  return {family::voms_vos, settings_key(vo), std::nullopt};
}

change erase_fqan(const std::string& vo, const std::string& fqan) {
  return {family::voms_vos, fqan_key(vo, fqan), std::nullopt};
}

change erase_member(const std::string& vo, std::uint64_t number) {
  return {family::voms_vos, member_key(vo, number), std::nullopt};
}

change put_taken(const voms::owner& from, const voms::taken_fqans& x) {
  return {family::voms_vos, taken_key(from), version + wire::encode(taken_row{x})};
}

change erase_taken(const voms::owner& from) {
  return {family::voms_vos, taken_key(from), std::nullopt};
}

result<voms::all_taken> taken(const engine& rows) {
  voms::all_taken out;
  bool bad = false;
  auto read = rows.scan(family::voms_vos, std::string(1, taken_mark), "",
                        [&](std::string_view at, std::string_view row) {
                          auto from = owner_of(at);
                          taken_row x;
                          bad = !from || !read_row(row, x);
                          if (!bad)
                            out[*from] = std::move(x.all);
                          return !bad;
                        });
  if (!read)
    return read.why();
  if (bad)
    return error{errc::malformed, "a row of what was taken from users of VOs cannot be read"};
  return out;
}

result<std::map<std::string, voms::vo>> all(const engine& rows) {
  std::map<std::string, voms::vo> out;
  std::string bad;
  const std::string first(1, taken_mark + 1);
  auto read
      = rows.scan(family::voms_vos, "", first, [&](std::string_view at, std::string_view row) {
          auto end = at.find('\0');
          if (end == at.npos || end + 1 >= at.size()) {
            bad = at;
            return false;
          }
          auto& vo = out[std::string{at.substr(0, end)}];
          vo.name = at.substr(0, end);
          if (!take(vo, at.substr(end + 1), row))
            bad = vo.name;
          return bad.empty();
        });
  if (!read)
    return read.why();
  if (!bad.empty())
    return error{errc::malformed, fmt::format("a row of the VO {} cannot be read", bad)};
  return out;
}

} // namespace trellis::storage::voms_vos
