#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "tool/package.h"

namespace nacre::tool {

/// What a project is written in.
enum class source_language : std::uint8_t { cpp, rust, assemblyscript, lua, javascript, wat };

struct language_entry {
    source_language language;
    std::string_view name;
};
inline constexpr language_entry language_table[] = {
    {source_language::cpp, "cpp"},
    {source_language::rust, "rust"},
    {source_language::assemblyscript, "assemblyscript"},
    {source_language::lua, "lua"},
    {source_language::javascript, "javascript"},
    {source_language::wat, "wat"},
};
[[nodiscard]] std::optional<source_language> language_by_name(std::string_view name);
[[nodiscard]] std::string_view name_of(source_language language);
[[nodiscard]] inline bool is_script(source_language language) {
    return language == source_language::lua || language == source_language::javascript;
}

/// The file that makes a directory a project, as it is specified in
/// docs/reference/function-tool.md.
struct project {
    struct function {
        std::string signature;
        std::string source;  ///< of a script; relative to the directory
        std::map<std::string, std::string> options;
    };

    std::filesystem::path directory;
    source_language language = source_language::cpp;
    std::string keyspace;              ///< may be empty
    std::vector<std::string> sources;  ///< relative to the directory
    std::vector<std::string> flags;    ///< further ones, of the compiler
    std::vector<function> functions;
    std::vector<std::string> declarations;
    std::vector<std::string> tests;  ///< relative to the directory

    /// What `build` makes; no scripts have one.
    [[nodiscard]] std::filesystem::path module_file() const {
        return directory / "build" / "functions.wasm";
    }
};

constexpr std::string_view project_file = "nacre.yaml";

/// The error is `unusable`, and names the file and the key.
[[nodiscard]] result<project> read_project(const std::filesystem::path& directory);

/// What the project creates. Its module must have been built.
[[nodiscard]] result<package> load_project(const project& from);

}  // namespace nacre::tool
