#include "actors/ce/batch/sessions_actor.hpp"

#include "actors/ce/records.hpp"
#include "actors/ce/wrapper.hpp"
#include "runtime/log/log.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <unistd.h>

namespace trellis {
namespace {

constexpr std::size_t piece = 65'536;
const std::string records = "records";

std::string lease_text(ce::moment until) {
  return std::to_string(until.time_since_epoch().count()) + "\n";
}

} // namespace

result<done> may_run_payloads(const batch_config& cfg) {
  if (cfg.owner.uid < 0 && ::geteuid() == 0)
    return error{errc::lrms_refused, "this node runs as root and ce.payload_user names nobody "
                                     "else: a payload never runs as root"};
  return done{};
}

std::string starter_for_payloads(const batch_config& cfg) {
  if (cfg.starter.empty() || cfg.owner.uid < 0)
    return cfg.starter;
  auto copy = cfg.session_root + ".starter", part = copy + ".part";
  std::error_code problem;
  std::filesystem::copy_file(cfg.starter, part, std::filesystem::copy_options::overwrite_existing,
                             problem);
  if (!problem)
    std::filesystem::permissions(part, std::filesystem::perms{0755}, problem);
  if (!problem)
    std::filesystem::rename(part, copy, problem); // an older one may be running
  if (!problem)
    return copy;
  log::warn("ce-starter-not-copied",
            "{} cannot be made: {}; payloads that cannot run {} have no limits", copy,
            problem.message(), cfg.starter);
  return cfg.starter;
}

result<std::optional<ce::session_claim>> sessions::prepare(const std::string& session,
                                                           const ce::hand_over& task,
                                                           std::optional<ce::moment> lease_until) {
  auto fresh = files_.make(session);
  if (!fresh)
    return fresh.why();
  if (!task.what.output.empty())
    if (auto made = files_.make_output(session); !made)
      return made.why();
  if (*fresh)
    return std::optional<ce::session_claim>{};
  if (lease_until) // a fresh wrapper knows it
    if (auto laid = put_lease(session, *lease_until); !laid)
      return laid.why();
  return claim_of(session);
}

result<done> sessions::remove(const std::string& session) {
  auto ended = ended_.erase(session) > 0;
  return ended && !cfg_->starter.empty() ? files_.recycle(session) : files_.remove(session);
}

result<std::optional<ce::session_claim>> sessions::claim_of(const std::string& session) const {
  auto text = files_.get(session, records, 128);
  if (!text)
    return text.why();
  return *text ? std::optional{ce::read_claim(**text)} : std::nullopt;
}

result<bool> sessions::take(const std::string& session, std::string_view why) const {
  return files_.claim(session, records, fmt::format("claim 0 0 {}\n", why));
}

std::string sessions::wrapper_of(const std::string& session, const ce::hand_over& task,
                                 std::optional<ce::moment> lease_until) const {
  auto limits = cfg_->limits;
  limits.lease = lease_until;
  return ce::wrapper_script(task, {files_.path_of(session), starter_}, limits);
}

result<done> sessions::put_wrapper(const std::string& session, const std::string& script) {
  return files_.put(session, "wrapper", script, true);
}

result<done> sessions::put_lease(const std::string& session, ce::moment until) {
  return files_.put(session, "lease", lease_text(until));
}

void sessions::watch_by(std::function<void(int)> on_change) {
  watch_ = std::make_unique<process::file_watch>(std::move(on_change));
}

void sessions::open(const std::string& session, const ce::attempt_id& attempt,
                    batch_listener listener) {
  close(session);
  ended_.erase(session);
  open_session x{attempt, std::move(listener)};
  x.watch = watch_ ? watch_->add(files_.path_of(session)) : -1; // the records come
  if (x.watch >= 0)
    by_watch_[x.watch] = session;
  open_[session] = std::move(x);
}

void sessions::close(const std::string& session) {
  auto i = open_.find(session);
  if (i == open_.end())
    return;
  if (i->second.watch >= 0) {
    watch_->remove(i->second.watch);
    by_watch_.erase(i->second.watch);
  }
  if (i->second.ended)
    ended_.insert(session);
  open_.erase(i);
}

open_session* sessions::find(const std::string& session) {
  auto i = open_.find(session);
  return i == open_.end() ? nullptr : &i->second;
}

const std::string* sessions::watched(int number) const {
  auto i = by_watch_.find(number);
  return i == by_watch_.end() ? nullptr : &i->second;
}

result<std::string> sessions::read_news(open_session& of, const std::string& session) {
  auto text = files_.read_from(session, records, of.offset, piece);
  if (!text)
    return text;
  auto end = text->rfind('\n');
  // A line longer than a piece is nothing that the wrapper writes.
  auto size = end != text->npos ? end + 1 : text->size() == piece ? piece : 0;
  text->resize(size);
  of.offset += size;
  for (const auto& x : ce::read_records(*text).lines)
    if (x.what == ce::record_kind::ended)
      of.ended = true;
    else if (x.what == ce::record_kind::wrapper_started)
      of.started = true;
    else if (x.what == ce::record_kind::payload_started)
      of.payload = x.number;
  return text;
}

// --- what the CE asks --------------------------------------------------------------------------

caf::result<batch::input_there> sessions::on_put(const batch::put_input& x) {
  if (auto made = files_.make(x.session); !made)
    return to_caf(made.why());
  auto size = files_.put_input(x.session, x.file, x.piece, x.executable);
  if (!size)
    return to_caf(size.why());
  return batch::input_there{*size};
}

caf::result<batch::done> sessions::on_proxy(const batch::put_proxy& x) {
  if (auto made = files_.make(x.session); !made)
    return to_caf(made.why());
  if (auto put = files_.put_private(x.session, std::string{ce::proxy_leaf}, x.pem); !put)
    return to_caf(put.why());
  return batch::done{};
}

caf::result<batch::input_there> sessions::on_size(const batch::input_size& x) {
  auto size = files_.input_size(x.session, x.file);
  if (!size)
    return to_caf(size.why());
  return batch::input_there{*size};
}

batch::session_found sessions::on_find(const batch::find_session& x) const {
  return {files_.exists(x.session)};
}

caf::result<batch::done> sessions::on_renew(const batch::renew& x) {
  if (auto put = put_lease(x.session, x.lease_until); !put)
    return to_caf(put.why());
  return batch::done{};
}

caf::result<batch::done> sessions::on_token(const batch::answer_token& x) {
  auto put = files_.put(x.session, x.granted ? "token.granted" : "token.refused", "");
  if (!put)
    return to_caf(put.why());
  return batch::done{};
}

caf::result<chunk> sessions::on_read(const batch::read_file& x) {
  auto piece = files_.read_file(x.session, x.file, x.offset, x.size, x.complete);
  if (!piece)
    return to_caf(piece.why());
  return std::move(*piece);
}

caf::result<batch::output_files> sessions::on_list(const batch::list_output& x) {
  auto list = files_.list_output(x.session);
  if (!list)
    return to_caf(list.why());
  return batch::output_files{std::move(*list)};
}

} // namespace trellis
