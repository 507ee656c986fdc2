#pragma once
/// What the real batch systems share: the session directories and who listens to which records. Not
/// an actor itself but a part of `fork_actor` and `command_actor`, which run on a thread of their
/// own since files block.
#include "actors/ce/batch/batch_actor.hpp"
#include "actors/ce/records.hpp"
#include "actors/ce/wrapper.hpp"
#include "runtime/process/file_watch.hpp"
#include "runtime/process/session_directory.hpp"

#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace trellis {

/// How a queue runs its jobs; all paths absolute.
struct batch_config {
  std::string queue, partition; // partition: of the batch system; empty: its default
  std::uint32_t slots = 1;
  std::string session_root, starter;
  process::file_owner owner; // of payloads; -1: the node's own user
  ce::wrapper_limits limits;
  std::chrono::milliseconds look{1'000};   // at running sessions
  std::chrono::milliseconds poll{30'000};  // of a batch system's list
  std::chrono::milliseconds grace{30'000}; // of a job that is not in the list any more
  std::string slurm_conf;
  std::string payload_user; // as the batch system knows it; empty: the node's own
};

/// What the real batch systems tell themselves, beside what they are asked.
namespace batch {

struct changed { // a watched file
  using stays_at_home = void;
  int number = 0;
};

struct look_at_changed { // those that changed lately
  using stays_at_home = void;
};

struct look_at { // one session, out of turn
  using stays_at_home = void;
  std::string session;
};

struct look { // all of them
  using stays_at_home = void;
};

} // namespace batch

/// The starter as the user of the payloads can run it. What lies beside the node's own binary may
/// be in a directory that only the node's user can enter, so they get a copy beside their sessions.
std::string starter_for_payloads(const batch_config& cfg);

/// A payload never runs as root: refused when the node is root and names no other user.
result<done> may_run_payloads(const batch_config& cfg);

/// A session whose records are read as they grow.
struct open_session {
  ce::attempt_id attempt;
  batch_listener listener;
  std::uint64_t offset = 0;
  int watch = -1;
  bool ended = false;   // the wrapper's last word was read
  bool started = false; // its first was
  int payload = 0;      // its process, once recorded
};

class sessions {
public:
  explicit sessions(const batch_config& cfg)
      : files_(cfg.session_root, cfg.owner), cfg_(&cfg), starter_(starter_for_payloads(cfg)) {
    files_.drop_spares();
  }

  const process::session_directory& files() const { return files_; }

  /// Makes the directory; answers the claim, if there is one already.
  result<std::optional<ce::session_claim>> prepare(const std::string& session,
                                                   const ce::hand_over& task,
                                                   std::optional<ce::moment> lease_until);

  /// Nothing of it is left. Where the wrapper has said its last word, and the starter has seen to
  /// it that no process is left, the directory serves again.
  result<done> remove(const std::string& session);

  /// Empty: nobody has it yet.
  result<std::optional<ce::session_claim>> claim_of(const std::string& session) const;

  /// Takes the session for the CE, so that no wrapper of it ever starts; false when one has.
  result<bool> take(const std::string& session, std::string_view why) const;

  std::string wrapper_of(const std::string& session, const ce::hand_over& task,
                         std::optional<ce::moment> lease_until) const;

  /// The wrapper as a file of the session.
  result<done> put_wrapper(const std::string& session, const std::string& script);

  /// Where the starter looks.
  result<done> put_lease(const std::string& session, ce::moment until);

  /// `self` hears the change of a watched file as its number.
  void open(const std::string& session, const ce::attempt_id& attempt, batch_listener listener);
  void close(const std::string& session);

  open_session* find(const std::string& session);

  /// The session whose file has this watch number.
  const std::string* watched(int number) const;

  /// New complete lines of the records.
  result<std::string> read_news(open_session& of, const std::string& session);

  void watch_by(std::function<void(int)> on_change);

  /// What the CE asks of the files, answered for the batch system.
  batch::session_found on_find(const batch::find_session& x) const;
  caf::result<batch::input_there> on_put(const batch::put_input& x);
  caf::result<batch::done> on_proxy(const batch::put_proxy& x);
  caf::result<batch::input_there> on_size(const batch::input_size& x);
  caf::result<batch::done> on_renew(const batch::renew& x);
  caf::result<batch::done> on_token(const batch::answer_token& x);
  caf::result<chunk> on_read(const batch::read_file& x);
  caf::result<batch::output_files> on_list(const batch::list_output& x);

private:
  process::session_directory files_;
  const batch_config* cfg_;
  std::string starter_;
  std::unique_ptr<process::file_watch> watch_;
  std::unordered_map<std::string, open_session> open_;
  std::unordered_map<int, std::string> by_watch_;
  std::unordered_set<std::string> ended_; // closed after the wrapper's last word
};

} // namespace trellis
