#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace nacre::udf::wasm {

/// The contents of all custom sections called `name`, one after the other, of a module that is
/// known to compile: of a binary, or of a text with the annotation (@custom "name" "contents").
/// Absent if there is none. Takes
/// as long as assembling the text.
[[nodiscard]] std::optional<bytes> custom_section(bytes_view module, std::string_view name);

}  // namespace nacre::udf::wasm
