#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace nacre::udf::wasm {

/// The binary form of a module of WebAssembly text. The error is 0x2200, with the line.
[[nodiscard]] result<bytes> module_of_text(bytes_view text);

}  // namespace nacre::udf::wasm
