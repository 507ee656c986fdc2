#pragma once
/// A world for commands that a test owns: streams as strings, a clock that moves when somebody
/// waits, and a grid whose answers are functions.
#include "actors/shell/commands.hpp"

#include <functional>
#include <map>
#include <sstream>
#include <unistd.h>

namespace trellis::shell {

/// Who was asked for what.
struct asked_call {
  address to;
  std::uint16_t type = 0;
  std::string body;
  std::chrono::milliseconds limit{0};
};

struct fake_grid {
  attached_node home{
      *host_name::parse("cern.example"), {role::wms, role::lb, role::info, role::node}
  };
  std::map<std::uint16_t, std::function<result<std::string>(const asked_call&)>> handlers;
  std::vector<asked_call> calls;
  errc refusal = errc::none; // what everything is answered with, when set

  /// From now on this request is answered so.
  template <class Request>
  void on(std::function<result<response_of<Request>>(const Request&)> answer) {
    handlers[operation_of<Request>().number] = [=](const asked_call& x) -> result<std::string> {
      auto request = wire::decode<Request>(x.body);
      if (!request)
        return request.why();
      auto y = answer(*request);
      if (!y)
        return y.why();
      return wire::encode(*y);
    };
  }

  template <class Request>
  std::vector<Request> asked() const {
    std::vector<Request> found;
    for (const auto& x : calls)
      if (x.type == operation_of<Request>().number)
        found.push_back(*wire::decode<Request>(x.body));
    return found;
  }
};

class fake_link : public grid {
public:
  explicit fake_link(fake_grid& behind) : behind_(behind) {}

  const attached_node& node() const override { return behind_.home; }

  result<std::string> exchange(const address& to, std::uint16_t type, std::string body,
                               std::chrono::milliseconds limit) override {
    behind_.calls.push_back({to, type, std::move(body), limit});
    if (behind_.refusal != errc::none)
      return error{behind_.refusal, "it went wrong"};
    auto i = behind_.handlers.find(type);
    if (i == behind_.handlers.end())
      return error{errc::unknown_message, "the fake knows no such message"};
    return i->second(behind_.calls.back());
  }

private:
  fake_grid& behind_;
};

class fake_world : public surroundings {
public:
  fake_grid nodes;
  std::istringstream input;
  std::ostringstream output, errors;
  bool in_terminal = false, out_terminal = false, err_terminal = false;
  unsigned columns = 80;
  moment clock = std::chrono::sys_seconds{std::chrono::seconds{1'233'052'403}}; // 27 Jan 2009
  std::vector<std::chrono::milliseconds> pauses;
  std::map<std::string, std::string, std::less<>> variables{
      {"TRELLIS_SOCKET", "/n/node.sock"}
  };
  std::vector<std::string> attached;
  errc attach_failure = errc::none;
  int ids = 0;
  bool stop = false;

  std::istream& in() override { return input; }

  std::ostream& out() override { return output; }

  std::ostream& err() override { return errors; }

  bool in_is_terminal() const override { return in_terminal; }

  bool out_is_terminal() const override { return out_terminal; }

  bool err_is_terminal() const override { return err_terminal; }

  unsigned width() const override { return columns; }

  bool interrupted() const override { return stop; }

  moment now() override { return clock; }

  void pause(std::chrono::milliseconds d) override {
    pauses.push_back(d);
    clock += d;
  }

  std::string new_request_id() override { return "request-" + std::to_string(++ids); }

  std::optional<std::string> environment(std::string_view name) const override {
    auto i = variables.find(name);
    return i == variables.end() ? std::nullopt : std::optional{i->second};
  }

  std::string user_name() const override { return "ada"; }

  bool exists(const std::string&) const override { return false; }

  unsigned user_id() const override { return ::geteuid(); }

  result<std::string> ask_secret(const std::string& question) override {
    questions.push_back(question);
    if (secret.empty())
      return error{errc::unauthenticated, "there is no terminal to ask at"};
    return secret;
  }

  std::string secret;
  std::vector<std::string> questions;

  std::tm calendar(std::chrono::sys_seconds at) const override {
    auto seconds = static_cast<std::time_t>(at.time_since_epoch().count());
    std::tm out{};
    gmtime_r(&seconds, &out);
    out.tm_zone = "UTC";
    return out;
  }

  result<std::unique_ptr<grid>> attach(const std::string& socket) override {
    attached.push_back(socket);
    if (attach_failure != errc::none)
      return error{attach_failure, "cannot attach"};
    return std::unique_ptr<grid>{std::make_unique<fake_link>(nodes)};
  }

  result<std::unique_ptr<grid>> attach_to_endpoint(const std::string& url) override {
    return attach(url);
  }

  result<edge::user_files> credential_files() const override {
    return edge::find_user_files([this](std::string_view name) { return environment(name); },
                                 user_id());
  }

  result<std::string> profile_endpoint() const override { return profile; }

  std::string profile;

  /// Runs a command line; output and errors of earlier ones are gone.
  int run(std::string_view line) {
    output.str("");
    errors.str("");
    std::vector<std::string> words;
    std::istringstream in{std::string{line}};
    for (std::string word; in >> word;)
      words.push_back(word);
    auto name = words.front();
    words.erase(words.begin());
    return run_program(*this, name, words);
  }

  std::string out_text() const { return output.str(); }

  std::string err_text() const { return errors.str(); }
};

inline const std::string first_id = "https://lb.example:9000/AAAAAAAAAAAAAAAAAAAAAA";
inline const std::string second_id = "https://lb.example:9000/ABAAAAAAAAAAAAAAAAAAAA";
inline const std::string ce_name = "ral.example:2811/trellis-fork-default";

inline job_id job(const std::string& text) { return *job_id::parse(text); }

/// A job that is Done (Success).
inline lb::job_status done_job(const std::string& id = first_id) {
  lb::job_status x;
  x.job = job(id);
  x.state = lb::job_state::done;
  x.code = lb::done_code::ok;
  x.exit_code = 0;
  x.reason = "Job terminated successfully";
  x.destination = ce_name;
  x.owner = "/C=UK/O=grid/CN=Ada";
  x.vo = "dteam";
  x.failure_reasons = {"hit by lightning"};
  x.last_arrival = 20;
  x.state_enter_time = std::chrono::sys_seconds{std::chrono::seconds{1'233'052'363}};
  x.last_update_time = x.state_enter_time;
  x.state_enter_times = {
      {lb::job_state::submitted, x.state_enter_time - std::chrono::seconds{60}}
  };
  return x;
}

inline lb::job_status job_in(lb::job_state state, const std::string& id = first_id) {
  auto x = done_job(id);
  x.state = state;
  x.code = lb::done_code::none;
  x.exit_code = -1;
  x.reason.clear();
  x.failure_reasons.clear();
  return x;
}

/// No line of a text is wider than a screen of 80 columns.
inline bool fits_80_columns(std::string_view text) {
  while (!text.empty()) {
    auto end = text.find('\n');
    if (characters(text.substr(0, end)) > 80)
      return false;
    text = end == text.npos ? std::string_view{} : text.substr(end + 1);
  }
  return true;
}

} // namespace trellis::shell
