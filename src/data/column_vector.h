#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "types/type.h"

namespace nacre::data {

/// A column of a row_batch: a CQL type, a validity bitmap and the values, either native and of
/// fixed width (host byte order) or serialised CQL bytes behind offsets, as the type's
/// physical_type says. Single owner, one shard at a time. Values at null positions are zero or
/// zero-length.
///
/// Empty values (present, of zero bytes) of natively kept types are marked in a second bitmap that
/// exists only if such a value was appended; functions see them as null, results as empty.
class column_vector {
  public:
    column_vector() = default;
    explicit column_vector(types::type_ptr type);

    [[nodiscard]] const types::type_ptr& type() const { return _type; }
    [[nodiscard]] types::physical_type physical() const { return _physical; }
    [[nodiscard]] std::uint32_t size() const { return _size; }
    /// Bytes held, for limits and accounting.
    [[nodiscard]] std::uint64_t memory_bytes() const;

    /// Bytes of the values, without what says where they are.
    [[nodiscard]] std::uint64_t value_bytes() const { return _fixed.size() + _blob.size(); }

    void clear();
    void reserve(std::uint32_t rows);
    void append_null();
    /// Appends a serialised value, which must be valid for the type.
    void append_serialised(bytes_view value);
    void append(const std::optional<bytes_view>& value) {
        value ? append_serialised(*value) : append_null();
    }
    /// Appends row `row` of a column of the same type.
    void append_from(const column_vector& other, std::uint32_t row);
    /// Appends a native value; Native's width is the physical type's. Inline: the scan's hot path.
    template <typename Native>
    void append_native(Native value) {
        append_bytes(_fixed, {reinterpret_cast<const char*>(&value), sizeof(Native)});
        push_valid();
    }

    /// Appends many native values at once, none of them null: `values` is an array of the physical
    /// type, not the serialised form.
    void append_native_block(bytes_view values);

    [[nodiscard]] bool is_null(std::uint32_t row) const {
        return _null_count != 0 && (_validity[row >> 3] >> (row & 7) & 1) == 0;
    }
    [[nodiscard]] bool is_empty_value(std::uint32_t row) const {
        const std::size_t at = row >> 3;
        return at < _empties.size() && (_empties[at] >> (row & 7) & 1) != 0;
    }
    [[nodiscard]] bool has_empty_values() const { return !_empties.empty(); }
    [[nodiscard]] std::uint32_t null_count() const { return _null_count; }

    /// Native values, `size()` of them.
    template <typename Native>
    [[nodiscard]] std::span<const Native> native() const {
        return {reinterpret_cast<const Native*>(_fixed.data()), _size};
    }
    /// The serialised bytes of a row of a `serialised` column, borrowed until the next change.
    [[nodiscard]] bytes_view view(std::uint32_t row) const {
        return bytes_view(_blob).substr(_offsets[row], _offsets[row + 1] - _offsets[row]);
    }
    /// Any row of any column as the native protocol's [value]; null is absent.
    [[nodiscard]] optional_bytes serialised(std::uint32_t row) const;

    /// Little-endian bitmap, bit set = not null, (size + 7) / 8 bytes, bits past size are zero.
    /// Empty if there are no nulls.
    [[nodiscard]] bytes_view validity() const {
        return {reinterpret_cast<const char*>(_validity.data()), _validity.size()};
    }
    [[nodiscard]] bytes_view fixed_bytes() const { return _fixed; }
    [[nodiscard]] std::span<const std::uint32_t> offsets() const { return _offsets; }
    [[nodiscard]] bytes_view blob() const { return _blob; }

    /// Bytes of one native value, 0 when serialised.
    [[nodiscard]] static std::uint32_t width_bytes(types::physical_type physical);

  private:
    void append_empty();
    /// Values are short and come by the million: calls of the library would cost more than the
    /// copies.
    static void append_bytes(bytes& to, bytes_view value) {
        const auto begin = to.size();
        const auto end = begin + value.size();
        if (end > to.capacity()) to.reserve(std::max(end, 2 * to.capacity()));
        to.resize_and_overwrite(end, [&](char* out, std::size_t size) {
            // An empty view may have no address, which memcpy does not allow.
            if (!value.empty()) std::memcpy(out + begin, value.data(), value.size());
            return size;
        });
    }
    void push_valid() {
        if (_null_count != 0) push_valid_among_nulls();
        ++_size;
    }
    void push_valid_among_nulls();
    void push_null();

    types::type_ptr _type;
    types::physical_type _physical = types::physical_type::serialised;
    std::uint32_t _size = 0;
    std::uint32_t _null_count = 0;
    std::vector<std::uint8_t> _validity;  ///< from the first null on
    std::vector<std::uint8_t> _empties;
    bytes _fixed;
    std::vector<std::uint32_t> _offsets{0};
    bytes _blob;
};

}  // namespace nacre::data
