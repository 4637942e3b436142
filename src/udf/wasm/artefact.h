#pragma once

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

/// Artefacts: machine code of modules as files. One is Wasmtime's serialised module, to be mapped
/// as it is, and behind it its key and the SHA-256 of key and module: one that was cut short, has
/// rotted or is another module's must not be run.
namespace nacre::udf::wasm {

[[nodiscard]] bytes sha256(std::initializer_list<bytes_view> parts);

/// The key of a source's artefact: hexadecimal, a file's name. It also stands for the engine's
/// version and settings.
[[nodiscard]] std::string artefact_key(bytes_view source);

/// What stands behind `code` in the artefact `key`.
[[nodiscard]] bytes artefact_seal(const std::string& key, bytes_view code);

/// The code of an artefact; absent if the seal is not that of `key`.
[[nodiscard]] std::optional<bytes_view> sealed_code(const std::string& key, bytes_view artefact);

/// Writes contents so that the file is there whole or not at all.
[[nodiscard]] status write_whole_file(const std::filesystem::path& file,
                                      std::initializer_list<bytes_view> contents);

/// Absent if it can't be read.
[[nodiscard]] std::optional<bytes> read_whole_file(const std::filesystem::path& file);

}  // namespace nacre::udf::wasm
