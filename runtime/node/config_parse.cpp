#include "runtime/node/config_keys.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>

namespace trellis::config {

namespace {

/// Collects mistakes, each with its place.
class mistakes {
public:
  explicit mistakes(std::string file) : file_(std::move(file)) {}

  void add(const toml::source_region& where, std::string_view text) {
    lines_.push_back({where.begin.line, fmt::format("{}:{}: {}", file_, where.begin.line, text)});
  }

  bool none() const { return lines_.empty(); }

  std::string text() {
    std::stable_sort(lines_.begin(), lines_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string out;
    for (const auto& [line, text] : lines_)
      out += (out.empty() ? "" : "\n") + text;
    return out;
  }

private:
  std::string file_;
  std::vector<std::pair<std::uint32_t, std::string>> lines_;
};

// --- one value: from the file into a member; an error is the end of a sentence "KEY ..." --------

using outcome = std::optional<std::string>; // what is wrong with it

outcome must_be(std::string_view what) { return fmt::format("must be {}", what); }

template <class T, class Parse>
outcome parsed(const toml::node& x, T& to, std::string_view what, Parse parse) {
  auto text = x.value_exact<std::string>();
  if (!text)
    return must_be(what);
  auto r = parse(*text);
  if (!r)
    return fmt::format("must be {}: {}", what, r.why().text);
  to = *std::move(r);
  return {};
}

outcome take(const toml::node& x, std::string& to) {
  auto text = x.value_exact<std::string>();
  if (!text)
    return must_be("a text in quotes");
  to = *std::move(text);
  return {};
}

outcome take(const toml::node& x, bool& to) {
  auto flag = x.value_exact<bool>();
  if (!flag)
    return must_be("true or false");
  to = *flag;
  return {};
}

outcome take(const toml::node& x, std::uint32_t& to) {
  auto n = x.value_exact<std::int64_t>();
  if (!n || *n < 0 || *n > 0xFFFFFFFF)
    return must_be("a whole number, not negative");
  to = static_cast<std::uint32_t>(*n);
  return {};
}

outcome take(const toml::node& x, byte_count& to) {
  return parsed(x, to, "a size in quotes", parse_bytes);
}

outcome take(const toml::node& x, milliseconds& to) {
  return parsed(x, to, "a duration in quotes", parse_duration);
}

outcome take(const toml::node& x, host_name& to) {
  return parsed(x, to, "a host name", host_name::parse);
}

outcome take(const toml::node& x, endpoint& to) {
  return parsed(x, to, "a host:port in quotes", parse_endpoint);
}

outcome take(const toml::node& x, role& to) {
  auto found = role_from(x.value_exact<std::string>().value_or(""));
  if (!found || *found == role::node)
    return must_be("one of wms, lb, ce, info, voms");
  to = *found;
  return {};
}

template <class T>
outcome take(const toml::node& x, std::optional<T>& to) {
  return take(x, to.emplace());
}

template <class T>
outcome take(const toml::node& x, std::vector<T>& to) {
  to.clear();
  auto list = x.as_array();
  if (!list)
    return must_be("a list in [ ]");
  for (const auto& item : *list)
    if (auto wrong = take(item, to.emplace_back()))
      return fmt::format("is a list of which each {}", *wrong);
  return {};
}

// --- ranges ------------------------------------------------------------------------------------

template <class T>
std::optional<std::uint64_t> quantity(const T&) {
  return {};
}

std::optional<std::uint64_t> quantity(std::uint32_t x) { return x; }

std::optional<std::uint64_t> quantity(milliseconds x) {
  return static_cast<std::uint64_t>(x.count());
}

std::optional<std::uint64_t> quantity(byte_count x) { return x.bytes; }

std::string shown(std::uint32_t, std::uint64_t x) { return fmt::to_string(x); }

std::string shown(milliseconds, std::uint64_t x) {
  return text(milliseconds{static_cast<std::int64_t>(x)});
}

std::string shown(byte_count, std::uint64_t x) { return text(byte_count{x}); }

template <class T>
std::string shown(const T&, std::uint64_t x) {
  return fmt::to_string(x);
}

bool among(std::string_view choices, std::string_view x) {
  for (;;) {
    auto bar = choices.find('|');
    if (choices.substr(0, bar) == x)
      return true;
    if (bar == choices.npos)
      return false;
    choices.remove_prefix(bar + 1);
  }
}

template <class Section, class T>
outcome in_range(const key<Section>& row, const T& x) {
  if constexpr (std::is_same_v<T, std::string>)
    if (!row.choices.empty() && !among(row.choices, x))
      return fmt::format("is '{}', not one of {}", x, row.choices);
  auto n = quantity(x);
  if (!n || row.most == 0)
    return {};
  if (*n < row.least)
    return fmt::format("is {}, below {}: {}", shown(x, *n), shown(x, row.least), row.low);
  if (*n > row.most)
    return fmt::format("is {}, above {}: {}", shown(x, *n), shown(x, row.most), row.high);
  return {};
}

// --- a section ---------------------------------------------------------------------------------

template <class Section>
std::string place() {
  return head<Section>().empty() ? std::string{"the top level"} : std::string{head<Section>()};
}

template <class Section>
void unknown(const toml::node& value, std::string_view name, std::span<const std::string> tables,
             mistakes& wrong) {
  std::vector<std::string> words{tables.begin(), tables.end()};
  for (const auto& row : keys<Section>())
    words.emplace_back(row.name);
  auto sentence = fmt::format("'{}' is no key of {}", name, place<Section>());
  auto at_home = [&]<class Other>() {
    for (const auto& row : keys<Other>())
      if (row.name == name)
        sentence = fmt::format("'{}' is no key of {}, but of {}", name, place<Section>(),
                               place<Other>());
  };
  if (auto meant = did_you_mean(name, words))
    sentence += fmt::format("; did you mean '{}'?", *meant);
  else
    for_each_section(at_home);
  wrong.add(value.source(), sentence);
}

template <class Section>
Section read(const toml::table& from, std::span<const std::string> tables, mistakes& wrong) {
  Section out;
  for (const auto& row : keys<Section>()) {
    auto value = from.get(row.name);
    if (!value) {
      if (row.needed)
        wrong.add(from.source(), fmt::format("{} needs the key '{}'", place<Section>(), row.name));
      continue;
    }
    auto problem = std::visit(
        [&](auto member) -> outcome {
          auto bad = take(*value, out.*member);
          return bad ? bad : in_range(row, out.*member);
        },
        row.where);
    if (problem)
      wrong.add(value->source(), fmt::format("{} {}", row.name, *problem));
  }
  for (const auto& [name, value] : from) {
    bool known = std::find(tables.begin(), tables.end(), name.str()) != tables.end();
    for (const auto& row : keys<Section>())
      known = known || row.name == name.str();
    if (!known)
      unknown<Section>(value, name.str(), tables, wrong);
  }
  return out;
}

/// The section at `name`, or its defaults.
template <class Section>
Section table(const toml::table& from, std::string_view name, std::span<const std::string> tables,
              mistakes& wrong) {
  auto x = from.get(name);
  if (!x)
    return {};
  if (auto t = x->as_table())
    return read<Section>(*t, tables, wrong);
  wrong.add(x->source(), fmt::format("'{}' is a section: write {}", name, head<Section>()));
  return {};
}

template <class Section>
std::vector<Section> list(const toml::table& from, std::string_view name, mistakes& wrong) {
  std::vector<Section> out;
  auto x = from.get(name);
  if (!x)
    return out;
  auto a = x->as_array();
  if (!a || !a->is_array_of_tables()) {
    wrong.add(x->source(), fmt::format("'{}' is repeated: write {}", name, head<Section>()));
    return out;
  }
  for (const auto& item : *a)
    out.push_back(read<Section>(*item.as_table(), {}, wrong));
  return out;
}

// --- what concerns more than one key -----------------------------------------------------------

void check_peers(const node& x, const toml::table& at, mistakes& wrong) {
  for (std::size_t i = 0; i < x.peers.size(); ++i) {
    auto& where = at.get("peer")->as_array()->get(i)->source();
    if (x.peers[i].host == x.host && !x.host.empty())
      wrong.add(where, fmt::format("the peer {} is this node itself", x.host.text()));
    for (std::size_t k = 0; k < i; ++k)
      if (x.peers[i].host == x.peers[k].host)
        wrong.add(where, fmt::format("the peer {} is there twice", x.peers[i].host.text()));
  }
}

void check_users(const node& x, const toml::table& at, mistakes& wrong) {
  for (std::size_t i = 0; i < x.local_users.size(); ++i) {
    const auto& u = x.local_users[i];
    if (u.uid.has_value() + !u.user.empty() + !u.group.empty() != 1)
      wrong.add(at.get("local_user")->as_array()->get(i)->source(),
                "[[local_user]] needs exactly one of uid, user, group");
  }
}

void check_queues(const node& x, const toml::table& at, mistakes& wrong) {
  for (std::size_t i = 0; i < x.ce.queues.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (x.ce.queues[i].name == x.ce.queues[k].name)
        wrong.add(at.get("ce")->as_table()->get("queue")->as_array()->get(i)->source(),
                  fmt::format("the queue '{}' is there twice", x.ce.queues[i].name));
}

/// Fills what follows from other keys.
void derive(node& x, const toml::table& at, mistakes& wrong) {
  if (auto dot = x.host.text().find('.'); x.site.empty())
    x.site = dot == std::string::npos ? x.host.text() : x.host.text().substr(dot + 1);
  if (!x.connect && !x.listen.empty())
    x.connect = endpoint{x.host.text(), x.listen.front().port};
  if (x.has(role::ce) && x.ce.queues.empty()) {
    auto& q = x.ce.queues.emplace_back();
    q.name = "default";
    q.vos = {"*"};
  }
  if (x.has(role::wms) && !x.has(role::info))
    x.roles.push_back(role::info); // a matchmaker looks at a supermarket of its own node
  if (!x.has(role::wms) || !x.wms.lb.empty())
    return;
  std::vector<host_name> with_lb;
  for (const auto& p : x.peers)
    if (std::find(p.roles.begin(), p.roles.end(), role::lb) != p.roles.end())
      with_lb.push_back(p.host);
  if (x.has(role::lb))
    x.wms.lb = x.host;
  else if (with_lb.size() == 1)
    x.wms.lb = with_lb.front();
  else
    wrong.add(at.source(), fmt::format("the role wms needs an L&B server and {} peers have the "
                                       "role lb: write lb = \"HOST\" in [wms]",
                                       with_lb.size()));
}

void check(node& x, const toml::table& at, mistakes& wrong) {
  check_peers(x, at, wrong);
  check_users(x, at, wrong);
  check_queues(x, at, wrong);
  if (wrong.none())
    derive(x, at, wrong);
  if (x.wms.lease > x.wms.max_lease)
    wrong.add(at.source(), "lease in [wms] is longer than max_lease");
  if (x.info.lifetime <= x.info.advertise)
    wrong.add(at.source(), "lifetime in [info] must be longer than advertise");
  if (auto socket = x.path(x.socket); socket.size() > socket_path_limit)
    wrong.add(at.source(),
              fmt::format("socket: the path {} has {} bytes, the system allows {}; set another one",
                          socket, socket.size(), socket_path_limit));
}

const std::string top_tables[]
    = {"peer", "local_user", "ce", "wms", "lb", "info", "edge", "limits"};
const std::string ce_tables[] = {"queue"};

node read_all(const toml::table& top, mistakes& wrong) {
  auto out = read<node>(top, top_tables, wrong);
  out.peers = list<peer>(top, "peer", wrong);
  out.local_users = list<local_user>(top, "local_user", wrong);
  out.ce = table<ce>(top, "ce", ce_tables, wrong);
  if (auto t = top.get("ce"); t && t->is_table())
    out.ce.queues = list<queue>(*t->as_table(), "queue", wrong);
  out.wms = table<wms>(top, "wms", {}, wrong);
  out.lb = table<lb>(top, "lb", {}, wrong);
  out.info = table<info>(top, "info", {}, wrong);
  out.edge = table<edge>(top, "edge", {}, wrong);
  out.limits = table<limits>(top, "limits", {}, wrong);
  return out;
}

} // namespace

result<node> parse(std::string_view toml, const std::string& file) {
  mistakes wrong{file};
  try {
    auto top = toml::parse(toml, file);
    auto out = read_all(top, wrong);
    out.file = file;
    auto slash = file.rfind('/');
    out.directory = slash == file.npos ? "." : slash == 0 ? "/" : file.substr(0, slash);
    check(out, top, wrong);
    if (wrong.none())
      return out;
  } catch (const toml::parse_error& e) {
    wrong.add(e.source(), e.description());
  }
  return error{errc::usage, wrong.text()};
}

} // namespace trellis::config
