#include "data/column_vector.h"

#include <algorithm>
#include <cstring>

namespace nacre::data {

using types::physical_type;

std::uint32_t column_vector::width_bytes(physical_type physical) {
    switch (physical) {
        case physical_type::int8:
            return 1;
        case physical_type::int16:
            return 2;
        case physical_type::int32:
        case physical_type::float32:
            return 4;
        case physical_type::int64:
        case physical_type::float64:
            return 8;
        case physical_type::serialised:
            return 0;
    }
    return 0;
}

column_vector::column_vector(types::type_ptr type)
    : _type(std::move(type)), _physical(_type->physical()) {}

std::uint64_t column_vector::memory_bytes() const {
    return _validity.capacity() + _empties.capacity() + _fixed.capacity() +
           _offsets.capacity() * sizeof(std::uint32_t) + _blob.capacity();
}

void column_vector::clear() {
    _size = 0;
    _null_count = 0;
    _validity.clear();
    _empties.clear();
    _fixed.clear();
    _offsets.resize(1);
    _blob.clear();
}

void column_vector::reserve(std::uint32_t rows) {
    if (_physical == physical_type::serialised) {
        _offsets.reserve(rows + 1);
    } else {
        _fixed.reserve(std::size_t{rows} * width_bytes(_physical));
    }
}

void column_vector::append_null() {
    if (_physical == physical_type::serialised) {
        _offsets.push_back(_offsets.back());
    } else {
        _fixed.append(width_bytes(_physical), '\0');
    }
    push_null();
}

void column_vector::append_serialised(bytes_view value) {
    if (_physical == physical_type::serialised) {
        append_bytes(_blob, value);
        _offsets.push_back(static_cast<std::uint32_t>(_blob.size()));
        push_valid();
        return;
    }
    if (value.empty()) {
        append_empty();
        return;
    }
    switch (_physical) {
        case physical_type::int8:
            append_native(load_big_endian<std::int8_t>(value.data()));
            break;
        case physical_type::int16:
            append_native(load_big_endian<std::int16_t>(value.data()));
            break;
        case physical_type::int32:
        case physical_type::float32:
            append_native(load_big_endian<std::uint32_t>(value.data()));
            break;
        default:
            append_native(load_big_endian<std::uint64_t>(value.data()));
    }
}

void column_vector::append_native_block(bytes_view values) {
    _fixed += values;
    const auto rows = static_cast<std::uint32_t>(values.size()) / width_bytes(_physical);
    if (_null_count == 0) {
        _size += rows;
    } else {
        for (std::uint32_t i = 0; i < rows; ++i) push_valid();
    }
}

void column_vector::push_valid_among_nulls() {
    if ((_size & 7) == 0) _validity.push_back(0);
    _validity.back() |= static_cast<std::uint8_t>(1u << (_size & 7));
}

void column_vector::push_null() {
    if (_null_count++ == 0) {
        _validity.assign(_size / 8, 0xff);
        if ((_size & 7) != 0) {
            _validity.push_back(static_cast<std::uint8_t>((1u << (_size & 7)) - 1));
        }
    }
    if ((_size & 7) == 0) _validity.push_back(0);
    ++_size;
}

void column_vector::append_empty() {
    _empties.resize(_size / 8 + 1);
    _empties[_size >> 3] |= static_cast<std::uint8_t>(1u << (_size & 7));
    _fixed.append(width_bytes(_physical), '\0');
    push_valid();
}

void column_vector::append_from(const column_vector& other, std::uint32_t row) {
    if (other.is_null(row)) {
        append_null();
    } else if (_physical == physical_type::serialised) {
        append_serialised(other.view(row));
    } else if (other.is_empty_value(row)) {
        append_empty();
    } else {
        const auto width = width_bytes(_physical);
        _fixed.append(other._fixed, std::size_t{row} * width, width);
        push_valid();
    }
}

optional_bytes column_vector::serialised(std::uint32_t row) const {
    if (is_null(row)) return std::nullopt;
    if (_physical == physical_type::serialised) return bytes(view(row));
    if (is_empty_value(row)) return bytes();
    bytes out;
    switch (_physical) {
        case physical_type::int8:
            append_big_endian(out, native<std::int8_t>()[row]);
            break;
        case physical_type::int16:
            append_big_endian(out, native<std::int16_t>()[row]);
            break;
        case physical_type::int32:
        case physical_type::float32:
            append_big_endian(out, native<std::uint32_t>()[row]);
            break;
        default:
            append_big_endian(out, native<std::uint64_t>()[row]);
    }
    return out;
}

}  // namespace nacre::data
