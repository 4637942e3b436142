#pragma once

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <unistd.h>

#include "udf/statistics_registry.h"
#include "udf/wasm/engine.h"
#include "udf/wasm/guest_test_support.h"

namespace nacre::udf::script {

using wasm::native;

using make_language_function = std::unique_ptr<function::language>(wasm::wasm_engine&,
                                                                   statistics_registry&,
                                                                   function_limits);

/// One shard, one engine and the language of an interpreter: everything runs in the real sandbox.
class script_test : public wasm::wasm_test {
  protected:
    using argument = std::pair<std::string, types::type_ptr>;

    explicit script_test(make_language_function& make, function_limits limits) : wasm_test(limits) {
        // The interpreter takes a second to compile: once for all tests.
        engine->stop();
        language.reset();
        engine = std::move(*wasm::wasm_engine::create(
            {.limits = {.instances_max = 16},
             .artefact_directory = artefact_directory(),
             .log = [this](const guest_function& whose, guest_stream, std::string_view line) {
                 log += whose.definition->name + ": " + std::string(line) + "\n";
             }}));
        language = make(*engine, statistics, limits);
    }

    static std::filesystem::path artefact_directory() {
        static const auto directory = std::filesystem::path(testing::TempDir()) /
                                      fmt::format("nacre-script-test-{}", ::getpid());
        return directory;
    }
    static void TearDownTestSuite() { std::filesystem::remove_all(artefact_directory()); }

    schema::function_ptr define(
        std::vector<argument> arguments, types::type_ptr returns, std::string body,
        schema::null_input on_null = schema::null_input::returns_null) const {
        auto made = std::make_shared<schema::function_definition>();
        made->keyspace = "ks";
        made->name = "f";
        for (auto& [name, type] : arguments) {
            made->argument_names.push_back(std::move(name));
            made->argument_types.push_back(std::move(type));
        }
        made->return_type = std::move(returns);
        made->on_null = on_null;
        made->language = language->names().front();
        made->body = std::move(body);
        return made;
    }

    /// The message of the error that compiling the body as a function of `a int` ends with.
    std::string compile_error(std::string body) {
        return refusal(define({{"a", native(types::type_kind::int_)}},
                              native(types::type_kind::int_), std::move(body)));
    }

    /// Calls the function once; every argument is the serialised value or null.
    result<optional_bytes> call_once(const schema::function_ptr& definition,
                                     const std::vector<optional_bytes>& arguments) {
        NACRE_TRY(auto code, compile(definition));
        std::vector<data::column_vector> columns;
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            columns.emplace_back(definition->argument_types[i]);
            columns.back().append(arguments[i]);
        }
        NACRE_TRY(auto out, call(*code, definition->return_type, columns, {0}));
        return out.serialised(0);
    }

    /// What the body returns for `a`, as a CQL literal, or the error's message.
    std::string evaluate(const types::type_ptr& argument_type, const optional_bytes& argument,
                         const types::type_ptr& returns, std::string body) {
        const auto out = call_once(
            define({{"a", argument_type}}, returns, std::move(body), schema::null_input::called),
            {argument});
        if (!out.ok()) return out.error().message();
        return *out ? types::to_cql_literal(*returns, **out) : "null";
    }
    /// The same for a body that needs no argument.
    std::string evaluate(const types::type_ptr& returns, std::string body) {
        return evaluate(native(types::type_kind::int_), std::nullopt, returns, std::move(body));
    }
    /// The reason in the error that running the body ends with.
    std::string failure(std::string body) {
        const auto out = call_once(define({{"a", native(types::type_kind::int_)}},
                                          native(types::type_kind::int_), std::move(body)),
                                   {to_big_endian<std::int32_t>(1)});
        if (out.ok()) return "it returned";
        EXPECT_EQ(out.error().code(), error_code::function_failure);
        constexpr std::string_view prefix = "execution of 'ks.f[int]' failed: ";
        EXPECT_TRUE(out.error().message().starts_with(prefix)) << out.error().message();
        return out.error().message().substr(std::min(prefix.size(), out.error().message().size()));
    }

    /// A state of aggregates in these tests.
    const types::type_ptr pair_of_bigints =
        types::type::tuple_of({native(types::type_kind::bigint), native(types::type_kind::bigint)});
    static bytes pair(std::int64_t first, std::int64_t second) {
        const std::vector<optional_bytes> fields{to_big_endian(first), to_big_endian(second)};
        return types::join_fields(fields);
    }

    // ---- What functions of every language do, in its words --------------------------------------

    void check_inverts_and_multiplies();
    /// `step` adds 1 and the length of the text `a` to the state `acc`; `finish` makes `finished`
    /// of the state `res` of three rows with 19 characters.
    void check_averages_lengths(std::string step, std::string finish, std::string_view finished);
    /// `repeat` gives a text of `n` times x.
    void check_selects_rows_and_splits_large_results(std::string repeat);

    std::string log;  ///< what functions printed
};

inline void script_test::check_inverts_and_multiplies() {
    const auto real = native(types::type_kind::double_);
    const auto inv = compile(define({{"val", real}}, real, "return 1 / val"));
    ASSERT_TRUE(inv.ok()) << inv.error().message();
    std::vector<data::column_vector> columns;
    columns.push_back(wasm::column_of<double>(types::type_kind::double_, {7, 1, 0, 4}));
    auto inverses = call(**inv, real, columns);
    ASSERT_TRUE(inverses.ok()) << inverses.error().message();
    using number = std::optional<double>;
    EXPECT_THAT(
        wasm::natives_of<double>(*inverses),
        testing::ElementsAre(number(1.0 / 7), number(1),
                             number(std::numeric_limits<double>::infinity()), number(0.25)));

    const auto mult = compile(define({{"a", real}, {"b", real}}, real, "return a * b"));
    ASSERT_TRUE(mult.ok()) << mult.error().message();
    columns.push_back(std::move(*inverses));
    const auto products = call(**mult, real, columns);
    ASSERT_TRUE(products.ok()) << products.error().message();
    EXPECT_EQ(products->native<double>()[0], 1);
    EXPECT_TRUE(std::isnan(products->native<double>()[2]));
}

inline void script_test::check_averages_lengths(std::string step, std::string finish,
                                                std::string_view finished) {
    const auto text = native(types::type_kind::text);
    const auto folding =
        compile(define({{"acc", pair_of_bigints}, {"a", text}}, pair_of_bigints, std::move(step)));
    ASSERT_TRUE(folding.ok()) << folding.error().message();
    std::vector<data::column_vector> columns;
    columns.push_back(wasm::text_column({"rabbit", "monkey", "penguin"}));
    for (const std::uint32_t batch_rows : {1, 2, 100}) {
        const auto state = fold(**folding, pair(0, 0), columns, batch_rows);
        ASSERT_TRUE(state.ok()) << state.error().message();
        EXPECT_EQ(*state, pair(3, 19));
    }
    const auto told =
        call_once(define({{"res", pair_of_bigints}}, text, std::move(finish)), {pair(3, 19)});
    ASSERT_TRUE(told.ok()) << told.error().message();
    EXPECT_EQ(*told, finished);
}

inline void script_test::check_selects_rows_and_splits_large_results(std::string repeat) {
    const auto text = native(types::type_kind::text);
    const auto code =
        compile(define({{"n", native(types::type_kind::int_)}}, text, std::move(repeat)));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<std::optional<std::int32_t>> sizes(60, 1'000'000);
    sizes[1] = 3;
    std::vector<data::column_vector> columns;
    columns.push_back(wasm::column_of<std::int32_t>(types::type_kind::int_, sizes));
    const auto out = call(**code, text, columns, data::rows_between(1, 60));
    ASSERT_TRUE(out.ok()) << out.error().message();
    ASSERT_EQ(out->size(), 59u);
    EXPECT_EQ(out->view(0), "xxx");
    for (std::uint32_t i = 1; i < 59; ++i) EXPECT_EQ(out->view(i).size(), 1'000'000u);
}

/// A native value from its CQL text.
inline bytes value_of(const types::type_ptr& type, std::string_view text) {
    auto value = types::from_text(*type, text);
    EXPECT_TRUE(value.ok()) << text;
    return value.ok() ? *value : bytes();
}

}  // namespace nacre::udf::script
