#include "values.h"

#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "types/decimal.h"
#include "types/duration.h"
#include "types/value.h"

namespace nacre::fuzz {

namespace {

using types::type;
using types::type_kind;

constexpr auto native_kinds = std::to_array<type_kind>({
    type_kind::bigint,  type_kind::int_,     type_kind::text,      type_kind::double_,
    type_kind::float_,  type_kind::boolean,  type_kind::smallint,  type_kind::tinyint,
    type_kind::blob,    type_kind::ascii,    type_kind::date,      type_kind::time,
    type_kind::decimal, type_kind::varint,   type_kind::duration,  type_kind::inet,
    type_kind::uuid,    type_kind::timeuuid, type_kind::timestamp,
});

constexpr auto pieces = std::to_array<std::string_view>({
    "a",
    "0",
    "'",
    "\"",
    "\\",
    " ",
    "%s",
    "\n",
    "\u00e9",
    "\u20ac",
    "\U0001f600",
    "nacre",
});

// Lengths: mostly short, rarely many times as long as what the fuzzer gave.
std::size_t draw_length(input& in) {
    const auto first = in.byte();
    if (first < 200) return first % 24;
    if (first < 250) return in.below(300);
    return in.below(20'000);
}

bytes draw_text(input& in) {
    const auto wanted = draw_length(in);
    bytes text;
    if (wanted > 300) {
        const auto piece = in.pick(pieces);
        while (text.size() < wanted) text += piece;
        return text;
    }
    while (text.size() < wanted && !in.at_end()) text += in.pick(pieces);
    return text;
}

bytes draw_ascii(input& in) {
    auto text = in.take(draw_length(in));
    for (char& c : text) c = static_cast<char>(c & 0x7f);
    return text;
}

bytes draw_blob(input& in) {
    const auto wanted = draw_length(in);
    if (wanted <= 300) return in.take(wanted);
    return bytes(wanted, static_cast<char>(in.byte()));
}

types::varint draw_varint(input& in) {
    return types::load_varint(in.take(in.below(20)));
}

bytes draw_duration(input& in) {
    types::duration value{
        .months = static_cast<std::int32_t>(in.number<std::uint32_t>() >> 1),
        .days = static_cast<std::int32_t>(in.number<std::uint32_t>() >> 1),
        .nanoseconds = static_cast<std::int64_t>(in.number<std::uint64_t>() >> 1)};
    if (in.once_in(2)) {
        value = {.months = -value.months, .days = -value.days, .nanoseconds = -value.nanoseconds};
    }
    return types::serialise_duration(value);
}

bytes padded(bytes value, std::size_t size) {
    value.resize(size, '\0');
    return value;
}

bytes draw_native(input& in, type_kind kind) {
    constexpr std::int64_t nanoseconds_per_day = 86'400'000'000'000;
    switch (kind) {
        case type_kind::boolean:
            return types::serialise_boolean(in.once_in(2));
        case type_kind::tinyint:
            return to_big_endian(in.number<std::int8_t>());
        case type_kind::smallint:
            return to_big_endian(in.number<std::int16_t>());
        case type_kind::int_:
        case type_kind::date:
            return to_big_endian(in.number<std::int32_t>());
        case type_kind::float_:
            // Of all NaNs the one that conversions leave as it is.
            if (const auto value = in.number<float>(); !std::isnan(value)) {
                return types::serialise_float(value);
            }
            return types::serialise_float(std::numeric_limits<float>::quiet_NaN());
        case type_kind::double_:
            if (const auto value = in.number<double>(); !std::isnan(value)) {
                return types::serialise_double(value);
            }
            return types::serialise_double(std::numeric_limits<double>::quiet_NaN());
        case type_kind::time:
            return to_big_endian(static_cast<std::int64_t>(
                in.number<std::uint64_t>() % static_cast<std::uint64_t>(nanoseconds_per_day)));
        case type_kind::text:
            return draw_text(in);
        case type_kind::ascii:
            return draw_ascii(in);
        case type_kind::blob:
            return draw_blob(in);
        case type_kind::varint:
            return types::serialise_varint(draw_varint(in));
        case type_kind::decimal: {
            const auto scale = static_cast<std::int32_t>(in.below(80)) - 40;
            return types::serialise_decimal({.unscaled = draw_varint(in), .scale = scale});
        }
        case type_kind::duration:
            return draw_duration(in);
        case type_kind::inet:
            return padded(in.take(16), in.once_in(2) ? 16 : 4);
        case type_kind::uuid:
        case type_kind::timeuuid: {
            auto value = padded(in.take(16), 16);
            if (kind == type_kind::timeuuid) value[6] = static_cast<char>((value[6] & 0xf) | 0x10);
            return value;
        }
        default:
            return to_big_endian(in.number<std::int64_t>());
    }
}

struct in_order {
    const type* of;
    bool operator()(const bytes& left, const bytes& right) const {
        return types::compare(*of, left, right) < 0;
    }
};

bytes draw_set(input& in, const type& t) {
    std::map<bytes, bool, in_order> found(in_order{t.element().get()});
    for (auto n = in.below(5); n > 0; --n) found.emplace(draw_value(in, *t.element()), true);
    std::vector<optional_bytes> elements;
    for (const auto& [value, present] : found) elements.emplace_back(value);
    return types::join_list(elements);
}

bytes draw_map(input& in, const type& t) {
    std::map<bytes, bytes, in_order> found(in_order{t.key().get()});
    for (auto n = in.below(5); n > 0; --n) {
        auto key = draw_value(in, *t.key());
        found.insert_or_assign(std::move(key), draw_value(in, *t.mapped()));
    }
    const std::vector<std::pair<bytes, bytes>> entries(found.begin(), found.end());
    return types::join_map(entries);
}

bytes draw_fields(input& in, const type& t) {
    std::vector<optional_bytes> fields;
    for (const auto& field : t.parameters()) {
        if (in.once_in(5)) {
            fields.emplace_back();
        } else {
            fields.emplace_back(draw_value(in, *field));
        }
    }
    return types::join_fields(fields);
}

// Named after its fields: types of one name are one type.
types::type_ptr draw_user_type(input& in, unsigned depth) {
    std::vector<types::type_ptr> fields;
    std::vector<std::string> names;
    std::string name = "u";
    for (auto n = in.below(3) + 1; n > 0; --n) {
        names.push_back("field" + std::to_string(n));
        fields.push_back(draw_type(in, depth));
        for (const char c : fields.back()->to_cql_without_frozen()) {
            name += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
        }
    }
    return type::user("ks", std::move(name), std::move(names), std::move(fields), true);
}

}  // namespace

types::type_ptr draw_type(input& in, unsigned depth) {
    const auto choice = in.below(static_cast<std::uint32_t>(native_kinds.size()) + 12);
    if (choice < native_kinds.size()) return type::native(native_kinds[choice]);
    if (depth == 0) return type::native(type_kind::text);
    switch (choice % 6) {
        case 0:
            return type::set_of(draw_type(in, depth - 1), true);
        case 1: {
            auto key = draw_type(in, depth - 1);
            return type::map_of(std::move(key), draw_type(in, depth - 1), true);
        }
        case 2: {
            std::vector<types::type_ptr> fields;
            for (auto n = in.below(3) + 1; n > 0; --n) fields.push_back(draw_type(in, depth - 1));
            return type::tuple_of(std::move(fields));
        }
        case 3:
            return draw_user_type(in, depth - 1);
        case 4: {
            const auto dimensions = in.below(4) + 1;
            return type::vector_of(draw_type(in, depth - 1), dimensions);
        }
        default:
            return type::list_of(draw_type(in, depth - 1), true);
    }
}

bytes draw_value(input& in, const type& t) {
    switch (t.kind()) {
        case type_kind::list: {
            std::vector<optional_bytes> elements;
            for (auto n = in.below(5); n > 0; --n)
                elements.emplace_back(draw_value(in, *t.element()));
            return types::join_list(elements);
        }
        case type_kind::set:
            return draw_set(in, t);
        case type_kind::map:
            return draw_map(in, t);
        case type_kind::tuple:
        case type_kind::user:
            return draw_fields(in, t);
        case type_kind::vector: {
            std::vector<bytes> elements;
            for (auto n = t.dimensions(); n > 0; --n)
                elements.push_back(draw_value(in, *t.element()));
            return types::join_vector(t, elements);
        }
        default:
            return draw_native(in, t.kind());
    }
}

bool may_be_empty(const type& t) {
    return types::validate(t, {}).ok();
}

data::column_vector draw_column(input& in, const types::type_ptr& type, std::uint32_t rows) {
    data::column_vector column(type);
    const auto nulls = in.below(4);  // 0: none
    for (std::uint32_t row = 0; row < rows; ++row) {
        const auto what = nulls == 0 ? 0 : in.below(16);
        if (what >= 16 - nulls) {
            column.append_null();
        } else if (what == 1 && may_be_empty(*type)) {
            column.append_serialised({});
        } else {
            column.append_serialised(draw_value(in, *type));
        }
    }
    return column;
}

std::vector<std::uint32_t> draw_selection(input& in, std::uint32_t rows) {
    std::vector<std::uint32_t> selected;
    const auto sparseness = in.below(4);  // 0: all
    for (std::uint32_t row = 0; row < rows; ++row) {
        if (sparseness == 0 || in.below(4) >= sparseness) selected.push_back(row);
    }
    return selected;
}

}  // namespace nacre::fuzz
