#include "storage/ordered_value.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "storage/ordered_number.h"
#include "storage/ordered_reader.h"
#include "types/value.h"

namespace nacre::storage {

namespace {

using types::type;
using types::type_kind;

constexpr char mark_end = 0x00;
constexpr char mark_null = 0x01;
constexpr char mark_empty = 0x02;
constexpr char mark_value = 0x03;

enum class taken : std::uint8_t { value, null, end, malformed };

void append_any(bytes& out, const type& t, const std::optional<bytes_view>& value);
taken take_any(ordered_reader& in, const type& t, bytes& out);

// Bytes of a value that is stored as it is, but for a bit.
std::size_t plain_size(type_kind kind) {
    switch (kind) {
        case type_kind::boolean:
        case type_kind::tinyint:
            return 1;
        case type_kind::smallint:
            return 2;
        case type_kind::int_:
        case type_kind::date:
            return 4;
        default:
            return 8;
    }
}

char flip_sign(char c) {
    return static_cast<char>(c ^ 0x80);
}

template <typename Bits>
void append_float(bytes& out, bytes_view value, Bits canonical_nan, Bits infinity) {
    constexpr Bits sign = Bits{1} << (sizeof(Bits) * 8 - 1);
    auto bits = load_big_endian<Bits>(value.data());
    if ((bits & ~sign) > infinity) bits = canonical_nan;
    bits = (bits & sign) != 0 ? static_cast<Bits>(~bits) : bits | sign;
    append_big_endian(out, bits);
}

template <typename Bits>
bool take_float(ordered_reader& in, bytes& out) {
    constexpr Bits sign = Bits{1} << (sizeof(Bits) * 8 - 1);
    Bits bits;
    if (!in.take_big_endian(bits)) return false;
    bits = (bits & sign) != 0 ? bits & ~sign : static_cast<Bits>(~bits);
    append_big_endian(out, bits);
    return true;
}

// time_low(4) time_mid(2) time_hi_and_version(2) in order of time.
void append_by_time(bytes& out, bytes_view uuid) {
    out.append(uuid.substr(6, 2));
    out.append(uuid.substr(4, 2));
    out.append(uuid.substr(0, 4));
}
void append_by_octet(bytes& out, const char* by_time) {
    out.append(by_time + 4, 4);
    out.append(by_time + 2, 2);
    out.append(by_time, 2);
}

void append_uuid(bytes& out, bytes_view value) {
    const int version = static_cast<unsigned char>(value[6]) >> 4;
    out.push_back(static_cast<char>(version));
    if (version != 1) {
        out += value;
        return;
    }
    append_by_time(out, value);
    out += value.substr(8);
}

bool take_uuid(ordered_reader& in, bytes& out) {
    char raw[17];
    if (!in.take(raw, sizeof(raw))) return false;
    if (raw[0] != 1) {
        out.append(raw + 1, 16);
        return true;
    }
    append_by_octet(out, raw + 1);
    out.append(raw + 9, 8);
    return true;
}

void append_timeuuid(bytes& out, bytes_view value) {
    const auto begin = out.size();
    append_by_time(out, value);
    out[begin] = flip_sign(out[begin]);
    for (const char c : value.substr(8)) out.push_back(flip_sign(c));
}

bool take_timeuuid(ordered_reader& in, bytes& out) {
    char raw[16];
    if (!in.take(raw, sizeof(raw))) return false;
    raw[0] = flip_sign(raw[0]);
    append_by_octet(out, raw);
    for (int i = 8; i < 16; ++i) out.push_back(flip_sign(raw[i]));
    return true;
}

void append_elements(bytes& out, const type& t, bytes_view value) {
    if (t.is_collection() || t.kind() == type_kind::vector) {
        const auto elements = types::split_collection(t, value);
        const std::size_t stride = t.kind() == type_kind::map ? 2 : 1;
        for (std::size_t i = 0; elements && i < elements->size(); ++i) {
            append_any(out, *t.parameters()[i % stride], (*elements)[i]);
        }
    } else {
        const auto split = types::split_fields(t, value);
        std::vector<std::optional<bytes_view>> fields;
        if (split) fields = *split;
        fields.resize(std::min(fields.size(), t.parameters().size()));
        while (!fields.empty() && !fields.back()) fields.pop_back();
        for (std::size_t i = 0; i < fields.size(); ++i) {
            append_any(out, *t.parameters()[i], fields[i]);
        }
    }
    out.push_back(mark_end);
}

/// The elements up to the end mark; `type_of(i)` is the type of the i-th, null if there is none.
template <typename TypeOf>
bool take_elements(ordered_reader& in, TypeOf type_of, std::vector<optional_bytes>& elements) {
    for (std::size_t i = 0;; ++i) {
        const auto mark = in.peek();
        if (!mark) return false;
        if (*mark == mark_end) {
            in.skip();
            return true;
        }
        const type* const t = type_of(i);
        if (t == nullptr) return false;
        bytes element;
        switch (take_any(in, *t, element)) {
            case taken::value:
                elements.emplace_back(std::move(element));
                break;
            case taken::null:
                elements.emplace_back(std::nullopt);
                break;
            default:
                return false;
        }
    }
}

bool take_collection(ordered_reader& in, const type& t, bytes& out) {
    const std::size_t stride = t.kind() == type_kind::map ? 2 : 1;
    std::vector<optional_bytes> elements;
    const auto type_of = [&](std::size_t i) { return t.parameters()[i % stride].get(); };
    if (!take_elements(in, type_of, elements)) return false;
    if (t.kind() == type_kind::vector) {
        std::vector<bytes> all;
        for (auto& each : elements) all.push_back(std::move(each).value_or(bytes()));
        if (all.size() != t.dimensions()) return false;
        out += types::join_vector(t, all);
        return true;
    }
    if (t.kind() != type_kind::map) {
        out += types::join_list(elements);
        return true;
    }
    if (elements.size() % 2 != 0) return false;
    std::vector<std::pair<bytes, bytes>> entries;
    for (std::size_t i = 0; i < elements.size(); i += 2) {
        entries.emplace_back(elements[i].value_or(bytes()), elements[i + 1].value_or(bytes()));
    }
    out += types::join_map(entries);
    return true;
}

bool take_fields(ordered_reader& in, const type& t, bytes& out) {
    std::vector<optional_bytes> fields;
    const auto type_of = [&](std::size_t i) {
        return i < t.parameters().size() ? t.parameters()[i].get() : nullptr;
    };
    if (!take_elements(in, type_of, fields)) return false;
    fields.resize(t.parameters().size());
    out += types::join_fields(fields);
    return true;
}

void append_body(bytes& out, const type& t, bytes_view value) {
    switch (t.kind()) {
        case type_kind::tinyint:
        case type_kind::smallint:
        case type_kind::int_:
        case type_kind::bigint:
        case type_kind::counter:
        case type_kind::timestamp:
            out.push_back(flip_sign(value.front()));
            out += value.substr(1);
            return;
        case type_kind::boolean:
            out.push_back(value.front() == 0 ? 0 : 1);
            return;
        case type_kind::date:
        case type_kind::time:
            out += value;
            return;
        case type_kind::float_:
            return append_float<std::uint32_t>(out, value, 0x7fc00000, 0x7f800000);
        case type_kind::double_:
            return append_float<std::uint64_t>(out, value, 0x7ff8000000000000, 0x7ff0000000000000);
        case type_kind::ascii:
        case type_kind::text:
        case type_kind::blob:
        case type_kind::inet:
        case type_kind::duration:
            return append_terminated(out, value);
        case type_kind::uuid:
            return append_uuid(out, value);
        case type_kind::timeuuid:
            return append_timeuuid(out, value);
        case type_kind::varint:
            return append_ordered_varint(out, value);
        case type_kind::decimal:
            return append_ordered_decimal(out, value);
        case type_kind::vector:
        case type_kind::list:
        case type_kind::set:
        case type_kind::map:
        case type_kind::tuple:
        case type_kind::user:
            return append_elements(out, t, value);
    }
}

bool take_body(ordered_reader& in, const type& t, bytes& out) {
    switch (t.kind()) {
        case type_kind::tinyint:
        case type_kind::smallint:
        case type_kind::int_:
        case type_kind::bigint:
        case type_kind::counter:
        case type_kind::timestamp: {
            const auto begin = out.size();
            if (!in.take(out, plain_size(t.kind()))) return false;
            out[begin] = flip_sign(out[begin]);
            return true;
        }
        case type_kind::boolean:
        case type_kind::date:
        case type_kind::time:
            return in.take(out, plain_size(t.kind()));
        case type_kind::float_:
            return take_float<std::uint32_t>(in, out);
        case type_kind::double_:
            return take_float<std::uint64_t>(in, out);
        case type_kind::ascii:
        case type_kind::text:
        case type_kind::blob:
        case type_kind::inet:
        case type_kind::duration:
            return in.take_terminated(out);
        case type_kind::uuid:
            return take_uuid(in, out);
        case type_kind::timeuuid:
            return take_timeuuid(in, out);
        case type_kind::varint:
            return take_ordered_varint(in, out);
        case type_kind::decimal:
            return take_ordered_decimal(in, out);
        case type_kind::vector:
        case type_kind::list:
        case type_kind::set:
        case type_kind::map:
            return take_collection(in, t, out);
        case type_kind::tuple:
        case type_kind::user:
            return take_fields(in, t, out);
    }
    return false;
}

void append_any(bytes& out, const type& t, const std::optional<bytes_view>& value) {
    if (!value) {
        out.push_back(mark_null);
    } else if (value->empty()) {
        out.push_back(mark_empty);
    } else {
        out.push_back(mark_value);
        append_body(out, t, *value);
    }
}

taken take_any(ordered_reader& in, const type& t, bytes& out) {
    const auto mark = in.peek();
    if (!mark) return taken::malformed;
    in.skip();
    if (*mark == mark_null) return taken::null;
    if (*mark == mark_empty) return taken::value;
    if (*mark != mark_value || !take_body(in, t, out)) return taken::malformed;
    return taken::value;
}

}  // namespace

void append_ordered(bytes& out, const types::type& t, bytes_view value, direction way) {
    const auto begin = out.size();
    append_any(out, t, value);
    if (way == direction::ascending) return;
    for (auto i = begin; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
}

bool take_ordered(bytes_view& in, const types::type& t, direction way, bytes& out) {
    ordered_reader reader(in, way);
    if (take_any(reader, t, out) != taken::value) return false;
    in = reader.rest();
    return true;
}

bool has_spellings(const types::type& t) {
    switch (t.kind()) {
        case type_kind::boolean:
        case type_kind::float_:
        case type_kind::double_:
        case type_kind::varint:
        case type_kind::decimal:
        case type_kind::tuple:
        case type_kind::user:
            return true;
        default:
            return std::ranges::any_of(t.parameters(),
                                       [](const auto& each) { return has_spellings(*each); });
    }
}

void append_terminated(bytes& out, bytes_view x) {
    while (true) {
        const auto zero = x.find('\0');
        if (zero == bytes_view::npos) break;
        out.append(x.data(), zero + 1);
        out.push_back('\xff');
        x.remove_prefix(zero + 1);
    }
    out += x;
    out.append(2, '\0');
}

bool take_terminated(bytes_view& in, bytes& out) {
    bytes scratch;
    const auto value = view_terminated(in, scratch);
    if (!value) return false;
    out += *value;
    return true;
}

std::optional<bytes_view> view_terminated(bytes_view& in, bytes& scratch) {
    scratch.clear();
    for (std::size_t begin = 0;;) {
        const auto zero = find_zero(in, begin);
        if (zero + 1 >= in.size()) return std::nullopt;
        if (in[zero + 1] == 0) {
            const auto last = in.substr(begin, zero - begin);
            in.remove_prefix(zero + 2);
            if (begin == 0) return last;
            scratch += last;
            return scratch;
        }
        if (in[zero + 1] != '\xff') return std::nullopt;
        scratch += in.substr(begin, zero + 1 - begin);
        begin = zero + 2;
    }
}

}  // namespace nacre::storage
