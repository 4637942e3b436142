#include "function/arithmetic.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "function/column_function.h"
#include "function/numeric_column.h"
#include "function/time_arithmetic.h"

namespace nacre::function {

using types::type;
using types::type_kind;

namespace {

std::string_view symbol(arithmetic_operator op) {
    constexpr std::string_view symbols = "+-*/%";
    return symbols.substr(static_cast<std::size_t>(op), 1);
}

error failed(arithmetic_operator op, const data::column_vector& left,
             const data::column_vector& right, std::string_view why) {
    // The misspelling is the name that Cassandra sends.
    constexpr std::array names = {"_add", "_substract", "_multiply", "_divide", "_modulo"};
    const std::string left_type = left.type()->to_cql();
    const std::string right_type = right.type()->to_cql();
    return {
        error_code::function_failure,
        fmt::format("the operation '{} {} {}' failed: {}", left_type, symbol(op), right_type, why),
        function_failure_fields{
            "system", names.at(static_cast<std::size_t>(op)), {left_type, right_type}}};
}

/// Bytes by which Cassandra ranks numeric types; varint and decimal are of any size.
std::uint32_t rank(const type& t) {
    switch (t.kind()) {
        case type_kind::varint:
        case type_kind::decimal:
            return std::numeric_limits<std::uint32_t>::max();
        default:
            return data::column_vector::width_bytes(t.physical());
    }
}

type_kind promoted(const type& left, const type& right) {
    const std::uint32_t size = std::max(rank(left), rank(right));
    if (has_fractions(left.kind()) || has_fractions(right.kind())) {
        if (size == 4) return type_kind::float_;
        return size == 8 ? type_kind::double_ : type_kind::decimal;
    }
    switch (size) {
        case 1:
            return type_kind::tinyint;
        case 2:
            return type_kind::smallint;
        case 4:
            return type_kind::int_;
        case 8:
            return type_kind::bigint;
        default:
            return type_kind::varint;
    }
}

template <typename Integer>
Integer compute_integer(arithmetic_operator op, Integer a, Integer b) {
    // Unsigned arithmetic wraps around as Java's does.
    using raw = std::uint64_t;
    switch (op) {
        case arithmetic_operator::add:
            return static_cast<Integer>(static_cast<raw>(a) + static_cast<raw>(b));
        case arithmetic_operator::subtract:
            return static_cast<Integer>(static_cast<raw>(a) - static_cast<raw>(b));
        case arithmetic_operator::multiply:
            return static_cast<Integer>(static_cast<raw>(a) * static_cast<raw>(b));
        // The least integer divided by -1 would trap.
        case arithmetic_operator::divide:
            return b == -1 ? static_cast<Integer>(-static_cast<raw>(a))
                           : static_cast<Integer>(a / b);
        case arithmetic_operator::modulo:
            return b == -1 ? Integer{0} : static_cast<Integer>(a % b);
    }
    return 0;
}

template <typename Float>
Float compute_floating(arithmetic_operator op, Float a, Float b) {
    switch (op) {
        case arithmetic_operator::add:
            return a + b;
        case arithmetic_operator::subtract:
            return a - b;
        case arithmetic_operator::multiply:
            return a * b;
        case arithmetic_operator::divide:
            return a / b;
        case arithmetic_operator::modulo:
            return std::fmod(a, b);
    }
    return 0;
}

template <typename Native>
status evaluate_native(arithmetic_operator op, const data::column_vector& left,
                       const data::column_vector& right, std::span<const std::uint32_t> rows,
                       data::column_vector& out) {
    const auto a = widen<Native>(left);
    const auto b = widen<Native>(right);
    const bool divides = op == arithmetic_operator::divide || op == arithmetic_operator::modulo;
    for (const std::uint32_t row : rows) {
        if (is_absent(left, row) || is_absent(right, row)) {
            out.append_null();
        } else if constexpr (std::is_integral_v<Native>) {
            if (divides && b[row] == 0) return failed(op, left, right, "/ by zero");
            out.append_native(compute_integer(op, a[row], b[row]));
        } else {
            out.append_native(compute_floating(op, a[row], b[row]));
        }
    }
    return {};
}

result<bytes> compute_varint(arithmetic_operator op, const types::varint& a,
                             const types::varint& b) {
    types::varint value;
    switch (op) {
        case arithmetic_operator::add:
            value = a + b;
            break;
        case arithmetic_operator::subtract:
            value = a - b;
            break;
        case arithmetic_operator::multiply:
            value = a * b;
            break;
        case arithmetic_operator::divide:
        case arithmetic_operator::modulo:
            if (b == 0) return invalid("BigInteger divide by zero");
            value = op == arithmetic_operator::divide ? a / b : a % b;
    }
    NACRE_CHECK(types::check_size(value));
    return types::serialise_varint(value);
}

result<types::decimal> compute_decimal(arithmetic_operator op, const types::decimal& a,
                                       const types::decimal& b) {
    switch (op) {
        case arithmetic_operator::add:
            return types::add(a, b);
        case arithmetic_operator::subtract:
            return types::subtract(a, b);
        case arithmetic_operator::multiply:
            return types::multiply(a, b);
        case arithmetic_operator::divide:
            return types::divide(a, b);
        case arithmetic_operator::modulo:
            break;
    }
    return types::remainder(a, b);
}

/// An integer takes Cassandra's way, a double, which shows in the scale of the result; if it is too
/// long for one, it keeps its digits.
result<types::decimal> operand_at(const data::column_vector& column, std::uint32_t row) {
    const auto kind = column.type()->kind();
    if (has_fractions(kind) || kind == type_kind::varint) return decimal_at(column, row);
    const auto integer = native_at<std::int64_t>(column, row);
    const auto floating = static_cast<double>(integer);
    constexpr std::int64_t exact_max = std::int64_t{1} << 53;
    if (integer > exact_max || integer < -exact_max) return decimal_at(column, row);
    return types::decimal_of(floating);
}

result<bytes> compute_big(arithmetic_operator op, const data::column_vector& left,
                          const data::column_vector& right, std::uint32_t row, type_kind kind) {
    if (kind == type_kind::varint) {
        NACRE_TRY(const auto a, varint_at(left, row));
        NACRE_TRY(const auto b, varint_at(right, row));
        return compute_varint(op, a, b);
    }
    NACRE_TRY(const auto a, operand_at(left, row));
    NACRE_TRY(const auto b, operand_at(right, row));
    NACRE_TRY(const auto value, compute_decimal(op, a, b));
    return types::serialise_decimal(value);
}

status evaluate_big(arithmetic_operator op, const data::column_vector& left,
                    const data::column_vector& right, std::span<const std::uint32_t> rows,
                    data::column_vector& out) {
    for (const std::uint32_t row : rows) {
        if (is_absent(left, row) || is_absent(right, row)) {
            out.append_null();
            continue;
        }
        const auto value = compute_big(op, left, right, row, out.type()->kind());
        if (!value) return failed(op, left, right, value.error().message());
        out.append_serialised(*value);
    }
    return {};
}

bool is_time_with_duration(arithmetic_operator op, const type& left, const type& right) {
    const bool sums = op == arithmetic_operator::add || op == arithmetic_operator::subtract;
    return sums && right.kind() == type_kind::duration &&
           (left.kind() == type_kind::timestamp || left.kind() == type_kind::date);
}

bool is_text(const type& t) {
    return t.kind() == type_kind::text || t.kind() == type_kind::ascii;
}

bool is_concatenation(arithmetic_operator op, const type& left, const type& right) {
    return op == arithmetic_operator::add && is_text(left) && is_text(right);
}

status concatenate(const data::column_vector& left, const data::column_vector& right,
                   std::span<const std::uint32_t> rows, data::column_vector& out) {
    for (const std::uint32_t row : rows) {
        if (left.is_null(row) || right.is_null(row)) {
            out.append_null();
        } else {
            out.append_serialised(bytes(left.view(row)) + bytes(right.view(row)));
        }
    }
    return {};
}

/// The operand types of everything that there is of an operator, in no order that matters.
std::vector<std::pair<type_kind, type_kind>> operand_types(arithmetic_operator op) {
    constexpr std::array numbers = {type_kind::tinyint, type_kind::smallint, type_kind::int_,
                                    type_kind::bigint,  type_kind::counter,  type_kind::float_,
                                    type_kind::double_, type_kind::varint,   type_kind::decimal};
    std::vector<std::pair<type_kind, type_kind>> pairs;
    for (const auto left : numbers) {
        for (const auto right : numbers) pairs.emplace_back(left, right);
    }
    if (op == arithmetic_operator::add) {
        pairs.emplace_back(type_kind::ascii, type_kind::ascii);
        pairs.emplace_back(type_kind::text, type_kind::text);
    }
    if (op == arithmetic_operator::add || op == arithmetic_operator::subtract) {
        pairs.emplace_back(type_kind::timestamp, type_kind::duration);
        pairs.emplace_back(type_kind::date, type_kind::duration);
    }
    return pairs;
}

}  // namespace

result<operator_signature> resolve_operator(arithmetic_operator op, const argument& left,
                                            const argument& right, const types::type_ptr& receiver,
                                            bool has_markers) {
    std::vector<operator_signature> compatible;
    for (const auto& [left_kind, right_kind] : operand_types(op)) {
        operator_signature candidate{type::native(left_kind), type::native(right_kind), nullptr};
        NACRE_TRY(candidate.result, arithmetic_result_type(op, candidate.left, candidate.right));
        const bool suits = !receiver || candidate.result->same_values(*receiver) ||
                           types::is_value_compatible(*receiver, *candidate.result);
        if (!suits) continue;
        const fit how = std::min(left.test(*candidate.left), right.test(*candidate.right));
        if (how == fit::exact) return candidate;
        if (how == fit::weak) compatible.push_back(std::move(candidate));
    }
    if (compatible.empty()) {
        return invalid("the '{}' operation is not supported between {} and {}", symbol(op),
                       left.text, right.text);
    }
    if (compatible.size() == 1) return compatible.front();
    if (receiver && !has_markers) {
        for (const auto& candidate : compatible) {
            if (candidate.left->same_values(*receiver) && candidate.right->same_values(*receiver)) {
                return candidate;
            }
        }
    }
    return invalid(
        "Ambiguous '{}' operation with args {} and {}: use type hint to disambiguate, example "
        "'(int) ?'",
        symbol(op), left.text, right.text);
}

result<types::type_ptr> arithmetic_result_type(arithmetic_operator op, const types::type_ptr& left,
                                               const types::type_ptr& right) {
    if (is_numeric(left->kind()) && is_numeric(right->kind())) {
        return type::native(promoted(*left, *right));
    }
    if (is_time_with_duration(op, *left, *right)) return left;
    if (is_concatenation(op, *left, *right)) {
        return type::native(left->kind() == right->kind() ? left->kind() : type_kind::text);
    }
    return invalid("the '{}' operation is not supported between {} and {}", symbol(op),
                   left->to_cql(), right->to_cql());
}

status evaluate_arithmetic(arithmetic_operator op, const data::column_vector& left,
                           const data::column_vector& right, std::span<const std::uint32_t> rows,
                           data::column_vector& out) {
    if (is_time_with_duration(op, *left.type(), *right.type())) {
        const auto direction =
            op == arithmetic_operator::add ? time_direction::later : time_direction::earlier;
        const auto done = shift_times(left, right, direction, rows, out);
        return done ? done : status(failed(op, left, right, done.error().message()));
    }
    if (is_concatenation(op, *left.type(), *right.type())) {
        return concatenate(left, right, rows, out);
    }
    switch (out.type()->kind()) {
        case type_kind::tinyint:
            return evaluate_native<std::int8_t>(op, left, right, rows, out);
        case type_kind::smallint:
            return evaluate_native<std::int16_t>(op, left, right, rows, out);
        case type_kind::int_:
            return evaluate_native<std::int32_t>(op, left, right, rows, out);
        case type_kind::bigint:
            return evaluate_native<std::int64_t>(op, left, right, rows, out);
        case type_kind::float_:
            return evaluate_native<float>(op, left, right, rows, out);
        case type_kind::double_:
            return evaluate_native<double>(op, left, right, rows, out);
        default:
            return evaluate_big(op, left, right, rows, out);
    }
}

}  // namespace nacre::function
