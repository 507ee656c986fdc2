#pragma once
/// The part of XML 1.0 that grid protocols and policies use, read within bounds: elements,
/// attributes, text, comments, the five named entities and character references. A document type,
/// processing instructions after the first line, CDATA and other entities are refused, so that
/// nothing can grow, point outside or be read in two ways.
///
/// Errors: `malformed`, with the byte.
#include "protocols/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trellis::xml {

struct element {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text; // what stands directly in it, all pieces together
  std::vector<element> children;

  /// The first of this name, or null.
  const element* child(std::string_view of_name) const;

  /// Its text without blanks around; empty without such a child.
  std::string child_text(std::string_view of_name) const;
};

struct limits {
  std::size_t bytes = 64 * 1024;
  std::size_t depth = 8; // the root is at 1
  std::size_t elements = 4096;
  std::size_t attributes = 16; // of one element
};

/// A document with one root.
result<element> parse(std::string_view text, const limits& within = {});

/// With & < > " ' as entities and control characters, which XML cannot carry, as '?'.
std::string escaped(std::string_view text);

} // namespace trellis::xml
