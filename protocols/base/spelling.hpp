#pragma once
/// What a misspelt word was probably meant to be.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis {

/// The one of `words` that takes the fewest letters put in, left out or changed to become `given`;
/// the first of several. Nothing when each takes more than `most`.
std::optional<std::string>
nearest_word(std::string_view given, const std::vector<std::string_view>& words, std::size_t most);

} // namespace trellis
