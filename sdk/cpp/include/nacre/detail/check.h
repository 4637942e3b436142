#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "nacre/detail/shape.h"
#include "nacre/detail/struct_fields.h"

/// The errors that a compiler shows for a function whose type is none of CQL's.
namespace nacre::detail {

#define NACRE_DETAIL_POSSIBLE_TYPES                                                               \
    "Possible are bool (boolean), std::int8_t (tinyint), std::int16_t (smallint), std::int32_t "  \
    "(int), std::int64_t (bigint), nacre::counter (counter), float (float), double (double), "    \
    "nacre::varint (varint), nacre::decimal (decimal), std::string and std::string_view (text), " \
    "nacre::ascii (ascii), nacre::blob and nacre::blob_view (blob), nacre::date (date), "         \
    "nacre::time_of_day (time), nacre::timestamp (timestamp), nacre::duration (duration), "       \
    "nacre::uuid (uuid), nacre::timeuuid (timeuuid), nacre::inet (inet), std::vector<T> (list), " \
    "std::set<T> (set), std::map<K, V> (map), std::tuple<T...> (tuple), std::array<T, N> "        \
    "(vector), a struct of such members (a user type), and std::optional of each where it may "   \
    "be null."

template <typename T>
consteval std::string_view advice_for() {
    if constexpr (std::unsigned_integral<T> && !std::same_as<T, bool>) {
        return " CQL's integers have a sign.";
    } else if constexpr (std::same_as<T, const char*> || std::same_as<T, char*>) {
        return " Text is std::string or std::string_view.";
    } else if constexpr (std::is_pointer_v<T>) {
        return " Where a value may be null, it is a std::optional.";
    } else if constexpr (std::same_as<T, char>) {
        return " A number is std::int8_t, text is std::string.";
    } else {
        return "";
    }
}

/// The type within T that is none of CQL's: T itself, if all within it are.
template <typename T>
struct culprit {
    using type = T;
};
template <typename T, typename... Parts>
struct culprit_within : culprit<types<T>> {
    using type = T;
};
template <typename T, typename First, typename... Rest>
struct culprit_within<T, First, Rest...>
    : std::conditional_t<has_codec<value_of<First>>, culprit_within<T, Rest...>, culprit<First>> {};

template <typename T>
struct culprit<std::optional<T>> : culprit_within<std::optional<T>, T> {};
template <typename T, typename A>
struct culprit<std::vector<T, A>> : culprit_within<std::vector<T, A>, T> {};
template <typename T, std::size_t N>
struct culprit<std::array<T, N>> : culprit_within<std::array<T, N>, T> {};
template <typename T, typename C, typename A>
struct culprit<std::set<T, C, A>> : culprit_within<std::set<T, C, A>, T> {};
template <typename T, typename H, typename E, typename A>
struct culprit<std::unordered_set<T, H, E, A>> : culprit_within<std::unordered_set<T, H, E, A>, T> {
};
template <typename K, typename V, typename C, typename A>
struct culprit<std::map<K, V, C, A>> : culprit_within<std::map<K, V, C, A>, K, V> {};
template <typename K, typename V, typename H, typename E, typename A>
struct culprit<std::unordered_map<K, V, H, E, A>>
    : culprit_within<std::unordered_map<K, V, H, E, A>, K, V> {};
template <typename F, typename S>
struct culprit<std::pair<F, S>> : culprit_within<std::pair<F, S>, F, S> {};
template <typename... T>
struct culprit<std::tuple<T...>> : culprit_within<std::tuple<T...>, T...> {};
template <reflected_struct T>
struct culprit<T> : culprit<field_types<T>> {};

template <typename T>
consteval void add_complaint(constant_text& to) {
    using wrong = typename culprit<T>::type;
    to.add(" `").add(spelling_of<wrong>()).add("`, which is no type of CQL.");
    to.add(advice_for<wrong>()).add(" " NACRE_DETAIL_POSSIBLE_TYPES);
}

/// Empty if all is well.
template <typename Parameter>
consteval void check_parameter(constant_text& to, std::string_view function, std::size_t number) {
    if (to.size != 0) return;
    if constexpr (writable_parameter<Parameter>) {
        to.add("Argument ").add_number(number).add(" of ").add(function);
        to.add(" is a reference through which it could be written to: take `const ");
        to.add(spelling_of<bare<Parameter>>()).add("&` or the value.");
    } else if constexpr (!has_codec<value_of<Parameter>>) {
        to.add("Argument ").add_number(number).add(" of ").add(function).add(" has");
        to.add(" the type");
        add_complaint<bare<Parameter>>(to);
    }
}

template <typename Result, typename Arguments>
struct complaint;
template <typename Result, typename... A>
struct complaint<Result, std::tuple<A...>> {
    static consteval constant_text about(std::string_view function) {
        constant_text text;
        std::size_t number = 1;
        (check_parameter<A>(text, function, number++), ...);
        if (text.size != 0) return text;
        if constexpr (std::is_void_v<Result>) {
            text.add(function).add(" returns nothing, and a function of CQL returns a value.");
        } else if constexpr (!has_codec<value_of<Result>>) {
            text.add(function).add(" returns");
            add_complaint<bare<Result>>(text);
        }
        return text;
    }
};

// ---- The error itself ---------------------------------------------------------------------------

/// The first type of a list that is none of CQL's; types<> if all are.
template <typename... T>
struct first_wrong {
    using type = types<>;
};
template <typename First, typename... Rest>
struct first_wrong<First, Rest...>
    : std::conditional_t<std::is_void_v<First> || has_codec<value_of<First>>, first_wrong<Rest...>,
                         culprit<bare<First>>> {};
template <typename... A, typename... Rest>
struct first_wrong<std::tuple<A...>, Rest...> : first_wrong<A..., Rest...> {};

#if __clang_major__ >= 20 || (defined(__cpp_static_assert) && __cpp_static_assert >= 202306L)

template <const constant_text& Text, typename Wrong>
struct say {
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc++26-extensions"
    static_assert(Text.size == 0, Text.view());
#pragma clang diagnostic pop
};

#else

// Clang 19 takes a text that was computed with -std=c++26 only. Here it is told by name what is
// wrong.
template <typename Wrong>
struct is_no_type_of_cql {
    static_assert(std::is_same_v<Wrong, types<>>, NACRE_DETAIL_POSSIBLE_TYPES);
};

template <const constant_text& Text, typename Wrong>
struct say : is_no_type_of_cql<Wrong> {
    static_assert(
        Text.size == 0 || !std::is_same_v<Wrong, types<>>,
        "A function of CQL returns a value; no parameter is a reference that could be written to; "
        "where one is a nacre::column, all are, and the result is a nacre::new_column. An "
        "aggregate has a constructor without arguments, one function accumulate(), and public "
        "members alone or a state_type with state(). Compiled with -std=c++26 this says which.");
};

#endif

}  // namespace nacre::detail
