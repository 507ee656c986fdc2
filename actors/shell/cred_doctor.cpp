#include "actors/shell/commands.hpp"
#include "actors/shell/own_proxy.hpp"
#include "runtime/edge/doctor.hpp"
#include "runtime/edge/probe.hpp"
#include "runtime/edge/voms_client.hpp"
#include "runtime/node/trust_files.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <ostream>

namespace trellis::shell {
namespace {

using edge::cause;
using edge::finding;

constexpr option_row options[] = {
    option("-f,--file", "FILE", "This proxy or certificate, in place of the usual one."),
    option("--voms", "VO", "Ask the VO's server, too, whether it gives attributes."),
    option("--vomses", "PATH", "Where VOMS servers are named, in place of the usual files."),
};

struct finding_row {
  std::string check, result, cause, text, next;
};
TRELLIS_INSPECT(finding_row, check, result, cause, text, next)

constexpr column columns[] = {
    text_column("CHECK", "check"),
    text_column("RESULT", "result"),
    wide(text_column("CAUSE", "cause")),
    text_column("WHAT", "text"),
};

view<finding_row> as_list() {
  view<finding_row> v;
  v.schema = "trellis.cred_doctor";
  v.columns = columns;
  v.cells = [](const finding_row& x) {
    return row{
        x.check, {x.result, x.result == "ok" ? colour::green : colour::red},
         x.cause, x.text
    };
  };
  v.id = [](const finding_row& x) { return x.cause; };
  return v;
}

/// What a run collects, and what it finds.
struct consultation {
  session& s;
  gsi::instant now;
  edge::user_files files;
  edge::believed by;
  std::string cert_pem, key_pem;
  std::vector<gsi::certificate> chain;
  std::vector<finding> found;

  bool well() const { return edge::cause_of(found) == nullptr; }

  void add(finding x) { found.push_back(std::move(x)); }

  void look_at_file();
  void look_at_anchors();
  std::optional<edge::seen_server> look_at(const std::string& url);
  void ask(const std::string& url);
  void ask_voms(const arguments& given);
};

void consultation::look_at_file() {
  if (files.cert.empty())
    return add({"credential", cause::no_credential,
                fmt::format("there is no proxy and no certificate: looked at {}", files.looked_at),
                "make a proxy: trellis proxy init"});
  std::error_code ec;
  for (const auto& path : {files.cert, files.key})
    if (!std::filesystem::exists(path, ec))
      return add({"credential", cause::no_credential, fmt::format("there is no {}", path),
                  "make a proxy: trellis proxy init"});
  auto key = edge::read_private(files.key, s.world().user_id());
  if (!key)
    return add({"credential", cause::file_mode, key.why().text,
                fmt::format("make it yours alone, chmod 600 {}, or make a new proxy", files.key)});
  auto cert = files.cert == files.key ? key : edge::read_public(files.cert);
  if (!cert)
    return add({"credential", cause::unreadable, cert.why().text, ""});
  key_pem = *std::move(key);
  cert_pem = *std::move(cert);
  add({"credential", cause::none, files.cert, {}});
  add(edge::examine_key(files.cert, cert_pem, key_pem));
  if (auto all = gsi::parse_chain(cert_pem))
    chain = *std::move(all);
}

void consultation::look_at_anchors() {
  by.anchors_place = files.anchors.empty() ? files.anchors_file : files.anchors;
  auto none = [&](const std::string& why) {
    add({"anchors", cause::no_anchors, why,
         "install the CAs that you trust, or name another directory: X509_CERT_DIR"});
  };
  if (files.anchors.empty()) {
    auto text = edge::read_public(files.anchors_file);
    auto all = text ? gsi::certificate::parse_all(*text)
                    : result<std::vector<gsi::certificate>>{text.why()};
    if (!all)
      return none(all.why().text);
    by.anchors = gsi::trust_anchors::of(*all);
  } else {
    // What other tools on this side do: a CA without a policy file may sign what it likes.
    auto read = load_trust_anchors(files.anchors, {.namespaces = gsi::namespace_rule::if_present});
    if (!read)
      return none(read.why().text);
    by.anchors = std::move(read->anchors);
  }
  if (by.anchors.size() == 0)
    return none(fmt::format("there is no trust anchor in {}", by.anchors_place));
  by.voms_place = s.world().environment("X509_VOMS_DIR").value_or("/etc/grid-security/vomsdir");
  std::error_code ec;
  if (std::filesystem::is_directory(by.voms_place, ec))
    if (auto servers = load_vomsdir(by.voms_place))
      by.voms = std::move(servers->servers);
  add({"anchors", cause::none, fmt::format("{} in {}", by.anchors.size(), by.anchors_place), {}});
}

std::optional<edge::seen_server> consultation::look_at(const std::string& url) {
  auto seen = edge::look_at_server(url);
  if (seen)
    return *std::move(seen);
  add({"endpoint", cause::unreachable, seen.why().text,
       "check the name and the port; ask the server's operator whether it runs"});
  return std::nullopt;
}

void consultation::ask(const std::string& url) {
  auto there = s.world().attach_to_endpoint(url);
  if (there)
    return add({"answer", cause::none, fmt::format("{} accepts you", url), {}});
  add({"answer", cause::refused, fmt::format("{} refuses you: {}", url, there.why().text),
       "all is well on this side; show that sentence to the server's operator"});
}

void consultation::ask_voms(const arguments& given) {
  auto wishes = edge::parse_voms_wishes(given.all("--voms"));
  auto env = environment_of(s);
  auto servers = edge::find_voms_servers(env, given.text_or("--vomses", ""));
  auto who = gsi::parse_credential(cert_pem + "\n" + key_pem);
  if (!wishes || !servers || !who) {
    auto why = !wishes ? wishes.why() : !servers ? servers.why() : who.why();
    return add({"VO", cause::voms_refused, why.text, ""});
  }
  for (const auto& wish : *wishes) {
    auto answer = edge::ask_voms(wish, *servers, *who, files, std::chrono::minutes{10});
    if (answer)
      add({"VO", cause::none, fmt::format("{} gives attributes", wish.alias), {}});
    else
      add(edge::examine_voms_refusal(wish.alias, answer.why()));
  }
}

int tell(session& s, const std::vector<finding>& found) {
  std::vector<finding_row> rows;
  for (const auto& x : found)
    rows.push_back({x.check, x.what == cause::none ? "ok" : "fault",
                    x.what == cause::none ? "" : std::string{word(x.what)}, x.text, x.next});
  s.print(as_list(), rows);
  auto why = edge::cause_of(found);
  if (!why)
    return 0;
  auto code = why->what == cause::unreachable ? errc::site_unreachable : errc::unauthenticated;
  return s.fail({code, fmt::format("{}: {}", word(why->what), why->text)}, why->next);
}

int run(session& s, const arguments& given) {
  auto files = s.world().credential_files();
  if (!files)
    return s.fail(files.why());
  auto url = s.endpoint();
  if (!url)
    return s.fail(url.why());
  if (auto file = given.text("--file"))
    files->cert = files->key = *file;
  consultation x{s, to_instant(s.world().now()), *std::move(files), {}, {}, {}, {}, {}};
  x.look_at_file();
  x.look_at_anchors();
  auto server = url->empty() ? std::nullopt : x.look_at(*url);
  x.add(edge::examine_clock(x.now, server ? server->its_time : std::nullopt, *url, x.chain));
  if (!x.chain.empty() && x.by.anchors.size() > 0)
    x.add(edge::examine_chain(x.chain, x.by, x.now));
  bool holds = x.well();
  if (server)
    x.add(edge::examine_server(server->chain, server->host, x.by, x.now));
  if (!given.all("--voms").empty() && holds)
    x.ask_voms(given);
  if (!x.chain.empty())
    x.add(edge::examine_attributes(x.chain, x.by, x.now));
  if (server && x.well())
    x.ask(*url);
  return tell(s, x.found);
}

} // namespace

const command cred_doctor{
    .noun = "cred",
    .verb = "doctor",
    .operands = "",
    .least = 0,
    .most = 0,
    .summary = "Tell why one's proxy or certificate does not work, and what to do.",
    .example = "trellis cred doctor --endpoint https://wms.example:8443",
    .options = options,
    .run = run,
    .more
    = "It looks at the file, the key, the trust anchors and revocation lists, the clocks, the "
      "attributes of the VO and, with an endpoint, at the server's certificate and answer. "
      "The first fault is the cause; the exit code is 0 when there is none.",
};

} // namespace trellis::shell
