#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

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

    std::string log;  ///< what functions printed
};

/// A native value from its CQL text.
inline bytes value_of(const types::type_ptr& type, std::string_view text) {
    auto value = types::from_text(*type, text);
    EXPECT_TRUE(value.ok()) << text;
    return value.ok() ? *value : bytes();
}

}  // namespace nacre::udf::script
