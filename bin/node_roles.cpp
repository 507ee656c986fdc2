#include "bin/node_roles.hpp"

#include "actors/lb/lb_role_actor.hpp"
#include "bin/roles.hpp"

namespace trellis {

namespace {

constexpr role_service rows[] = {
    {role::wms,  start_wms,  true },
    {role::lb,   start_lb,   false},
    {role::ce,   start_ce,   true },
    {role::info, start_info, false},
    {role::voms, start_voms, false},
};

} // namespace

std::span<const role_service> node_roles() { return rows; }

} // namespace trellis
