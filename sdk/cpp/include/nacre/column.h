#pragma once

#include <cstdint>
#include <iterator>
#include <span>

#include "nacre/detail/batch.h"
#include "nacre/error.h"
#include "nacre/text.h"

/// Functions over whole columns: arguments are `nacre::column<T>`, the result is a
/// `nacre::new_column<T>` with a value for each row.
namespace nacre {

/// The values of one argument in all rows of a batch, T or std::optional<T>. Valid until the
/// function returns.
template <typename T>
class column {
  public:
    using value_type = T;

    explicit column(const detail::column_descriptor& of, std::uint32_t rows)
        : _values(of), _rows(rows) {}

    [[nodiscard]] std::uint32_t size() const { return _rows; }
    [[nodiscard]] T operator[](std::uint32_t row) const { return _values[row]; }
    [[nodiscard]] bool is_null(std::uint32_t row) const { return _values.is_null(row); }

    /// Numbers where they lie. A null's is 0.
    [[nodiscard]] std::span<const detail::value_of<T>> values() const
        requires std::same_as<typename detail::codec<detail::value_of<T>>::column,
                              detail::value_of<T>>
    {
        return {_values.elements(), _rows};
    }

    class iterator {
      public:
        using difference_type = std::ptrdiff_t;
        using value_type = T;
        iterator() = default;
        iterator(const column* of, std::uint32_t row) : _of(of), _row(row) {}
        T operator*() const { return (*_of)[_row]; }
        iterator& operator++() {
            ++_row;
            return *this;
        }
        iterator operator++(int) {
            auto before = *this;
            ++_row;
            return before;
        }
        friend bool operator==(const iterator& a, const iterator& b) { return a._row == b._row; }

      private:
        const column* _of = nullptr;
        std::uint32_t _row = 0;
    };
    [[nodiscard]] iterator begin() const { return {this, 0}; }
    [[nodiscard]] iterator end() const { return {this, _rows}; }

  private:
    detail::argument_column<T> _values;
    std::uint32_t _rows;
};

namespace detail {

/// Where the result of the batch goes that is being called.
struct result_room {
    column_descriptor* of = nullptr;
    std::uint32_t rows = 0;
};
inline result_room the_room;

}  // namespace detail

/// The result of a function over columns; T has no std::optional, every row may be null. Values are
/// appended row by row; numbers may be set in any order by index, and are 0 until they are. There
/// is one for each call.
template <typename T>
class new_column {
  public:
    using value_type = T;
    static_assert(!detail::is_nullable<T>,
                  "Every row of a nacre::new_column may be null: leave out the std::optional.");
    using element = typename detail::argument_column<T>::element;
    static constexpr bool is_native = detail::is_fixed<T>;

    /// For as many rows as the arguments have.
    explicit new_column(std::uint32_t rows) : _rows(rows) {
        if (detail::the_room.of != nullptr) {
            if (rows != detail::the_room.rows) {
                fail("a result column has not as many rows as the arguments");
            }
            _room = *std::exchange(detail::the_room.of, nullptr);
        } else {
#ifdef __wasm__
            fail("there is one result column at a time");
#else
            const auto bits = (detail::bitmap_bytes(rows) + 7) / 8 * 8;
            auto* room = detail::allocate_bytes(bits + std::size_t{8} * (rows + 1));
            _room = {detail::address_of(room), detail::address_of(room + bits), 0, 0};
#endif
        }
        _bitmap = detail::pointer_to<std::uint8_t>(_room.validity);
        if constexpr (!is_native) offsets()[0] = 0;
    }
    new_column(new_column&&) noexcept = default;

    [[nodiscard]] std::uint32_t size() const { return _rows; }

    /// Numbers, to be written to.
    [[nodiscard]] element& operator[](std::uint32_t row)
        requires is_native
    {
        return elements()[row];
    }
    [[nodiscard]] std::span<element> values()
        requires is_native
    {
        return {elements(), _rows};
    }
    void set(std::uint32_t row, const T& value)
        requires is_native
    {
        elements()[row] = detail::codec<T>::to_column(value);
    }
    void set_null(std::uint32_t row)
        requires is_native
    {
        mark_null(row);
    }

    /// The next row's value.
    void push_back(const T& value) {
        check_next();
        if constexpr (is_native) {
            elements()[_next++] = detail::codec<T>::to_column(value);
        } else {
            const auto size = detail::codec<T>::size(value);
            detail::codec<T>::write(detail::result_bytes.room(_used, size), value);
            _used += size;
            offsets()[++_next] = _used;
        }
    }
    void push_back(const std::optional<T>& value) {
        if (value) return push_back(*value);
        push_back_null();
    }
    void push_back_null() {
        check_next();
        mark_null(_next++);
        if constexpr (!is_native) offsets()[_next] = _used;
    }

    /// Ends a row that is put together of pieces: all rows are text or blob.
    void append(std::string_view piece)
        requires std::same_as<T, std::string_view> || std::same_as<T, std::string>
    {
        detail::put_bytes(
            detail::result_bytes.room(_used, static_cast<std::uint32_t>(piece.size())),
            piece.data(), piece.size());
        _used += static_cast<std::uint32_t>(piece.size());
    }
    void end_row()
        requires(!is_native)
    {
        check_next();
        offsets()[++_next] = _used;
    }

    /// Where the column is, once it has all its rows.
    [[nodiscard]] detail::column_descriptor finished() {
        if constexpr (!is_native) {
            if (_next != _rows) fail("a result column has not got a value for every row");
            _room.data = _used == 0 ? 0 : detail::address_of(detail::result_bytes.begin);
            _room.data_size = _used;
        }
        if (!_has_nulls) _room.validity = 0;
        return _room;
    }

  private:
    [[nodiscard]] element* elements() { return detail::pointer_to<element>(_room.values); }
    [[nodiscard]] std::uint32_t* offsets() {
        return detail::pointer_to<std::uint32_t>(_room.values);
    }

    void check_next() {
        if (_next == _rows) fail("a result column has got a value for every row already");
    }
    void mark_null(std::uint32_t row) {
        if (!_has_nulls) {
            std::memset(_bitmap, 0xff, detail::bitmap_bytes(_rows));
            _has_nulls = true;
        }
        _bitmap[row >> 3] = static_cast<std::uint8_t>(_bitmap[row >> 3] & ~(1U << (row & 7)));
    }
    detail::column_descriptor _room{};
    std::uint8_t* _bitmap = nullptr;
    std::uint32_t _rows;
    std::uint32_t _next = 0;
    std::uint32_t _used = 0;
    bool _has_nulls = false;
};

}  // namespace nacre
