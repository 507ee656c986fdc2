#include "protocols/scenario/options.hpp"

#include <fmt/format.h>

#include <limits>

namespace trellis::scenario {

// --- the tables ----------------------------------------------------------------------------------

template <>
std::span<const option_row<vo>> options() {
  static const option_row<vo> rows[] = {
      {"share", &vo::share},
  };
  return rows;
}

template <>
std::span<const option_row<user>> options() {
  static const option_row<user> rows[] = {
      {"vo",        &user::vo, true, naming::vo},
      {"wms", &user::wms,          false, naming::site},
      {"group", &user::group},
      {"role",           &user::role             },
      {"proxy",           &user::proxy                   },
  };
  return rows;
}

template <>
std::span<const option_row<site>> options() {
  static const option_row<site> rows[] = {
      {"roles",        &site::roles       },
      {"lease",        &site::lease       },
      {"allowed-skew", &site::allowed_skew},
      {"half-life",    &site::half_life   },
      {"max-waiting",  &site::max_waiting },
      {"ask-token",    &site::ask_token   },
  };
  return rows;
}

template <>
std::span<const option_row<ce>> options() {
  static const option_row<ce> rows[] = {
      {"batch",           &ce::batch   },
      {"slots",           &ce::slots   },
      {"queue",           &ce::queue   },
      {"vos",             &ce::vos,      false, naming::vo},
      {"software",       &ce::software                   },
      {"max-wall",&ce::max_wall},
      {"max-waiting",       &ce::max_waiting                            },
      {"memory",&ce::memory},
      {"start-delay",            &ce::start_delay                                             },
      {"fails",&ce::fails},
      {"crashes",                  &ce::crashes                                                                         },
      {"black-hole",&ce::black_hole},
  };
  return rows;
}

template <>
std::span<const option_row<se>> options() {
  static const option_row<se> rows[] = {
      {"space", &se::space, true},
  };
  return rows;
}

template <>
std::span<const option_row<link>> options() {
  static const option_row<link> rows[] = {
      {"rate",   &link::rate  },
      {"rtt",    &link::rtt   },
      {"loss",   &link::loss  },
      {"repeat", &link::repeat},
  };
  return rows;
}

template <>
std::span<const option_row<file>> options() {
  static const option_row<file> rows[] = {
      {"size",     &file::size, true      },
      { "on", &file::on,        true, naming::se},
  };
  return rows;
}

template <>
std::span<const option_row<job>> options() {
  static const option_row<job> rows[] = {
      {"by",             &job::by, true, naming::user},
      {"runs",    &job::runs           },
      {"exit",   &job::exit_code},
      {"lease",&job::lease       },
  };
  return rows;
}

template <>
std::span<const option_row<workload>> options() {
  static const option_row<workload> rows[] = {
      {"swf",    &workload::swf,     true},
      {"by",        &workload::by,                       true, naming::user},
      {"skip",    &workload::skip},
      {"first",   &workload::first  },
      {"divide",  &workload::divide },
      {"starts", &workload::starts},
  };
  return rows;
}

template <>
std::span<const option_row<action>> options() {
  static const option_row<action> rows[] = {
      {"rate", &action::rate},
      {"rtt",  &action::rtt },
  };
  return rows;
}

template <>
std::span<const option_row<job_is>> options() {
  static const option_row<job_is> rows[] = {
      {"exit",          &job_is::exit_code    },
      {"resubmissions", &job_is::resubmissions},
      {"deep",          &job_is::deep         },
      {"shallow",       &job_is::shallow      },
      {"reason",        &job_is::reason       },
  };
  return rows;
}

template <>
std::span<const option_row<trace>> options() {
  static const option_row<trace> rows[] = {
      {"only", &trace::only},
      {"from", &trace::from},
  };
  return rows;
}

// --- reading -------------------------------------------------------------------------------------

namespace {

/// One value of an option: the word, and how it reads as each type.
class taker {
public:
  taker(reading& file, const word& x, naming refers) : file_(file), x_(x), refers_(refers) {}

  void take(milliseconds& out) { quantity(out, parse_time(x_.text)); }

  void take(byte_count& out) { quantity(out, parse_bytes(x_.text)); }

  void take(bit_rate& out) { quantity(out, parse_rate(x_.text)); }

  void take(fraction& out) { quantity(out, parse_fraction(x_.text)); }

  void take(std::uint32_t& out) {
    auto n = parse_count(x_.text);
    if (n && *n > std::numeric_limits<std::uint32_t>::max())
      n = error{errc::malformed, fmt::format("{} is too many", x_.text)};
    if (n)
      out = static_cast<std::uint32_t>(*n);
    else
      wrong(n.why().text);
  }

  void take(std::int32_t& out) {
    auto n = parse_count(x_.text);
    if (n && *n <= 255)
      out = static_cast<std::int32_t>(*n);
    else
      wrong(fmt::format("'{}' is no exit code: 0 to 255", x_.text));
  }

  template <class T>
  void take(std::optional<T>& out) {
    T x{};
    take(x);
    out = x;
  }

  void take(std::string& out) {
    if (x_.text.empty())
      return wrong("it is empty");
    out = x_.text;
    refer(out);
  }

  void take(host_name& out) {
    auto host = host_name::parse(x_.text);
    if (!host)
      return wrong(host.why().text);
    out = *host;
    refer(x_.text);
  }

  template <class T>
  void take(std::vector<T>& out) {
    out.clear();
    for (std::string_view rest = x_.text;;) {
      auto comma = rest.find(',');
      one(out, rest.substr(0, comma));
      if (comma == rest.npos)
        return;
      rest.remove_prefix(comma + 1);
    }
  }

private:
  template <class T>
  void quantity(T& out, const result<T>& x) {
    if (x)
      out = *x;
    else
      wrong(x.why().text);
  }

  void one(std::vector<std::string>& out, std::string_view x) {
    if (x.empty())
      return wrong("a name is missing between commas");
    out.emplace_back(x);
    refer(out.back());
  }

  void one(std::vector<role>& out, std::string_view x) {
    std::vector<std::string_view> known;
    for (const auto& row : role_rows)
      if (row.which != role::node && row.which != role::ce)
        known.push_back(row.word);
    auto which = role_from(x);
    if (which && std::ranges::count(known, x) > 0)
      out.push_back(*which);
    else
      file_.expected("a role (wms, lb, info)", at(x), known);
  }

  void one(std::vector<lb::kind>& out, std::string_view x) {
    if (auto kind = lb::kind_from(x))
      out.push_back(*kind);
    else
      file_.expected("a kind of L&B event", at(x), {lb::kind_words.begin(), lb::kind_words.end()});
  }

  void one(std::vector<lb::source>& out, std::string_view x) {
    std::vector<std::string_view> words;
    for (auto i = 1; lb::known(static_cast<lb::source>(i)); ++i)
      words.push_back(lb::word(static_cast<lb::source>(i)));
    auto from = lb::from_word<lb::source>(x);
    if (from && *from != lb::source::none)
      out.push_back(*from);
    else
      file_.expected("a source of L&B events", at(x), words);
  }

  word at(std::string_view part) const {
    word out = x_;
    out.text = part;
    return out;
  }

  void wrong(std::string_view why) { file_.wrong(x_.text_at, fmt::format("{}=: {}", x_.key, why)); }

  void refer(const std::string& name) {
    if (refers_ != naming::none)
      file_.refer(refers_, name, x_.text_at);
  }

  reading& file_;
  const word& x_;
  naming refers_;
};

// --- printing ------------------------------------------------------------------------------------

std::string shown(milliseconds x) { return time_text(x); }

std::string shown(byte_count x) { return trellis::text(x); }

std::string shown(bit_rate x) { return text(x); }

std::string shown(fraction x) { return text(x); }

std::string shown(std::uint32_t x) { return std::to_string(x); }

std::string shown(std::int32_t x) { return std::to_string(x); }

std::string shown(const std::string& x) { return x; }

std::string shown(const host_name& x) { return x.text(); }

std::string shown(role x) { return std::string{trellis::word(x)}; }

std::string shown(lb::kind x) { return std::string{lb::word(x)}; }

std::string shown(lb::source x) { return std::string{lb::word(x)}; }

template <class T>
std::string shown(const std::optional<T>& x) {
  return shown(*x);
}

template <class T>
std::string shown(const std::vector<T>& x) {
  std::string out;
  for (const auto& one : x)
    out += (out.empty() ? "" : ",") + shown(one);
  return out;
}

// --- one field, whatever it is a member of -------------------------------------------------------

template <class>
struct pointers;

template <class T, class... Fields>
struct pointers<std::variant<Fields T::*...>> {
  using type = std::variant<Fields*...>;
};

using field = pointers<member<vo>>::type;

template <class T>
field field_of(T& x, const member<T>& where) {
  return std::visit([&](auto m) -> field { return &(x.*m); }, where);
}

struct option {
  std::string_view word;
  bool needed = false;
  naming refers = naming::none;
};

void read_option(cursor& x, const option& row, const field& into) {
  std::visit(
      [&](auto out) {
        if constexpr (std::is_same_v<decltype(out), bool*>) {
          *out = x.flag(row.word);
        } else {
          if (auto value = x.option(row.word))
            taker{x.file(), *value, row.refers}.take(*out);
          else if (row.needed)
            x.file().wrong(x.from().end, fmt::format("expected {}=", row.word));
        }
      },
      into);
}

std::string option_text(const option& row, const field& x, const field& plain) {
  return std::visit(
      [&](auto in) {
        if (!row.needed && *in == *std::get<decltype(in)>(plain))
          return std::string{};
        if constexpr (std::is_same_v<decltype(in), bool*>)
          return fmt::format(" {}", row.word);
        else
          return fmt::format(" {}={}", row.word, quoted(shown(*in)));
      },
      x);
}

} // namespace

template <class T>
void read_options(cursor& x, T& out) {
  for (const auto& row : options<T>())
    read_option(x, {row.word, row.needed, row.refers}, field_of(out, row.where));
}

template <class T>
std::string options_text(const T& x) {
  std::string out;
  T given = x, plain;
  for (const auto& row : options<T>())
    out += option_text({row.word, row.needed, row.refers}, field_of(given, row.where),
                       field_of(plain, row.where));
  return out;
}

#define TRELLIS_SCENARIO_OPTIONS(type)                                                             \
  template void read_options(cursor&, type&);                                                      \
  template std::string options_text(const type&);

TRELLIS_SCENARIO_OPTIONS(vo)
TRELLIS_SCENARIO_OPTIONS(user)
TRELLIS_SCENARIO_OPTIONS(site)
TRELLIS_SCENARIO_OPTIONS(ce)
TRELLIS_SCENARIO_OPTIONS(se)
TRELLIS_SCENARIO_OPTIONS(link)
TRELLIS_SCENARIO_OPTIONS(file)
TRELLIS_SCENARIO_OPTIONS(job)
TRELLIS_SCENARIO_OPTIONS(workload)
TRELLIS_SCENARIO_OPTIONS(action)
TRELLIS_SCENARIO_OPTIONS(job_is)
TRELLIS_SCENARIO_OPTIONS(trace)

#undef TRELLIS_SCENARIO_OPTIONS

} // namespace trellis::scenario
