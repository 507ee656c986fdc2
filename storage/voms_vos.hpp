#pragma once
/// The VOs of a VOMS server.
///
///   column family  voms_vos
///   key            vo '\0' 'v'                 value  version:u8 wire(vo_settings)
///   key            vo '\0' 'f' fqan '\0'       value  version:u8 wire(attributes of the FQAN)
///   key            vo '\0' 'm' number:be64     value  version:u8 wire(member)
///
/// A VO is there when its first row is. Errors: `storage`; `malformed` for a row that cannot be
/// read: a member who is lost would be refused, a suspension that is lost would be forgotten.
#include "protocols/voms/membership.hpp"
#include "storage/engine.hpp"

namespace trellis::storage::voms_vos {

change put_settings(const voms::vo& x);
change put_fqan(const std::string& vo, const std::string& fqan, const voms::attribute_map& x);
change put_member(const std::string& vo, const voms::member& x);

change erase_settings(const std::string& vo);
change erase_fqan(const std::string& vo, const std::string& fqan);
change erase_member(const std::string& vo, std::uint64_t number);

/// All VOs by name.
result<std::map<std::string, voms::vo>> all(const engine& rows);

} // namespace trellis::storage::voms_vos
