#include "runtime/edge/voms_client.hpp"

#include "protocols/gsi/dn.hpp"
#include "protocols/voms/legacy.hpp"
#include "protocols/voms/rest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <curl/curl.h>
#include <filesystem>
#include <poll.h>
#include <sys/stat.h>

namespace trellis::edge {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_bytes = 256 * 1024;

/// Whether somebody but its owner or root may have written it.
bool others_may_write(const std::string& path) {
  struct stat x {};

  return ::stat(path.c_str(), &x) != 0 || (x.st_mode & 022) != 0;
}

std::vector<std::string> files_at(const std::string& path) {
  std::error_code ec;
  if (!fs::is_directory(path, ec))
    return fs::exists(path, ec) ? std::vector<std::string>{path} : std::vector<std::string>{};
  std::vector<std::string> out;
  for (fs::directory_iterator i{path, ec}, end; !ec && i != end; i.increment(ec))
    if (std::error_code ignored; i->is_regular_file(ignored))
      out.push_back(i->path().string());
  std::ranges::sort(out);
  return out;
}

std::size_t on_bytes(char* bytes, std::size_t, std::size_t n, void* to) {
  auto& body = *static_cast<std::string*>(to);
  if (body.size() + n > most_bytes)
    return 0;
  body.append(bytes, n);
  return n;
}

/// One connection to a server, whose certificate is judged before a word is said.
class visit {
public:
  visit(const gsi::voms_server& server, const gsi::credential& who, const user_files& trust)
      : server_(server), cert_(gsi::chain_pem(who.chain)), key_(who.key.pem()), trust_(trust),
        curl_(curl_easy_init()) {}

  ~visit() { curl_easy_cleanup(curl_); }

  visit(const visit&) = delete;
  visit& operator=(const visit&) = delete;

  result<std::string> get(const std::string& path) {
    std::string body;
    settle("https://" + place() + path);
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &body);
    curl_easy_setopt(curl_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    if (auto ok = perform(); !ok)
      return ok.why();
    return body;
  }

  /// A zero byte as the GSI says it (no delegation), then the words; all that comes back.
  result<std::string> say(const std::string& words) {
    settle("https://" + place());
    curl_easy_setopt(curl_, CURLOPT_CONNECT_ONLY, 1L);
    if (auto ok = perform(); !ok)
      return ok.why();
    if (auto ok = send("0"); !ok)
      return ok.why();
    if (auto ok = send(words); !ok)
      return ok.why();
    return receive();
  }

private:
  std::string place() const { return fmt::format("{}:{}", server_.host, server_.port); }

  error failed(errc code, std::string_view why) const {
    return {code, fmt::format("cannot ask the VOMS server {} of {}: {}", place(), server_.vo, why)};
  }

  void settle(const std::string& url) {
    auto blob = [](const std::string& x) {
      return curl_blob{const_cast<char*>(x.data()), x.size(), CURL_BLOB_NOCOPY};
    };
    auto or_none = [](const std::string& x) { return x.empty() ? nullptr : x.c_str(); };
    auto cert = blob(cert_), key = blob(key_);
    curl_easy_reset(curl_);
    curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_, CURLOPT_PROXY, "");
    curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT_MS, 10'000L);
    curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, 30'000L);
    curl_easy_setopt(curl_, CURLOPT_ERRORBUFFER, detail_);
    curl_easy_setopt(curl_, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(curl_, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl_, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl_, CURLOPT_CAINFO, or_none(trust_.anchors_file));
    curl_easy_setopt(curl_, CURLOPT_CAPATH, or_none(trust_.anchors));
    curl_easy_setopt(curl_, CURLOPT_CERTINFO, 1L);
    curl_easy_setopt(curl_, CURLOPT_SSLCERTTYPE, "PEM");
    curl_easy_setopt(curl_, CURLOPT_SSLCERT_BLOB, &cert);
    curl_easy_setopt(curl_, CURLOPT_SSLKEYTYPE, "PEM");
    curl_easy_setopt(curl_, CURLOPT_SSLKEY_BLOB, &key);
  }

  result<done> perform() {
    detail_[0] = '\0';
    auto code = curl_easy_perform(curl_);
    std::string_view why = *detail_ ? detail_ : curl_easy_strerror(code);
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
      return failed(errc::unauthenticated,
                    fmt::format("its certificate is not accepted here: {}", why));
    if (code != CURLE_OK)
      return failed(code == CURLE_OPERATION_TIMEDOUT ? errc::timed_out : errc::site_unreachable,
                    why);
    return check_name();
  }

  /// The name in vomses is that of its certificate.
  result<done> check_name() const {
    curl_certinfo* shown = nullptr;
    curl_easy_getinfo(curl_, CURLINFO_CERTINFO, &shown);
    for (auto line = shown && shown->num_of_certs > 0 ? shown->certinfo[0] : nullptr; line;
         line = line->next) {
      std::string_view text = line->data;
      if (!text.starts_with("Cert:"))
        continue;
      auto cert = gsi::certificate::parse(text.substr(5));
      auto name = cert ? cert->subject_name() : result<gsi::dn>{cert.why()};
      if (name && gsi::may_mean(server_.subject, *name))
        return done{};
      return failed(errc::unauthenticated,
                    fmt::format("it is {}, and vomses names {}", cert ? cert->subject() : "nobody",
                                server_.subject));
    }
    return failed(errc::unauthenticated, "it shows no certificate");
  }

  result<done> wait_for(short what) const {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(curl_, CURLINFO_ACTIVESOCKET, &socket);
    pollfd x{socket, what, 0};
    constexpr int patience_ms = 30'000;
    if (::poll(&x, 1, patience_ms) > 0)
      return done{};
    return failed(errc::timed_out, "it does not answer");
  }

  result<done> send(std::string_view bytes) const {
    while (!bytes.empty()) {
      std::size_t n = 0;
      auto code = curl_easy_send(curl_, bytes.data(), bytes.size(), &n);
      if (code == CURLE_OK)
        bytes.remove_prefix(n);
      else if (code != CURLE_AGAIN)
        return failed(errc::site_unreachable, curl_easy_strerror(code));
      else if (auto ready = wait_for(POLLOUT); !ready)
        return ready;
    }
    return done{};
  }

  result<std::string> receive() const {
    std::string out;
    char piece[8192];
    while (out.size() < most_bytes && out.find("</vomsans>") == out.npos) {
      std::size_t n = 0;
      auto code = curl_easy_recv(curl_, piece, sizeof piece, &n);
      if (code == CURLE_OK && n == 0)
        break;
      if (code == CURLE_OK)
        out.append(piece, n);
      else if (code != CURLE_AGAIN)
        break; // many servers just go
      else if (auto ready = wait_for(POLLIN); !ready)
        return ready.why();
    }
    return out;
  }

  const gsi::voms_server& server_;
  std::string cert_, key_;
  const user_files& trust_;
  CURL* curl_;
  char detail_[CURL_ERROR_SIZE] = "";
};

voms::request request_of(const voms_wish& what, const std::string& vo,
                         std::chrono::seconds lifetime) {
  voms::request out;
  out.lifetime = lifetime;
  for (const auto& text : what.fqans)
    if (auto x = gsi::fqan::parse(text))
      out.wishes.push_back({x->role.empty() ? voms::wish_kind::group : voms::wish_kind::group_role,
                            x->group, x->role});
  if (out.wishes.empty())
    out.wishes.push_back({voms::wish_kind::group, "/" + vo, {}});
  return out;
}

/// For a terminal.
std::string printable(std::string text) {
  std::erase_if(text, [](char c) { return static_cast<unsigned char>(c) < ' '; });
  return text;
}

result<voms_answer> ask_one(const voms_wish& what, const gsi::voms_server& server,
                            const gsi::credential& who, const user_files& trust,
                            std::chrono::seconds lifetime) {
  auto request = request_of(what, server.vo, lifetime);
  auto by_rest = visit{server, who, trust}.get(voms::rest_target(request));
  if (by_rest && by_rest->find("<voms") != std::string::npos)
    return parse_voms_answer(*by_rest);
  if (!by_rest && by_rest.why().code != errc::site_unreachable)
    return by_rest.why();
  auto older = visit{server, who, trust}.say(voms::legacy_request(request));
  if (!older)
    return by_rest || older.why().code != errc::site_unreachable ? older.why() : by_rest.why();
  return parse_voms_answer(*older);
}

} // namespace

result<std::vector<voms_wish>> parse_voms_wishes(const std::vector<std::string>& words) {
  std::vector<voms_wish> out;
  for (const auto& word : words) {
    auto colon = word.find(':');
    auto alias = word.substr(0, colon);
    if (!gsi::is_vo_name(alias))
      return error{errc::usage,
                   fmt::format("'{}' is no VO: expected VO, or VO:/VO/GROUP/Role=ROLE", word)};
    auto same = std::ranges::find(out, alias, &voms_wish::alias);
    if (same == out.end())
      same = out.insert(out.end(), {alias, {}});
    if (colon == word.npos)
      continue;
    auto fqan = gsi::fqan::parse(word.substr(colon + 1));
    if (!fqan)
      return error{errc::usage, fmt::format("'{}' is no group or role: expected /VO/GROUP or "
                                            "/VO/GROUP/Role=ROLE behind the colon",
                                            word)};
    same->fqans.push_back(fqan->text());
  }
  return out;
}

result<std::vector<gsi::voms_server>> find_voms_servers(const environment& of,
                                                        const std::string& named) {
  std::vector<std::string> places{named};
  if (named.empty()) {
    places = {of("HOME").value_or("") + "/.glite/vomses", "/etc/vomses"};
    if (auto own = of("VOMS_USERCONF"))
      places.insert(places.begin(), *own);
  }
  std::vector<gsi::voms_server> out;
  for (const auto& place : places)
    for (const auto& file : files_at(place)) {
      if (others_may_write(file))
        return error{errc::denied,
                     fmt::format("{} is not used: others may change it; chmod 644 {}", file, file)};
      auto text = read_public(file);
      auto servers
          = text ? gsi::parse_vomses(*text) : result<std::vector<gsi::voms_server>>{text.why()};
      if (!servers)
        return error{errc::malformed, fmt::format("{}: {}", file, servers.why().text)};
      out.insert(out.end(), servers->begin(), servers->end());
    }
  if (!out.empty())
    return out;
  std::string all;
  for (const auto& place : places)
    all += (all.empty() ? "" : ", ") + place;
  return error{errc::not_found, "no vomses file names a VOMS server: looked at " + all};
}

result<voms_answer> parse_voms_answer(std::string_view text) {
  auto old = text.find("<vomsans") != text.npos;
  auto reply = old ? voms::parse_legacy_reply(text) : voms::parse_rest_reply(text);
  if (!reply)
    return reply.why();
  if (reply->refused)
    return error{errc::denied, printable(reply->why)};
  if (reply->ac.empty())
    return error{errc::malformed, "the answer holds no attribute certificate"};
  voms_answer out{std::move(reply->ac), {}};
  for (const auto& x : reply->warnings)
    out.warnings.push_back(printable(x.text));
  return out;
}

result<voms_answer> ask_voms(const voms_wish& what, const std::vector<gsi::voms_server>& servers,
                             const gsi::credential& who, const user_files& trust,
                             std::chrono::seconds lifetime) {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  if (!ready)
    return error{errc::internal, "libcurl cannot be used"};
  result<voms_answer> last
      = error{errc::not_found, fmt::format("no vomses file names a server of {}", what.alias)};
  for (const auto& server : servers) {
    if (server.alias != what.alias && server.vo != what.alias)
      continue;
    last = ask_one(what, server, who, trust, lifetime);
    if (last) {
      auto ac = gsi::parse_ac(last->ac);
      if (ac && ac->vo == server.vo)
        return last;
      last = error{errc::malformed,
                   fmt::format("{}:{} gave an attribute certificate that is not one of {}{}{}",
                               server.host, server.port, server.vo, ac ? "" : ": ",
                               ac ? "" : ac.why().text)};
    } else if (last.why().code == errc::denied)
      return error{errc::denied, fmt::format("the VOMS server {}:{} of {} refuses: {}", server.host,
                                             server.port, server.vo, last.why().text)};
  }
  return last;
}

} // namespace trellis::edge
