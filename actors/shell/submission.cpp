#include "actors/shell/submission.hpp"

#include "actors/shell/files.hpp"
#include "protocols/classad/text.hpp"
#include "protocols/jdl/job.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace trellis::shell {
namespace {

namespace fs = std::filesystem;

constexpr int tries = 3;

bool may_try_again(errc code) {
  return code == errc::timed_out || code == errc::site_unreachable || code == errc::not_running;
}

classad::read_options jdl_syntax() {
  classad::read_options o;
  o.hash_comments = true;
  o.brackets_optional = true;
  return o;
}

/// Where the files named in input sandboxes are on this side, by leaf name.
std::map<std::string, fs::path> local_files(const std::string& jdl, const fs::path& beside) {
  std::map<std::string, fs::path> found;
  auto take = [&](const std::vector<std::string>& entries) {
    for (std::string_view entry : entries) {
      if (entry.starts_with("file://"))
        entry.remove_prefix(7);
      if (entry.find("://") != entry.npos)
        continue; // the CE or the WMS fetches it
      fs::path path{entry};
      std::error_code ec;
      if (path.is_relative() && !fs::exists(path, ec) && fs::exists(beside / path, ec))
        path = beside / path;
      found.emplace(path.filename().string(), path);
    }
  };
  jdl::jdl_settings settings;
  settings.max_input_sandbox_files = 0;
  auto parsed = jdl::parse_job(jdl, settings);
  if (!parsed)
    return found;
  take(parsed.request->job.input_sandbox);
  take(parsed.request->shared_input_sandbox);
  for (const auto& node : parsed.request->nodes)
    take(node.job.input_sandbox);
  return found;
}

result<done> send_files(session& s, const address& wms, const wms::submitted& registered,
                        const std::map<std::string, fs::path>& files) {
  for (const auto& leaf : registered.upload) {
    auto from = files.find(leaf);
    if (from == files.end())
      return error{errc::not_found,
                   fmt::format("the job needs the input file {}, which its InputSandbox does not "
                               "name as a file here; the job {} is registered but not started",
                               leaf, registered.job.text())};
    if (auto sent = send_file(s, wms, registered.job, leaf, from->second); !sent)
      return sent.why();
  }
  return done{};
}

/// Asks again with the same words while no answer comes; `repeated` says whether it did.
template <class Request>
auto persistently(session& s, const address& to, const Request& what,
                  result<response_of<Request>> answer, bool& repeated) {
  for (int i = 1; i < tries && !answer && may_try_again(answer.why().code); ++i) {
    repeated = true;
    s.world().pause(std::chrono::seconds{i});
    answer = s.ask_at(to, what);
  }
  return answer;
}

/// What is to be asked for one file, and what goes along.
struct prepared {
  submission what;
  wms::submit request;
  std::map<std::string, fs::path> files;
};

result<prepared> prepare(session& s, const submission& what) {
  auto jdl = jdl_of(s, what);
  if (!jdl)
    return jdl.why();
  prepared out{what, {}, local_files(*jdl, fs::path{what.file}.parent_path())};
  // Every file is looked for before a job is registered for nothing.
  for (const auto& [leaf, path] : out.files)
    if (std::error_code ec; !fs::is_regular_file(path, ec))
      return error{errc::not_found, fmt::format("{}: the input file {} is not there or no file",
                                                what.file, path.string())};
  out.request.request = s.world().new_request_id();
  out.request.jdl = std::move(*jdl);
  out.request.dry_run = what.dry_run;
  out.request.delegation = what.delegation;
  return out;
}

/// After the first answer: asks again where none came, sends the files, starts.
result<wms::submitted> finish(session& s, const address& wms, const prepared& x,
                              result<wms::submitted> first) {
  bool repeated = false;
  auto answer = persistently(s, wms, x.request, std::move(first), repeated);
  if (!answer)
    return error{answer.why().code,
                 fmt::format("cannot submit {}: {}", x.what.file, answer.why().text)};
  if (x.what.dry_run)
    answer->job = {}; // nobody registered it
  if (x.what.dry_run || answer->upload.empty())
    return answer;
  if (auto sent = send_files(s, wms, *answer, x.files); !sent)
    return sent.why();
  repeated = false;
  wms::start start{{}, answer->job};
  auto started = persistently(s, wms, start, s.ask_at(wms, start), repeated);
  // After a lost answer the repeat meets a job that was started by the first call.
  if (!started && !(repeated && started.why().code == errc::illegal_transition))
    return started.why();
  return answer;
}

} // namespace

result<std::string> changed_jdl(const std::string& text, const std::string& resource,
                                const std::vector<std::string>& attributes) {
  if (resource.empty() && attributes.empty())
    return text;
  auto ad = classad::parse_ad(text, jdl_syntax());
  if (!ad)
    return ad.why();
  for (const auto& setting : attributes) {
    auto equals = setting.find('=');
    if (equals == setting.npos || equals == 0)
      return error{errc::usage,
                   fmt::format("cannot set '{}' in the JDL: expected NAME=EXPRESSION", setting)};
    auto name = setting.substr(0, setting.find_last_not_of(' ', equals - 1) + 1);
    auto value = classad::parse_expression(setting.substr(equals + 1));
    if (!value)
      return error{errc::usage,
                   fmt::format("cannot set '{}' in the JDL: {}", setting, value.why().text)};
    ad->insert(name, *value);
  }
  if (!resource.empty())
    ad->insert("SubmitTo", *classad::parse_expression(classad::quote(resource)));
  return classad::print_indented(*ad);
}

result<std::string> jdl_of(session& s, const submission& what) {
  auto text = read_text(s, what.file);
  if (!text)
    return text.why();
  auto changed = changed_jdl(*text, what.resource, what.attributes);
  if (!changed)
    return error{changed.why().code, fmt::format("{}: {}", what.file, changed.why().text)};
  return changed;
}

result<std::string> delegation_for(session& s, const std::string& named) {
  if (!named.empty())
    return named == "none" ? std::string{} : named;
  auto there = s.nodes();
  auto wms = there ? s.serving(role::wms) : result<address>{there.why()};
  if (!wms)
    return wms.why();
  if (!(*there)->takes_delegations() || (*there)->node().host != wms->host)
    return std::string{};
  delegation_wish usual;
  usual.now = std::chrono::floor<std::chrono::seconds>(s.world().now());
  auto kept = (*there)->delegate_unless_kept(usual, usual.now + std::chrono::minutes{15});
  if (!kept)
    return error{kept.why().code,
                 fmt::format("cannot delegate a proxy for the job: {}", kept.why().text)};
  return kept->id;
}

result<wms::submitted> submit(session& s, const submission& what) {
  return submit_all(s, {what}).front();
}

std::vector<result<wms::submitted>> submit_all(session& s, const std::vector<submission>& all) {
  std::vector<result<prepared>> ready;
  std::vector<std::string> bodies;
  auto there = s.nodes();
  auto wms = there ? s.serving(role::wms) : result<address>{there.why()};
  for (const auto& what : all) {
    ready.push_back(wms ? prepare(s, what) : result<prepared>{wms.why()});
    if (ready.back())
      bodies.push_back(wire::encode(ready.back()->request));
  }
  std::vector<result<std::string>> answers;
  if (!bodies.empty())
    answers = (*there)->exchange_all(*wms, operation_of<wms::submit>().number, std::move(bodies),
                                     usual_limit);
  std::vector<result<wms::submitted>> out;
  std::size_t next = 0;
  for (const auto& x : ready)
    out.push_back(x ? finish(s, *wms, *x, read_answer<wms::submitted>(*wms, answers[next++]))
                    : result<wms::submitted>{x.why()});
  return out;
}

} // namespace trellis::shell
