#pragma once
/// A job of the rules alone: inputs put to it one after another, with what the last one caused.
#include "actors/wms/job_rules.hpp"

#include <string>

namespace trellis::wms {

using ce::failure_class;

inline const host_name ral = *host_name::parse("ral.example");
inline const host_name infn = *host_name::parse("infn.example");

inline ce_id queue_at(const host_name& host) { return *ce_id::make(host, 8443, "fork", "short"); }

/// A job that words are done to.
struct a_job {
  job_terms terms;
  job_state state;
  std::vector<note> notes;
  std::vector<letter_to_ce> letters;
  std::string refused;
  int minute = 0;

  a_job() {
    terms.job = *job_id::parse("https://lb.example:9000/abcdefghijklmnopqrstuv");
    terms.retry_count = terms.shallow_retry_count = 1;
    terms.max_retry_count = terms.max_shallow_retry_count = 10;
    state.phase = job_phase::registering;
  }

  bool put(const job_input& x) {
    auto d = next(terms, state, x, ce::moment{std::chrono::minutes{++minute}});
    refused = d.refused ? d.refused->text : "";
    auto moved = d.changed;
    state = d.to;
    notes = d.notes;
    letters = d.letters;
    return moved;
  }

  bool report(ce::attempt_state to, failure_class why = failure_class::none,
              std::uint32_t attempt = 0, std::vector<sandbox_file> output = {}) {
    ce::attempt_facts facts;
    facts.state = to;
    facts.at = ce::moment{std::chrono::minutes{minute}};
    facts.failure = why;
    facts.reason = why == failure_class::none ? "" : "broken";
    facts.output = std::move(output);
    facts.exit_code = to == ce::attempt_state::done_ok ? 7 : -1;
    return put(reported{state.ce ? state.ce->host() : ral, attempt ? attempt : state.attempt,
                        std::move(facts)});
  }

  void match(bool grant = true) { put(matched{queue_at(ral), grant}); }

  void go(std::string_view to, bool grant = true) {
    put(confirmed{});
    if (state.phase == job_phase::registered)
      put(start_asked{});
    if (to == "idle")
      return;
    match(grant);
    if (to == "handed over")
      return;
    report(ce::attempt_state::really_running);
    if (to == "lost contact")
      put(contact_lost{"silence"});
    else if (to == "fetching output")
      report(ce::attempt_state::done_ok, failure_class::none, 0,
             {
                 {"out", 3, false}
      });
  }

  std::string phase() const { return std::string{word(state.phase)}; }

  template <class T>
  const T* letter() const {
    for (const auto& x : letters)
      if (auto found = std::get_if<T>(&x.what))
        return found;
    return nullptr;
  }

  template <class T>
  const T* event() const {
    for (const auto& x : notes)
      if (auto found = std::get_if<T>(&x.what))
        return found;
    return nullptr;
  }
};

} // namespace trellis::wms
