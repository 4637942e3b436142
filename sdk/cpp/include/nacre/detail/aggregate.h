#pragma once

#include <concepts>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "nacre/collections.h"
#include "nacre/detail/check.h"
#include "nacre/detail/fold.h"
#include "nacre/detail/struct_fields.h"
#include "nacre/user_type.h"

/// A class with accumulate(), merge() and finish() as the functions of a CQL aggregate.
namespace nacre::detail {

template <typename Class>
concept names_its_state = requires(const Class& object) {
    typename Class::state_type;
    { object.state() } -> std::convertible_to<typename Class::state_type>;
    requires std::constructible_from<Class, typename Class::state_type>;
};

template <typename Members>
struct state_of_members;
template <typename... T>
struct state_of_members<std::tuple<T...>> {
    using type = std::tuple<T...>;
};
template <typename T>
struct state_of_members<std::tuple<T>> {
    using type = value_of<T>;
};

/// The type of the CQL state: the one that the class names, that of its only member, or a tuple of
/// its members.
template <typename Class>
struct state_type {
    using type = void;
};
template <names_its_state Class>
struct state_type<Class> {
    using type = typename Class::state_type;
};
template <typename Class>
    requires(!names_its_state<Class> && reflected_struct<Class>)
struct state_type<Class> {
    using type = typename state_of_members<field_types<Class>>::type;
};
template <typename Class>
using state_type_of = typename state_type<Class>::type;

/// An object of the class as a value of CQL. One to which nothing was added may be null.
template <typename Class>
struct aggregate_state {
    Class object;
};

template <typename Class>
    requires has_codec<state_type_of<Class>>
struct codec<aggregate_state<Class>> : sized_codec {
    using state = state_type_of<Class>;
    static constexpr bool empty_is_null = codec<state>::empty_is_null;
    static constexpr bool has_one_member =
        !names_its_state<Class> && reflected_struct<Class> && field_count<Class> == 1;

    static constexpr void describe(constant_text& to) { codec<state>::describe(to); }
    template <typename Declare>
    static constexpr void declare(Declare all) {
        codec<state>::declare(all);
    }

    static aggregate_state<Class> read(const std::byte* at, std::uint32_t size) {
        if constexpr (names_its_state<Class>) {
            return {Class(codec<state>::read(at, size))};
        } else if constexpr (has_one_member) {
            return {Class{codec<state>::read(at, size)}};
        } else {
            return {fields_of<Class>::read(at, size)};
        }
    }
    static std::uint32_t size(const aggregate_state<Class>& value) {
        if constexpr (names_its_state<Class> || has_one_member) {
            return with_state(value.object,
                              [](const state& given) { return codec<state>::size(given); });
        } else {
            return fields_of<Class>::size(value.object);
        }
    }
    static std::byte* write(std::byte* to, const aggregate_state<Class>& value) {
        if constexpr (names_its_state<Class> || has_one_member) {
            return with_state(value.object,
                              [to](const state& given) { return codec<state>::write(to, given); });
        } else {
            return fields_of<Class>::write(to, value.object);
        }
    }
    /// Whether the only member is null, and so the state.
    static bool is_null(const Class& object) {
        if constexpr (has_one_member) {
            return with_fields(object, []<typename T>(const T& only) {
                if constexpr (is_nullable<T>) return !only.has_value();
                return false;
            });
        }
        return false;
    }

  private:
    template <typename Use>
    static auto with_state(const Class& object, Use use) {
        if constexpr (names_its_state<Class>) {
            return use(object.state());
        } else {
            return with_fields(object, [use]<typename T>(const T& only) {
                if constexpr (is_nullable<T>) {
                    return use(*only);
                } else {
                    return use(only);
                }
            });
        }
    }
};

template <typename Class>
constexpr bool has_merge = requires { &Class::merge; };
template <typename Class>
constexpr bool has_finish = requires { &Class::finish; };

template <typename Class>
using kept_state = std::optional<aggregate_state<Class>>;

template <typename Class>
kept_state<Class> keep(Class&& object) {
    if (codec<aggregate_state<Class>>::is_null(object)) return std::nullopt;
    return aggregate_state<Class>{std::move(object)};
}

// ---- accumulate ---------------------------------------------------------------------------------

template <typename Class, typename Arguments = arguments_of<&Class::accumulate>>
struct accumulate_function;
template <typename Class, typename... A>
struct accumulate_function<Class, std::tuple<A...>> {
    using sign =
        signature<kept_state<Class>, types<kept_state<Class>, std::optional<value_of<A>>...>, true>;
    using result = typename sign::result;
    using arguments = typename sign::arguments;
    static constexpr bool is_called_on_null = true;

    static result call(kept_state<Class> state, std::optional<value_of<A>>... given) {
        Class object = state ? std::move(state->object) : Class{};
        if (!(lacking<A>(given) || ...)) object.accumulate(passed<A>(given)...);
        return keep(std::move(object));
    }

    using state = aggregate_state<Class>;
    using held = held_state<accumulate_function, state>;
    static constexpr bool is_possible = true;
    static std::uint32_t fold(batch& in) {
        fold_rows(in, std::index_sequence_for<A...>());
        return 0;
    }

  private:
    template <typename Parameter, typename Given>
    static bool lacking(const Given& given) {
        return !is_nullable<Parameter> && !given.has_value();
    }
    template <typename Parameter, typename Given>
    static decltype(auto) passed(Given& given) {
        if constexpr (is_nullable<Parameter>) {
            return std::move(given);
        } else {
            return *std::move(given);
        }
    }
    template <std::size_t... I>
    static void fold_rows(batch& in, std::index_sequence<I...> /*indexes*/) {
        const std::tuple<argument_column<bare<A>>...> columns{
            argument_column<bare<A>>(in.column(I))...};
        if (!held::slot.has_value()) held::slot.emplace(aggregate_state<Class>{Class{}});
        auto& object = held::slot->object;
        for (std::uint32_t row = 0; row < in.row_count; ++row) {
            at_row(row);
            if (((!is_nullable<A> && std::get<I>(columns).is_null(row)) || ...)) continue;
            object.accumulate(std::get<I>(columns)[row]...);
        }
    }
};

// ---- merge --------------------------------------------------------------------------------------

template <typename Class>
struct merge_function {
    using sign = signature<kept_state<Class>, types<kept_state<Class>, kept_state<Class>>, true>;
    using result = typename sign::result;
    using arguments = typename sign::arguments;
    static constexpr bool is_called_on_null = true;

    static result call(kept_state<Class> left, kept_state<Class> right) {
        if (!right) return left;
        if (!left) return right;
        left->object.merge(std::move(right->object));
        return keep(std::move(left->object));
    }

    using state = aggregate_state<Class>;
    using held = held_state<merge_function, state>;
    static constexpr bool is_possible = true;
    static std::uint32_t fold(batch& in) {
        const argument_column<kept_state<Class>> others(in.column(0));
        for (std::uint32_t row = 0; row < in.row_count; ++row) {
            at_row(row);
            auto other = others[row];
            if (!other) continue;
            if (held::slot.has_value()) {
                held::slot->object.merge(std::move(other->object));
            } else {
                held::slot.emplace(*std::move(other));
            }
        }
        return 0;
    }
};

// ---- finish -------------------------------------------------------------------------------------

template <typename Class>
struct finish_function {
    using sign = signature<bare<result_of<&Class::finish>>, types<kept_state<Class>>, true>;
    using result = typename sign::result;
    using arguments = typename sign::arguments;
    static constexpr bool is_called_on_null = true;

    static result call(kept_state<Class> state) {
        Class object = state ? std::move(state->object) : Class{};
        return object.finish();
    }
};

// ---- Errors -------------------------------------------------------------------------------------

template <typename Class>
consteval constant_text aggregate_complaint(std::string_view name) {
    constant_text text;
    if constexpr (!std::is_default_constructible_v<Class>) {
        text.add(name).add(
            " has no constructor without arguments, which an aggregate begins with.");
    } else if constexpr (!requires { &Class::accumulate; }) {
        text.add(name).add(
            " has no public member function accumulate(arguments…), or several of them.");
    } else if constexpr (std::is_void_v<state_type_of<Class>>) {
        text.add(name).add(
            " has no state that could be kept: make it a struct with public members alone, or give "
            "it a state_type, a member function state() that returns one, and a constructor that "
            "takes one.");
    } else if constexpr (!has_codec<state_type_of<Class>>) {
        text.add("The state of ").add(name).add(" is of the type");
        add_complaint<state_type_of<Class>>(text);
    } else {
        const auto complaints =
            complaint<bool, arguments_of<&Class::accumulate>>::about("accumulate");
        if (complaints.size != 0) text.add(name).add(": ").add(complaints.view());
        if constexpr (has_finish<Class>) {
            const auto about = complaint<result_of<&Class::finish>, std::tuple<>>::about("finish");
            if (text.size == 0 && about.size != 0) text.add(name).add(": ").add(about.view());
        }
    }
    return text;
}

template <typename Class>
struct wrong_in_class : first_wrong<state_type_of<Class>> {};
template <typename Class>
    requires requires { &Class::accumulate; }
struct wrong_in_class<Class> : first_wrong<arguments_of<&Class::accumulate>, state_type_of<Class>> {
};
template <typename Class>
using wrong_in_aggregate = typename wrong_in_class<Class>::type;

}  // namespace nacre::detail
