#pragma once
/// The REST interface as an OpenAPI 3 document, made from the table of operations: paths,
/// parameters, bodies and answers with the fields and types of the messages.
#include <string>

namespace trellis::edge {

/// Made once.
const std::string& openapi();

} // namespace trellis::edge
