#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/uuid.h"
#include "types/type.h"

namespace nacre::schema {

/// What happens when an argument is null.
enum class null_input : std::uint8_t { called, returns_null };

/// A user-defined function as declared. Types are frozen at every level. Immutable.
struct function_definition {
    std::string keyspace;
    std::string name;
    std::vector<std::string> argument_names;
    std::vector<types::type_ptr> argument_types;
    types::type_ptr return_type;
    null_input on_null = null_input::called;
    std::string language;  ///< lower case: "wasm", "xwasm", "lua"
    /// As CREATE FUNCTION gave it: the source, or "sha256:" and the digest of a source that another
    /// function of the keyspace brought along.
    std::string body;
    /// What a digest in `body` stands for, shared by the functions of one source; null if `body` is
    /// the source.
    std::shared_ptr<const std::string> shared_source;
    /// "sha256:" and the digest of the source, in lower case.
    std::string source_digest;
    uuid version;  ///< changes with every CREATE OR REPLACE

    /// Same arguments, same result: as declared, nobody checks it.
    bool is_deterministic = false;
    /// As declared; kept and shown.
    bool is_monotonic = false;
    std::optional<std::string> monotonic_on;
    /// WITH options, by name: "export" (what the module calls the function) and limits
    /// (base/limits.h), as decimal numbers.
    std::map<std::string, std::string> options;

    [[nodiscard]] const std::string& source() const {
        return shared_source ? *shared_source : body;
    }
    /// The name under which the source has the function.
    [[nodiscard]] const std::string& name_in_source() const {
        const auto given = options.find("export");
        return given == options.end() ? name : given->second;
    }
};
using function_ptr = std::shared_ptr<const function_definition>;

/// A user-defined aggregate. The part functions are unqualified names in the same keyspace.
struct aggregate_definition {
    std::string keyspace;
    std::string name;
    std::vector<types::type_ptr> argument_types;
    types::type_ptr state_type;
    types::type_ptr return_type;
    std::string state_function;
    std::optional<std::string> reduce_function;
    std::optional<std::string> final_function;
    optional_bytes initial_condition;  ///< serialised state; absent = null
    bool is_deterministic = false;     ///< as declared; kept and shown
};
using aggregate_ptr = std::shared_ptr<const aggregate_definition>;

/// "ks.name(type, type)", as errors and events show a function.
[[nodiscard]] std::string describe_signature(const std::string& keyspace, const std::string& name,
                                             const std::vector<types::type_ptr>& argument_types);

}  // namespace nacre::schema
