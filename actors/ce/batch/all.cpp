#include "actors/ce/batch/all.hpp"

#include "actors/ce/batch/slurm.hpp"

namespace trellis::ce::batch {
namespace {

constexpr batch_system rows[] = {
    {"slurm", slurm::submit, slurm::read_submit, slurm::status_all, slurm::read_status,
     slurm::cancel, slurm::read_cancel, slurm::totals, slurm::read_totals},
};

} // namespace

std::span<const batch_system> batch_systems() { return rows; }

const batch_system* batch_system_of(std::string_view name) {
  for (const auto& row : rows)
    if (row.name == name)
      return &row;
  return nullptr;
}

} // namespace trellis::ce::batch
