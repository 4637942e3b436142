#pragma once

#include <string>
#include <string_view>

namespace nacre::function {

/// The built-in function, in keyspace system, that CAST(… AS type_name) calls. There is none for
/// types to which nothing can be cast.
[[nodiscard]] std::string cast_function_name(std::string_view type_name);

}  // namespace nacre::function
