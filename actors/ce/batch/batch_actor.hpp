#pragma once
/// What a CE asks of its batch system and of the session directories that jobs run in: the seam
/// behind which `fork`, real batch systems and the simulated one (actors/world/lrms_actor) stand.
///
/// A session is named by `session_name` and made by the first message that needs it. Every message
/// may be repeated after a restart on either side and then changes nothing that is done already; at
/// most one wrapper of a session ever starts, because it has to make the session's claim first.
#include "protocols/ce/messages.hpp"
#include "runtime/interfaces/base.hpp"

namespace trellis::batch {

/// To who submitted: what a session has to tell. News of one session come in order, and after the
/// answer to `submit`.
struct news {
  using stays_at_home = void;
  enum class kind {
    records, // the wrapper wrote these lines
    held,    // the batch system keeps it back
    released,
    gone, // it knows the job no more, and no word of its wrapper will follow
  };
  ce::attempt_id attempt;
  kind what = kind::records;
  std::string text; // the lines, or the reason
};

} // namespace trellis::batch

namespace trellis {

using batch_listener = caf::typed_actor<told<batch::news>>;

} // namespace trellis

namespace trellis::batch {

/// A piece of an input file; answered with how much of the file is there.
struct put_input {
  using stays_at_home = void;
  std::string session, file;
  chunk piece;
  bool executable = false;
};

/// The payload's own proxy, whole, for nobody but the payload.
struct put_proxy {
  using stays_at_home = void;
  std::string session;
  std::string pem;
};

struct input_size {
  using stays_at_home = void;
  std::string session, file;
};

struct input_there {
  using stays_at_home = void;
  std::uint64_t size = 0;
};

/// Is there anything of this session? Without it a row that says so is of another time than the
/// batch system: the node runs on an old backup.
struct find_session {
  using stays_at_home = void;
  std::string session;
};

struct session_found {
  using stays_at_home = void;
  bool there = false;
};

/// Queue it, or find it again: after a restart nobody needs to know how far it had come.
struct submit {
  using stays_at_home = void;
  std::string session;
  std::uint64_t order = 0; // first come, first served
  ce::hand_over task;
  batch_listener listener;
  std::optional<ce::moment> lease_until; // then its starter ends it, should the node be dead
};

struct submitted {
  using stays_at_home = void;
  std::string local_id;
};

/// The lease of a submitted session runs longer.
struct renew {
  using stays_at_home = void;
  std::string session;
  ce::moment lease_until{};
};

/// The answer of the WMS, laid where the wrapper finds it.
struct answer_token {
  using stays_at_home = void;
  std::string session;
  bool granted = false;
};

/// End it: asked for nicely, then not. What came of it is told as news.
struct cancel {
  using stays_at_home = void;
  std::string session, reason;
};

struct read_file {
  using stays_at_home = void;
  std::string session, file;
  std::uint64_t offset = 0;
  std::uint32_t size = chunk_limit_bytes;
  bool complete = false; // nobody writes it any more
};

struct list_output {
  using stays_at_home = void;
  std::string session;
};

struct output_files {
  using stays_at_home = void;
  std::vector<sandbox_file> files;
};

/// Nothing of the session is needed any more.
struct remove {
  using stays_at_home = void;
  std::string session;
};

struct get_totals {
  using stays_at_home = void;
};

/// Of the whole queue, other people's jobs included where the batch system tells.
struct totals {
  using stays_at_home = void;
  std::uint32_t slots = 0, busy = 0, waiting = 0;
  std::uint64_t memory_mib = 0; // of a worker node; 0: not known
};

struct done {
  using stays_at_home = void;
};

} // namespace trellis::batch

namespace trellis {

/// Errors: `lrms_refused` when the batch system will not take it, `busy` for what a later try may
/// mend, those of session_directory for files.
using batch_actor = caf::typed_actor<
    asked<batch::find_session, batch::session_found>, asked<batch::put_input, batch::input_there>,
    asked<batch::input_size, batch::input_there>, asked<batch::submit, batch::submitted>,
    asked<batch::renew, batch::done>, asked<batch::answer_token, batch::done>,
    asked<batch::cancel, batch::done>, asked<batch::read_file, chunk>,
    asked<batch::list_output, batch::output_files>, asked<batch::remove, batch::done>,
    asked<batch::get_totals, batch::totals>, asked<batch::put_proxy, batch::done>>;

} // namespace trellis
