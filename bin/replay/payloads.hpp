#pragma once
/// Payloads that tell what they do: a shell script that notes in a file when it begins and ends.
/// One that is killed notes nothing more; then its process is gone.
///
///   S <label> <pid>    a payload begins
///   E <label> <pid>    it has ended by itself
#include "bin/replay/playable.hpp"

#include <functional>
#include <map>

namespace trellis::real {

class payloads {
public:
  struct news {
    std::string label; // of the job, as in job_facts
    int pid = 0;
    bool began = false; // else it ended
  };

  /// Both files are made in `directory`.
  static result<payloads> make(const std::string& directory);

  /// The story's job with our script as its program, unless it has one of its own; times are real.
  scenario::job with_payload(const scenario::job& x, const std::string& label, scale by) const;

  /// What happened since the last look, in order.
  std::vector<news> look();

private:
  payloads(std::string script, std::string facts)
      : script_(std::move(script)), facts_(std::move(facts)) {}

  std::string script_, facts_;
  std::size_t read_ = 0;
  std::string rest_;                   // a line that is not whole yet
  std::map<int, std::string> running_; // label by pid
};

} // namespace trellis::real
