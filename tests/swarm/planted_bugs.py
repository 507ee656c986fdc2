#!/usr/bin/env python3
"""Plants bugs in the actors of production, one at a time, and sees the swarm find each of them.

For each row a copy of one source is changed, compiled with the command of the build, and linked into
a trellis-replay of its own before the library that holds the true one. The swarm must break a promise
within the stated number of stories; without a bug it must not. A row whose text is not in the source
any more fails, too: the list has to be kept.

usage: planted_bugs.py BUILD [NAME...]
"""
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

# name, source, what stands there, what is planted, within how many stories
BUGS = [
    ("a skipped sync", "runtime/node/store_actor.cpp",
     "synced_ |= !x.lazy;", "", 400),
    ("an answer before the disk has it", "runtime/node/store_actor.cpp",
     "waiting_.push_back(promise);", "promise.deliver(store::committed{});", 400),
    ("a letter gone once it is sent", "runtime/link/post_actor.cpp",
     "    if (!frames.empty())\n      self_->send(link->second.carrier",
     "    if (!frames.empty()) {\n      std::vector<std::uint64_t> sent;\n"
     "      for (auto& f : frames)\n"
     "        sent.push_back(std::get<link::parcel>(f).number);\n"
     "      self_->send(context_.store, store::letters_gone{to, sent});\n"
     "      for (auto n : sent)\n        stream.box.acknowledge(n);\n    }\n"
     "    if (!frames.empty())\n      self_->send(link->second.carrier", 400),
    ("an inbox without incarnation", "runtime/node/mail_book.cpp",
     "storage::inbox_key(x.from.text(), x.birth, x.incarnation, text(x.to))",
     "storage::inbox_key(x.from.text(), x.birth, \"\", text(x.to))", 400),
    ("a number given twice", "runtime/node/mail_book.cpp",
     "storage::outbox_next_value(stream.next, stream.incarnation)});\n  }\n  for",
     "storage::outbox_next_value(1, stream.incarnation)});\n  }\n  for", 400),
    ("a token granted twice", "actors/wms/job_rules.cpp",
     "    to.token = token_state::taken;\n    to.token_owner = asked.attempt;",
     "    to.token_owner = asked.attempt;", 400),
    ("a token given back by a payload that ran", "actors/wms/job_rules.cpp",
     "if (to.granted && facts.failure == ce::failure_class::before_payload)",
     "if (to.granted)", 400),
    ("a lease not renewed", "actors/wms/wms_queue_actor.cpp",
     "  if (host.lost)\n    return probe(name, timeout);",
     "  if (host.lost || true)\n    return probe(name, timeout);", 400),
    ("a lease not waited for", "actors/wms/wms_actor.cpp",
     "before != m.phase)\n      at(x.heard + x.lease + config->allowed_skew, timer::lease_ends, id);",
     "before != m.phase)\n      tell(m.job, lease_over{});", 400),
    ("a call that is never counted off", "runtime/link/gateway_actor.cpp",
     "    --serving_;", "", 400),
    ("idle jobs forgotten by a restart", "actors/wms/wms_actor.cpp",
     "if (!is_over(x.state.phase))\n      adopt",
     "if (!is_over(x.state.phase) && x.state.phase != job_phase::idle)\n      adopt", 400),
    ("a request id not looked for", "actors/wms/wms_users_actor.cpp",
     "if (!x.dry_run && !x.request.empty()) {\n    auto first",
     "if (x.dry_run && !x.request.empty()) {\n    auto first", 400),
    ("an attempt of a backup started again", "actors/ce/attempt_actor.cpp",
     "sure_ = x.there ? surety::sure : surety::waits;", "sure_ = surety::sure;", 400),
    ("no order by share", "actors/wms/fair_share.cpp",
     "  return (used + held) / x.share;", "  return (used + held) * 0;", 60),
    ("shares that are not looked at", "actors/wms/fair_share.cpp",
     "  return (used + held) / x.share;", "  return used + held;", 60),
    ("slots that are held do not count", "actors/wms/fair_share.cpp",
     "  return (used + held) / x.share;", "  return used / x.share + held * 0;", 60),
]


def compile_command(build, source):
    with open(os.path.join(build, "compile_commands.json")) as f:
        for row in json.load(f):
            path = os.path.normpath(os.path.join(row["directory"], row["file"]))
            if path == os.path.join(ROOT, source):
                return row["directory"], shlex.split(row["command"])
    sys.exit(f"{source} is not in the build")


def link_command(build):
    out = subprocess.run(["ninja", "-C", build, "-t", "commands", "bin/trellis-replay"],
                         check=True, capture_output=True, text=True).stdout
    return shlex.split(out.strip().splitlines()[-1])


def run(command, where):
    done = subprocess.run(command, cwd=where, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command[:4])} ... failed:\n{done.stderr[-2000:]}")


def plant(build, scratch, bug):
    name, source, there, planted, _ = bug
    with open(os.path.join(ROOT, source)) as f:
        text = f.read()
    if text.count(there) != 1:
        sys.exit(f"{name}: {source} has changed, what is to be replaced stands there "
                 f"{text.count(there)} times")
    copy = os.path.join(scratch, os.path.basename(source))
    with open(copy, "w") as f:
        f.write(text.replace(there, planted))
    where, command = compile_command(build, source)
    # The copy's own warnings are no errors: the bug may leave something unused.
    command = [x for x in command if x != "-Werror"]
    for i, word in enumerate(command):
        if word == "-o":
            command[i + 1] = copy + ".o"
        elif word == "-c":
            command[i + 1] = copy
        elif word in ("-MF", "-MQ"):
            command[i + 1] = copy + ".d"
    run(command, where)
    link = link_command(build)
    first = next(i for i, word in enumerate(link) if word.endswith(".o"))
    link[link.index("-o") + 1] = os.path.join(scratch, "trellis-replay")
    run(link[:first] + [copy + ".o"] + link[first:], build)
    return link[link.index("-o") + 1]


def found(program, stories):
    done = subprocess.run([program, "swarm", "--seeds", str(stories), "--no-shrink"],
                          capture_output=True, text=True, timeout=900)
    said = re.search(r"^BROKEN by story (\d+): ([^(\n]*)", done.stdout, re.M)
    if done.returncode < 0 and not said:
        return f"ended by signal {-done.returncode}"
    return f"story {said[1]}: {said[2].strip()}" if said else None


def main():
    build = os.path.abspath(sys.argv[1])
    wanted = sys.argv[2:]
    bad = 0
    for bug in BUGS:
        if wanted and bug[0] not in wanted:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            by = found(plant(build, scratch, bug), bug[4])
        print(f"{'ok    ' if by else 'FAILED'}  {bug[0]}: "
              f"{by or f'not found within {bug[4]} stories'}", flush=True)
        bad += not by
    return bad


ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(1 if main() else 0)
