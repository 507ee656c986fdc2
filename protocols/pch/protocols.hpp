/// What nearly every unit reads first, parsed once a library instead of once a unit. Each file
/// still includes what it uses: `meson setup -Db_pch=false` builds without this. A header that
/// changes often stays out: it would rebuild the whole layer. No `#pragma once`: it is a main file.
#include "protocols/wire/codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
