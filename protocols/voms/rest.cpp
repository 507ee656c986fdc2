#include "protocols/voms/rest.hpp"

#include "protocols/base/base64.hpp"
#include "protocols/base/xml.hpp"
#include "protocols/http/target.hpp"
#include "protocols/voms/lists.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::voms {

namespace {

constexpr std::size_t columns = 64;
constexpr xml::limits reply_limits{256 * 1024, 3, 128, 4};

result<done> add_wishes(std::string_view list, request& to) {
  auto all = elements(list, request::max_wishes);
  if (!all || to.wishes.size() + all->size() > request::max_wishes)
    return error{errc::malformed, "more than 512 FQANs are asked for"};
  for (auto x : *all) {
    if (x == "all") {
      to.wishes.push_back({wish_kind::everything, {}, {}});
      continue;
    }
    auto one = gsi::fqan::parse(x);
    if (!one)
      return one.why();
    auto kind = one->role.empty() ? wish_kind::group : wish_kind::group_role;
    to.wishes.push_back({kind, one->group, one->role});
  }
  return done{};
}

std::string fqan_text(const wish& x) {
  if (x.kind == wish_kind::everything)
    return "all";
  return gsi::fqan{x.group, x.role}.text();
}

/// The refusal of a word that is known, or `internal_error`.
refusal refusal_of(std::string_view word) {
  auto row = std::ranges::find(refusal_rows, word, &refusal_row::word);
  return row == std::end(refusal_rows) ? refusal::internal_error : row->code;
}

} // namespace

result<request> parse_rest_request(std::string_view target) {
  auto at = http::read_target(target);
  if (!at)
    return at.why();
  if (at->path != std::vector<std::string>{std::string{rest_path.substr(1)}})
    return error{errc::not_found, fmt::format("there is only {} here", rest_path)};
  request out;
  for (const auto& [name, value] : at->query) {
    result<done> r = done{};
    if (name == "fqans")
      r = add_wishes(value, out);
    else if (name == "lifetime" && !value.empty())
      r = set_lifetime(value, out);
    else if (name == "targets")
      r = add_targets(value, out);
    else if (name == "order")
      r = add_order(value, out);
    else if (name != "lifetime" && out.unknown.size() < 8)
      out.unknown.push_back(name.substr(0, 64));
    if (!r)
      return r.why();
  }
  return out;
}

std::string rest_target(const request& x) {
  std::vector<wish> wishes;
  std::ranges::copy_if(x.wishes, std::back_inserter(wishes),
                       [](const wish& y) { return y.kind != wish_kind::role; });
  std::string out;
  auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty())
      out += fmt::format("{}{}={}", out.empty() ? '?' : '&', name, value);
  };
  add("fqans", joined(wishes, fqan_text));
  add("targets", joined(x.targets, [](const auto& y) { return y; }));
  add("order", joined(x.order, ordered_text));
  if (x.lifetime)
    add("lifetime", std::to_string(x.lifetime->count()));
  return std::string{rest_path} + out;
}

std::string rest_reply(const reply& x) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<voms>";
  if (x.refused)
    out += fmt::format("<error><code>{}</code><message>{}</message></error>",
                       row_of(*x.refused).word, xml::escaped(x.why));
  else
    out += fmt::format("<ac>{}</ac>", base64(x.ac, columns));
  for (const auto& w : x.warnings)
    out += fmt::format("<warning>{}</warning>", xml::escaped(w.text));
  return out + "</voms>\n";
}

int rest_status(const reply& x) { return x.refused ? row_of(*x.refused).http_status : 200; }

result<reply> parse_rest_reply(std::string_view body) {
  auto bad = [](std::string_view why) {
    return error{errc::malformed, fmt::format("cannot read the answer of a VOMS server: {}", why)};
  };
  auto root = xml::parse(body, reply_limits);
  if (!root)
    return bad(root.why().text);
  if (root->name != "voms")
    return bad(fmt::format("it is <{}>, not <voms>", root->name));
  reply out;
  for (const auto& x : root->children)
    if (x.name == "warning")
      out.warnings.push_back({guess(x.text), x.text});
  if (auto refused = root->child("error")) {
    out.refused = refusal_of(refused->child_text("code"));
    out.why = refused->child_text("message");
    return out;
  }
  auto ac = root->child("ac");
  auto bytes = ac ? from_base64(ac->text) : std::nullopt;
  if (!bytes || bytes->empty())
    return bad("there is no attribute certificate in it");
  out.ac = *std::move(bytes);
  return out;
}

} // namespace trellis::voms
