#pragma once
/// Slurm (sbatch, squeue, scancel, sinfo of 20.11 and later).
#include "actors/ce/batch/all.hpp"

namespace trellis::ce::batch::slurm {

command submit(const batch_job& job);
result<std::string> read_submit(const printed& x);
command status_all();
result<std::vector<listed_job>> read_status(const printed& x);
command cancel(std::string_view local_id);
result<done> read_cancel(const printed& x);
command totals(std::string_view partition);
result<capacity> read_totals(const printed& x);

} // namespace trellis::ce::batch::slurm
