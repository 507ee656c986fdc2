#include "runtime/edge/probe.hpp"

#include <fmt/format.h>

#include <curl/curl.h>
#include <memory>

namespace trellis::edge {

namespace {

std::size_t pass_over(char*, std::size_t, std::size_t n, void*) { return n; }

std::size_t find_date(char* bytes, std::size_t, std::size_t n, void* to) {
  std::string line{bytes, n};
  if (n > 5 && (line.starts_with("Date:") || line.starts_with("date:")))
    if (auto at = curl_getdate(line.c_str() + 5, nullptr); at > 0)
      *static_cast<std::optional<gsi::instant>*>(to) = gsi::instant{std::chrono::seconds{at}};
  return n;
}

std::vector<gsi::certificate> shown_chain(CURL* curl) {
  std::vector<gsi::certificate> out;
  curl_certinfo* shown = nullptr;
  curl_easy_getinfo(curl, CURLINFO_CERTINFO, &shown);
  for (int i = 0; shown && i < shown->num_of_certs; ++i)
    for (auto line = shown->certinfo[i]; line; line = line->next)
      if (std::string_view text = line->data; text.starts_with("Cert:"))
        if (auto cert = gsi::certificate::parse(text.substr(5)))
          out.push_back(*std::move(cert));
  return out;
}

} // namespace

result<seen_server> look_at_server(const std::string& url) {
  constexpr std::string_view scheme = "https://";
  if (!url.starts_with(scheme))
    return error{errc::usage, fmt::format("'{}' is no endpoint: expected https://HOST:PORT", url)};
  seen_server out;
  auto rest = url.substr(scheme.size());
  auto place = rest.substr(0, rest.find('/'));
  out.host = place.substr(0, place.rfind(':'));
  std::unique_ptr<CURL, void (*)(CURL*)> curl{curl_easy_init(), curl_easy_cleanup};
  auto address = std::string{scheme} + place + "/healthz";
  char detail[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl.get(), CURLOPT_URL, address.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "https");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, 10'000L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, 20'000L);
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, detail);
  curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYPEER, 0L); // judged afterwards, rule by rule
  curl_easy_setopt(curl.get(), CURLOPT_SSL_VERIFYHOST, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_CERTINFO, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, pass_over);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, find_date);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &out.its_time);
  auto code = curl_easy_perform(curl.get());
  out.chain = shown_chain(curl.get());
  if (code != CURLE_OK && out.chain.empty())
    return error{
        code == CURLE_OPERATION_TIMEDOUT ? errc::timed_out : errc::site_unreachable,
        fmt::format("cannot reach {}: {}", place, *detail ? detail : curl_easy_strerror(code))};
  return out;
}

} // namespace trellis::edge
