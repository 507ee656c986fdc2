#pragma once
/// Which options each statement has: one row an option, for reading, for printing and for the test
/// of the manual. The type of the member says which quantity is meant. Not for use outside of this
/// folder and its tests.
#include "protocols/scenario/quantities.hpp"
#include "protocols/scenario/reading.hpp"

#include <span>

namespace trellis::scenario {

template <class T>
using member = std::variant<std::uint32_t T::*, std::optional<std::uint32_t> T::*,
                            std::optional<std::int32_t> T::*, std::int32_t T::*, milliseconds T::*,
                            byte_count T::*, bit_rate T::*, fraction T::*, std::string T::*,
                            std::vector<std::string> T::*, std::vector<role> T::*, host_name T::*,
                            bool T::*, std::vector<lb::kind> T::*, std::vector<lb::source> T::*>;

template <class T>
struct option_row {
  std::string_view word; // a member of type bool: the bare word
  member<T> where;
  bool needed = false;
  naming refers = naming::none;
};

template <class T>
std::span<const option_row<T>> options();

/// Takes the options of a statement from its words.
template <class T>
void read_options(cursor& x, T& out);

/// ` key=value` for each that is not as by default.
template <class T>
std::string options_text(const T& x);

/// The words of the table, for the test of the manual and for what was probably meant.
template <class T>
std::vector<std::string_view> option_words() {
  std::vector<std::string_view> out;
  for (const auto& row : options<T>())
    out.push_back(row.word);
  return out;
}

} // namespace trellis::scenario
