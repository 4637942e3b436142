// Every limit of a function at its edge: exactly at, and one beyond.

#include <gmock/gmock.h>

#include "udf/wasm/guest_test_support.h"

namespace nacre::udf::wasm {
namespace {

using schema::null_input;
using testing::HasSubstr;
using types::type_kind;

class limits : public wasm_test {
  protected:
    using options = std::map<std::string, std::string>;

    /// A bigint → bigint function `f` declared WITH `given`.
    static schema::function_ptr function_with(options given, std::string_view body,
                                              std::string_view memory = "1") {
        auto made = std::make_shared<schema::function_definition>(*define(
            "f", {native(type_kind::bigint)}, native(type_kind::bigint), null_input::returns_null,
            fmt::format("(module (memory (export \"memory\") {}) {} {})", memory, abi_one, body)));
        made->options = std::move(given);
        return made;
    }

    /// What the function answers to `n`: a number, or the error's message.
    std::string answer(const schema::function_ptr& definition, std::int64_t n) {
        const auto code = compile(definition);
        if (!code.ok()) return code.error().message();
        std::vector<data::column_vector> columns;
        columns.push_back(column_of<std::int64_t>(type_kind::bigint, {n}));
        const auto out = call(**code, native(type_kind::bigint), columns);
        if (!out.ok()) return out.error().message();
        return std::to_string(out->native<std::int64_t>()[0]);
    }
};

constexpr std::string_view grow_by = R"((func (export "f") (param i64) (result i64)
    (i64.extend_i32_s (memory.grow (i32.wrap_i64 (local.get 0))))))";

TEST_F(limits, memory_grows_to_the_limit_and_no_further) {
    const auto one_mebibyte = options{{"memory_bytes_max", "1048576"}};
    EXPECT_EQ(answer(function_with(one_mebibyte, grow_by), 15), "1");
    EXPECT_EQ(answer(function_with(one_mebibyte, grow_by), 16), "-1");
    const auto higher = std::to_string(_limits.memory_bytes_max * 2);
    const auto pages = _limits.memory_bytes_max / 65536;
    EXPECT_EQ(answer(function_with({}, grow_by), pages - 1), "1");
    EXPECT_EQ(answer(function_with({}, grow_by), pages), "-1");
    EXPECT_EQ(answer(function_with({{"memory_bytes_max", higher}}, grow_by), pages * 2 - 1), "1");
    EXPECT_EQ(answer(function_with({{"memory_bytes_max", higher}}, grow_by), pages * 2), "-1");
}

TEST_F(limits, a_memory_that_begins_beyond_the_limit_is_refused) {
    EXPECT_EQ(answer(function_with({{"memory_bytes_max", "131072"}}, grow_by, "2"), 0), "2");
    EXPECT_EQ(refusal(function_with({{"memory_bytes_max", "131072"}}, grow_by, "3")),
              "The module's memory begins with 196608 bytes, the limit is 131072 bytes");
}

TEST_F(limits, of_a_function_stay_in_their_range) {
    EXPECT_EQ(refusal(function_with({{"memory_bytes_max", "1"}}, grow_by)),
              "memory_bytes_max must be a number between 65536 and 67108864, got 1");
    EXPECT_EQ(refusal(function_with({{"cpu_per_call_ms_max", "60001"}}, grow_by)),
              "cpu_per_call_ms_max must be a number between 1 and 60000, got 60001");
}

TEST_F(limits, tables_grow_to_the_limit_and_no_further) {
    constexpr std::string_view grow_table = R"((table $t 1 funcref)
        (func (export "f") (param i64) (result i64)
          (i64.extend_i32_s (table.grow $t (ref.null func) (i32.wrap_i64 (local.get 0))))))";
    const auto ten = options{{"table_elements_max", "10"}};
    EXPECT_EQ(answer(function_with(ten, grow_table), 9), "1");
    EXPECT_EQ(answer(function_with(ten, grow_table), 10), "-1");
    EXPECT_EQ(answer(function_with({}, grow_table), _limits.table_elements_max - 1), "1");
    EXPECT_EQ(answer(function_with({}, grow_table), _limits.table_elements_max), "-1");
    const auto more = options{{"table_elements_max", "100000"}};
    EXPECT_EQ(answer(function_with(more, grow_table), 99'999), "1");
    EXPECT_EQ(answer(function_with(more, grow_table), 100'000), "-1");
}

TEST_F(limits, cpu_time_is_the_functions_own) {
    constexpr std::string_view loop =
        "(func (export \"f\") (param i64) (result i64) (loop $l (br $l)) unreachable)";
    EXPECT_THAT(answer(function_with({{"cpu_per_call_ms_max", "20"}}, loop), 1),
                HasSubstr("it ran for more than 20 ms of CPU time in one call"));
    EXPECT_THAT(answer(function_with({{"cpu_per_statement_ms_max", "10"}}, loop), 1),
                HasSubstr("it ran for more than 10 ms of CPU time in one statement"));
}

// A text function that answers n times a byte.
std::string repeater() {
    return fmt::format(R"((module (memory (export "memory") 100) {}
        (func (export "f") (param $n i32) (result i64)
          (memory.fill (i32.const 2048) (i32.const 97) (local.get $n))
          (i64.or (i64.shl (i64.extend_i32_u (local.get $n)) (i64.const 32)) (i64.const 2048)))))",
                       abi_one);
}

TEST_F(limits, results_of_one_call_are_bounded_by_bytes) {
    auto definition = std::make_shared<schema::function_definition>(
        *define("f", {native(type_kind::int_)}, native(type_kind::text), null_input::returns_null,
                repeater()));
    definition->options = {{"output_bytes_max", "10000"}};
    const auto code = compile(definition);
    ASSERT_TRUE(code.ok()) << code.error().message();
    const auto called_with = [&](const std::vector<std::optional<std::int32_t>>& sizes) {
        std::vector<data::column_vector> columns;
        columns.push_back(column_of<std::int32_t>(type_kind::int_, sizes));
        return call(**code, native(type_kind::text), columns);
    };
    EXPECT_TRUE(called_with({10'000}).ok());
    EXPECT_TRUE(called_with({5'000, 5'000}).ok());
    for (const auto& sizes : {std::vector<std::optional<std::int32_t>>{10'001},
                              std::vector<std::optional<std::int32_t>>{5'000, 5'001}}) {
        const auto refused = called_with(sizes);
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code(), error_code::function_failure);
        EXPECT_THAT(refused.error().message(),
                    HasSubstr("its results take 10001 bytes, output_bytes_max is 10000"));
    }
}

}  // namespace
}  // namespace nacre::udf::wasm
