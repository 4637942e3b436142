#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "nacre/detail/big_endian.h"
#include "nacre/detail/constant_text.h"
#include "nacre/detail/guest.h"

/// How values of C++ types are CQL values. Serialised forms are those of the native protocol.
namespace nacre::detail {

/// `codec<T>` of a C++ type T that is a CQL type:
///
///     static constexpr void describe(constant_text&)    the CQL type
///     static constexpr bool freezes                     whether it is frozen<> inside of others
///     static void declare(Declare)                      calls it with each user type in T
///     static constexpr std::size_t width                bytes of every value, 0 if they differ
///     static constexpr bool empty_is_null               whether a value of no bytes is none
///     using column                                      the element of a native array, or void
///     using plain                                       what versions 1 and 2 pass, or void
///     static T from_column(column), column to_column(T)
///     static T read(const std::byte*, std::uint32_t size)
///     static std::uint32_t size(const T&)               of what write() writes
///     static std::byte* write(std::byte*, const T&)     returns the end
template <typename T>
struct codec;

/// Without references and const.
template <typename T>
using bare = std::remove_cvref_t<T>;

template <typename T>
struct nullable {
    using value = T;
    static constexpr bool is = false;
};
template <typename T>
struct nullable<std::optional<T>> {
    using value = T;
    static constexpr bool is = true;
};
template <typename T>
constexpr bool is_nullable = nullable<bare<T>>::is;
/// T, or what is in the std::optional.
template <typename T>
using value_of = typename nullable<bare<T>>::value;

template <typename T>
concept has_codec = requires { codec<T>::width; };

/// What most codecs have in common: values of any size, without user types in them.
struct sized_codec {
    static constexpr bool freezes = false;
    static constexpr std::size_t width = 0;
    static constexpr bool empty_is_null = false;
    using column = void;
    using plain = void;
    template <typename Declare>
    static constexpr void declare(Declare) {}
};

template <typename T>
constexpr bool is_fixed = !std::is_void_v<typename codec<T>::column>;
template <typename T>
constexpr bool is_plain = !std::is_void_v<typename codec<T>::plain>;

/// As an element of a collection or a field.
template <typename T>
constexpr void describe_element(constant_text& to) {
    if constexpr (codec<T>::freezes) {
        to.add("frozen<");
        codec<T>::describe(to);
        to.add(">");
    } else {
        codec<T>::describe(to);
    }
}

// ---- Elements: a size of four bytes, -1 for null, and the value ---------------------------------

struct cursor {
    const std::byte* at;
    const std::byte* end;

    std::int32_t take_size() {
        const auto size = load_big_endian<std::int32_t>(at);
        at += sizeof size;
        return size;
    }
};

[[noreturn]] inline void null_where_none_may_be() {
    panic("a null where the function's type has no std::optional");
}

/// The next element, or null behind the last one.
template <typename T>
T take_element(cursor& in) {
    using value = value_of<T>;
    const std::int32_t size = in.at == in.end ? -1 : in.take_size();
    if (size < 0 || (codec<value>::empty_is_null && size == 0)) {
        if constexpr (is_nullable<T>) return std::nullopt;
        null_where_none_may_be();
    }
    const auto* at = in.at;
    in.at += size;
    return codec<value>::read(at, static_cast<std::uint32_t>(size));
}

template <typename T>
std::uint32_t element_size(const T& value) {
    constexpr std::uint32_t head = 4;
    if constexpr (codec<value_of<T>>::width != 0 && !is_nullable<T>) {
        return head + codec<T>::width;
    } else if constexpr (is_nullable<T>) {
        return head + (value ? codec<value_of<T>>::size(*value) : 0);
    } else {
        return head + codec<T>::size(value);
    }
}

template <typename T>
std::byte* put_element(std::byte* to, const T& value) {
    if constexpr (is_nullable<T>) {
        if (!value) return store_big_endian<std::int32_t>(to, -1);
        return put_element(to, *value);
    } else {
        constexpr std::ptrdiff_t head = 4;
        auto* const end = codec<T>::write(to + head, value);
        store_big_endian(to, static_cast<std::int32_t>(end - to - head));
        return end;
    }
}

// ---- Values of one width ------------------------------------------------------------------------

/// For a T that has `convert` both ways to a number, which is the column's element, and whose bytes
/// in reverse are the serialised value.
template <typename T, typename Column, typename Plain>
struct fixed_codec {
    static constexpr bool freezes = false;
    static constexpr std::size_t width = sizeof(Column);
    static constexpr bool empty_is_null = true;
    using column = Column;
    using plain = Plain;
    template <typename Declare>
    static constexpr void declare(Declare) {}

    static T from_column(Column value) { return static_cast<T>(value); }
    static Column to_column(const T& value) { return static_cast<Column>(value); }

    static T read(const std::byte* at, std::uint32_t /*size*/) {
        return codec<T>::from_column(load_big_endian<Column>(at));
    }
    static constexpr std::uint32_t size(const T& /*value*/) { return width; }
    static std::byte* write(std::byte* to, const T& value) {
        return store_big_endian<Column>(to, codec<T>::to_column(value));
    }
};

template <>
struct codec<bool> : fixed_codec<bool, std::uint8_t, std::int32_t> {
    static constexpr void describe(constant_text& to) { to.add("boolean"); }
    static bool from_column(std::uint8_t value) { return value != 0; }
};

/// `long` and `long long` have the same width on one target or another; each is the type of its
/// width.
template <typename T>
concept cql_integer =
    std::signed_integral<T> && !std::same_as<T, char> && !std::same_as<T, wchar_t>;

template <std::size_t Width>
consteval std::string_view integer_name() {
    if constexpr (Width == 1) return "tinyint";
    if constexpr (Width == 2) return "smallint";
    if constexpr (Width == 4) return "int";
    if constexpr (Width == 8) return "bigint";
}

template <cql_integer T>
    requires(sizeof(T) <= 8)
struct codec<T>
    : fixed_codec<T, T, std::conditional_t<sizeof(T) == 8, std::int64_t, std::int32_t>> {
    static constexpr void describe(constant_text& to) { to.add(integer_name<sizeof(T)>()); }
};

template <>
struct codec<float> : fixed_codec<float, float, float> {
    static constexpr void describe(constant_text& to) { to.add("float"); }
};

template <>
struct codec<double> : fixed_codec<double, double, double> {
    static constexpr void describe(constant_text& to) { to.add("double"); }
};

}  // namespace nacre::detail
