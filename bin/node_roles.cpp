#include "bin/node_roles.hpp"

#include "actors/lb/lb_role.hpp"

namespace trellis {
namespace {

constexpr role_service rows[] = {
    {role::lb, start_lb},
};

} // namespace

std::span<const role_service> node_roles() { return rows; }

} // namespace trellis
