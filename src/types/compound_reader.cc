#include "types/compound_reader.h"

#include "types/vint.h"

namespace nacre::types {

collection_reader::collection_reader(const type& t, bytes_view value)
    : _kind(t.kind()), _in(value) {
    if (_kind == type_kind::vector) {
        _element_size_bytes = t.element()->fixed_size_bytes();
        _left = t.dimensions();
        return;
    }
    const auto count = _in.take_big_endian<std::int32_t>();
    if (!count || *count < 0) {
        _malformed = true;
        return;
    }
    _left = static_cast<std::uint64_t>(*count) * (_kind == type_kind::map ? 2 : 1);
}

bool collection_reader::next() {
    if (_malformed || _left == 0) return false;
    --_left;
    if (_kind == type_kind::vector) {
        std::optional<std::uint64_t> size = _element_size_bytes;
        if (_element_size_bytes == 0) size = take_unsigned_vint(_in);
        _current = size ? _in.take(*size) : std::nullopt;
        return _current ? true : fail();
    }
    const auto size = _in.take_big_endian<std::int32_t>();
    if (!size) return fail();
    if (*size < 0) {
        _current = std::nullopt;
        return true;
    }
    _current = _in.take(static_cast<std::uint64_t>(*size));
    return _current ? true : fail();
}

std::string_view collection_reader::noun() const {
    switch (_kind) {
        case type_kind::set:
            return "set";
        case type_kind::map:
            return "map";
        case type_kind::vector:
            return "vector";
        default:
            return "list";
    }
}

bool field_reader::next() {
    _current = std::nullopt;
    if (_in.at_end()) return true;
    const auto size = _in.take_big_endian<std::int32_t>();
    _lacked_size = !size;
    if (!size) return false;
    if (*size < 0) return true;
    _current = _in.take(static_cast<std::uint64_t>(*size));
    return _current.has_value();
}

}  // namespace nacre::types
