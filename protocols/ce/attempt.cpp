#include "protocols/ce/messages.hpp"

namespace trellis::ce {
namespace {

constexpr std::array<std::string_view, 11> words{
    "REGISTERED", "PENDING",     "IDLE",      "RUNNING", "REALLY-RUNNING", "HELD",
    "DONE-OK",    "DONE-FAILED", "CANCELLED", "ABORTED", "PURGED"};

} // namespace

std::string_view word(attempt_state x) { return words[static_cast<std::size_t>(x)]; }

bool is_final(attempt_state x) { return x >= attempt_state::done_ok; }

} // namespace trellis::ce
