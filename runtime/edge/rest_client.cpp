#include "runtime/edge/rest_client.hpp"

#include "protocols/gsi/proxy_facts.hpp"
#include "protocols/http/range.hpp"
#include "protocols/http/request.hpp"
#include "protocols/sandbox/chunk.hpp"
#include "runtime/edge/rest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <curl/curl.h>
#include <thread>

namespace trellis::edge {

namespace {

/// What came back.
struct reply {
  int status = 0;
  http::fields headers; // names in lower case
  std::string body;

  const std::string* header(std::string_view name) const {
    auto i = std::ranges::find(headers, name, &std::pair<std::string, std::string>::first);
    return i == headers.end() ? nullptr : &i->second;
  }
};

struct to_send {
  std::string method, target, body, type;
  std::vector<std::string> headers;
  bool has_body = false;
};

std::size_t on_body(char* bytes, std::size_t, std::size_t n, void* to) {
  auto& body = static_cast<reply*>(to)->body;
  constexpr std::size_t most = 64u << 20;
  if (body.size() + n > most)
    return 0;
  body.append(bytes, n);
  return n;
}

std::size_t on_header(char* bytes, std::size_t, std::size_t n, void* to) {
  std::string_view line{bytes, n};
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
    line.remove_suffix(1);
  auto& headers = static_cast<reply*>(to)->headers;
  if (line.starts_with("HTTP/")) // of the answer itself, after a 100
    headers.clear();
  auto colon = line.find(':');
  if (colon == line.npos)
    return n;
  auto value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  headers.emplace_back(http::lower(line.substr(0, colon)), value);
  return n;
}

errc code_of(CURLcode x) {
  switch (x) {
  case CURLE_OPERATION_TIMEDOUT:
    return errc::timed_out;
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_SSL_ISSUER_ERROR:
    return errc::unauthenticated;
  default:
    return errc::site_unreachable;
  }
}

/// Which side does not accept the other: the sentence that a user needs.
std::string sentence(CURLcode code, const client_config& config, std::string_view detail) {
  auto anchors = config.anchors_file.empty() ? config.anchors : config.anchors_file;
  if (code == CURLE_PEER_FAILED_VERIFICATION)
    return fmt::format(
        "the server's certificate is not accepted here, by the trust anchors of {}: {}", anchors,
        detail);
  if (code == CURLE_SSL_CERTPROBLEM)
    return fmt::format("the credential {} cannot be used: {}", config.named, detail);
  return std::string{detail};
}

} // namespace

class rest_client::connection {
public:
  explicit connection(client_config config) : config_(std::move(config)), curl_(curl_easy_init()) {}

  ~connection() { curl_easy_cleanup(curl_); }

  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Waits and asks again where it asked too often.
  result<reply> send(const to_send& x, milliseconds limit);
  result<std::string> put_input(const operation_json& row, const address& to,
                                std::string_view bytes, milliseconds limit);
  result<std::string> read_output(const operation_json& row, const address& to,
                                  std::string_view bytes, milliseconds limit);

  /// The body of an answer of 200 or 201.
  result<std::string> body_of(const to_send& x, milliseconds limit);

  const client_config& config() const { return config_; }

private:
  void secure();
  result<reply> send_once(const to_send& x, milliseconds limit);

  client_config config_;
  CURL* curl_;
};

/// Nothing of the system's own trust: the anchors are those of the grid.
void rest_client::connection::secure() {
  auto blob = [](const std::string& x) {
    return curl_blob{const_cast<char*>(x.data()), x.size(), CURL_BLOB_NOCOPY};
  };
  curl_easy_setopt(curl_, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl_, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(curl_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  auto or_none = [](const std::string& x) { return x.empty() ? nullptr : x.c_str(); };
  curl_easy_setopt(curl_, CURLOPT_CAINFO, or_none(config_.anchors_file));
  curl_easy_setopt(curl_, CURLOPT_CAPATH, or_none(config_.anchors));
  if (config_.cert.empty())
    return;
  auto cert = blob(config_.cert), key = blob(config_.key);
  curl_easy_setopt(curl_, CURLOPT_SSLCERTTYPE, "PEM");
  curl_easy_setopt(curl_, CURLOPT_SSLCERT_BLOB, &cert);
  curl_easy_setopt(curl_, CURLOPT_SSLKEYTYPE, "PEM");
  curl_easy_setopt(curl_, CURLOPT_SSLKEY_BLOB, &key);
  curl_easy_setopt(curl_, CURLOPT_KEYPASSWD, ""); // no question at a terminal
}

result<reply> rest_client::connection::send(const to_send& x, milliseconds limit) {
  constexpr milliseconds pause{250};
  auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    auto got = send_once(x, limit);
    constexpr int too_many = 429;
    if (!got || got->status != too_many || std::chrono::steady_clock::now() + pause > until)
      return got;
    std::this_thread::sleep_for(pause);
  }
}

result<reply> rest_client::connection::send_once(const to_send& x, milliseconds limit) {
  reply out;
  auto url = config_.url + x.target;
  char detail[CURL_ERROR_SIZE] = "";
  curl_easy_reset(curl_); // the connection stays
  secure();
  curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl_, CURLOPT_PROXY, ""); // a link to a node is no web page
  curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT_MS, 10'000L);
  curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  curl_easy_setopt(curl_, CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &out);
  curl_easy_setopt(curl_, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl_, CURLOPT_HEADERDATA, &out);
  curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, x.method.c_str());
  curl_slist* headers = curl_slist_append(nullptr, "Expect:");
  for (const auto& line : x.headers)
    headers = curl_slist_append(headers, line.c_str());
  if (x.has_body) {
    headers = curl_slist_append(headers, ("Content-Type: " + x.type).c_str());
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE, static_cast<long>(x.body.size()));
    curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, x.body.c_str());
  }
  curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers);
  auto code = curl_easy_perform(curl_);
  curl_slist_free_all(headers);
  if (code != CURLE_OK)
    return error{code_of(code),
                 fmt::format("cannot ask {}: {}", config_.url,
                             sentence(code, config_, *detail ? detail : curl_easy_strerror(code)))};
  long status = 0;
  curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
  out.status = static_cast<int>(status);
  return out;
}

result<std::string> rest_client::connection::put_input(const operation_json& row, const address& to,
                                                       std::string_view bytes, milliseconds limit) {
  auto x = wire::decode<wms::put_input>(bytes);
  if (!x)
    return x.why();
  auto target = filled(row.what->path, {
                                           {"job",  x->job.text()},
                                           {"file", x->file      }
  });
  http::fields query{
      {"at",         to.host.text()                  },
      {"executable", x->executable ? "true" : "false"}
  };
  http::content_range place{
      {x->piece.offset, x->piece.bytes.size()},
      x->piece.file_size
  };
  to_send put{"PUT",
              target + "?" + http::query_text(query),
              std::move(x->piece.bytes),
              "application/octet-stream",
              {"Content-Range: " + http::text(place)},
              true};
  auto got = send(put, limit);
  if (!got)
    return got.why();
  if (got->status != 200)
    return http::read_failure(got->status, got->body);
  auto tree = parse_json(got->body);
  return tree ? row.response_bytes(*tree) : result<std::string>{tree.why()};
}

result<std::string> rest_client::connection::read_output(const operation_json& row,
                                                         const address& to, std::string_view bytes,
                                                         milliseconds limit) {
  auto x = wire::decode<wms::read_output>(bytes);
  if (!x)
    return x.why();
  auto target = filled(row.what->path, {
                                           {"job",  x->job.text()},
                                           {"file", x->file      }
  });
  auto range = fmt::format("Range: bytes={}-{}", x->offset,
                           x->offset + std::max<std::uint32_t>(x->size, 1) - 1);
  to_send get{
      "GET", target + "?" + http::query_text({{"at", to.host.text()}}
           ), "", "", {range                 }
  };
  auto got = send(get, limit);
  if (!got)
    return got.why();
  auto given = got->header("content-range");
  auto place = given ? http::read_content_range(*given) : std::nullopt;
  if ((got->status != 206 && got->status != 416) || !place)
    return http::read_failure(got->status, got->body);
  if (got->status == 206
      && (place->part.first != x->offset || place->part.size != got->body.size()))
    return error{errc::malformed, fmt::format("{} sent another part of {} than was asked for",
                                              config_.url, x->file)};
  chunk out{x->offset, got->status == 206 ? std::move(got->body) : "", 0, place->file_size,
            got->header("trellis-last") != nullptr};
  out.crc32 = crc32(out.bytes);
  return wire::encode(out);
}

result<std::string> rest_client::connection::body_of(const to_send& x, milliseconds limit) {
  auto got = send(x, limit);
  if (!got)
    return got.why();
  if (got->status != 200 && got->status != 201)
    return http::read_failure(got->status, got->body);
  return std::move(got->body);
}

result<rest_client> rest_client::open(client_config config) {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  if (!ready)
    return error{errc::internal, "libcurl cannot be used"};
  while (!config.url.empty() && config.url.back() == '/')
    config.url.pop_back();
  if (!config.url.starts_with("https://") || config.url.find('/', 8) != config.url.npos)
    return error{errc::usage,
                 fmt::format("'{}' is no endpoint: expected https://HOST:PORT", config.url)};
  return rest_client{std::make_unique<connection>(std::move(config))};
}

rest_client::rest_client(std::unique_ptr<connection> x) : connection_(std::move(x)) {}

rest_client::rest_client(rest_client&& x) noexcept = default;
rest_client& rest_client::operator=(rest_client&& x) noexcept = default;
rest_client::~rest_client() = default;

result<std::string> rest_client::exchange(const address& to, std::uint16_t type,
                                          std::string_view body, milliseconds limit) {
  auto row = json_of(type);
  if (!row)
    return error{errc::unknown_message, fmt::format("no request has number {:#06x}", type)};
  if (type == operation_of<wms::put_input>().number)
    return connection_->put_input(*row, to, body, limit);
  if (type == operation_of<wms::read_output>().number)
    return connection_->read_output(*row, to, body, limit);
  auto rest = rest_of(*row, body, to.host);
  if (!rest)
    return rest.why();
  bool has_body = !rest->body.empty();
  auto got = connection_->body_of(
      {rest->method, rest->target, std::move(rest->body), "application/json", {}, has_body}, limit);
  if (!got)
    return got.why();
  auto tree = parse_json(*got);
  return tree ? row->response_bytes(*tree) : result<std::string>{tree.why()};
}

result<node::status> rest_client::status(milliseconds limit) {
  auto row = json_of(operation_of<node::get_status>().number);
  auto got = connection_->body_of({"GET", std::string{row->what->path}, "", "", {}, false}, limit);
  return got ? from_json<node::status>(*got) : result<node::status>{got.why()};
}

result<delegation> rest_client::delegate(const std::string& id, const gsi::new_proxy& wish,
                                         gsi::instant now, milliseconds limit) {
  const auto& own = connection_->config();
  auto from = gsi::parse_credential(own.cert + "\n" + own.key);
  if (!from)
    return error{errc::unauthenticated, fmt::format("{}: {}", own.named, from.why().text)};
  auto path = std::string{"/v1/delegations"};
  auto asked = connection_->body_of(
      {"POST", id.empty() ? path : path + "/" + id, "", "application/json", {}, true}, limit);
  auto offer = asked ? from_json<delegation_offer>(*asked) : result<delegation_offer>{asked.why()};
  if (!offer)
    return offer.why();
  auto chain = gsi::sign_delegation(*from, offer->csr, wish, now);
  if (!chain)
    return chain.why();
  auto taken = connection_->body_of(
      {"PUT", path + "/" + offer->id, gsi::chain_pem(*chain), "application/x-pem-file", {}, true},
      limit);
  return taken ? from_json<delegation>(*taken) : result<delegation>{taken.why()};
}

std::string rest_client::usual_delegation() const {
  auto chain = gsi::parse_chain(connection_->config().cert);
  if (!chain)
    return {};
  auto facts = gsi::facts_of(*chain);
  std::vector<std::string> fqans;
  for (const auto& ac : facts.attributes)
    if (ac.vo == facts.attributes.front().vo)
      for (const auto& fqan : ac.fqans)
        fqans.push_back(fqan.text());
  return usual_delegation_id(facts.identity, fqans);
}

result<delegation_list> rest_client::delegations_there(milliseconds limit) {
  auto got = connection_->body_of({"GET", "/v1/delegations", "", "", {}, false}, limit);
  return got ? from_json<delegation_list>(*got) : result<delegation_list>{got.why()};
}

} // namespace trellis::edge
