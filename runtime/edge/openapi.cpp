#include "runtime/edge/openapi.hpp"

#include "protocols/json/text.hpp"
#include "runtime/edge/delegations.hpp"
#include "runtime/interfaces/operations.hpp"

#include <fmt/format.h>

#include <map>

namespace trellis::edge {

namespace {

template <class T>
concept is_text = std::same_as<T, std::string> || wire::name<T> || std::same_as<
    T, address> || std::same_as<T, lb::sequence_code>;

/// The fields of a message as JSON schemas, in their order. `who` is not for clients to say.
class schema_writer {
public:
  using visits_wire_fields = void;

  std::vector<std::pair<std::string, std::string>> fields;

  void field(const char* name, const auto& x) {
    if (std::string_view{name} != "who")
      fields.emplace_back(name, schema(x));
  }

  template <class T>
  static std::string schema(const T& x) {
    if constexpr (std::same_as<T, bool>)
      return R"({"type": "boolean"})";
    else if constexpr (std::integral<T>)
      return R"({"type": "integer"})";
    else if constexpr (std::same_as<T, double>)
      return R"({"type": ["number", "null"]})";
    else if constexpr (wire::is_duration<T>)
      return R"({"type": "number", "description": "seconds"})";
    else if constexpr (wire::time_point<T>)
      return R"({"type": "string", "format": "date-time"})";
    else if constexpr (std::is_enum_v<T>)
      return words(x);
    else if constexpr (std::same_as<T, lb::event_body>)
      return R"({"type": "object", "properties": {"event": {"type": "string"}}})";
    else if constexpr (is_text<T>)
      return R"({"type": "string"})";
    else
      return composite(x);
  }

  template <class T>
  static std::string object(const T& x, const std::string& without = {}) {
    schema_writer inner;
    if constexpr (!std::is_empty_v<T>)
      inspect(inner, const_cast<T&>(x)); // only reads
    std::string out;
    for (const auto& [name, text] : inner.fields)
      if (without.find("{" + name + "}") == without.npos)
        out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", json_string(name), text);
    return R"({"type": "object", "properties": {)" + out + "}}";
  }

private:
  template <class T>
  static std::string words(T) {
    std::string out;
    if constexpr (requires(T y) {
                    std::string_view{word(y)};
                    known(y);
                  })
      for (int i = 0; i < 256; ++i)
        if (auto y = static_cast<T>(i); known(y))
          out += (out.empty() ? "" : ", ") + json_string(word(y));
    return out.empty() ? R"({"type": "integer"})" : R"({"type": "string", "enum": [)" + out + "]}";
  }

  template <class T>
  static std::string composite(const T&) {
    if constexpr (wire::is_a<T, std::optional>)
      return R"({"oneOf": [)" + schema(typename T::value_type{}) + R"(, {"type": "null"}]})";
    else if constexpr (wire::is_a<T, std::pair>)
      return R"({"type": "array", "prefixItems": [)" + schema(typename T::first_type{}) + ", "
             + schema(typename T::second_type{}) + "]}";
    else if constexpr (std::ranges::range<T>)
      return R"({"type": "array", "items": )" + schema(typename T::value_type{}) + "}";
    else
      return object(T{});
  }
};

constexpr std::string_view raw = R"({"application/octet-stream": {}})";

std::string json_content(const std::string& schema) {
  return R"({"application/json": {"schema": )" + schema + "}}";
}

std::string parameter(std::string_view name, std::string_view place, const std::string& schema,
                      std::string_view says = {}) {
  return fmt::format(R"({{"name": {}, "in": {}, "required": {}, "schema": {}, "description": {}}})",
                     json_string(name), json_string(place), place == "path" ? "true" : "false",
                     schema, json_string(says));
}

template <class Request>
std::string parameters(const operation& what) {
  std::string out
      = parameter("at", "query", R"({"type": "string"})", "the node whose role is meant");
  for (auto open = what.path.find('{'); open != what.path.npos;
       open = what.path.find('{', open + 1)) {
    auto name = what.path.substr(open + 1, what.path.find('}', open) - open - 1);
    out += ", " + parameter(name, "path", R"({"type": "string"})");
  }
  if (what.method == "POST" || what.number == operation_of<wms::read_output>().number)
    return out;
  schema_writer all;
  Request x{};
  inspect(all, x);
  for (const auto& [name, schema] : all.fields)
    if (what.path.find("{" + (name == "peer" ? "host" : name) + "}") == what.path.npos
        && name != "piece")
      out += ", " + parameter(name, "query", schema);
  return out;
}

std::string in_lower_case(std::string_view text) {
  std::string out{text};
  for (auto& c : out)
    c = static_cast<char>(c | 32);
  return out;
}

template <class Row>
void describe(const Row& row, std::map<std::string, std::string>& paths) {
  using request = typename Row::request;
  using response = typename Row::response;
  const auto& what = row.what;
  std::string body;
  if (what.number == operation_of<wms::put_input>().number)
    body = fmt::format(R"("requestBody": {{"content": {}}}, )", raw);
  else if (what.method == "POST")
    body = fmt::format(R"("requestBody": {{"content": {}}}, )",
                       json_content(schema_writer::object(request{}, std::string{what.path})));
  auto content = what.number == operation_of<wms::read_output>().number
                     ? std::string{raw}
                     : json_content(schema_writer::object(response{}));
  auto& path = paths[std::string{what.path}];
  path += fmt::format(
      R"({}{}: {{"operationId": {}, "summary": {}, "description": "For: {}", )"
      R"("parameters": [{}], {}"responses": {{"200": {{"description": "done", "content": {}}}, )"
      R"("default": {{"$ref": "#/components/responses/refused"}}}}}})",
      path.empty() ? "" : ", ", json_string(in_lower_case(what.method)), json_string(what.name),
      json_string(what.says), word(what.needed), parameters<request>(what), body, content);
}

std::string own_page(std::string_view method, std::string_view name, std::string_view says,
                     const std::string& answer, bool with_id, std::string_view body = {}) {
  auto id = with_id ? parameter("id", "path", R"({"type": "string"})") : "";
  auto content = body.empty() ? "" : fmt::format(R"("requestBody": {{"content": {}}}, )", body);
  return fmt::format(R"({}: {{"operationId": {}, "summary": {}, "parameters": [{}], {})"
                     R"("responses": {{"default": {{"$ref": "#/components/responses/refused"}}, )"
                     R"("2XX": {{"description": "done", "content": {}}}}}}})",
                     json_string(method), json_string(name), json_string(says), id, content,
                     json_content(answer));
}

/// What the front answers by itself.
std::map<std::string, std::string> own_pages() {
  auto offer = schema_writer::object(delegation_offer{});
  auto one = schema_writer::object(delegation{}), all = schema_writer::object(delegation_list{});
  constexpr std::string_view pem = R"({"application/x-pem-file": {}})";
  std::map<std::string, std::string> out;
  out["/v1/whoami"]
      = own_page("get", "whoami", "Who asks", schema_writer::object(principal{}), false);
  out["/v1/delegations"]
      = own_page("get", "delegation.list", "One's delegated proxies", all, false) + ", "
        + own_page("post", "delegation.request", "A key and a request to sign", offer, false);
  out["/v1/delegations/{id}"]
      = own_page("post", "delegation.renew", "The same for an id", offer, true) + ", "
        + own_page("put", "delegation.put", "The signed proxy and its chain", one, true, pem) + ", "
        + own_page("delete", "delegation.remove", "Forgets it", "{}", true);
  return out;
}

std::string made() {
  std::map<std::string, std::string> paths = own_pages();
  std::apply([&](const auto&... rows) { (describe(rows, paths), ...); }, operations);
  std::string all;
  for (const auto& [path, text] : paths)
    all += fmt::format("{}{}: {{{}}}", all.empty() ? "" : ",\n", json_string(path), text);
  constexpr std::string_view refused
      = R"({"description": "refused or failed", "content": {"application/json": {"schema": )"
        R"({"type": "object", "properties": {"error": {"type": "object", "properties": )"
        R"({"code": {"type": "string"}, "number": {"type": "integer"}, )"
        R"("text": {"type": "string"}}}}}}}})";
  return fmt::format(
      R"({{"openapi": "3.1.0", "info": {{"title": "Trellis", "version": "1"}}, )"
      R"("security": [{{"certificate": []}}], "components": {{"securitySchemes": )"
      R"({{"certificate": {{"type": "mutualTLS"}}}}, "responses": {{"refused": {}}}}}, )"
      "\"paths\": {{\n{}}}}}\n",
      refused, all);
}

} // namespace

const std::string& openapi() {
  static const std::string text = made();
  return text;
}

} // namespace trellis::edge
