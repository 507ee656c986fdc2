#pragma once
/// Inside this folder only: the object identifiers of VOMS and of what it borrows.
#include <string_view>

namespace trellis::gsi::voms_oid {

inline constexpr std::string_view fqans = "1.3.6.1.4.1.8005.100.100.4";
inline constexpr std::string_view acs = "1.3.6.1.4.1.8005.100.100.5"; // in the proxy
inline constexpr std::string_view signers = "1.3.6.1.4.1.8005.100.100.10";
inline constexpr std::string_view attributes = "1.3.6.1.4.1.8005.100.100.11";
inline constexpr std::string_view targets = "2.5.29.55";
inline constexpr std::string_view no_rev_avail = "2.5.29.56";
inline constexpr std::string_view authority_key = "2.5.29.35";
inline constexpr std::string_view subject_key = "2.5.29.14";

} // namespace trellis::gsi::voms_oid
