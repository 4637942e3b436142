#pragma once

#include <cstdint>

#include "base/result.h"
#include "data/column_vector.h"

/// The operators of CQL over columns of numbers, and of times with durations.
namespace nacre::function {

enum class arithmetic_operator : std::uint8_t { add, subtract, multiply, divide, modulo };

/// The type of `left op right`. Of two integer types the wider wins, with a fraction on either
/// side the wider of float, double and decimal (an int and a float give a float, a bigint and a
/// float a double, a varint and a float a decimal). A date or timestamp plus or minus a duration
/// is of its own type. The error is 0x2200: no such operation.
[[nodiscard]] result<types::type_ptr> arithmetic_result_type(arithmetic_operator op,
                                                             const types::type_ptr& left,
                                                             const types::type_ptr& right);

/// Appends `rows` results to `out`, a column of the above type: null where an operand is null (or
/// empty). Integers wrap around. Dividing an integer or decimal by zero is an error with code
/// function_failure, as in Cassandra.
[[nodiscard]] status evaluate_arithmetic(arithmetic_operator op, const data::column_vector& left,
                                         const data::column_vector& right, std::uint32_t rows,
                                         data::column_vector& out);

}  // namespace nacre::function
