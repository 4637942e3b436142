#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>

#include "nacre/detail/codec.h"
#include "nacre/detail/constant_text.h"

/// What a function's C++ type says about its CQL signature.
namespace nacre::detail {

template <typename T>
struct function_type;
template <typename R, typename... A>
struct function_type<R (*)(A...)> {
    using result = R;
    using arguments = std::tuple<A...>;
};
template <typename R, typename... A>
struct function_type<R (*)(A...) noexcept> : function_type<R (*)(A...)> {};
template <typename R, typename Class, typename... A>
struct function_type<R (Class::*)(A...)> : function_type<R (*)(A...)> {};
template <typename R, typename Class, typename... A>
struct function_type<R (Class::*)(A...) noexcept> : function_type<R (*)(A...)> {};
template <typename R, typename Class, typename... A>
struct function_type<R (Class::*)(A...) const> : function_type<R (*)(A...)> {};
template <typename R, typename Class, typename... A>
struct function_type<R (Class::*)(A...) const noexcept> : function_type<R (*)(A...)> {};

template <auto Function>
using result_of = typename function_type<decltype(Function)>::result;
template <auto Function>
using arguments_of = typename function_type<decltype(Function)>::arguments;

/// What a parameter takes from a row, and whether that is written to from outside of the function.
template <typename Parameter>
concept writable_parameter =
    std::is_lvalue_reference_v<Parameter> && !std::is_const_v<std::remove_reference_t<Parameter>>;

/// A list of types as one.
template <typename... T>
struct types {
    static constexpr std::size_t count = sizeof...(T);
};

template <typename Tuple>
struct bare_types;
template <typename... A>
struct bare_types<std::tuple<A...>> {
    using type = types<bare<A>...>;
};

/// A CQL function: of these arguments, each a T or a std::optional<T>, and this result. It is
/// called for nulls if one of its arguments may be null, or `IsCalled` says so.
template <typename Result, typename Arguments, bool IsCalled>
struct signature;
template <typename Result, typename... A, bool IsCalled>
struct signature<Result, types<A...>, IsCalled> {
    using result = Result;
    using arguments = types<A...>;
    static constexpr bool is_called_on_null = IsCalled || (is_nullable<A> || ...);

    /// "(n bigint) RETURNS NULL ON NULL INPUT RETURNS bigint". `names` is a list with commas; what
    /// is missing there is called a, b, c, …
    static constexpr void describe(constant_text& to, std::string_view names,
                                   bool is_deterministic) {
        std::size_t index = 0;
        to.add("(");
        (describe_argument<A>(to, names, index++), ...);
        to.add(is_called_on_null ? ") CALLED ON NULL INPUT RETURNS "
                                 : ") RETURNS NULL ON NULL INPUT RETURNS ");
        codec<value_of<Result>>::describe(to);
        if (is_deterministic) to.add(" DETERMINISTIC");
    }

    template <typename Declare>
    static constexpr void declare(Declare all) {
        (codec<value_of<A>>::declare(all), ...);
        codec<value_of<Result>>::declare(all);
    }

  private:
    template <typename Argument>
    static constexpr void describe_argument(constant_text& to, std::string_view names,
                                            std::size_t index) {
        if (index != 0) to.add(", ");
        if (!add_listed(to, names, index)) {
            const char letter[1] = {static_cast<char>('a' + index % 26)};
            to.add({letter, 1});
            if (index >= 26) to.add_number(index / 26);
        }
        to.add(" ");
        codec<value_of<Argument>>::describe(to);
    }
    static constexpr bool add_listed(constant_text& to, std::string_view names, std::size_t index) {
        const auto name = listed(names, index);
        if (!name.empty()) add_name(to, name);
        return !name.empty();
    }
};

}  // namespace nacre::detail
