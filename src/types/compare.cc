#include "types/compound_reader.h"
#include "types/decimal.h"
#include "types/floating_order.h"
#include "types/value.h"
#include "types/varint.h"

namespace nacre::types {

namespace {

using std::strong_ordering;

strong_ordering compare_bytes(bytes_view left, bytes_view right) {
    return left.compare(right) <=> 0;
}

template <typename Integer>
strong_ordering compare_integers(bytes_view left, bytes_view right) {
    return load_big_endian<Integer>(left.data()) <=> load_big_endian<Integer>(right.data());
}

/// The time of a version 1 UUID, most significant part first, version included.
std::uint64_t time_of(bytes_view id) {
    const auto word = load_big_endian<std::uint64_t>(id.data());
    return word << 48 | (word << 16 & 0xffff00000000) | word >> 32;
}

int version_of(bytes_view id) {
    return static_cast<unsigned char>(id[6]) >> 4;
}

strong_ordering compare_uuids(bytes_view left, bytes_view right) {
    if (const auto order = version_of(left) <=> version_of(right); order != 0) return order;
    if (version_of(left) == 1) {
        if (const auto order = time_of(left) <=> time_of(right); order != 0) return order;
        return compare_bytes(left.substr(8), right.substr(8));
    }
    return compare_bytes(left, right);
}

strong_ordering compare_timeuuids(bytes_view left, bytes_view right) {
    const auto left_time = static_cast<std::int64_t>(time_of(left));
    const auto right_time = static_cast<std::int64_t>(time_of(right));
    if (left_time != right_time) return left_time <=> right_time;
    // The other half is ordered by signed bytes, an accident that stored data depends on.
    constexpr std::uint64_t flip = 0x0080808080808080;
    const auto tail = [](bytes_view id) {
        return static_cast<std::int64_t>(load_big_endian<std::uint64_t>(id.data() + 8) ^ flip);
    };
    return tail(left) <=> tail(right);
}

strong_ordering compare_optional(const type& t, const std::optional<bytes_view>& left,
                                 const std::optional<bytes_view>& right) {
    if (!left || !right) return left.has_value() <=> right.has_value();
    return compare(t, *left, *right);
}

strong_ordering compare_collections(const type& t, bytes_view left, bytes_view right) {
    if (left.empty() || right.empty()) return left.size() <=> right.size();
    collection_reader l(t, left);
    collection_reader r(t, right);
    for (std::size_t i = 0;; ++i) {
        const bool more_left = l.next();
        const bool more_right = r.next();
        if (!more_left || !more_right) return more_left <=> more_right;
        const bool is_map_value = t.kind() == type_kind::map && i % 2 == 1;
        const auto order =
            compare_optional(is_map_value ? *t.mapped() : *t.element(), l.current(), r.current());
        if (order != 0) return order;
    }
}

strong_ordering compare_fields(const type& t, bytes_view left, bytes_view right) {
    if (left.empty() || right.empty()) return left.size() <=> right.size();
    field_reader l(left);
    field_reader r(right);
    for (const auto& field_type : t.parameters()) {
        const bool more_left = l.next();
        const bool more_right = r.next();
        if (!more_left || !more_right) return more_left <=> more_right;
        const auto order = compare_optional(*field_type, l.current(), r.current());
        if (order != 0) return order;
    }
    return strong_ordering::equal;
}

}  // namespace

strong_ordering compare(const type& t, bytes_view left, bytes_view right) {
    switch (t.kind()) {
        case type_kind::ascii:
        case type_kind::text:
        case type_kind::blob:
        case type_kind::inet:
        case type_kind::date:
        case type_kind::time:
        case type_kind::duration:
            return compare_bytes(left, right);
        case type_kind::varint:
            return compare_varints(left, right);
        case type_kind::list:
        case type_kind::set:
        case type_kind::map:
        case type_kind::vector:
            return compare_collections(t, left, right);
        case type_kind::tuple:
        case type_kind::user:
            return compare_fields(t, left, right);
        default:
            break;
    }
    if (left.empty() || right.empty()) return left.size() <=> right.size();
    switch (t.kind()) {
        case type_kind::boolean:
            return (left[0] != 0) <=> (right[0] != 0);
        case type_kind::tinyint:
            return compare_integers<std::int8_t>(left, right);
        case type_kind::smallint:
            return compare_integers<std::int16_t>(left, right);
        case type_kind::int_:
            return compare_integers<std::int32_t>(left, right);
        case type_kind::bigint:
        case type_kind::counter:
        case type_kind::timestamp:
            return compare_integers<std::int64_t>(left, right);
        case type_kind::float_:
            return compare_floating(load_float(left), load_float(right));
        case type_kind::double_:
            return compare_floating(load_double(left), load_double(right));
        case type_kind::uuid:
            return compare_uuids(left, right);
        case type_kind::timeuuid:
            return compare_timeuuids(left, right);
        default:
            return compare(load_decimal(left), load_decimal(right));
    }
}

}  // namespace nacre::types
