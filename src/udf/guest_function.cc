#include "udf/guest_function.h"

#include <fmt/ranges.h>

namespace nacre::udf {

error guest_function::failure(std::string_view reason) const {
    function_failure_fields fields{
        .keyspace = definition->keyspace, .function = definition->name, .argument_types = {}};
    for (const auto& type : definition->argument_types) {
        fields.argument_types.push_back(type->to_cql_without_frozen());
    }
    auto message = fmt::format("execution of '{}.{}[{}]' failed: {}", definition->keyspace,
                               definition->name, fmt::join(fields.argument_types, ", "), reason);
    return {error_code::function_failure, std::move(message), std::move(fields)};
}

}  // namespace nacre::udf
