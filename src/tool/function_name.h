#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace nacre::tool {

/// A function as people name it: "fib", "fib(bigint)", "shop.fib(bigint)".
struct function_name {
    std::string keyspace;  ///< empty: not said
    std::string name;
    std::optional<std::vector<std::string>> argument_types;  ///< CQL; absent: any

    [[nodiscard]] static result<function_name> parse(std::string_view text);
    /// Whether a function of these types is meant; types are compared without frozen<>.
    [[nodiscard]] bool fits(const std::vector<std::string>& types) const;
};

/// A type's text without frozen<> and blanks.
[[nodiscard]] std::string plain_type(std::string_view text);

}  // namespace nacre::tool
