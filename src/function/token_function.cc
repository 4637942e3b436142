#include <limits>

#include "data/token.h"
#include "function/builtins.h"
#include "function/column_function.h"

namespace nacre::function {

namespace {

status evaluate_token(const call_batch& batch) {
    data::partition_key key(batch.arguments.size());
    for (const std::uint32_t row : batch.rows) {
        bool complete = true;
        for (std::size_t i = 0; i < key.size(); ++i) {
            auto component = batch.arguments[i]->serialised(row);
            complete = complete && component.has_value();
            key[i] = std::move(component).value_or(bytes());
        }
        if (complete) {
            batch.result.append_native(data::token_of(data::serialise_partition_key(key)).value);
        } else {
            batch.result.append_null();
        }
    }
    return {};
}

}  // namespace

void add_token_function(registry& functions) {
    functions.add(generic_function{
        "token", "system.token(any...)", 1, std::numeric_limits<std::uint16_t>::max(),
        [](const generic_call& call) -> result<resolved> {
            return make_builtin("token", call.types, types::type::native(types::type_kind::bigint),
                                schema::null_input::called, purity::pure, evaluate_token);
        }});
}

}  // namespace nacre::function
