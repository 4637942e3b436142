#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "nacre/detail/codec.h"

/// Version 3 of the interface: columns in, a column out (sdk/abi/batch.md).
namespace nacre::detail {

struct column_descriptor {
    std::uint32_t validity;
    std::uint32_t values;
    std::uint32_t data;
    std::uint32_t data_size;
};

struct batch {
    std::uint32_t row_count;
    std::uint32_t argument_count;

    /// The result's comes after the arguments'.
    column_descriptor& column(std::size_t i) {
        return reinterpret_cast<column_descriptor*>(this + 1)[i];
    }
};

constexpr std::uint32_t bitmap_bytes(std::uint32_t rows) {
    return (rows + 7) / 8;
}
inline bool bit_of(const std::uint8_t* bitmap, std::uint32_t row) {
    return (bitmap[row >> 3] >> (row & 7) & 1) != 0;
}

struct nothing {};

/// The values of one argument, of type T or std::optional<T>. Borrows the batch.
template <typename Argument>
class argument_column {
  public:
    using value = value_of<Argument>;
    static constexpr bool is_native = is_fixed<value>;
    using element = std::conditional_t<is_native, typename codec<value>::column, nothing>;

    explicit argument_column(const column_descriptor& of)
        : _validity(of.validity == 0 ? nullptr : pointer_to<const std::uint8_t>(of.validity)),
          _values(pointer_to<const std::byte>(of.values)),
          _data(is_native ? nullptr : pointer_to<const std::byte>(of.data)) {}

    /// Whether a function that is called for nulls has none here.
    [[nodiscard]] bool is_null(std::uint32_t row) const {
        if (_validity != nullptr && !bit_of(_validity, row)) return true;
        if constexpr (!is_native && codec<value>::empty_is_null) {
            return offsets()[row] == offsets()[row + 1];
        }
        return false;
    }
    /// Of a row that is not null.
    [[nodiscard]] value at(std::uint32_t row) const {
        if constexpr (is_native) {
            return codec<value>::from_column(elements()[row]);
        } else {
            const auto begin = offsets()[row];
            return codec<value>::read(_data + begin, offsets()[row + 1] - begin);
        }
    }
    [[nodiscard]] Argument operator[](std::uint32_t row) const {
        if constexpr (is_nullable<Argument>) {
            if (is_null(row)) return std::nullopt;
        }
        return at(row);
    }

    [[nodiscard]] const element* elements() const {
        return reinterpret_cast<const element*>(_values);
    }
    [[nodiscard]] bool has_validity() const { return _validity != nullptr; }

  private:
    [[nodiscard]] const std::uint32_t* offsets() const {
        return reinterpret_cast<const std::uint32_t*>(_values);
    }

    const std::uint8_t* _validity;
    const std::byte* _values;
    const std::byte* _data;
};

/// Memory for serialised results, kept from batch to batch.
struct growing_bytes {
    std::byte* begin = nullptr;
    std::uint32_t capacity = 0;

    /// Room for `more` bytes behind the `used` ones, which may be moved.
    std::byte* room(std::uint32_t used, std::uint32_t more) {
        if (capacity - used < more) [[unlikely]]
            grow(used, more);
        return begin + used;
    }

  private:
    [[gnu::noinline]] void grow(std::uint32_t used, std::uint32_t more) {
        constexpr std::uint32_t least = 4096;
        const auto needed = std::uint64_t{used} + more;
        auto wanted = needed < least ? least : needed;
        if (wanted < std::uint64_t{capacity} * 2) wanted = std::uint64_t{capacity} * 2;
        if (wanted > INT32_MAX) panic("the results of one batch take too much memory");
        auto* made = allocate_bytes(wanted);
        if (used != 0) std::memcpy(made, begin, used);
        release_bytes(begin);
        begin = made;
        capacity = static_cast<std::uint32_t>(wanted);
    }
};
inline growing_bytes result_bytes;

/// A batch ends early where its results take more.
constexpr std::uint32_t result_bytes_per_batch = 1 << 20;

/// The result column of a batch, filled from its first row on. `Result` may be a std::optional;
/// `MayBeNull`: rows of others may be left out.
template <typename Result, bool MayBeNull>
class result_column {
  public:
    using value = value_of<Result>;
    static constexpr bool is_native = is_fixed<value>;
    static constexpr bool may_be_null = MayBeNull || is_nullable<Result>;
    using element = std::conditional_t<is_native, typename codec<value>::column, nothing>;

    explicit result_column(column_descriptor& of)
        : _of(of),
          _bitmap(pointer_to<std::uint8_t>(of.validity)),
          _values(pointer_to<std::byte>(of.values)) {
        if constexpr (!is_native) offsets()[0] = 0;
    }

    void put(std::uint32_t row, const Result& result) {
        if constexpr (is_nullable<Result>) {
            if (!result) return put_null(row);
            put_value(row, *result);
        } else {
            put_value(row, result);
        }
    }
    void put_null(std::uint32_t row) {
        if constexpr (is_native) {
            elements()[row] = {};
        } else {
            offsets()[row + 1] = _used;
        }
    }
    /// Whether the next row should wait for another batch.
    [[nodiscard]] bool is_full() const { return _used >= result_bytes_per_batch; }

    /// Fills in the descriptor.
    void finish() {
        if constexpr (!may_be_null) _of.validity = 0;
        if constexpr (!is_native) {
            _of.data = _used == 0 ? 0 : address_of(result_bytes.begin);
            _of.data_size = _used;
        }
    }

  private:
    [[nodiscard]] element* elements() { return reinterpret_cast<element*>(_values); }
    [[nodiscard]] std::uint32_t* offsets() { return reinterpret_cast<std::uint32_t*>(_values); }

    void put_value(std::uint32_t row, const value& result) {
        if constexpr (may_be_null) {
            _bitmap[row >> 3] = static_cast<std::uint8_t>(_bitmap[row >> 3] | 1U << (row & 7));
        }
        if constexpr (is_native) {
            elements()[row] = codec<value>::to_column(result);
        } else {
            const auto size = codec<value>::size(result);
            codec<value>::write(result_bytes.room(_used, size), result);
            _used += size;
            offsets()[row + 1] = _used;
        }
    }

    column_descriptor& _of;
    std::uint8_t* _bitmap;
    std::byte* _values;
    std::uint32_t _used = 0;
};

}  // namespace nacre::detail
