#include "protocols/jdl/job.hpp"
#include "protocols/scenario/grid.hpp"
#include "protocols/scenario/options.hpp"
#include "protocols/scenario/statements.hpp"

#include <fmt/format.h>

namespace trellis::scenario {

namespace {

template <class T>
void finish(cursor& x) {
  x.finish(option_words<T>());
}

/// A name that is not taken yet and is no word of the language.
std::string fresh_name(cursor& x, naming what) {
  auto at = x.here();
  auto name = x.name("a name for " + text(what), what == naming::vo);
  if (is_reserved(name))
    x.file().wrong(
        at, fmt::format("'{}' is a word of the language, it cannot name {}", name, text(what)));
  if (!name.empty())
    x.file().declare(what, name, at);
  return name;
}

host_name fresh_host(cursor& x, naming what) {
  auto at = x.here();
  auto host = x.host(text(what));
  if (!host)
    return {};
  if (host->text().find('.') == std::string::npos)
    x.file().wrong(at,
                   fmt::format("'{}' is in no domain: expected a name such as ce01.cern.example",
                               host->text()));
  x.file().declare(what, host->text(), at);
  return *host;
}

place begin_of(const cursor& x) { return x.from().words[0].at; }

} // namespace

// --- the head ------------------------------------------------------------------------------------

void read_title(cursor& x) {
  if (!x.file().out.title.empty())
    x.file().wrong(x.from().words[0].at, "the scenario has a title already");
  if (auto given = x.need("the title in quotes"))
    x.file().out.title = given->text;
  if (x.file().out.title.empty())
    x.file().wrong(x.from().end, "expected a title that says what happens");
  x.finish({});
}

void read_seed(cursor& x) {
  auto given = x.need("a number");
  auto n = given ? parse_count(given->text) : result<std::uint64_t>{std::uint64_t{1}};
  if (n)
    x.file().out.seed = *n;
  else
    x.file().wrong(given->at, "expected a seed: " + n.why().text);
  x.finish({});
}

void read_until(cursor& x) {
  auto at = x.here();
  auto time = x.time("when the run ends");
  if (time && time->count() == 0)
    x.file().wrong(at, "expected a time after the start");
  x.file().out.until = time.value_or(milliseconds{0});
  x.finish({});
}

// --- the world -----------------------------------------------------------------------------------

void read_vo(cursor& x) {
  vo out;
  out.at = begin_of(x);
  out.name = fresh_name(x, naming::vo);
  read_options(x, out);
  if (out.share == 0)
    x.file().wrong(out.at, "share=: a VO has a share of at least 1");
  finish<vo>(x);
  x.file().out.vos.push_back(std::move(out));
}

void read_user(cursor& x) {
  user out;
  out.at = begin_of(x);
  out.name = fresh_name(x, naming::user);
  read_options(x, out);
  finish<user>(x);
  x.file().out.users.push_back(std::move(out));
}

void read_site(cursor& x) {
  site out;
  out.at = begin_of(x);
  out.name = fresh_host(x, naming::site);
  read_options(x, out);
  finish<site>(x);
  x.file().out.sites.push_back(std::move(out));
}

void read_ce_statement(cursor& x) {
  ce out;
  out.at = begin_of(x);
  out.host = fresh_host(x, naming::ce);
  read_options(x, out);
  for (auto [word, name] : {
           std::pair{"batch", &out.batch},
           {"queue", &out.queue}
  })
    if (!is_name(*name))
      x.file().wrong(out.at,
                     fmt::format("{}=: expected letters, digits, - and _, not '{}'", word, *name));
  if (out.slots == 0)
    x.file().wrong(out.at, "slots=: a CE has at least 1");
  finish<ce>(x);
  x.file().out.ces.push_back(std::move(out));
}

void read_se(cursor& x) {
  se out;
  out.at = begin_of(x);
  out.host = fresh_host(x, naming::se);
  read_options(x, out);
  finish<se>(x);
  x.file().out.ses.push_back(std::move(out));
}

void read_link(cursor& x) {
  link out;
  out.at = begin_of(x);
  for (auto end : {&out.a, &out.b}) {
    auto at = x.here();
    if (auto host = x.host("a site or a node")) {
      *end = *host;
      x.file().refer(naming::site | naming::ce, host->text(), at);
    }
  }
  read_options(x, out);
  finish<link>(x);
  x.file().out.links.push_back(std::move(out));
}

void read_file(cursor& x) {
  file out;
  out.at = begin_of(x);
  if (auto given = x.need("a file's name")) {
    out.name = given->text;
    if (!out.name.starts_with("lfn:/"))
      x.file().wrong(given->at, fmt::format("expected an LFN such as lfn:/grid/biomed/in.dat, not "
                                            "'{}'",
                                            out.name));
  }
  read_options(x, out);
  finish<file>(x);
  x.file().out.files.push_back(std::move(out));
}

// --- the work ------------------------------------------------------------------------------------

namespace {

/// Problems of the JDL reader, at their places in the file.
void check_jdl(reading& file, const std::string& jdl, place at, const std::string& completed) {
  if (jdl.empty())
    return;
  jdl::jdl_settings settings;
  settings.max_nodes = 100;
  auto read = jdl::parse_job(completed, settings);
  for (const auto& x : read.problems) {
    auto there = at;
    if (x.line > 1)
      there = {at.line + x.line - 1, x.column};
    else if (x.line == 1 && x.column > 0)
      there.column += x.column - 1;
    file.wrong(there,
               fmt::format("JDL: {}{}{}", x.attribute, x.attribute.empty() ? "" : ": ", x.text));
  }
  if (read && read.request->type != jdl::compound_type::job)
    file.wrong(at, "JDL: expected a single job; a scenario submits many with x200");
}

} // namespace

void read_job(cursor& x) {
  job out;
  out.at = begin_of(x);
  out.name = fresh_name(x, naming::job);
  read_options(x, out);
  out.jdl = x.from().jdl;
  out.jdl_at = x.from().jdl_at;
  check_jdl(x.file(), out.jdl, out.jdl_at, jdl_of(story{}, out));
  if (out.lease.count() > 0 && (out.lease % 1000).count() != 0)
    x.file().wrong(out.at, "lease=: expected whole seconds");
  finish<job>(x);
  x.file().out.jobs.push_back(std::move(out));
}

void read_workload(cursor& x) {
  workload out;
  out.at = begin_of(x);
  out.name = fresh_name(x, naming::workload);
  read_options(x, out);
  out.jdl = x.from().jdl;
  out.jdl_at = x.from().jdl_at;
  check_jdl(x.file(), out.jdl, out.jdl_at, jdl_of(story{}, out, "", {}));
  if (out.divide == 0)
    x.file().wrong(out.at, "divide=: expected at least 1");
  finish<workload>(x);
  x.file().out.workloads.push_back(std::move(out));
}

} // namespace trellis::scenario
