#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include "nacre/detail/codec.h"
#include "nacre/detail/struct_fields.h"

/// User types are structs without constructors, bases and private members: their names are the
/// type's and the fields' names, in lower case, and their members' order is the fields' order. A
/// struct with `static constexpr std::string_view cql_name = "…"` is called that instead.
namespace nacre::detail {

template <typename T>
concept has_cql_name = requires { std::string_view(T::cql_name); };

constexpr void add_lower_case(constant_text& to, std::string_view name) {
    constant_text lower;
    for (const char c : name) lower.data[lower.size++] = lower_case(c);
    add_name(to, lower.view());
}

template <typename T>
struct fields_codec;

/// The members of a struct T, one after the other as a tuple's are.
template <typename T, typename... Fields>
struct fields_codec<std::pair<T, std::tuple<Fields...>>> {
    static constexpr bool all_are_cql = (has_codec<value_of<Fields>> && ...);

    static T read(const std::byte* at, std::uint32_t size) {
        cursor in{at, at + size};
        return T{take_element<Fields>(in)...};
    }
    static std::uint32_t size(const T& value) {
        return with_fields(
            value, [](const auto&... field) { return (element_size<Fields>(field) + ... + 0); });
    }
    static std::byte* write(std::byte* to, const T& value) {
        with_fields(value,
                    [&to](const auto&... field) { ((to = put_element<Fields>(to, field)), ...); });
        return to;
    }
    /// "name text, age int"
    static constexpr void describe(constant_text& to) {
        std::size_t index = 0;
        (describe_field<Fields>(to, index++), ...);
    }
    template <typename Declare>
    static constexpr void declare(Declare all) {
        (codec<value_of<Fields>>::declare(all), ...);
    }

  private:
    template <typename Field>
    static constexpr void describe_field(constant_text& to, std::size_t index) {
        if (index != 0) to.add(", ");
        add_lower_case(to, field_names<T>[index]);
        to.add(" ");
        describe_element<value_of<Field>>(to);
    }
};

template <typename T>
using fields_of = fields_codec<std::pair<T, field_types<T>>>;

template <typename T>
concept user_type = reflected_struct<T> && fields_of<T>::all_are_cql;

template <user_type T>
struct codec<T> : sized_codec {
    static constexpr bool freezes = true;
    static constexpr void describe(constant_text& to) {
        if constexpr (has_cql_name<T>) {
            to.add(T::cql_name);
        } else {
            add_lower_case(to, last_name(spelling_of<T>()));
        }
    }
    /// What CREATE TYPE says of it: "person (name text, age int)".
    static constexpr void describe_fields(constant_text& to) {
        describe(to);
        to.add(" (");
        fields_of<T>::describe(to);
        to.add(")");
    }
    template <typename Declare>
    static constexpr void declare(Declare all) {
        fields_of<T>::declare(all);
        all.template operator()<T>();
    }

    static T read(const std::byte* at, std::uint32_t size) { return fields_of<T>::read(at, size); }
    static std::uint32_t size(const T& value) { return fields_of<T>::size(value); }
    static std::byte* write(std::byte* to, const T& value) {
        return fields_of<T>::write(to, value);
    }
};

}  // namespace nacre::detail
