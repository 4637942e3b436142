#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "cql/ast.h"

namespace nacre::tool {

/// A function as it is to be created.
struct declared_function {
    /// Its CREATE FUNCTION, without the body.
    cql::create_function_statement tree;
    std::string language;
    /// "(n bigint) RETURNS NULL ON NULL INPUT RETURNS bigint", as declared.
    std::string types_text;
    /// What stands between the quotes; shared by the functions of one module.
    std::shared_ptr<const std::string> body;
    std::map<std::string, std::string> options;  ///< of WITH, as CQL

    [[nodiscard]] const std::string& name() const { return tree.function.name; }
    /// "fib(bigint)".
    [[nodiscard]] std::string signature() const;
    /// CREATE OR REPLACE FUNCTION, whose body is the source, or only its digest if a function with
    /// the same body has been created before.
    [[nodiscard]] std::string create_statement(bool by_digest) const;
};

/// Reads a line in the words of the section nacre.functions (sdk/abi/signatures.md): the name as
/// written, case included. Any of the error codes of a CQL text.
[[nodiscard]] result<declared_function> parse_declaration(std::string_view line);

/// A text as a CQL string.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace nacre::tool
