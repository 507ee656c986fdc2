#include "actors/ce/batch/sessions_actor.hpp"

#include "actors/ce/records.hpp"

#include <charconv>

namespace trellis {
namespace {

constexpr std::size_t piece = 65'536;

}

std::optional<session_claim> read_claim(std::string_view text) {
  session_claim out;
  auto pid = text.substr(0, text.find(' '));
  std::from_chars(pid.data(), pid.data() + pid.size(), out.pid);
  auto blank = text.find(' ');
  if (blank != text.npos)
    std::from_chars(text.data() + blank + 1, text.data() + text.size(), out.born);
  return out;
}

result<std::optional<session_claim>> sessions::prepare(const std::string& session,
                                                       const ce::hand_over& task,
                                                       std::optional<ce::moment> lease_until) {
  if (auto made = files_.make(session); !made)
    return made.why();
  if (lease_until)
    if (auto put = put_lease(session, *lease_until); !put)
      return put.why();
  auto claim = files_.get(session, "claim");
  if (!claim)
    return claim.why();
  if (*claim)
    return read_claim(**claim);
  auto script = ce::wrapper_script(task, {files_.path_of(session), cfg_->starter}, cfg_->limits);
  if (auto put = files_.put(session, "wrapper", script, true); !put)
    return put.why();
  return std::optional<session_claim>{};
}

result<done> sessions::put_lease(const std::string& session, ce::moment until) {
  return files_.put(session, "lease", std::to_string(until.time_since_epoch().count()) + "\n");
}

void sessions::watch_by(std::function<void(int)> on_change) {
  watch_ = std::make_unique<process::file_watch>(std::move(on_change));
}

void sessions::open(const std::string& session, const ce::attempt_id& attempt,
                    batch_listener listener) {
  close(session);
  open_session x{attempt, std::move(listener)};
  x.watch = watch_ ? watch_->add(files_.path_of(session) + "/records") : -1;
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
  auto text = files_.read_from(session, "records", of.offset, piece);
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
    else if (x.what == ce::record_kind::payload_started)
      of.payload = x.number;
  return text;
}

} // namespace trellis
