#pragma once

#include <string>
#include <vector>

#include "schema/function.h"
#include "types/type.h"

namespace nacre::function {

/// The name and types by which calls are resolved. `keyspace` is "system" for built-ins.
struct function_signature {
    std::string keyspace;
    std::string name;
    std::vector<types::type_ptr> argument_types;
    types::type_ptr return_type;

    [[nodiscard]] std::string to_string() const {
        return schema::describe_signature(keyspace, name, argument_types);
    }
};

}  // namespace nacre::function
