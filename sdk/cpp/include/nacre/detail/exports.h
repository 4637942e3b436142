#pragma once

#include "nacre/detail/aggregate.h"
#include "nacre/detail/call.h"
#include "nacre/detail/check.h"
#include "nacre/detail/column_call.h"
#include "nacre/detail/fold.h"
#include "nacre/detail/lines.h"
#include "nacre/detail/section.h"

/// The macros that make exports. Their names can't come from templates; everything else does.
namespace nacre::detail {

// ---- What is checked, and called ----------------------------------------------------------------

template <typename Parameters>
constexpr bool any_column = false;
template <typename... A>
constexpr bool any_column<std::tuple<A...>> = (is_column<A> || ...);

template <typename Parameters>
struct column_values;
template <typename... A>
struct column_values<std::tuple<A...>> {
    using type = std::tuple<column_value<A>...>;
    static constexpr bool all_are_columns = (is_column<A> && ...);
};

template <auto Function>
consteval constant_text function_complaint(std::string_view name) {
    using result = result_of<Function>;
    using arguments = arguments_of<Function>;
    if constexpr (any_column<arguments> || is_column<result>) {
        constant_text text;
        if constexpr (!column_values<arguments>::all_are_columns ||
                      !requires(result& r) { r.finished(); }) {
            return text.add(name).add(
                ": where one argument is a nacre::column<T>, all are, and the result is a "
                "nacre::new_column<T>.");
        }
        return complaint<column_value<result>, typename column_values<arguments>::type>::about(
            name);
    } else {
        return complaint<result, arguments>::about(name);
    }
}

template <auto Function>
using wrong_in = typename first_wrong<typename column_values<arguments_of<Function>>::type,
                                      column_value<result_of<Function>>>::type;

template <auto Function, bool IsFine>
struct called_for {
    using type = no_export;
};
template <auto Function>
struct called_for<Function, true> {
    using type = row_function<Function>;
};
template <auto Function>
    requires any_column<arguments_of<Function>>
struct called_for<Function, true> {
    using type = column_function<Function>;
};

/// An aggregate's functions: those that the class has.
template <typename Class, bool IsFine>
struct parts_of {
    using accumulate = no_export;
    using merge = no_export;
    using finish = no_export;
};
template <typename Class>
struct merge_part {
    using type = no_export;
};
template <typename Class>
    requires has_merge<Class>
struct merge_part<Class> {
    using type = merge_function<Class>;
};
template <typename Class>
struct finish_part {
    using type = no_export;
};
template <typename Class>
    requires has_finish<Class>
struct finish_part<Class> {
    using type = finish_function<Class>;
};
template <typename Class>
struct parts_of<Class, true> {
    using accumulate = accumulate_function<Class>;
    using merge = typename merge_part<Class>::type;
    using finish = typename finish_part<Class>::type;
};

// ---- Which exports there are --------------------------------------------------------------------

template <typename Called>
constexpr bool exists = !std::is_same_v<Called, no_export>;

template <typename T, typename Dependent>
struct when_instantiated {
    using type = T;
};
template <typename T, typename Dependent>
using later = typename when_instantiated<T, Dependent>::type;

template <typename Called>
struct row_type_for {
    using type = row_type<Called>;
};
template <>
struct row_type_for<no_export> {
    using type = no_export;
};

/// What has fold(batch&) and a held state.
template <typename Called>
struct fold_for {
    using type = no_export;
};
template <typename Called>
    requires requires { typename Called::held; }
struct fold_for<Called> {
    using type = Called;
};
template <typename Called>
    requires(!requires { typename Called::held; }) && (function_fold<Called>::is_possible)
struct fold_for<Called> {
    using type = function_fold<Called>;
};

template <typename Called>
consteval constant_text line_or_nothing(std::string_view name, std::string_view arguments,
                                        promise promised) {
    if constexpr (exists<Called>) return function_line<Called>(name, arguments, promised);
    return {};
}
template <typename Called>
consteval constant_text declarations_or_nothing() {
    if constexpr (exists<Called>) return function_declarations<Called>();
    return {};
}
template <typename Class, bool IsFine>
consteval constant_text aggregate_lines_or_nothing(std::string_view name,
                                                   std::string_view arguments) {
    if constexpr (IsFine) return aggregate_lines<Class>(name, arguments);
    return {};
}
template <typename Class, bool IsFine>
consteval constant_text aggregate_declarations_or_nothing(std::string_view name) {
    if constexpr (IsFine) return aggregate_declarations<Class>(name);
    return {};
}

}  // namespace nacre::detail

// ---- Macros -------------------------------------------------------------------------------------

// An explicit instantiation of a class template defines its members: what does not exist has none.
// The templates' arguments say nothing of the function, which may have internal linkage: exports
// have not. `called` is looked up when they are instantiated.
#ifdef __wasm__

#define NACRE_DETAIL_ENTRIES(name, called)                                                      \
    template <bool Exists, typename Later>                                                      \
    struct nacre_batch_##name {};                                                               \
    template <typename Later>                                                                   \
    struct nacre_batch_##name<true, Later> {                                                    \
        [[clang::export_name("nacre_call_" #name)]] static std::uint32_t call(                  \
            nacre::detail::batch* in) {                                                         \
            return nacre::detail::call_batch<nacre::detail::later<called, Later>>(*in);         \
        }                                                                                       \
    };                                                                                          \
    template struct nacre_batch_##name<nacre::detail::exists<called>, void>;                    \
    template <typename Type>                                                                    \
    struct nacre_row_##name {};                                                                 \
    template <typename Form, typename... Forms>                                                 \
    struct nacre_row_##name<Form(Forms...)> {                                                   \
        [[clang::export_name(#name)]] static Form call(Forms... arguments) {                    \
            using now = nacre::detail::later<called, Form>;                                     \
            return nacre::detail::call_row<now, Form>(typename now::arguments(), arguments...); \
        }                                                                                       \
    };                                                                                          \
    template struct nacre_row_##name<nacre::detail::row_type_for<called>::type>;                \
    template <bool Exists, typename Later>                                                      \
    struct nacre_fold_##name {};                                                                \
    template <typename Later>                                                                   \
    struct nacre_fold_##name<true, Later> {                                                     \
        using now = nacre::detail::later<nacre::detail::fold_for<called>::type, Later>;         \
        [[clang::export_name("nacre_fold_" #name)]] static std::uint32_t fold(                  \
            nacre::detail::batch* in) {                                                         \
            return now::fold(*in);                                                              \
        }                                                                                       \
        [[clang::export_name("nacre_set_state_" #name)]] static std::uint32_t set_state(        \
            const std::byte* at, std::uint32_t size) {                                          \
            return now::held::set(at, size);                                                    \
        }                                                                                       \
        [[clang::export_name("nacre_get_state_" #name)]] static std::uint64_t get_state() {     \
            return now::held::get();                                                            \
        }                                                                                       \
    };                                                                                          \
    template struct nacre_fold_##name<                                                          \
        nacre::detail::exists<nacre::detail::fold_for<called>::type>, void>;

// The linker drops this function: nobody calls it.
#define NACRE_DETAIL_SECTIONS(name)                                                    \
    extern "C" [[gnu::weak]] void nacre_says_##name() {                                \
        using nacre::detail::module_section;                                           \
        nacre::detail::write_section<module_section::functions, &nacre_says_##name,    \
                                     nacre_lines_##name>();                            \
        nacre::detail::write_section<module_section::declarations, &nacre_says_##name, \
                                     nacre_declarations_##name>();                     \
    }

#else

// A program for the host has no exports; that the types are those of CQL is checked all the same.
#define NACRE_DETAIL_ENTRIES(name, called) [[maybe_unused]] typedef called nacre_called_##name;
#define NACRE_DETAIL_SECTIONS(name)

#endif

#define NACRE_DETAIL_EXPORT(function, promised, names)                                             \
    static constexpr nacre::detail::constant_text nacre_complaint_##function =                     \
        nacre::detail::function_complaint<&function>(#function);                                   \
    [[maybe_unused]] static constexpr nacre::detail::say<                                          \
        nacre_complaint_##function, nacre::detail::wrong_in<&function>> nacre_said_##function{};   \
    using nacre_called_##function =                                                                \
        nacre::detail::called_for<&function, nacre_complaint_##function.size == 0>::type;          \
    [[maybe_unused]] static constexpr nacre::detail::constant_text nacre_lines_##function =        \
        nacre::detail::line_or_nothing<nacre_called_##function>(#function, names, promised);       \
    [[maybe_unused]] static constexpr nacre::detail::constant_text nacre_declarations_##function = \
        nacre::detail::declarations_or_nothing<nacre_called_##function>();                         \
    NACRE_DETAIL_ENTRIES(function, nacre_called_##function)                                        \
    NACRE_DETAIL_SECTIONS(function)

#define NACRE_DETAIL_EXPORT_AGGREGATE(aggregate, names)                                      \
    static constexpr nacre::detail::constant_text nacre_complaint_##aggregate =              \
        nacre::detail::aggregate_complaint<aggregate>(#aggregate);                           \
    [[maybe_unused]] static constexpr nacre::detail::say<                                    \
        nacre_complaint_##aggregate, nacre::detail::wrong_in_aggregate<aggregate>>           \
        nacre_said_##aggregate{};                                                            \
    [[maybe_unused]] static constexpr bool nacre_is_fine_##aggregate =                       \
        nacre_complaint_##aggregate.size == 0;                                               \
    [[maybe_unused]] static constexpr nacre::detail::constant_text nacre_lines_##aggregate = \
        nacre::detail::aggregate_lines_or_nothing<aggregate, nacre_is_fine_##aggregate>(     \
            #aggregate, names);                                                              \
    [[maybe_unused]] static constexpr nacre::detail::constant_text                           \
        nacre_declarations_##aggregate =                                                     \
            nacre::detail::aggregate_declarations_or_nothing<aggregate,                      \
                                                             nacre_is_fine_##aggregate>(     \
                #aggregate);                                                                 \
    using nacre_accumulate_##aggregate =                                                     \
        nacre::detail::parts_of<aggregate, nacre_is_fine_##aggregate>::accumulate;           \
    using nacre_merge_##aggregate =                                                          \
        nacre::detail::parts_of<aggregate, nacre_is_fine_##aggregate>::merge;                \
    using nacre_finish_##aggregate =                                                         \
        nacre::detail::parts_of<aggregate, nacre_is_fine_##aggregate>::finish;               \
    NACRE_DETAIL_ENTRIES(aggregate##_accumulate, nacre_accumulate_##aggregate)               \
    NACRE_DETAIL_ENTRIES(aggregate##_merge, nacre_merge_##aggregate)                         \
    NACRE_DETAIL_ENTRIES(aggregate##_finish, nacre_finish_##aggregate)                       \
    NACRE_DETAIL_SECTIONS(aggregate)
