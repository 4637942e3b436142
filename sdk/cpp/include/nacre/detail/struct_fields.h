#pragma once

// What the compiler knows of a struct's members: how many, of which types, with which names. The
// warnings of this file are about objects that are never made, only named.
#pragma GCC system_header

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "nacre/detail/constant_text.h"

namespace nacre::detail {

constexpr std::size_t fields_max = 24;

/// Whatever a member wants to be made of.
struct anything {
    template <typename T>
    constexpr operator T&() const&& noexcept;
    template <typename T>
    constexpr operator T&&() const&& noexcept;
};
template <std::size_t>
using anything_at = anything;

template <typename T, typename Indexes>
struct is_made_of;
template <typename T, std::size_t... I>
struct is_made_of<T, std::index_sequence<I...>> {
    static constexpr bool value = requires { T{anything_at<I>{}...}; };
};

/// How many values in braces make a T at most.
template <typename T, std::size_t Count = fields_max + 1>
consteval std::size_t count_fields() {
    if constexpr (Count == 0) {
        return 0;
    } else if constexpr (is_made_of<T, std::make_index_sequence<Count>>::value) {
        return Count;
    } else {
        return count_fields<T, Count - 1>();
    }
}

template <typename T>
constexpr std::size_t field_count = count_fields<T>();

/// A struct that may be a user type. Only for these the members are counted.
template <typename T>
concept reflected_struct = std::is_class_v<T> && std::is_aggregate_v<T> && !std::is_empty_v<T> &&
                           (field_count<T> > 0) && (field_count<T> <= fields_max);

/// Calls `use` with all members of `value`.
template <typename T, typename Use>
constexpr decltype(auto) with_fields(T& value, Use use) {
    constexpr auto count = field_count<std::remove_const_t<T>>;
    if constexpr (count == 1) {
        auto& [m1] = value;
        return use(m1);
    } else if constexpr (count == 2) {
        auto& [m1, m2] = value;
        return use(m1, m2);
    } else if constexpr (count == 3) {
        auto& [m1, m2, m3] = value;
        return use(m1, m2, m3);
    } else if constexpr (count == 4) {
        auto& [m1, m2, m3, m4] = value;
        return use(m1, m2, m3, m4);
    } else if constexpr (count == 5) {
        auto& [m1, m2, m3, m4, m5] = value;
        return use(m1, m2, m3, m4, m5);
    } else if constexpr (count == 6) {
        auto& [m1, m2, m3, m4, m5, m6] = value;
        return use(m1, m2, m3, m4, m5, m6);
    } else if constexpr (count == 7) {
        auto& [m1, m2, m3, m4, m5, m6, m7] = value;
        return use(m1, m2, m3, m4, m5, m6, m7);
    } else if constexpr (count == 8) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8);
    } else if constexpr (count == 9) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9);
    } else if constexpr (count == 10) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10);
    } else if constexpr (count == 11) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11);
    } else if constexpr (count == 12) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12);
    } else if constexpr (count == 13) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13);
    } else if constexpr (count == 14) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14);
    } else if constexpr (count == 15) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15);
    } else if constexpr (count == 16) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16);
    } else if constexpr (count == 17) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17);
    } else if constexpr (count == 18) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18] =
            value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18);
    } else if constexpr (count == 19) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
               m19] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                   m19);
    } else if constexpr (count == 20) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19,
               m20] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                   m19, m20);
    } else if constexpr (count == 21) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19,
               m20, m21] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                   m19, m20, m21);
    } else if constexpr (count == 22) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19,
               m20, m21, m22] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                   m19, m20, m21, m22);
    } else if constexpr (count == 23) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19,
               m20, m21, m22, m23] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                   m19, m20, m21, m22, m23);
    } else if constexpr (count == 24) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18, m19,
               m20, m21, m22, m23, m24] = value;
        return use(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17, m18,
                   m19, m20, m21, m22, m23, m24);
    }
}

template <typename T>
struct never_made {
    T value;
};
template <typename T>
extern const never_made<T> named_only;

template <typename T>
using field_types = decltype(with_fields(std::declval<T&>(), [](auto&... field) {
    return std::tuple<std::remove_reference_t<decltype(field)>...>();
}));

template <typename T>
constexpr auto field_addresses =
    with_fields(named_only<T>.value, [](auto&... field) { return std::tuple(&field...); });

/// The names of T's members, from how the compiler spells their addresses.
template <typename T>
constexpr auto field_names = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array{last_name(spelling_of_value<std::get<I>(field_addresses<T>)>())...};
}(std::make_index_sequence<field_count<T>>());

}  // namespace nacre::detail
