#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "tool/declared_function.h"

namespace nacre::tool {

/// What belongs together and is created together, in this order. Statements have no keyspace.
struct package {
    std::vector<std::string> types;  ///< CREATE TYPE IF NOT EXISTS, parts before what has them
    std::vector<declared_function> functions;
    struct aggregate {
        cql::create_aggregate_statement tree;
        std::string statement;  ///< CREATE OR REPLACE AGGREGATE …
        [[nodiscard]] std::string signature() const;
    };
    std::vector<aggregate> aggregates;

    /// Adds a line of the section nacre.declarations: CREATE TYPE or CREATE AGGREGATE. Repetitions
    /// are dropped.
    [[nodiscard]] status add_declaration(std::string_view statement);
    /// Puts types in order.
    void finish();
    /// Whether a function is the state, reduce or final function of one of the aggregates.
    [[nodiscard]] bool is_part(const std::string& function) const;
};

/// Adds the functions and declarations of a module: a binary or text, that say their signatures
/// themselves. `lines` are the signatures of functions that it does not tell.
[[nodiscard]] status add_module(package& to, const bytes& module,
                                const std::vector<std::string>& lines);

/// The package that is one file: a module (.wasm, .wat), or the script of one function (.lua, .js)
/// with its signature.
[[nodiscard]] result<package> load_file(const std::filesystem::path& file,
                                        const std::vector<std::string>& signatures);

}  // namespace nacre::tool
