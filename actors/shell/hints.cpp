#include "actors/shell/hints.hpp"

#include <string_view>

namespace trellis::shell {
namespace {

struct hint {
  errc code;
  std::string_view text;
};

constexpr hint hints[] = {
    {errc::malformed,          "compare the versions of the programs: trellis node status"         },
    {errc::usage,              "the options and an example: trellis help"                          },
    {errc::unauthenticated,    "what is wrong with it: trellis cred doctor; or be a [[local_user]]"},
    {errc::denied,             "ask its owner or an operator; your jobs: trellis job list"         },
    {errc::not_found,          "check the name; your jobs: trellis job list --all"                 },
    {errc::exists,             "look at what is there: trellis job list --all"                     },
    {errc::busy,               "try again in a minute; nothing was lost"                           },
    {errc::timed_out,          "see whether the links are up: trellis node status; try again"      },
    {errc::site_unreachable,   "see whether the node and its links are up: trellis node status"    },
    {errc::unknown_message,    "the other node is of another version: trellis node status"         },
    {errc::no_such_address,    "see who is linked: trellis node links; or --wms, --lb HOST"        },
    {errc::not_remote,         "report this as a defect, with the node's log"                      },
    {errc::not_running,        "try again: the node restarts the part that ended"                  },
    {errc::illegal_transition, "look at the job's state: trellis job status ID"                    },
    {errc::storage,            "look at the node's disk and log"                                   },
    {errc::lrms_refused,       "see what the batch system said: trellis job why ID"                },
    {errc::no_match,           "see which clause excludes CEs: trellis job list-match FILE"        },
    {errc::expired,            "renew the credential or submit again"                              },
    {errc::partial,            "repeat the command for those that failed"                          },
    {errc::shutting_down,      "try again when the node is back"                                   },
    {errc::internal,           "report this as a defect, with the node's log"                      },
};

} // namespace

std::string hint_for(const error& e) {
  for (const auto& x : hints)
    if (x.code == e.code)
      return std::string{x.text};
  return {};
}

} // namespace trellis::shell
