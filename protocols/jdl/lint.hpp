#pragma once
/// Warnings about an ad that may well be what was meant, in the order of its text.
#include "protocols/classad/ad.hpp"
#include "protocols/jdl/job.hpp"

namespace trellis::jdl {

std::vector<jdl_problem> lint_ad(const classad::ad& x);

} // namespace trellis::jdl
