#include "function/numeric_column.h"

#include "types/floating_text.h"

namespace nacre::function {

using types::type_kind;

bool is_numeric(type_kind kind) {
    using enum type_kind;
    switch (kind) {
        case tinyint:
        case smallint:
        case int_:
        case bigint:
        case counter:
        case varint:
        case float_:
        case double_:
        case decimal:
            return true;
        default:
            return false;
    }
}

bool has_fractions(type_kind kind) {
    return kind == type_kind::float_ || kind == type_kind::double_ || kind == type_kind::decimal;
}

std::int64_t low_bits_at(const data::column_vector& column, std::uint32_t row) {
    const auto value = varint_at(column, row);
    return value ? types::low_64_bits(*value) : 0;
}

double nearest_double_at(const data::column_vector& column, std::uint32_t row) {
    const auto value = decimal_at(column, row);
    return value ? types::to_double(*value) : std::numeric_limits<double>::quiet_NaN();
}

result<types::decimal> decimal_at(const data::column_vector& column, std::uint32_t row) {
    switch (column.type()->kind()) {
        case type_kind::decimal:
            return types::load_decimal(column.view(row));
        case type_kind::varint:
            return types::decimal{types::load_varint(column.view(row)), 0};
        case type_kind::float_:
        case type_kind::double_:
            break;
        default:
            return types::decimal{types::varint(native_at<std::int64_t>(column, row)), 0};
    }
    // By way of the text, so that 0.1 becomes 0.1 and not its 55 binary digits.
    const bool is_float = column.type()->kind() == type_kind::float_;
    const auto parsed =
        types::parse_decimal(is_float ? types::float_to_text(column.native<float>()[row])
                                      : types::double_to_text(column.native<double>()[row]));
    if (parsed) return *parsed;
    if (std::isnan(native_at<double>(column, row))) {
        return invalid("A NaN cannot be converted into a decimal");
    }
    return invalid("An infinite number cannot be converted into a decimal");
}

result<types::varint> varint_at(const data::column_vector& column, std::uint32_t row) {
    if (column.type()->kind() == type_kind::varint) return types::load_varint(column.view(row));
    NACRE_TRY(const auto value, decimal_at(column, row));
    return types::truncate(value);
}

}  // namespace nacre::function
