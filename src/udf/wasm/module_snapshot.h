#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace nacre::udf::wasm {

/// A module that begins where `module` is after its start, its `_initialize` and a call of
/// `init_export` (() -> i32, 0 is success): what they left in the memory are its data segments, so
/// that an instance maps them and shares the pages that it does not write. The two exports are
/// gone. For programs of one memory that keep nothing elsewhere, as those of C compilers do: the
/// tables and globals are as in `module`. Imported functions trap. A tool of the build; blocks, and
/// trusts the module.
[[nodiscard]] result<bytes> snapshot_module(bytes_view module, std::string_view init_export);

}  // namespace nacre::udf::wasm
