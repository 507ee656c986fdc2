#pragma once
/// What a GACL means for a job:
///
///   list    its status, its events, why it waits
///   read    the same, and its output
///   write   cancel it
///   admin   change this list
///
/// The owner and operators may do everything; nobody else has any of it without a list.
#include "protocols/gacl/gacl.hpp"
#include "protocols/names/principal.hpp"

#include <string_view>

namespace trellis::gacl {

enum class job_act : std::uint8_t { see = 0, read_output, cancel, administer };

/// Who asks, as a list sees them. Nobody knows whom has neither name nor FQANs.
subject subject_of(const principal& who);

/// By the list alone. A text that cannot be read allows nothing.
bool allows(std::string_view acl, const principal& who, job_act what);

/// By ownership, office or list. Who is not authenticated may nothing.
bool may(const principal& who, std::string_view owner, std::string_view acl, job_act what);

} // namespace trellis::gacl
