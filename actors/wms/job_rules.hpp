#pragma once
/// The life of a job at its WMS: state and input in, new state and effects out. The WMS alone
/// decides whether and where a job runs; a CE owns each attempt and reports it. Rules of
/// resubmission, cancel and expiry: WMS User's Guide (EGEE-JRA1-TEC-572489); names of events: L&B
/// User's Guide.
///
/// **At most one payload starts per deep cycle, and two never run at once** (unless the job says
/// `Idempotent`). Why this holds:
///
/// 1. There is one attempt at a time, named by its number. Everything said by or about another
///    number changes nothing and is answered by its cancel or release.
/// 2. A payload starts only with the token. It is part of this state, and a step is on disk before
///    anything follows from it: one attempt takes it, by asking or in advance with the hand-over.
///    The same attempt asking again hears the same answer, any other is refused, and so is one that
///    was given up, because an attempt that is not living owns nothing.
/// 3. A token given in advance counts as taken from the hand-over on. It comes back only when the
/// CE
///    itself reports that this attempt is over and its payload never began (`before_payload`): a CE
///    says so only of an attempt that is final on its own disk, which can start nothing later. So
///    shallow resubmission still means: nothing was started in this cycle. A silent CE never gives
///    it back; then the job goes deep.
/// 4. A new cycle begins only when the attempt of the old one is final (its CE said so) or its
/// lease
///    is over: the CE ends a payload at the end of the lease by its own clock, a hand-over that
///    arrives after its `valid_until` starts nothing, and we wait for the lease plus the clock
///    difference that we allow, counted from the last renewal that may have arrived.
///
/// The same input twice gives the same answer and no second effect.
#include "protocols/lb/events.hpp"
#include "protocols/wms/record.hpp"

namespace trellis::wms {

// --- what can happen to a job -------------------------------------------------------------------

struct confirmed {}; // the L&B server has the registration

struct start_asked {};

/// The matchmaker chose a CE.
struct matched {
  ce_id ce;
  bool grant = true; // the token goes with the hand-over
};

/// No CE fits at present.
struct unmatched {
  std::string reason;
};

struct reported {
  host_name from; // who says so
  std::uint32_t attempt = 0;
  ce::attempt_facts facts;
};

struct token_asked {
  host_name from;
  std::uint32_t attempt = 0;
};

struct cancel_asked {
  std::string reason;
};

struct contact_lost {
  std::string reason;
};

struct contact_back {};

/// Lease and allowed clock difference have passed since the CE was last heard.
struct lease_over {};

struct output_here {}; // every output file is on our disk

struct output_lost {
  std::string reason;
};

struct expired {
  std::string reason; // "request expired", "proxy expired"
};

struct purge_asked {
  lb::clear_reason reason = lb::clear_reason::user;
};

/// Its owner says who else may do what; checked already.
struct acl_given {
  std::string acl;
};

using job_input = std::variant<confirmed, start_asked, matched, unmatched, reported, token_asked,
                               cancel_asked, contact_lost, contact_back, lease_over, output_here,
                               output_lost, expired, purge_asked, acl_given>;

// --- what follows -------------------------------------------------------------------------------

/// One event for L&B; the shell adds host, time and user.
struct note {
  lb::source from = lb::source::none;
  lb::sequence_code seqcode;
  lb::event_body what;
};

/// The hand-over of the attempt that the new state names; the shell adds the work.
struct hand_over_now {
  ce::token_mode token = ce::token_mode::ask;
};

struct letter_to_ce {
  host_name to;
  std::variant<hand_over_now, ce::cancel_attempt, ce::token_answer, ce::release> what;
};

struct job_step {
  job_state to;
  std::vector<note> notes;
  std::vector<letter_to_ce> letters;
  std::optional<error> refused; // to who asked; then the state is as it was
  bool changed = false;         // the state has to be written
};

/// Never fails: an input that the phase does not allow is refused or, when nobody waits for an
/// answer, passed over.
job_step next(const job_terms& terms, const job_state& now_in, const job_input& x, ce::moment now);

/// Why a further resubmission is not allowed, in the words of the WMS; nothing when it is.
std::optional<std::string> resubmission_limit(const job_terms& terms, const job_state& x,
                                              bool shallow);

} // namespace trellis::wms
