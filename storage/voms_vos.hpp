#pragma once
/// The VOs of a VOMS server.
///
///   column family  voms_vos
///   key            vo '\0' 'v'                 value  version:u8 wire(vo_settings)
///   key            vo '\0' 'f' fqan '\0'       value  version:u8 wire(attributes of the FQAN)
///   key            vo '\0' 'm' number:be64     value  version:u8 wire(member)
///   key            '\1' vo '\0' subject '\0' issuer '\0'
///                                              value  version:u8 wire(when which FQANs were taken)
///
/// A VO is there when its first row is; what was taken from its users outlives it.
///
/// Errors: `storage`; `malformed` for a row that cannot be read: a member who is lost would be
/// refused, a suspension that is lost would be forgotten.
#include "protocols/voms/withdrawn.hpp"
#include "storage/engine.hpp"

namespace trellis::storage::voms_vos {

change put_settings(const voms::vo& x);
change put_fqan(const std::string& vo, const std::string& fqan, const voms::attribute_map& x);
change put_member(const std::string& vo, const voms::member& x);

change erase_settings(const std::string& vo);
change erase_fqan(const std::string& vo, const std::string& fqan);
change erase_member(const std::string& vo, std::uint64_t number);

change put_taken(const voms::owner& from, const voms::taken_fqans& x);
change erase_taken(const voms::owner& from);
result<voms::all_taken> taken(const engine& rows);

/// All VOs by name.
result<std::map<std::string, voms::vo>> all(const engine& rows);

} // namespace trellis::storage::voms_vos
