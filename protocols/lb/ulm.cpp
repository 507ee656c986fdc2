#include "protocols/lb/ulm.hpp"

#include "protocols/lb/event_table.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>

namespace trellis::lb {
namespace {

std::string upper(std::string_view x) {
  std::string out{x};
  for (auto& c : out)
    if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 32);
  return out;
}

std::string quoted(std::string_view x) {
  std::string out = "\"";
  for (char c : x) {
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (c == '\n')
      out += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + '"';
}

std::string date(moment x) {
  auto day = std::chrono::floor<std::chrono::days>(x);
  std::chrono::year_month_day ymd{day};
  std::chrono::hh_mm_ss time{x - day};
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}.{:06}", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

template <class T>
bool number(std::string_view text, T& to) {
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), to);
  return ec == std::errc{} && end == text.data() + text.size();
}

bool parse_date(std::string_view text, moment& to) {
  if (text.size() < 14 || text.find_first_not_of("0123456789.") != text.npos)
    return false;
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0, micros = 0;
  if (!number(text.substr(0, 4), year) || !number(text.substr(4, 2), month)
      || !number(text.substr(6, 2), day) || !number(text.substr(8, 2), hour)
      || !number(text.substr(10, 2), minute) || !number(text.substr(12, 2), second))
    return false;
  if (text.size() > 14) {
    std::string part{text.substr(15)};
    if (text[14] != '.' || part.empty() || part.size() > 6)
      return false;
    part.resize(6, '0');
    if (!number(std::string_view{part}, micros))
      return false;
  }
  std::chrono::year_month_day ymd{std::chrono::year{year}, std::chrono::month{month},
                                  std::chrono::day{day}};
  if (!ymd.ok() || hour > 23 || minute > 59 || second > 60)
    return false;
  to = std::chrono::sys_days{ymd} + std::chrono::hours{hour} + std::chrono::minutes{minute}
       + std::chrono::seconds{second} + std::chrono::microseconds{micros};
  return true;
}

/// Prints the fields of an event's body.
class printer {
public:
  using visits_wire_fields = void;

  printer(std::string& out, std::string prefix) : out_(out), prefix_(std::move(prefix)) {}

  template <class T>
  void field(const char* name, const T& x) {
    if constexpr (wire::is_a<T, std::optional>) {
      if (x)
        field(name, *x);
    } else
      out_ += fmt::format(" {}{}={}", prefix_, upper(name), quoted(text(x)));
  }

private:
  template <class T>
  static std::string text(const T& x) {
    if constexpr (std::is_enum_v<T>)
      return std::string{word(x)};
    else if constexpr (std::is_arithmetic_v<T>)
      return fmt::format("{}", x);
    else if constexpr (std::same_as<T, sequence_code>)
      return x.print();
    else if constexpr (std::same_as<T, std::string>)
      return x;
    else if constexpr (wire::time_point<T>)
      return date(x);
    else
      return x.text();
  }

  std::string& out_;
  std::string prefix_;
};

using pairs = std::map<std::string, std::string, std::less<>>;

class scanner {
public:
  using visits_wire_fields = void;

  scanner(const pairs& from, std::string prefix) : from_(from), prefix_(std::move(prefix)) {}

  void field(const char* name, auto& x) {
    auto key = prefix_ + upper(name);
    auto i = from_.find(key);
    if (i != from_.end() && !take(i->second, x) && bad.empty())
      bad = key;
  }

  std::string bad; // the first key whose value cannot be read

private:
  template <class T>
  static bool take(const std::string& text, T& x) {
    if constexpr (wire::is_a<T, std::optional>)
      return take(text, x.emplace());
    else if constexpr (std::is_enum_v<T>) {
      auto value = from_word<T>(text);
      x = value.value_or(T{});
      return value.has_value();
    } else if constexpr (std::is_arithmetic_v<T>)
      return number(std::string_view{text}, x);
    else if constexpr (std::same_as<T, std::string>) {
      x = text;
      return true;
    } else if constexpr (wire::time_point<T>)
      return parse_date(text, x);
    else {
      auto value = T::parse(text);
      if (value)
        x = std::move(*value);
      return static_cast<bool>(value);
    }
  }

  const pairs& from_;
  std::string prefix_;
};

error bad(std::string_view why) {
  return {errc::malformed, fmt::format("cannot read an event line: {}", why)};
}

int hex(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/// The text between quotes; `line` is left behind the closing one.
bool unquote(std::string_view& line, std::string& out) {
  for (line.remove_prefix(1); !line.empty(); line.remove_prefix(1)) {
    auto c = line.front();
    if (c == '"') {
      line.remove_prefix(1);
      return true;
    }
    if (c != '\\') {
      out += c;
      continue;
    }
    line.remove_prefix(1);
    if (line.empty())
      return false;
    if (line.front() == 'n')
      out += '\n';
    else if (line.size() > 2 && line.front() == 'x' && hex(line[1]) >= 0 && hex(line[2]) >= 0) {
      out += static_cast<char>(hex(line[1]) * 16 + hex(line[2]));
      line.remove_prefix(2);
    } else
      out += line.front();
  }
  return false;
}

result<pairs> pairs_of(std::string_view line) {
  pairs out;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r\n"), line.size()));
    if (line.empty())
      return out;
    auto equals = line.find('=');
    if (equals == line.npos)
      return bad(fmt::format("'{}' has no value", line.substr(0, 40)));
    auto key = upper(line.substr(0, equals));
    line.remove_prefix(equals + 1);
    std::string value;
    if (line.starts_with('"')) {
      if (!unquote(line, value))
        return bad(fmt::format("the quotes of {} do not end", key));
    } else {
      auto end = std::min(line.find_first_of(" \t\r\n"), line.size());
      value = line.substr(0, end);
      line.remove_prefix(end);
    }
    out[key] = std::move(value);
  }
}

template <std::size_t I = 0>
void make_body(event_body& x, std::size_t index) {
  if constexpr (I < std::variant_size_v<event_body>) {
    if (I == index)
      x.emplace<I>();
    else
      make_body<I + 1>(x, index);
  }
}

std::string prefix_of(kind x) { return fmt::format("DG.{}.", upper(word(x))); }

/// The fields that every event has.
bool take_common(const pairs& from, event& e, std::string& key) {
  auto with = [&](std::string_view name, auto&& read) {
    key = name;
    auto i = from.find(name);
    return i == from.end() || read(i->second);
  };
  return with("DATE", [&](auto& x) { return parse_date(x, e.timestamp); })
         && with("HOST", [&](auto& x) { return e.host = x, true; })
         && with("LVL",
                 [&](auto& x) {
                   auto value = from_word<level>(x);
                   e.lvl = value.value_or(level::system);
                   return value.has_value();
                 })
         && with("DG.SOURCE",
                 [&](auto& x) {
                   auto value = from_word<source>(x);
                   e.from = value.value_or(source::none);
                   return value.has_value();
                 })
         && with("DG.SRC_INSTANCE", [&](auto& x) { return e.src_instance = x, true; })
         && with("DG.USER", [&](auto& x) { return e.user = x, true; })
         && with("DG.SEQCODE",
                 [&](auto& x) {
                   auto value = sequence_code::parse(x);
                   e.seqcode = value ? *value : sequence_code{};
                   return static_cast<bool>(value);
                 })
         && with("DG.JOBID", [&](auto& x) {
              auto value = job_id::parse(x);
              e.job = value ? *value : job_id{};
              return static_cast<bool>(value);
            });
}

} // namespace

std::string ulm_line(const event& e) {
  auto what = kind_of(e.what);
  auto out = fmt::format("DATE={} HOST={} PROG=edg-wms LVL={} DG.PRIORITY=0 DG.SOURCE={} "
                         "DG.SRC_INSTANCE={} DG.EVNT={} DG.JOBID={} DG.SEQCODE={} DG.USER={}",
                         date(e.timestamp), quoted(e.host), word(e.lvl), quoted(word(e.from)),
                         quoted(e.src_instance), quoted(word(what)), quoted(e.job.text()),
                         quoted(e.seqcode.print()), quoted(e.user));
  printer print{out, prefix_of(what)};
  std::visit(
      [&](const auto& x) {
        using body = std::remove_cvref_t<decltype(x)>;
        if constexpr (!std::is_empty_v<body>)
          inspect(print, const_cast<body&>(x)); // one inspect serves both ways; this only reads
      },
      e.what);
  return out;
}

result<event> parse_ulm(std::string_view line) {
  auto from = pairs_of(line);
  if (!from)
    return from.why();
  for (auto key : {"DATE", "DG.EVNT", "DG.JOBID"})
    if (!from->contains(key))
      return bad(fmt::format("{} is missing", key));
  event e;
  auto what = kind_from(from->at("DG.EVNT"));
  if (!what)
    return bad(fmt::format("'{}' is no event", from->at("DG.EVNT").substr(0, 40)));
  std::string key;
  if (!take_common(*from, e, key))
    return bad(fmt::format("{} is '{}'", key, from->at(key).substr(0, 100)));
  make_body(e.what, static_cast<std::size_t>(*what));
  scanner scan{*from, prefix_of(*what)};
  std::visit(
      [&](auto& x) {
        if constexpr (!std::is_empty_v<std::remove_cvref_t<decltype(x)>>)
          inspect(scan, x);
      },
      e.what);
  if (!scan.bad.empty())
    return bad(fmt::format("{} is '{}'", scan.bad, from->at(scan.bad).substr(0, 100)));
  return e;
}

std::string ulm_dump(std::span<const stored_event> events) {
  std::string out;
  for (const auto& x : events)
    out += ulm_line(x.what) + " DG.ARRIVED=" + date(x.arrived) + '\n';
  return out;
}

result<std::vector<event>> parse_ulm_dump(std::string_view text) {
  std::vector<event> out;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.find_first_not_of(" \t\r") == line.npos || line.front() == '#')
      continue;
    auto e = parse_ulm(line);
    if (!e)
      return error{e.why().code, fmt::format("line {}: {}", number, e.why().text)};
    out.push_back(std::move(*e));
  }
  return out;
}

} // namespace trellis::lb
