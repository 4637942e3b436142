#include "udf/guest_function.h"

#include <fmt/ranges.h>

#include "udf/readable_text.h"

namespace nacre::udf {

error guest_function::failure(std::string_view reason) const {
    constexpr std::size_t reason_bytes_max = 1000;
    function_failure_fields fields{
        .keyspace = definition->keyspace, .function = definition->name, .argument_types = {}};
    for (const auto& type : definition->argument_types) {
        fields.argument_types.push_back(type->to_cql_without_frozen());
    }
    auto message =
        fmt::format("execution of '{}.{}[{}]' failed: {}", definition->keyspace, definition->name,
                    fmt::join(fields.argument_types, ", "), readable(reason, reason_bytes_max));
    return {error_code::function_failure, std::move(message), std::move(fields)};
}

}  // namespace nacre::udf
