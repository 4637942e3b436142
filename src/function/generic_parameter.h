#pragma once

#include <string_view>

#include "function/registry.h"

/// What generic built-ins say of arguments that they can't take.
namespace nacre::function {

/// "Function system.map_keys requires a map argument, but found argument l of type list<int>".
/// `wanted` begins with its article.
[[nodiscard]] inline error wrong_argument(std::string_view name, std::string_view wanted,
                                          const generic_call& call, std::size_t index) {
    return invalid("Function system.{} requires {}, but found argument {} of type {}", name, wanted,
                   call.arguments[index].text, call.types[index]->to_cql());
}

}  // namespace nacre::function
