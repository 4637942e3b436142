#pragma once

#include <cstdint>
#include <span>

#include "base/result.h"
#include "data/column_vector.h"
#include "function/registry.h"

/// The operators of CQL over columns of numbers, and of times with durations.
namespace nacre::function {

enum class arithmetic_operator : std::uint8_t { add, subtract, multiply, divide, modulo };

/// The type of `left op right`. Of two integer types the wider wins, with a fraction on either
/// side the wider of float, double and decimal (an int and a float give a float, a bigint and a
/// float a double, a varint and a float a decimal). A date or timestamp plus or minus a duration
/// is of its own type; two texts can be added to one. The error is 0x2200: no such operation.
[[nodiscard]] result<types::type_ptr> arithmetic_result_type(arithmetic_operator op,
                                                             const types::type_ptr& left,
                                                             const types::type_ptr& right);

/// The types that the operands of an operator take, and its result's.
struct operator_signature {
    types::type_ptr left;
    types::type_ptr right;
    types::type_ptr result;
};

/// Finds what `left op right` means, in Cassandra's rules and words. The receiver, if known,
/// is the type that the result is for; it decides between several only where no operand is a bind
/// marker. The error is 0x2200.
[[nodiscard]] result<operator_signature> resolve_operator(arithmetic_operator op,
                                                          const argument& left,
                                                          const argument& right,
                                                          const types::type_ptr& receiver,
                                                          bool has_markers);

/// Appends the results of these rows to `out`, a column of the above type: null where an operand is
/// null (or empty). Integers wrap around. Dividing an integer or decimal by zero is an error with
/// code function_failure, as in Cassandra.
[[nodiscard]] status evaluate_arithmetic(arithmetic_operator op, const data::column_vector& left,
                                         const data::column_vector& right,
                                         std::span<const std::uint32_t> rows,
                                         data::column_vector& out);

}  // namespace nacre::function
