#pragma once

#include <string_view>

#include "nacre/detail/aggregate.h"
#include "nacre/detail/shape.h"

/// What a module says about its functions (sdk/abi/signatures.md) and about what goes with them
/// (sdk/abi/declarations.md).
namespace nacre::detail {

enum class promise { nothing, deterministic };

template <typename Called>
consteval constant_text function_line(std::string_view name, std::string_view arguments,
                                      promise promised) {
    constant_text text;
    add_name(text, name);
    Called::sign::describe(text, arguments, promised == promise::deterministic);
    return text.add("\n");
}

template <typename Signature>
consteval void add_types(constant_text& text) {
    Signature::declare([&text]<typename Struct>() {
        constant_text line;
        line.add("CREATE TYPE IF NOT EXISTS ");
        codec<Struct>::describe_fields(line);
        line.add(";\n");
        if (text.view().find(line.view()) == std::string_view::npos) text.add(line.view());
    });
}

template <typename Called>
consteval constant_text function_declarations() {
    constant_text text;
    add_types<typename Called::sign>(text);
    return text;
}

template <typename Class, typename... A>
consteval void add_argument_types(constant_text& text, std::tuple<A...>* /*arguments*/) {
    bool is_first = true;
    ((text.add(is_first ? "" : ", "), is_first = false, codec<value_of<A>>::describe(text)), ...);
}

/// The lines of an aggregate's functions.
template <typename Class>
consteval constant_text aggregate_lines(std::string_view name, std::string_view arguments) {
    constant_text names;
    names.add("state").add(arguments.empty() ? "" : ", ").add(arguments);
    constant_text text;
    const auto add = [&]<typename Called>(std::string_view part, std::string_view argument_names) {
        text.add(name).add(part);
        Called::sign::describe(text, argument_names, false);
        text.add("\n");
    };
    add.template operator()<accumulate_function<Class>>("_accumulate", names.view());
    if constexpr (has_merge<Class>) {
        add.template operator()<merge_function<Class>>("_merge", "a, b");
    }
    if constexpr (has_finish<Class>) {
        add.template operator()<finish_function<Class>>("_finish", "state");
    }
    return text;
}

template <typename Class>
consteval constant_text aggregate_declarations(std::string_view name) {
    using arguments = arguments_of<&Class::accumulate>;
    constant_text text;
    add_types<typename accumulate_function<Class>::sign>(text);
    if constexpr (has_finish<Class>) add_types<typename finish_function<Class>::sign>(text);
    text.add("CREATE AGGREGATE ");
    add_name(text, name);
    text.add(" (");
    add_argument_types<Class>(text, static_cast<arguments*>(nullptr));
    text.add(") SFUNC ").add(name).add("_accumulate STYPE ");
    codec<aggregate_state<Class>>::describe(text);
    if constexpr (has_merge<Class>) text.add(" REDUCEFUNC ").add(name).add("_merge");
    if constexpr (has_finish<Class>) text.add(" FINALFUNC ").add(name).add("_finish");
    return text.add(";\n");
}

}  // namespace nacre::detail
