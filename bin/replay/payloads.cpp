#include "bin/replay/payloads.hpp"

#include "protocols/classad/text.hpp"
#include "protocols/scenario/grid.hpp"
#include "runtime/node/files.hpp"

#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <sstream>

namespace trellis::real {

namespace {

constexpr std::string_view script = R"(# FACTS LABEL SECONDS CODE
echo "S $2 $$" >>"$1"
sleep "$3"
echo "E $2 $$" >>"$1"
exit "$4"
)";

bool is_alive(int pid) { return ::kill(pid, 0) == 0; }

} // namespace

result<payloads> payloads::make(const std::string& directory) {
  payloads out{directory + "/payload.sh", directory + "/payloads"};
  if (auto r = write_file(out.script_, script, 0644); !r)
    return r.why();
  if (auto r = write_file(out.facts_, "", 0666); !r)
    return r.why();
  return out;
}

scenario::job payloads::with_payload(const scenario::job& x, const std::string& label,
                                     scale by) const {
  auto out = x;
  out.runs = by.real(x.runs);
  if (x.lease.count() > 0) // whole seconds
    out.lease = std::chrono::ceil<std::chrono::seconds>(by.real(x.lease));
  auto ad = scenario::ad_in(x.jdl);
  if (!x.jdl.empty() && (!ad || ad->find("Executable")))
    return out;
  auto words = fmt::format("{} {} {} {:.3f} {}", script_, facts_, label,
                           static_cast<double>(out.runs.count()) / 1000, x.exit_code);
  auto program = fmt::format("Executable = \"/bin/sh\"; Arguments = {};", classad::quote(words));
  if (x.jdl.empty())
    out.jdl = fmt::format("[ {} ]", program);
  else
    out.jdl.insert(1, " " + program);
  return out;
}

std::vector<payloads::news> payloads::look() {
  std::vector<int>
      gone; // before the file is read: whoever noted its end is not gone without a word
  for (const auto& [pid, label] : running_)
    if (!is_alive(pid))
      gone.push_back(pid);
  std::vector<news> out;
  std::ifstream in{facts_};
  in.seekg(static_cast<std::streamoff>(read_));
  std::string bytes{std::istreambuf_iterator<char>{in}, {}};
  read_ += bytes.size();
  rest_ += bytes;
  for (std::size_t end = 0; (end = rest_.find('\n')) != rest_.npos; rest_.erase(0, end + 1)) {
    std::istringstream words{rest_.substr(0, end)};
    std::string what, label;
    int pid = 0;
    words >> what >> label >> pid;
    if (what == "S")
      running_[pid] = label;
    else if (running_.erase(pid) == 0)
      continue;
    out.push_back({label, pid, what == "S"});
  }
  for (auto pid : gone)
    if (auto x = running_.extract(pid))
      out.push_back({x.mapped(), pid, false});
  return out;
}

} // namespace trellis::real
