#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "function/scalar_function.h"

namespace nacre::function {

/// Whether a row's value is no value for a built-in function: null, or the empty value of a type
/// to which emptiness means nothing (all but text, ascii and blob).
[[nodiscard]] bool is_absent(const data::column_vector& column, std::uint32_t row);

/// The body of a built-in scalar function: appends one value for each of batch.rows to
/// batch.result. Called from any shard, at the same time from many; keeps no state; never blocks.
/// Called for some rows of a batch after the other if its arguments can be long.
using column_body = std::function<status(const call_batch& batch)>;

enum class purity : std::uint8_t { pure, impure };

/// A built-in scalar function. With null_input::returns_null the body gets no null rows (empty
/// values it may get).
[[nodiscard]] scalar_function_ptr make_builtin(std::string name,
                                               std::vector<types::type_ptr> argument_types,
                                               types::type_ptr return_type,
                                               schema::null_input on_null, purity is_pure,
                                               column_body body);

/// A body of one argument, row by row: `function(view) -> result<optional_bytes>` sees serialised
/// values; absent ones give null.
template <typename Function>
[[nodiscard]] column_body each_serialised(Function function) {
    return [function = std::move(function)](const call_batch& batch) -> status {
        const auto& argument = *batch.arguments[0];
        for (const std::uint32_t row : batch.rows) {
            if (is_absent(argument, row)) {
                batch.result.append_null();
                continue;
            }
            NACRE_TRY(const optional_bytes value, function(*argument.serialised(row)));
            batch.result.append(value);
        }
        return {};
    };
}

/// The same for natively kept values: `function(Native) -> result type's native value`.
template <typename Native, typename Function>
[[nodiscard]] column_body each_native(Function function) {
    return [function = std::move(function)](const call_batch& batch) -> status {
        const auto& argument = *batch.arguments[0];
        const auto values = argument.native<Native>();
        for (const std::uint32_t row : batch.rows) {
            if (is_absent(argument, row)) {
                batch.result.append_null();
            } else {
                batch.result.append_native(function(values[row]));
            }
        }
        return {};
    };
}

}  // namespace nacre::function
