#pragma once
/// Events as text: one ULM line an event, KEY="value" pairs, as L&B dumps and loads them (L&B
/// Developer's Guide, ULM; draft-abela-ulm-05):
///
///   DATE=20080928052524.433079 HOST="h" PROG=edg-wms LVL=SYSTEM DG.PRIORITY=0
///   DG.SOURCE="WorkloadManager" DG.SRC_INSTANCE="1" DG.EVNT="Match" DG.JOBID="https://..."
///   DG.SEQCODE="UI=..." DG.USER="/C=.." DG.MATCH.DEST_ID="..."
///
/// In quotes, \" \\ and \n stand for themselves and \xHH for any other control byte. Times are UTC.
/// A reader takes keys in any order, ignores those it does not know, and leaves the default where
/// one is missing; DATE, DG.EVNT and DG.JOBID must be there. Errors: `malformed`, with the key.
#include "protocols/lb/messages.hpp"

#include <span>

namespace trellis::lb {

std::string ulm_line(const event& e);

result<event> parse_ulm(std::string_view line);

/// A job's history, a line an event, with DG.ARRIVED besides.
std::string ulm_dump(std::span<const stored_event> events);

/// Empty lines and those that begin with # are skipped; an error names the line.
result<std::vector<event>> parse_ulm_dump(std::string_view text);

} // namespace trellis::lb
