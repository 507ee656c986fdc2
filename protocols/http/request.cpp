#include "protocols/http/request.hpp"

#include <algorithm>

namespace trellis::http {

namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view x) {
  auto first = x.find_first_not_of(blanks);
  if (first == x.npos)
    return {};
  return x.substr(first, x.find_last_not_of(blanks) - first + 1);
}

/// One line without its end, taken off `rest`.
std::string_view take_line(std::string_view& rest) {
  auto end = rest.find('\n');
  auto line = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  if (!line.empty() && line.back() == '\r')
    line.remove_suffix(1);
  return line;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Visible ASCII: neither blanks, controls nor bytes that some decode and others do not.
bool is_target(std::string_view x) {
  return x.starts_with('/') && std::ranges::all_of(x, [](char c) { return c > ' ' && c < 127; });
}

bool is_value(std::string_view x) {
  return std::ranges::none_of(x, [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return (byte < 32 && c != '\t') || byte == 127;
  });
}

std::optional<refused_request> read_line(std::string_view line, request& out,
                                         const head_limits& limits) {
  auto first = line.find(' '), last = line.rfind(' ');
  if (first == line.npos || first == last)
    return refused_request{400, "the request line has no three words"};
  auto target = line.substr(first + 1, last - first - 1), version = line.substr(last + 1);
  out.method = line.substr(0, first);
  if (!is_token(out.method))
    return refused_request{400, "the method is no word"};
  if (target.size() > limits.target)
    return refused_request{414, "the target of the request is too long"};
  if (!is_target(target))
    return refused_request{400, "the target of the request is no path"};
  out.target = target;
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return refused_request{version.starts_with("HTTP/") ? 505 : 400,
                           "the request is not of HTTP/1.0 or HTTP/1.1"};
  out.minor = version.back() == '1' ? 1 : 0;
  return {};
}

std::optional<refused_request> read_fields(std::string_view rest, request& out,
                                           const head_limits& limits) {
  while (!rest.empty()) {
    auto line = take_line(rest);
    if (line.empty())
      return {};
    auto colon = line.find(':');
    auto name = line.substr(0, colon);
    if (colon == line.npos || !is_token(name))
      return refused_request{400, "a header line has no name before a colon"};
    auto value = trimmed(line.substr(colon + 1));
    if (!is_value(value))
      return refused_request{400, "a header holds a control character"};
    if (out.fields.size() == limits.fields)
      return refused_request{431, "the request has too many headers"};
    out.fields.emplace_back(lower(name), value);
  }
  return {};
}

std::optional<refused_request> settle_framing(request& x) {
  auto count = [&](std::string_view name) {
    return std::ranges::count(x.fields, name, &std::pair<std::string, std::string>::first);
  };
  auto length = x.field("content-length"), encoding = x.field("transfer-encoding");
  if (count("content-length") > 1 || count("transfer-encoding") > 1 || (length && encoding))
    return refused_request{400, "the length of the body is given twice"};
  if (encoding) {
    if (x.minor == 0 || lower(*encoding) != "chunked")
      return refused_request{501, "the only transfer encoding here is chunked"};
    x.body = framing::chunked;
  }
  if (!length)
    return {};
  constexpr std::size_t most_digits = 18;
  if (length->empty() || length->size() > most_digits || !std::ranges::all_of(*length, is_digit))
    return refused_request{400, "the length of the body is no number"};
  for (auto c : *length)
    x.length = x.length * 10 + static_cast<unsigned>(c - '0');
  x.body = x.length > 0 ? framing::length : framing::none;
  return {};
}

std::optional<refused_request> settle_rest(request& x) {
  auto hosts = std::ranges::count(x.fields, "host", &std::pair<std::string, std::string>::first);
  if (hosts > 1 || (hosts == 0 && x.minor == 1))
    return refused_request{400, "the request needs one Host header"};
  auto connection = x.field("connection");
  x.keep = connection && x.minor == 0
               ? lists(*connection, "keep-alive")
               : x.minor == 1 && !(connection && lists(*connection, "close"));
  if (auto expect = x.field("expect")) {
    if (lower(*expect) != "100-continue")
      return refused_request{417, "the only expectation here is 100-continue"};
    x.expects = x.minor == 1 && x.body != framing::none;
  }
  return {};
}

} // namespace

const std::string* request::field(std::string_view name) const {
  auto i = std::ranges::find(fields, name, &std::pair<std::string, std::string>::first);
  return i == fields.end() ? nullptr : &i->second;
}

bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || others.find(c) != others.npos;
  });
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c | 32);
  return out;
}

bool lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    auto comma = list.find(',');
    auto one = list.substr(0, comma);
    if (lower(trimmed(one.substr(0, one.find(';')))) == word)
      return true;
    list.remove_prefix(comma == list.npos ? list.size() : comma + 1);
  }
  return false;
}

std::optional<std::size_t> end_of_head(std::string_view bytes, std::size_t& scanned) {
  auto at = scanned;
  if (at == 0) // empty lines before a request are skipped
    at = bytes.find_first_not_of("\r\n");
  if (at == bytes.npos)
    return {};
  for (at = bytes.find('\n', at); at != bytes.npos; at = bytes.find('\n', at + 1)) {
    auto after = bytes.substr(at + 1);
    if (after.starts_with('\n'))
      return at + 2;
    if (after.starts_with("\r\n"))
      return at + 3;
    if (after.empty() || after == "\r") {
      scanned = at;
      return {};
    }
  }
  scanned = bytes.size();
  return {};
}

std::variant<request, refused_request> read_head(std::string_view head, const head_limits& limits) {
  if (head.size() > limits.bytes)
    return refused_request{431, "the head of the request is too long"};
  head.remove_prefix(std::min(head.find_first_not_of("\r\n"), head.size()));
  request out;
  auto line = take_line(head);
  if (auto bad = read_line(line, out, limits))
    return *bad;
  if (auto bad = read_fields(head, out, limits))
    return *bad;
  if (auto bad = settle_framing(out))
    return *bad;
  if (auto bad = settle_rest(out))
    return *bad;
  return out;
}

} // namespace trellis::http
