#pragma once
/// trellis-starter: what a shell cannot do for the wrapper of a job. Plain system calls, no
/// libraries, linked statically, so that it runs on any worker node and costs next to nothing to
/// start.
///
///   trellis-starter serve uid=N gid=N
///       starts the programs that are asked for on standard input, a socket that keeps the bounds
///       of messages: in comes LOG, TEXT, PROGRAM, ARGUMENT..., each ended by a zero byte; out goes
///       `launched`. Each gets a session of its own and none of the caller's files, and runs as
///       the user of the command line; a TEXT that is not empty it can read as descriptor 3, which
///       is no file of any directory. It ends with the other side of its socket
///   trellis-starter run key=value... -- PROGRAM ARGUMENT...
///       waits for the token, runs the payload in a session of its own, waits for its end, and
///       appends what happened to the records file (grammar: actors/ce/records.hpp)
///
/// Exit codes of `run`: 0 the payload ran and ended; 10 token refused; 11 gave up the token; 12 the
/// program could not be started; 13 told to end before the payload began; 64 wrong use.
#include "runtime/process/launched.hpp"

#include <cstddef>

namespace trellis::starter {

using process::launched;

enum exit_code : int {
  ended = 0,
  refused = 10,
  gave_up = 11,
  not_startable = 12,
  told_to_end = 13,
  wrong_use = 64,
};

/// The options, as they stand on the command line; zero or null: not given.
struct options {
  const char* session = nullptr; // the session directory: token files and records stand there
  const char* records = nullptr; // the records file
  const char* in = nullptr;      // standard streams of the payload
  const char* out = nullptr;
  const char* err = nullptr;
  const char* log = nullptr;  // serve: where standard output and error of a program go
  const char* text = nullptr; // serve: what a program can read as descriptor 3
  bool ask_token = false;
  long token_wait_s = 600;
  long wall_s = 0;
  long grace_s = 5; // between TERM and KILL
  long cpu_s = 0;
  long long memory_bytes = 0;
  long long lease_us = 0; // when the lease ends, unless the file says otherwise
  long processes = 0;
  long uid = -1;
  long gid = -1;
  char** program = nullptr;
};

/// False, with a line on standard error, when the words make no sense.
bool read_options(int argc, char** argv, options& to);

/// Limits of the calling process; a limit above the hard one is taken down to it.
bool set_limits(const options& x);

/// Gives up root for good. With uid -1 it changes nothing. False when the system refuses, or when
/// the process could get its rights back.
bool change_user(const options& x);

/// Appends one line in one write, so that lines of several writers never mix.
void record(const options& x, const char* format, ...) __attribute__((format(printf, 2, 3)));

/// Signals that ask us to end set a flag; SIGCHLD only wakes us. All are blocked but in
/// `pause_for`.
void catch_signals();
bool asked_to_end();

/// Sleeps until a signal, a change on `fd` (-1: none) or `ms`.
void pause_for(long ms, int fd);

/// Seconds on a clock that nobody sets.
double steady_now();

/// Without a lease: longer than any job.
inline constexpr double no_lease = 1e12;

/// Seconds until the lease of the session ends; negative when it is over.
double lease_left(const options& x);

/// 0 when granted, else the exit code.
int wait_for_token(const options& x);

int run_payload(const options& x);

int serve(const options& x);

} // namespace trellis::starter
