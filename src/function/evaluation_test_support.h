#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "function/builtins.h"
#include "function/resolve.h"
#include "types/value.h"

/// What the tests of built-in functions share: columns from CQL texts, and calls that run at once.
namespace nacre::function::testing {

/// Runs a task that never waits for anything but itself.
template <typename Value>
Value run(runtime::task<Value> task) {
    boost::asio::io_context context;
    std::optional<Value> answer;
    boost::asio::co_spawn(
        context,
        [](runtime::task<Value> inner, std::optional<Value>& out) -> runtime::task<void> {
            out.emplace(co_await std::move(inner));
        }(std::move(task), answer),
        boost::asio::detached);
    context.run();
    return std::move(*answer);
}

/// Values in text form; "null" is null, "empty" the empty value.
inline data::column_vector column_of(const types::type_ptr& t,
                                     const std::vector<std::string>& texts) {
    data::column_vector column(t);
    for (const auto& text : texts) {
        if (text == "null") {
            column.append_null();
        } else if (text == "empty") {
            column.append_serialised("");
        } else {
            const auto value = types::from_text(*t, text);
            EXPECT_TRUE(value) << t->to_cql() << " " << text;
            column.append_serialised(*value);
        }
    }
    return column;
}

inline data::column_vector column_of(std::string_view type_name,
                                     const std::vector<std::string>& texts) {
    return column_of(types::type::native_by_name(type_name), texts);
}

inline std::string text_of(const types::type& t, const optional_bytes& value) {
    return value ? types::to_cql_literal(t, *value) : "null";
}

inline std::vector<std::string> texts_of(const data::column_vector& column) {
    std::vector<std::string> texts;
    for (std::uint32_t row = 0; row < column.size(); ++row) {
        texts.push_back(text_of(*column.type(), column.serialised(row)));
    }
    return texts;
}

inline resolved find(const std::string& name, const std::vector<types::type_ptr>& types) {
    registry functions;
    add_builtins(functions);
    std::vector<argument> arguments;
    for (const auto& t : types) {
        arguments.push_back({[t](const types::type& wanted) {
                                 return t->same_values(wanted) ? fit::exact : fit::none;
                             },
                             t, "x"});
    }
    auto found = resolve(functions, "system", name, "", arguments, nullptr);
    if (!found) throw std::runtime_error(found.error().message());
    return *found;
}

using data::all_rows;

/// A scalar built-in over all rows of the columns; the error's message if it fails.
inline std::vector<std::string> call(const std::string& name,
                                     const std::vector<data::column_vector>& columns) {
    std::vector<types::type_ptr> types;
    std::vector<const data::column_vector*> arguments;
    for (const auto& column : columns) {
        types.push_back(column.type());
        arguments.push_back(&column);
    }
    const auto function = std::get<scalar_function_ptr>(find(name, types));
    auto instance = *function->code->instantiate({});
    data::column_vector out(function->signature.return_type);
    const auto rows = all_rows(columns.empty() ? 2 : columns[0].size());
    const auto done = run(instance->call({arguments, rows, out}));
    if (!done) return {done.error().message()};
    return texts_of(out);
}

}  // namespace nacre::function::testing
