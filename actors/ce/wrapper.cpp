#include "actors/ce/wrapper.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace trellis::ce {
namespace {

/// Before the job: who makes the records has the session, so only one wrapper of it ever goes on,
/// whoever submitted it twice.
constexpr std::string_view head = R"sh(
exec 3<&-
note() { printf '%s\n' "$*" >> "$session/records"; }
cd "$session" 2>/dev/null || exit 0
set -C
born=-
if read -r stat < /proc/$$/stat; then
  stat=${stat##*) }
  set -- $stat
  shift 19
  born=$1
fi 2>/dev/null
node=${SLURMD_NODENAME:-}
[ "$node" ] || read -r node < /proc/sys/kernel/hostname
{ printf 'claim %s\nwrapper_started - %s\n' "$$ $born" "$node" > records; } 2>/dev/null || exit 0
set +C

child=
ended_by=
end_child() {
  ended_by=$1
  [ "$child" ] || return
  kill -s TERM -- "-$child" 2>/dev/null || kill -s TERM "$child" 2>/dev/null
}
trap 'end_child TERM' TERM
trap 'end_child INT' INT
trap 'end_child QUIT' QUIT
trap 'end_child XCPU' XCPU

# Waits for the child through any number of signals; its exit code is in $code.
see_through() {
  child=$!
  [ "$ended_by" ] && end_child "$ended_by" # it came before we knew the child
  wait "$child"
  code=$?
  while [ "$code" -gt 128 ] && kill -0 "$child" 2>/dev/null; do
    wait "$child"
    code=$?
  done
  child=
}

finish() {
  [ -z "$proxy" ] || rm -f -- "$proxy"
  note ended -
  exit 0
}

# What goes wrong after a signal goes wrong because of it: every process of the job may have got it.
failed() {
  [ "$ended_by" ] && set -- "$1" "Job has been terminated (got SIG$ended_by)"
  note failed "$@"
}

fail() {
  failed "$@"
  finish
}
cd job 2>/dev/null || fail before_payload Working directory not writable
[ -w . ] || fail before_payload Working directory not writable
)sh";

constexpr std::string_view run_by_starter = R"sh(
if [ -x "$starter" ]; then
  ( environment
    exec "$starter" run session="$session" records="$session/records" {options} -- "$@" ) &
  see_through
  case $code in
    0) ran=yes ;;
    10 | 11 | 12 | 13) ran= ;;
    *) failed after_payload "The starter of the payload ended with $code"; ran= ;;
  esac
else
)sh";

/// Where the starter cannot be seen: no limits, and only the times that a shell knows.
constexpr std::string_view run_by_shell = R"sh(
  ran=yes
  if [ "$token" = ask ]; then
    note token_asked -
    waited=0
    while [ ! -e "$session/token.granted" ]; do
      [ "$ended_by" ] && fail before_payload
      [ -e "$session/token.refused" ] \
        && fail token_refused Cannot take shallow resubmission token
      if [ "$waited" -ge "$token_wait" ]; then
        note token_gave_up -
        fail gave_up_token "No answer about the token within $token_wait s"
      fi
      sleep 1
      waited=$((waited + 1))
    done
  fi
  note payload_started - 0
  ( environment
    exec setsid -w "$@" < "$in" > "$out" 2> "$err" ) &
  see_through
  times > "$session/times"
  { read -r line; read -r user system; } < "$session/times"
  user_s=${user#*m} system_s=${system#*m}
  if [ "${user%%m*}${system%%m*}" = 00 ]; then
    used="${user_s%s} ${system_s%s}"
  else
    used="$((${user%%m*} * 60 + ${user_s%%.*})) $((${system%%m*} * 60 + ${system_s%%.*}))"
  fi
  # A batch system signals all processes in any order: our own signal may be still on its way.
  [ "$code" -gt 128 ] && [ -z "$ended_by" ] && sleep 1
  why=exited
  [ "$ended_by" ] && why=terminated
  note payload_ended - "$code" - "$used" - "$why"
fi
)sh";

/// Matches become files of output/; what a name does not match is left out, as it always was.
constexpr std::string_view collect_output = R"sh(
collect() {
  IFS=
  set --
  for pattern in {patterns}; do
    for file in $pattern; do
      [ -f "$file" ] || continue
      case $file in
        /*) cp -- "$file" ../output/ || return 1 ;;
        *) if [ -L "$file" ]; then
             cp -- "$file" ../output/ || return 1
           else
             set -- "$@" "./$file"
           fi ;;
      esac
    done
  done
  [ $# -eq 0 ] || mv -- "$@" ../output/ || return 1
  unset IFS
}

# Files that do not fit keep their end, as NAME.tail.
limit_output() {
  left={max_bytes}
  set -- ../output/*
  [ -e "$1" ] || return 0
  wc -c -- "$@" > ../sizes
  while read -r size file; do
    [ "$file" != total ] || continue
    if [ "$size" -le "$left" ]; then
      left=$((left - size))
    else
      tail -c "$left" -- "$file" > "$file.tail"
      rm -f -- "$file"
      left=0
    fi
  done < ../sizes
}
{ collect && limit_output; } 2>> ../wrapper.log \
  || {
    unset IFS
    failed after_payload Cannot upload the output
  }
)sh";

bool environment_name(std::string_view s) {
  auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !s.empty() && letter(s[0])
         && std::ranges::all_of(s, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

void replace(std::string& in, std::string_view what, std::string_view by) {
  if (auto at = in.find(what); at != in.npos)
    in.replace(at, what.size(), by);
}

/// A name of the JDL as a path for the shell, in the job's directory.
std::string path_of(const std::string& name) {
  return name.empty() || name[0] == '/' ? name : "./" + name;
}

std::string words(const std::vector<std::string>& list) {
  std::string out;
  for (const auto& x : list)
    out += (out.empty() ? "" : " ") + quoted(x);
  return out;
}

std::string environment(const hand_over& task) {
  auto out = std::string{"environment() {\n"};
  auto put = [&](std::string_view name, std::string_view value) {
    out += fmt::format("  export {}={}\n", name, quoted(value));
  };
  for (auto name : {"GLITE_WMS_JOBID", "EDG_WL_JOBID", "TRELLIS_JOBID"})
    put(name, task.attempt.job.text());
  put("TRELLIS_ATTEMPT", std::to_string(task.attempt.number));
  put("TRELLIS_CE", task.queue.text());
  put("TRELLIS_CPUS", std::to_string(task.needs.cpus));
  out += "  export HOME=\"$session/job\"\n";
  if (!task.delegation.empty())
    out += "  export X509_USER_PROXY=\"$proxy\"\n";
  for (const auto& x : task.what.environment)
    if (auto at = x.find('='); at != x.npos && environment_name(std::string_view{x}.substr(0, at)))
      put(std::string_view{x}.substr(0, at), std::string_view{x}.substr(at + 1));
  return out + "}\n";
}

std::string hook(std::string_view name, const std::string& program, const std::string& arguments,
                 std::string_view failure) {
  if (program.empty())
    return {};
  auto call = quoted(path_of(program));
  for (const auto& x : split_arguments(arguments))
    call += " " + quoted(x);
  return fmt::format("( environment\n  exec {} ) > ../{}.log 2>&1 &\n"
                     "see_through\n"
                     "[ \"$code\" -eq 0 ] || fail {} \"{} failed with error $code\"\n",
                     call, name, failure, name);
}

std::string starter_options(const hand_over& task, const wrapper_limits& limits) {
  std::string out = "token=\"$token\" token_wait=\"$token_wait\"";
  auto put = [&](std::string_view key, auto value) {
    if (value > 0)
      out += fmt::format(" {}={}", key, value);
  };
  put("grace", limits.grace.count());
  put("wall", task.needs.wall_time.count());
  put("cpu", task.needs.cpu_time.count());
  if (limits.lease)
    put("lease", limits.lease->time_since_epoch().count());
  if (limits.limit_memory)
    put("memory", task.needs.memory_mib * 1024 * 1024);
  out += " in=\"$in\" out=\"$out\" err=\"$err\"";
  return out;
}

std::string variables(const hand_over& task, const wrapper_paths& at,
                      const wrapper_limits& limits) {
  const auto& w = task.what;
  auto file
      = [](const std::string& name) { return quoted(name.empty() ? "/dev/null" : path_of(name)); };
  auto proxy
      = task.delegation.empty() ? std::string{} : fmt::format("{}/{}", at.session, proxy_leaf);
  return fmt::format(
      "#!/bin/sh\n# {} attempt {}\n"
      "session={}\nproxy={}\nstarter={}\ntoken={}\ntoken_wait={}\nin={}\nout={}\nerr={}\n",
      task.attempt.job.text(), task.attempt.number, quoted(at.session), quoted(proxy),
      quoted(at.starter), task.token == token_mode::ask ? "ask" : "none", limits.token_wait.count(),
      file(w.std_input), file(w.std_output), file(w.std_error));
}

} // namespace

std::string quoted(std::string_view s) {
  std::string out = "'";
  for (char c : s)
    if (c == '\'')
      out += "'\\''";
    else if (c != '\0')
      out += c;
  return out + "'";
}

std::vector<std::string> split_arguments(std::string_view s) {
  std::vector<std::string> out;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    char c = s[i];
    auto blank = c == ' ' || c == '\t' || c == '\n';
    if (quote == 0 && blank) {
      if (in_word)
        out.push_back(std::exchange(word, {}));
      in_word = false;
      continue;
    }
    in_word = true;
    if (c == '\\' && quote != '\'' && i + 1 < s.size())
      word += s[++i];
    else if (quote == 0 && (c == '\'' || c == '"'))
      quote = c;
    else if (c == quote)
      quote = 0;
    else
      word += c;
  }
  if (in_word)
    out.push_back(word);
  return out;
}

bool runs_itself(const work& w, std::string_view leaf) {
  auto is = [&](const std::string& name) {
    return name == leaf || (name.starts_with("./") && std::string_view{name}.substr(2) == leaf);
  };
  return is(w.executable) || is(w.prologue) || is(w.epilogue);
}

std::string wrapper_script(const hand_over& task, const wrapper_paths& at,
                           const wrapper_limits& limits) {
  const auto& w = task.what;
  auto out = variables(task, at, limits);
  out += head;
  out += environment(task);
  out += hook("prologue", w.prologue, w.prologue_arguments, "before_payload");
  auto program = quoted(path_of(w.executable));
  out += fmt::format("[ -f {0} ] && [ -x {0} ] \\\n  || fail job_fault {0} not found or "
                     "unreadable\n"
                     "[ \"$ended_by\" ] && fail before_payload\n",
                     program);
  out += "set -- " + program + " " + words(split_arguments(w.arguments)) + "\n";
  auto run = std::string{run_by_starter};
  replace(run, "{options}", starter_options(task, limits));
  out += run;
  out += run_by_shell;
  auto epilogue = hook("epilogue", w.epilogue, w.epilogue_arguments, "after_payload");
  if (!epilogue.empty())
    out += "if [ \"$ran\" ]; then\n" + epilogue + "fi\n";
  if (!w.output.empty()) {
    auto collect = std::string{collect_output};
    replace(collect, "{patterns}", words(w.output));
    replace(collect, "{max_bytes}", std::to_string(w.max_output_bytes));
    out += collect;
  }
  return out + "finish\n";
}

} // namespace trellis::ce
