#include "protocols/voms/legacy.hpp"

#include "protocols/base/base64.hpp"
#include "protocols/base/xml.hpp"
#include "protocols/voms/lists.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace trellis::voms {

namespace {

constexpr std::size_t columns = 64;
constexpr std::string_view dummy_ac = "A"; // so that clients read the errors beside it
constexpr int first_error = 1000;

/// The root and what stands in it, nothing deeper.
constexpr xml::limits request_limits{max_legacy_request, 2, 1024, 4};
constexpr xml::limits reply_limits{256 * 1024, 4, 1024, 4};

std::string_view without_end(std::string_view x) {
  while (!x.empty() && (x.back() == '\0' || x.back() == '\n' || x.back() == '\r'))
    x.remove_suffix(1);
  return x;
}

/// A group, and a role or none, as wishes and orders name them.
result<wish> wish_of(wish_kind kind, std::string_view group, std::string_view role) {
  auto text = std::string{group};
  if (!role.empty())
    text += fmt::format("/Role={}", role);
  auto one = gsi::fqan::parse(text);
  if (!one || one->group != group)
    return error{errc::malformed, fmt::format("'{}' is no group, or '{}' is no role", group, role)};
  return wish{kind, one->group, one->role};
}

result<done> add_command(std::string_view command, request& to) {
  auto rest = command.substr(std::min<std::size_t>(1, command.size()));
  if (to.wishes.size() == request::max_wishes)
    return error{errc::malformed, "more than 512 commands are given"};
  auto take = [&](result<wish> x) -> result<done> {
    if (!x)
      return x.why();
    to.wishes.push_back(*std::move(x));
    return done{};
  };
  switch (command.empty() ? '\0' : command.front()) {
  case 'A':
    to.wishes.push_back({});
    return done{};
  case 'N':
    to.list = true;
    return done{};
  case 'G':
    return take(wish_of(wish_kind::group, rest, ""));
  case 'R': {
    auto x = wish_of(wish_kind::role, "/x", rest.empty() ? "/" : rest);
    if (x)
      x->group.clear();
    return take(std::move(x));
  }
  case 'B': {
    auto colon = std::min(rest.find(':'), rest.size());
    auto role = rest.substr(std::min(colon + 1, rest.size()));
    return take(wish_of(wish_kind::group_role, rest.substr(0, colon), role.empty() ? "/" : role));
  }
  default:
    return error{errc::malformed, fmt::format("the command '{}' is unknown", command)};
  }
}

std::string trimmed(const std::string& x) {
  auto begin = x.find_first_not_of(" \t\r\n");
  return begin == x.npos ? "" : x.substr(begin, x.find_last_not_of(" \t\r\n") - begin + 1);
}

void add_item(std::string& to, int number, std::string_view message) {
  to += fmt::format("<item><number>{}</number><message>{}</message></item>", number,
                    xml::escaped(message));
}

/// One <item> of an answer.
void read_item(const xml::element& x, reply& to) {
  int number = 0;
  auto text = x.child_text("number"), message = x.child_text("message");
  std::from_chars(text.data(), text.data() + text.size(), number);
  if (number < first_error) {
    to.warnings.push_back({static_cast<warning_kind>(std::clamp(number, 0, 4)), message});
    return;
  }
  if (to.refused)
    return; // the first says why
  auto row = std::ranges::find(refusal_rows, number, &refusal_row::number);
  to.refused = row == std::end(refusal_rows) ? refusal::internal_error : row->code;
  to.why = message;
}

} // namespace

result<request> parse_legacy_request(std::string_view text) {
  auto root = xml::parse(without_end(text), request_limits);
  if (!root)
    return root.why();
  if (root->name != "voms")
    return error{errc::malformed, fmt::format("the request is <{}>, not <voms>", root->name)};
  request out;
  for (const auto& x : root->children) {
    result<done> r = done{};
    auto value = trimmed(x.text);
    if (x.name == "command")
      r = add_command(value, out);
    else if (x.name == "order")
      r = add_order(value, out);
    else if (x.name == "targets")
      r = add_targets(value, out);
    else if (x.name == "lifetime")
      r = set_lifetime(value, out);
    if (!r)
      return r.why();
  }
  if (out.wishes.empty() && !out.list)
    return error{errc::malformed, "the request has no command"};
  return out;
}

std::string legacy_request(const request& x) {
  std::string out = "<?xml version=\"1.0\" encoding=\"US-ASCII\"?><voms>";
  for (const auto& y : x.wishes)
    out += fmt::format("<command>{}</command>", text(y));
  if (x.list)
    out += "<command>N</command>";
  if (!x.order.empty())
    out += fmt::format("<order>{}</order>", joined(x.order, ordered_text));
  if (!x.targets.empty())
    out += fmt::format("<targets>{}</targets>", joined(x.targets, [](const auto& y) { return y; }));
  out += "<base64>1</base64><version>4</version>";
  if (x.lifetime)
    out += fmt::format("<lifetime>{}</lifetime>", x.lifetime->count());
  return out + "</voms>";
}

std::optional<std::size_t> end_of_legacy_request(std::string_view bytes, std::size_t& scanned) {
  constexpr std::string_view last = "</voms>";
  auto at = bytes.find(last, scanned);
  if (at != bytes.npos)
    return at + last.size();
  scanned = bytes.size() - std::min(bytes.size(), last.size() - 1);
  return std::nullopt;
}

std::string legacy_reply(const reply& x) {
  std::string items;
  if (x.refused)
    add_item(items, row_of(*x.refused).number, x.why);
  for (const auto& w : x.warnings)
    add_item(items, std::max(static_cast<int>(w.kind), 1), w.text);
  std::string out = "<?xml version=\"1.0\" encoding=\"US-ASCII\"?><vomsans><version>3</version>";
  if (!items.empty())
    out += fmt::format("<error>{}</error>", items);
  if (!x.list.empty())
    out += fmt::format("<bitstr>{}</bitstr>", base64(x.list, columns));
  out += fmt::format("<ac>{}</ac>", base64(x.refused ? dummy_ac : x.ac, columns));
  return out + "</vomsans>";
}

result<reply> parse_legacy_reply(std::string_view text) {
  auto bad = [](std::string_view why) {
    return error{errc::malformed, fmt::format("cannot read the answer of a VOMS server: {}", why)};
  };
  auto root = xml::parse(without_end(text), reply_limits);
  if (!root)
    return bad(root.why().text);
  if (root->name != "vomsans")
    return bad(fmt::format("it is <{}>, not <vomsans>", root->name));
  reply out;
  if (auto items = root->child("error"))
    for (const auto& x : items->children)
      if (x.name == "item")
        read_item(x, out);
  auto list = from_base64(root->child_text("bitstr"));
  auto ac = from_base64(root->child_text("ac"));
  if (!list || (!ac && !out.refused))
    return bad("what it carries is no base64");
  out.list = *std::move(list);
  if (out.refused)
    return out;
  if (ac->empty() && out.list.empty())
    return bad("there is no attribute certificate in it");
  out.ac = *std::move(ac);
  return out;
}

opening look_at(std::string_view bytes) {
  opening out;
  if (bytes.starts_with('0'))
    out.skip = 1;
  auto rest = bytes.substr(out.skip);
  auto begins = [&](std::string_view word) { return rest.substr(0, word.size()) == word; };
  auto may_begin = [&](std::string_view word) { return word.substr(0, rest.size()) == rest; };
  if (begins("<?xml") || begins("<voms"))
    out.what = first_bytes::legacy;
  else if (may_begin("<?xml") || may_begin("<voms"))
    out.what = first_bytes::more;
  else if (rest.front() >= 'A' && rest.front() <= 'Z')
    out.what = first_bytes::http; // a method; which one is for the reader of heads
  else
    out.what = first_bytes::neither;
  return out;
}

} // namespace trellis::voms
