#include "runtime/edge/rest.hpp"

#include "protocols/json/text.hpp"
#include "protocols/names/job_id.hpp"
#include "protocols/sandbox/chunk.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::edge {

namespace {

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    path.remove_prefix(1);
    auto slash = std::min(path.find('/'), path.size());
    out.push_back(path.substr(0, slash));
    path.remove_prefix(slash);
  }
  return out;
}

bool is_name(std::string_view part) { return part.starts_with('{'); }

/// Whether the path fits, how many of its parts word by word, and what stands for the others.
std::optional<std::pair<std::size_t, http::fields>> fit(std::string_view pattern,
                                                        const std::vector<std::string>& path) {
  auto parts = parts_of(pattern);
  if (parts.size() != path.size())
    return {};
  std::pair<std::size_t, http::fields> out;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (is_name(parts[i]))
      out.second.emplace_back(parts[i].substr(1, parts[i].size() - 2), path[i]);
    else if (parts[i] == path[i])
      ++out.first;
    else
      return {};
  return out;
}

std::string_view field_of(std::string_view name) { return name == "host" ? "peer" : name; }

result<std::string> job_text(const std::string& given, const job_home& home) {
  auto text = given.find("://") != given.npos
                  ? given
                  : fmt::format("https://{}:{}/{}", home.lb.text(), home.port, given);
  auto id = job_id::parse(text);
  if (!id)
    return error{errc::usage, id.why().text};
  return text;
}

result<done> add(json_value& to, std::string_view name, std::string value) {
  if (to.find(name))
    return error{errc::usage, fmt::format("'{}' is given twice", name)};
  json_value x;
  x.what = json_value::kind::string;
  x.text = std::move(value);
  x.loose = true;
  to.members.push_back({std::string{name}, std::move(x)});
  return done{};
}

/// A second value of the same name makes a list.
void add_to_list(json_value& to, std::string_view name, std::string value) {
  json_value x;
  x.what = json_value::kind::string;
  x.text = std::move(value);
  x.loose = true;
  auto i = std::ranges::find(to.members, name, &json_member::first);
  if (i == to.members.end()) {
    to.members.push_back({std::string{name}, std::move(x)});
    return;
  }
  if (i->second.what != json_value::kind::list) {
    json_value list;
    list.what = json_value::kind::list;
    list.items.push_back(std::move(i->second));
    i->second = std::move(list);
  }
  i->second.items.push_back(std::move(x));
}

/// A scalar as text for a path or a query.
std::string plain(const json_value& x) {
  return x.what == json_value::kind::boolean ? x.truth ? "true" : "false" : x.text;
}

} // namespace

std::variant<route, http::response> find_route(std::string_view method,
                                               const std::vector<std::string>& path) {
  std::optional<route> best;
  std::size_t best_words = 0;
  std::string allowed;
  for (const auto& row : all_operations()) {
    auto found = fit(row.path, path);
    if (!found)
      continue;
    if (row.method != method && !(method == "HEAD" && row.method == "GET")) {
      allowed += allowed.empty() ? "" : ", ";
      allowed += row.method;
    } else if (!best || found->first > best_words) {
      best = route{&row, std::move(found->second)};
      best_words = found->first;
    }
  }
  if (best)
    return *std::move(best);
  if (allowed.empty())
    return http::failed({errc::not_found, "there is nothing at this address"});
  auto out = http::failed(405, {errc::usage, fmt::format("this address takes {}", allowed)});
  out.headers.emplace_back("Allow", allowed);
  return out;
}

result<json_value> request_tree(const route& to, const http::fields& query, std::string_view body,
                                const job_home& home) {
  json_value out;
  out.what = json_value::kind::object;
  if (!body.empty()) {
    auto read = parse_json(body);
    if (!read)
      return read.why();
    if (read->what != json_value::kind::object)
      return error{errc::malformed, "the body is no JSON object"};
    out = *std::move(read);
  }
  for (const auto& [name, value] : to.captured) {
    auto text = name == "job" ? job_text(value, home) : result<std::string>{value};
    if (!text)
      return text.why();
    if (name == "file" && !is_leaf_name(value))
      return error{errc::usage, fmt::format("'{}' is no name of a file", value)};
    if (auto added = add(out, field_of(name), *text); !added)
      return added.why();
  }
  auto given = out.members.size();
  for (const auto& [name, value] : query) {
    for (std::size_t i = 0; i < given; ++i)
      if (out.members[i].first == name)
        return error{errc::usage, fmt::format("'{}' is given twice", name)};
    add_to_list(out, name, value);
  }
  return out;
}

result<std::optional<host_name>> take_receiver(http::fields& query) {
  std::optional<host_name> out;
  for (auto i = query.begin(); i != query.end();) {
    if (i->first != "at") {
      ++i;
      continue;
    }
    auto host = host_name::parse(i->second);
    if (!host)
      return error{errc::usage, fmt::format("at: {}", host.why().text)};
    out = *host;
    i = query.erase(i);
  }
  return out;
}

std::string filled(std::string_view path, const http::fields& names) {
  std::string out;
  for (auto part : parts_of(path)) {
    out += '/';
    if (!is_name(part)) {
      out += part;
      continue;
    }
    for (const auto& [name, value] : names)
      if (name == part.substr(1, part.size() - 2))
        out += http::percent_encoded(value);
  }
  return out;
}

result<rest_request> rest_of(const operation_json& row, std::string_view bytes,
                             const host_name& at) {
  auto text = row.request_json(bytes);
  if (!text)
    return text.why();
  auto tree = parse_json(*text);
  if (!tree)
    return tree.why();
  http::fields names, query{
                          {"at", at.text()}
  };
  json_value body;
  body.what = json_value::kind::object;
  bool has_body = row.what->method == "POST" || row.what->method == "PUT";
  for (auto& [name, value] : tree->members) {
    auto in_path = name == "peer" ? std::string{"host"} : name;
    if (name == "who")
      continue;
    if (row.what->path.find("{" + in_path + "}") != std::string_view::npos)
      names.emplace_back(in_path, plain(value));
    else if (has_body)
      body.members.push_back({name, std::move(value)});
    else if (value.what == json_value::kind::list)
      for (const auto& item : value.items)
        query.emplace_back(name, plain(item));
    else if (value.what != json_value::kind::null && !plain(value).empty())
      query.emplace_back(name, plain(value));
  }
  return rest_request{std::string{row.what->method},
                      filled(row.what->path, names) + "?" + http::query_text(query),
                      has_body ? json_text(body) : ""};
}

} // namespace trellis::edge
