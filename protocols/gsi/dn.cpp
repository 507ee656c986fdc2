#include "protocols/gsi/dn.hpp"

#include "protocols/gsi/der.hpp"
#include "protocols/gsi/digest.hpp"
#include "protocols/gsi/openssl.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/objects.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace trellis::gsi {

namespace {

using x509_name = owned<X509_NAME, X509_NAME_free>;

struct attribute_type {
  std::string_view word; // the first of a type is the one that is printed
  std::string_view oid;
  int string; // what its values are encoded as
};

constexpr std::string_view common_name = "2.5.4.3";

constexpr attribute_type attribute_types[] = {
    {"CN",           common_name,                  V_ASN1_UTF8STRING     },
    {"C",            "2.5.4.6",                    V_ASN1_PRINTABLESTRING},
    {"O",            "2.5.4.10",                   V_ASN1_UTF8STRING     },
    {"OU",           "2.5.4.11",                   V_ASN1_UTF8STRING     },
    {"L",            "2.5.4.7",                    V_ASN1_UTF8STRING     },
    {"ST",           "2.5.4.8",                    V_ASN1_UTF8STRING     },
    {"SP",           "2.5.4.8",                    V_ASN1_UTF8STRING     },
    {"DC",           "0.9.2342.19200300.100.1.25", V_ASN1_IA5STRING      },
    {"UID",          "0.9.2342.19200300.100.1.1",  V_ASN1_UTF8STRING     },
    {"USERID",       "0.9.2342.19200300.100.1.1",  V_ASN1_UTF8STRING     },
    {"emailAddress", "1.2.840.113549.1.9.1",       V_ASN1_IA5STRING      },
    {"Email",        "1.2.840.113549.1.9.1",       V_ASN1_IA5STRING      },
    {"E",            "1.2.840.113549.1.9.1",       V_ASN1_IA5STRING      },
    {"SN",           "2.5.4.4",                    V_ASN1_UTF8STRING     },
    {"GN",           "2.5.4.42",                   V_ASN1_UTF8STRING     },
    {"serialNumber", "2.5.4.5",                    V_ASN1_PRINTABLESTRING},
    {"street",       "2.5.4.9",                    V_ASN1_UTF8STRING     },
    {"title",        "2.5.4.12",                   V_ASN1_UTF8STRING     },
};

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// 1.2.3, as `der::oid_of` needs it.
bool is_oid(std::string_view x) {
  if (x.size() > 64 || x.size() < 3 || x[0] > '2' || x[1] != '.' || !is_digit(x.back()))
    return false;
  auto written = der::oid_of(x);
  auto read = der::only(written, der::oid);
  return read && der::oid_text(read->body) == x;
}

std::optional<std::string> oid_by_word(std::string_view word) {
  auto in_word = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-'; };
  if (!std::ranges::all_of(word, in_word))
    return std::nullopt; // OpenSSL would read it up to a zero byte
  for (const auto& x : attribute_types)
    if (same_word(x.word, word))
      return std::string{x.oid};
  if (is_oid(word))
    return std::string{word};
  auto nid = OBJ_sn2nid(std::string{word}.c_str());
  if (nid == NID_undef)
    nid = OBJ_ln2nid(std::string{word}.c_str());
  if (nid == NID_undef || OBJ_length(OBJ_nid2obj(nid)) == 0)
    return std::nullopt;
  char text[80];
  OBJ_obj2txt(text, sizeof text, OBJ_nid2obj(nid), 1);
  return std::string{text};
}

/// Its short word, or the OID itself.
std::string word_of(const std::string& oid) {
  for (const auto& x : attribute_types)
    if (x.oid == oid)
      return std::string{x.word};
  auto nid = OBJ_txt2nid(oid.c_str());
  return nid == NID_undef ? oid : OBJ_nid2sn(nid);
}

int string_of(std::string_view oid) {
  for (const auto& x : attribute_types)
    if (x.oid == oid)
      return x.string;
  return V_ASN1_UTF8STRING;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// No blanks around, one between.
std::string folded(std::string_view value) {
  std::string out;
  for (auto c : value) {
    if (!is_blank(c))
      out.push_back(c);
    else if (!out.empty() && out.back() != ' ')
      out.push_back(' ');
  }
  if (!out.empty() && out.back() == ' ')
    out.pop_back();
  return out;
}

std::string normal_of(std::vector<name_attribute> one) {
  std::ranges::sort(one);
  std::string out;
  for (const auto& x : one) {
    auto value = folded(x.value);
    out += fmt::format("{}={}:{}", x.type, value.size(), value);
  }
  return out + "/";
}

error malformed(std::string_view what, std::string_view text) {
  return {errc::malformed, fmt::format("cannot read the name '{}': {}", text, what)};
}

std::optional<int> hex(char c) {
  if (is_digit(c))
    return c - '0';
  auto low = static_cast<char>(c | 0x20);
  if (low >= 'a' && low <= 'f')
    return low - 'a' + 10;
  return std::nullopt;
}

/// The byte whose two hex digits stand at `at`.
std::optional<char> hex_byte(std::string_view text, std::size_t at) {
  if (at + 2 > text.size())
    return std::nullopt;
  auto high = hex(text[at]), low = hex(text[at + 1]);
  if (!high || !low)
    return std::nullopt;
  return static_cast<char>(*high << 4 | *low);
}

std::string hex_of(std::string_view bytes) {
  std::string out;
  for (unsigned char c : bytes)
    out += fmt::format("{:02x}", c);
  return out;
}

/// With each \xHH as its byte.
std::string without_hex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto escaped = text.substr(i, 2) == "\\x" ? hex_byte(text, i + 2) : std::nullopt;
    out.push_back(escaped.value_or(text[i]));
    i += escaped ? 3 : 0;
  }
  return out;
}

/// Late versions of OpenSSL print \/ for a slash in a value.
std::string without_slash_escapes(std::string text) {
  for (auto at = text.find("\\/"); at != text.npos; at = text.find("\\/", at))
    text.erase(at, 1);
  return text;
}

void append_slash_value(std::string& to, std::string_view value) {
  for (auto c : value) {
    // A backslash of the value itself would read as the begin of an escape.
    if (c < ' ' || c > '~' || c == '\\')
      to += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
    else
      to.push_back(c);
  }
}

/// A place in a slash form where an attribute may begin.
struct boundary {
  std::size_t at, value; // of its slash, of its value
  std::string oid;
};

/// `escaped`: a slash behind a backslash is part of a value.
std::vector<boundary> boundaries(std::string_view text, bool escaped) {
  std::vector<boundary> out;
  for (auto at = text.find('/'); at != text.npos; at = text.find('/', at + 1)) {
    auto end = text.find_first_of("/=", at + 1);
    if (end == text.npos || text[end] != '=' || end - at > 64
        || (escaped && at > 0 && text[at - 1] == '\\'))
      continue;
    if (auto oid = oid_by_word(text.substr(at + 1, end - at - 1)))
      out.push_back({at, end + 1, *std::move(oid)});
  }
  return out;
}

/// One reading: the boundaries in `merged` belong to the value before them.
std::vector<dn::rdn> read_slash(std::string_view text, const std::vector<boundary>& all,
                                const std::vector<std::size_t>& merged) {
  std::vector<dn::rdn> out;
  for (std::size_t i = 0; i < all.size();) {
    auto next = i + 1;
    while (std::ranges::count(merged, next) > 0)
      ++next;
    auto end = next < all.size() ? all[next].at : text.size();
    out.push_back({
        {all[i].oid, without_hex(without_slash_escapes(
                         std::string{text.substr(all[i].value, end - all[i].value)}))}
    });
    i = next;
  }
  return out;
}

/// The next choice of `picked.size()` out of 1 .. last in lexicographic order.
bool advance(std::vector<std::size_t>& picked, std::size_t last) {
  for (auto i = picked.size(); i-- > 0;) {
    if (picked[i] == last - (picked.size() - 1 - i))
      continue;
    ++picked[i];
    for (auto j = i + 1; j < picked.size(); ++j)
      picked[j] = picked[j - 1] + 1;
    return true;
  }
  return false;
}

bool special(char c) { return std::string_view{",+\"\\<>;="}.find(c) != std::string_view::npos; }

std::string escaped4514(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    auto c = value[i];
    bool edge = (i == 0 && (c == ' ' || c == '#')) || (i + 1 == value.size() && c == ' ');
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F)
      out += fmt::format("\\{:02X}", static_cast<unsigned char>(c));
    else if (special(c) || edge)
      (out += '\\') += c;
    else
      out += c;
  }
  return out;
}

/// Reads `type=value` up to `,`, `+` or the end.
struct rfc4514_reader {
  std::string_view text;
  std::size_t at = 0;

  void skip_blanks() {
    while (at < text.size() && text[at] == ' ')
      ++at;
  }

  bool at_separator() const { return at >= text.size() || text[at] == ',' || text[at] == '+'; }

  result<name_attribute> next() {
    skip_blanks();
    auto equals = text.find('=', at);
    if (equals == text.npos)
      return malformed(fmt::format("no '=' after byte {}", at), text);
    auto word = text.substr(at, equals - at);
    word = word.substr(0, word.find_last_not_of(' ') + 1);
    auto oid = oid_by_word(word);
    if (!oid)
      return malformed(fmt::format("unknown attribute '{}'", word), text);
    at = equals + 1;
    skip_blanks();
    auto value = at < text.size() && text[at] == '#' ? hex_value() : string_value();
    if (!value)
      return value.why();
    return name_attribute{*std::move(oid), *std::move(value)};
  }

  /// #hex: the DER of a string.
  result<std::string> hex_value() {
    std::string bytes;
    for (++at; !at_separator() && text[at] != ' '; at += 2) {
      auto byte = hex_byte(text, at);
      if (!byte)
        return malformed(fmt::format("no hexadecimal byte at {}", at), text);
      bytes.push_back(*byte);
    }
    skip_blanks();
    for (auto tag : {der::utf8_string, der::printable_string, der::ia5_string})
      if (auto x = der::only(bytes, tag); x && at_separator())
        return std::string{x->body};
    return malformed("a value after '#' is not the DER of a string", text);
  }

  result<std::string> string_value() {
    std::string out;
    std::size_t kept = 0; // blanks behind it are no part of the value
    for (; !at_separator(); ++at) {
      auto c = text[at];
      if (c == '\\') {
        auto byte = hex_byte(text, at + 1);
        if (!byte
            && (at + 1 >= text.size()
                || (!special(text[at + 1]) && text[at + 1] != ' ' && text[at + 1] != '#')))
          return malformed(fmt::format("unknown escape at byte {}", at), text);
        out.push_back(byte ? *byte : text[at + 1]);
        at += byte ? 2 : 1;
        kept = out.size();
      } else if (c == '"' || c == ';' || c == '<' || c == '>') {
        return malformed(fmt::format("'{}' at byte {} is not escaped", c, at), text);
      } else {
        out.push_back(c);
        kept = c == ' ' ? kept : out.size();
      }
    }
    out.resize(kept);
    return out;
  }
};

} // namespace

result<dn> dn::from_der(std::string_view der) {
  auto bad = [](std::string_view why) {
    return error{errc::malformed, fmt::format("cannot read the DER of a name: {}", why)};
  };
  if (der.size() > max_bytes)
    return bad("it is longer than 8 KiB");
  if (!der::only(der, der::sequence))
    return bad("it is not one SEQUENCE");
  auto at = reinterpret_cast<const unsigned char*>(der.data());
  x509_name name{d2i_X509_NAME(nullptr, &at, static_cast<long>(der.size()))};
  if (!name || at != reinterpret_cast<const unsigned char*>(der.data() + der.size()))
    return bad(last_error());
  auto count = X509_NAME_entry_count(name.get());
  if (count > static_cast<int>(max_attributes))
    return bad("it has more than 64 attributes");
  dn out;
  out.der_ = der;
  int last = -1;
  for (int i = 0; i < count; ++i) {
    auto entry = X509_NAME_get_entry(name.get(), i);
    unsigned char* utf8 = nullptr;
    auto size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
    if (size < 0)
      return bad(last_error());
    std::string value{reinterpret_cast<char*>(utf8), static_cast<std::size_t>(size)};
    OPENSSL_free(utf8);
    char type[128];
    OBJ_obj2txt(type, sizeof type, X509_NAME_ENTRY_get_object(entry), 1);
    if (X509_NAME_ENTRY_set(entry) != last)
      out.rdns_.emplace_back();
    last = X509_NAME_ENTRY_set(entry);
    out.rdns_.back().push_back({type, std::move(value)});
  }
  for (const auto& x : out.rdns_)
    out.normal_ += normal_of(x);
  return out;
}

result<dn> dn::of(const X509_NAME* name) {
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
  X509_NAME_get0_der(name, &bytes, &size);
  return from_der({reinterpret_cast<const char*>(bytes), size});
}

result<dn> dn::from_rdns(std::vector<rdn> rdns) {
  x509_name name{X509_NAME_new()};
  for (const auto& one : rdns) {
    int set = 0; // a new RDN; -1: the same as before
    for (const auto& x : one) {
      auto kind = string_of(x.type);
      bool plain = std::ranges::all_of(x.value, [](char c) { return c >= 0; });
      owned<ASN1_OBJECT, ASN1_OBJECT_free> type{OBJ_txt2obj(x.type.c_str(), 1)};
      auto bytes = reinterpret_cast<const unsigned char*>(x.value.data());
      auto added
          = type
            && X509_NAME_add_entry_by_OBJ(name.get(), type.get(), plain ? kind : V_ASN1_UTF8STRING,
                                          bytes, static_cast<int>(x.value.size()), -1, set)
                   == 1;
      if (!added)
        return error{errc::malformed,
                     fmt::format("cannot make a name of {}={}: {}", x.type, x.value, last_error())};
      set = -1;
    }
  }
  return of(name.get());
}

result<dn> dn::parse_rfc4514(std::string_view text) {
  if (text.size() > max_bytes)
    return error{errc::malformed, "a name is longer than 8 KiB"};
  std::vector<rdn> rdns;
  rfc4514_reader from{text};
  bool next_rdn = true;
  std::size_t count = 0;
  while (true) {
    auto x = from.next();
    if (!x)
      return x.why();
    if (next_rdn)
      rdns.emplace_back();
    rdns.back().push_back(*std::move(x));
    if (++count > max_attributes)
      return malformed("it has more than 64 attributes", text);
    if (from.at >= text.size())
      break;
    next_rdn = text[from.at++] == ',';
  }
  std::ranges::reverse(rdns);
  return from_rdns(std::move(rdns));
}

result<std::vector<dn>> dn::parse_slash(std::string_view text) {
  if (text.size() > max_bytes)
    return error{errc::malformed, "a name is longer than 8 KiB"};
  auto all = boundaries(text, true);
  if (all.empty() || all.front().at != 0)
    return malformed("it does not begin with /TYPE=", text);
  if (all.size() > max_attributes)
    return malformed("it has more than 64 attributes", text);
  std::vector<dn> out;
  for (std::size_t count = 0; count < all.size() && out.size() < max_candidates; ++count) {
    std::vector<std::size_t> merged(count);
    for (std::size_t i = 0; i < count; ++i)
      merged[i] = i + 1;
    do {
      auto one = from_rdns(read_slash(text, all, merged));
      if (!one)
        return one.why();
      out.push_back(*std::move(one));
    } while (out.size() < max_candidates && advance(merged, all.size() - 1));
  }
  return out;
}

std::string dn::slash() const {
  std::string out;
  for (const auto& one : rdns_)
    for (const auto& x : one) {
      out += fmt::format("/{}=", word_of(x.type));
      append_slash_value(out, x.value);
    }
  return out;
}

std::string dn::rfc4514() const {
  std::string out;
  for (auto one = rdns_.rbegin(); one != rdns_.rend(); ++one) {
    out += out.empty() ? "" : ",";
    for (const auto& x : *one) {
      out += &x == &one->front() ? "" : "+";
      auto word = word_of(x.type);
      if (word == x.type) // RFC 4514, 2.4: a type in dots has its value in hexadecimal
        out += word + "=#" + hex_of(der::wrap(der::utf8_string, x.value));
      else
        out += word + "=" + escaped4514(x.value);
    }
  }
  return out;
}

std::string dn::der_digest() const { return sha256_hex(der_); }

result<dn> dn::with_cn(std::string_view cn) const {
  auto attribute
      = der::wrap(der::sequence, der::oid_of(common_name) + der::wrap(der::utf8_string, cn));
  auto body = std::string{der::only(der_, der::sequence)->body} + der::wrap(der::set, attribute);
  return from_der(der::wrap(der::sequence, body));
}

bool dn::is_proxy_name_of(const dn& base) const {
  return rdns_.size() == base.rdns_.size() + 1 && rdns_.back().size() == 1
         && rdns_.back().front().type == common_name && normal_.starts_with(base.normal_);
}

/// The text is printed anew first: what is printed escapes no slash.
std::string normal_slash(std::string_view slash) {
  std::string plain, out;
  append_slash_value(plain, without_hex(without_slash_escapes(std::string{slash})));
  std::size_t done = 0;
  for (const auto& x : boundaries(plain, false)) {
    append_slash_value(out, folded(without_hex(plain.substr(done, x.at - done))));
    out += fmt::format("/{}=", word_of(x.oid));
    done = x.value;
  }
  append_slash_value(out, folded(without_hex(plain.substr(done))));
  return out;
}

bool may_mean(std::string_view slash, const dn& name) {
  return normal_slash(slash) == normal_slash(name.slash());
}

} // namespace trellis::gsi
