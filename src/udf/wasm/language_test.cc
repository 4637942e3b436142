#include "udf/wasm/language.h"

#include <gmock/gmock.h>

#include "udf/wasm/guest_test_support.h"

namespace nacre::udf::wasm {
namespace {

using schema::null_input;
using testing::ElementsAre;
using testing::HasSubstr;
using types::type_kind;

using big = std::optional<std::int64_t>;

constexpr std::string_view fib_body = R"(
(module
  (func $fib (param $n i64) (result i64)
    (if (i64.lt_s (local.get $n) (i64.const 2))
      (then (return (local.get $n))))
    (i64.add
      (call $fib (i64.sub (local.get $n) (i64.const 1)))
      (call $fib (i64.sub (local.get $n) (i64.const 2)))))
  (memory 2)
  (export "memory" (memory 0))
  (export "fib" (func $fib))
  (global (;0;) i32 (i32.const 1024))
  (export "_scylla_abi" (global 0))
  (data $.rodata (i32.const 1024) "\01")))";

class language : public wasm_test {
  protected:
    schema::function_ptr bigint_function(std::string name, std::string body) {
        return define(std::move(name), {native(type_kind::bigint)}, native(type_kind::bigint),
                      null_input::returns_null, std::move(body));
    }
    /// A module of ABI 1 whose function `f` has these parameters, results and body.
    static std::string module_of(std::string_view function) {
        return fmt::format("(module (memory (export \"memory\") 2) {} {})", abi_one, function);
    }
    static std::string allocating_module_of(std::string_view function) {
        return fmt::format("(module (memory (export \"memory\") 4) {} {} {})", abi_two, allocator,
                           function);
    }
};

TEST_F(language, accepts_both_names) {
    EXPECT_THAT(wasm_test::language->names(), ElementsAre("wasm", "xwasm"));
}

TEST_F(language, runs_a_plain_function_over_the_selected_rows) {
    const auto code = compile(bigint_function("fib", std::string(fib_body)));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<data::column_vector> columns;
    columns.push_back(
        column_of<std::int64_t>(type_kind::bigint, {1, 2, 3, 4, std::nullopt, 6, 7, 8, 9}));
    const auto all = call(**code, native(type_kind::bigint), columns, {0, 1, 2, 3, 5, 6, 7, 8});
    ASSERT_TRUE(all.ok()) << all.error().message();
    EXPECT_THAT(natives_of<std::int64_t>(*all),
                ElementsAre(big(1), big(1), big(2), big(3), big(8), big(13), big(21), big(34)));
    const auto figures = statistics.snapshot();
    ASSERT_EQ(figures.size(), 1u);
    EXPECT_EQ(figures[0].name, "fib");
    EXPECT_EQ(figures[0].version.interface, "ABI 1");
    const auto& counted = *figures[0].statistics;
    EXPECT_EQ(counted.statements, 1u);
    EXPECT_EQ(counted.calls, 1u);
    EXPECT_EQ(counted.rows, 8u);
    EXPECT_EQ(counted.failures(), 0u);
    EXPECT_EQ(counted.latency.count(), 1u);
    EXPECT_GT(counted.cpu_ns, 0u);
}

TEST_F(language, runs_binaries_as_base64) {
    // (module (memory (export "memory") 1) (func (export "f") (param i64) (result i64)
    //   (i64.add (local.get 0) (i64.const 1))) (global (export "_scylla_abi") i32 (i32.const 8))
    //   (data (i32.const 8) "\01"))
    const auto code =
        compile(bigint_function("f",
                                "AGFzbQEAAAABBgFgAX4BfgMCAQAFAwEAAQYGAX8AQQgLBxwDBm1lbW9yeQIA\n"
                                "AWYAAAtfc2N5bGxhX2FiaQMACgkBBwAgAEIBfAsLBwEAQQgLAQE="));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int64_t>(type_kind::bigint, {41}));
    const auto out = call(**code, native(type_kind::bigint), columns);
    ASSERT_TRUE(out.ok()) << out.error().message();
    EXPECT_THAT(natives_of<std::int64_t>(*out), ElementsAre(big(42)));
}

TEST_F(language, passes_every_plain_type) {
    const auto code = compile(
        define("f",
               {native(type_kind::boolean), native(type_kind::tinyint), native(type_kind::smallint),
                native(type_kind::int_), native(type_kind::float_), native(type_kind::double_)},
               native(type_kind::double_), null_input::returns_null,
               module_of(R"((func (export "f") (param i32 i32 i32 i32 f32 f64) (result f64)
          (f64.add (f64.convert_i32_s (i32.add (i32.mul (local.get 0) (i32.const 1000))
              (i32.add (local.get 1) (i32.add (local.get 2) (local.get 3)))))
            (f64.add (f64.promote_f32 (local.get 4)) (local.get 5)))))")));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int8_t>(type_kind::boolean, {1}));
    columns.push_back(column_of<std::int8_t>(type_kind::tinyint, {-3}));
    columns.push_back(column_of<std::int16_t>(type_kind::smallint, {-300}));
    columns.push_back(column_of<std::int32_t>(type_kind::int_, {70000}));
    columns.push_back(column_of<float>(type_kind::float_, {0.5F}));
    columns.push_back(column_of<double>(type_kind::double_, {0.25}));
    const auto out = call(**code, native(type_kind::double_), columns);
    ASSERT_TRUE(out.ok()) << out.error().message();
    EXPECT_THAT(natives_of<double>(*out),
                ElementsAre(std::optional(1000.0 - 3 - 300 + 70000 + 0.75)));
}

TEST_F(language, abi_two_allocates_and_frees_without_leaks) {
    // Upper case of ASCII letters into a fresh block; the guest frees its argument. More rows than
    // the guest has blocks, so a leak would end in "no memory left".
    const auto code = compile(
        define("up", {native(type_kind::text)}, native(type_kind::text), null_input::returns_null,
               allocating_module_of(R"((func (export "up") (param $v i64) (result i64)
  (local $size i32) (local $from i32) (local $to i32) (local $i i32) (local $c i32)
  (local.set $size (i32.wrap_i64 (i64.shr_u (local.get $v) (i64.const 32))))
  (local.set $from (i32.wrap_i64 (local.get $v)))
  (local.set $to (call $malloc (local.get $size)))
  (block $done (loop $next
    (br_if $done (i32.ge_u (local.get $i) (local.get $size)))
    (local.set $c (i32.load8_u (i32.add (local.get $from) (local.get $i))))
    (if (i32.and (i32.ge_u (local.get $c) (i32.const 97)) (i32.le_u (local.get $c) (i32.const 122)))
      (then (local.set $c (i32.sub (local.get $c) (i32.const 32)))))
    (i32.store8 (i32.add (local.get $to) (local.get $i)) (local.get $c))
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (br $next)))
  (call $free (local.get $from))
  (if (i32.gt_s (global.get $live) (i32.const 1)) (then unreachable))
  (i64.or (i64.shl (i64.extend_i32_u (local.get $size)) (i64.const 32))
          (i64.extend_i32_u (local.get $to)))))")));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<optional_bytes> in;
    std::vector<optional_bytes> want;
    for (int i = 0; i < 10'000; ++i) {
        in.emplace_back("word " + std::to_string(i));
        want.emplace_back("WORD " + std::to_string(i));
    }
    in.emplace_back("");
    want.emplace_back("");
    std::vector<data::column_vector> columns;
    columns.push_back(text_column(in));
    const auto out = call(**code, native(type_kind::text), columns);
    ASSERT_TRUE(out.ok()) << out.error().message();
    EXPECT_EQ(values_of(*out), want);
}

TEST_F(language, abi_two_may_return_its_argument) {
    const auto code = compile(define("same", {native(type_kind::text)}, native(type_kind::text),
                                     null_input::returns_null,
                                     allocating_module_of(
                                         R"((func (export "same") (param i64) (result i64)
                     (if (i32.ne (global.get $live) (i32.const 1)) (then unreachable))
                     (local.get 0)))")));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<data::column_vector> columns;
    columns.push_back(text_column({"a", "", "ccc"}));
    const auto out = call(**code, native(type_kind::text), columns);
    ASSERT_TRUE(out.ok()) << out.error().message();
    EXPECT_THAT(values_of(*out), ElementsAre("a", "", "ccc"));
}

TEST_F(language, called_on_null_input_sees_and_returns_nulls) {
    // coalesce(a, b): both are size and address, null has size -1, ints are big-endian bytes.
    for (const auto* make : {"one", "two"}) {
        const std::string function = R"((func (export "first") (param i64 i64) (result i64)
            (if (result i64) (i64.lt_s (local.get 0) (i64.const 0))
              (then (local.get 1)) (else )" +
                                     std::string(make == std::string_view("two")
                                                     ? R"((if (i64.ge_s (local.get 1) (i64.const 0))
                    (then (call $free (i32.wrap_i64 (local.get 1))))) )"
                                                     : "") +
                                     "(local.get 0))))";
        const auto code =
            compile(define("first", {native(type_kind::int_), native(type_kind::int_)},
                           native(type_kind::int_), null_input::called,
                           make == std::string_view("two") ? allocating_module_of(function)
                                                           : module_of(function)));
        ASSERT_TRUE(code.ok()) << code.error().message();
        std::vector<data::column_vector> columns;
        using number = std::optional<std::int32_t>;
        columns.push_back(
            column_of<std::int32_t>(type_kind::int_, {1, std::nullopt, std::nullopt}));
        columns.push_back(column_of<std::int32_t>(type_kind::int_, {7, -2, std::nullopt}));
        const auto out = call(**code, native(type_kind::int_), columns);
        ASSERT_TRUE(out.ok()) << out.error().message();
        EXPECT_THAT(natives_of<std::int32_t>(*out),
                    ElementsAre(number(1), number(-2), number(std::nullopt)));
    }
}

TEST_F(language, empty_values_are_null_to_functions) {
    const auto code = compile(bigint_function("fib", std::string(fib_body)));
    ASSERT_TRUE(code.ok());
    std::vector<data::column_vector> columns;
    columns.emplace_back(native(type_kind::bigint));
    columns[0].append_native<std::int64_t>(10);
    columns[0].append_serialised("");
    columns[0].append_native<std::int64_t>(11);
    const auto out = call(**code, native(type_kind::bigint), columns);
    ASSERT_TRUE(out.ok()) << out.error().message();
    EXPECT_THAT(natives_of<std::int64_t>(*out), ElementsAre(big(55), big(std::nullopt), big(89)));
}

TEST_F(language, folds_native_state_across_batches) {
    const auto code = compile(define("plus", {native(type_kind::bigint), native(type_kind::int_)},
                                     native(type_kind::bigint), null_input::returns_null,
                                     module_of(R"((func (export "plus") (param i64 i32) (result i64)
            (i64.add (local.get 0) (i64.extend_i32_s (local.get 1)))))")));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<std::optional<std::int32_t>> values;
    for (int i = 1; i <= 1000; ++i) values.emplace_back(-i);
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int32_t>(type_kind::int_, values));
    const auto sum = fold(**code, to_big_endian<std::int64_t>(7), columns, 33);
    ASSERT_TRUE(sum.ok()) << sum.error().message();
    EXPECT_EQ(*sum, to_big_endian<std::int64_t>(7 - 500'500));
}

TEST_F(language, a_null_state_stays_null_without_calls) {
    const auto code = compile(define("f", {native(type_kind::bigint), native(type_kind::int_)},
                                     native(type_kind::bigint), null_input::returns_null,
                                     module_of(R"((func (export "f") (param i64 i32) (result i64)
            unreachable))")));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int32_t>(type_kind::int_, {1, 2, 3}));
    for (const auto& none : {optional_bytes(), optional_bytes(bytes())}) {
        const auto state = fold(**code, none, columns, 2);
        ASSERT_TRUE(state.ok()) << state.error().message();
        EXPECT_EQ(*state, std::nullopt);
    }
}

TEST_F(language, folds_serialised_state_in_guest_memory) {
    // longest(state, value): returns whichever argument is longer, and frees the other in ABI 2.
    constexpr std::string_view choose = R"((func (export "longest") (param i64 i64) (result i64)
        (if (result i64) (i64.gt_s (i64.shr_s (local.get 1) (i64.const 32))
                                   (i64.shr_s (local.get 0) (i64.const 32)))
          (then {}(local.get 1)) (else {}(local.get 0)))))";
    std::vector<data::column_vector> columns;
    std::vector<optional_bytes> words;
    for (int i = 0; i < 5000; ++i) words.emplace_back(std::string(i % 700, 'x') + "y");
    columns.push_back(text_column(words));
    for (const auto on_null : {null_input::returns_null, null_input::called}) {
        for (const bool allocates : {false, true}) {
            const auto drop = [&](int i) {
                return allocates ? fmt::format(
                                       "(if (i64.ge_s (local.get {0}) (i64.const 0)) (then "
                                       "(call $free (i32.wrap_i64 (local.get {0}))))) ",
                                       i)
                                 : std::string();
            };
            const auto function = fmt::format(fmt::runtime(choose), drop(0), drop(1));
            const auto code =
                compile(define("longest", {native(type_kind::text), native(type_kind::text)},
                               native(type_kind::text), on_null,
                               allocates ? allocating_module_of(function) : module_of(function)));
            ASSERT_TRUE(code.ok()) << code.error().message();
            const auto initial =
                on_null == null_input::called ? optional_bytes() : optional_bytes("ab");
            const auto longest = fold(**code, initial, columns, 123);
            ASSERT_TRUE(longest.ok()) << longest.error().message();
            EXPECT_EQ(*longest, std::string(699, 'x') + "y");
        }
    }
}

TEST_F(language, passes_temporal_types_as_serialised_bytes) {
    const auto code = compile(define("same", {native(type_kind::timestamp)},
                                     native(type_kind::timestamp), null_input::returns_null,
                                     module_of(R"((func (export "same") (param i64) (result i64)
            (if (i64.ne (i64.shr_s (local.get 0) (i64.const 32)) (i64.const 8)) (then unreachable))
            (if (i32.ne (i32.load8_u (i32.wrap_i64 (local.get 0))) (i32.const 1)) (then unreachable))
            (local.get 0)))")));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int64_t>(type_kind::timestamp, {0x0102030405060708}));
    const auto out = call(**code, native(type_kind::timestamp), columns);
    ASSERT_TRUE(out.ok()) << out.error().message();
    EXPECT_THAT(natives_of<std::int64_t>(*out), ElementsAre(big(0x0102030405060708)));
}

TEST_F(language, results_larger_than_a_batch_come_in_pieces) {
    // 1 MB for every row: the adapter's memory holds a few of them at a time. The guest counts its
    // calls in the first byte, so a row called twice would show.
    const auto code = compile(define(
        "large", {native(type_kind::int_)}, native(type_kind::blob), null_input::returns_null,
        fmt::format(
            R"((module (memory (export "memory") 20) {} (global $calls (mut i32) (i32.const 0))
            (func (export "large") (param i32) (result i64)
              (i32.store8 (i32.const 2048) (global.get $calls))
              (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
              (i64.const {}))))",
            abi_one, (std::uint64_t{1} << 20) << 32 | 2048)));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<std::optional<std::int32_t>> values(40, 1);
    std::vector<data::column_vector> columns;
    columns.push_back(column_of<std::int32_t>(type_kind::int_, values));
    const auto out = call(**code, native(type_kind::blob), columns);
    ASSERT_TRUE(out.ok()) << out.error().message();
    ASSERT_EQ(out->size(), 40u);
    for (std::uint32_t row = 0; row < 40; ++row) {
        ASSERT_EQ(out->view(row).size(), 1u << 20);
        ASSERT_EQ(static_cast<std::uint8_t>(out->view(row)[0]), row);
    }
}

TEST_F(language, splits_arguments_by_bytes) {
    const auto code = compile(define("length", {native(type_kind::blob)}, native(type_kind::int_),
                                     null_input::returns_null,
                                     module_of(R"((func (export "length") (param i64) (result i32)
                   (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32)))))")));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<data::column_vector> columns;
    columns.emplace_back(native(type_kind::blob));
    std::vector<std::optional<std::int32_t>> want;
    for (int i = 0; i < 30; ++i) {
        columns[0].append_serialised(bytes(1'000'000 + i, 'b'));
        want.emplace_back(1'000'000 + i);
    }
    const auto out = call(**code, native(type_kind::int_), columns);
    ASSERT_TRUE(out.ok()) << out.error().message();
    EXPECT_EQ(natives_of<std::int32_t>(*out), want);
}

// ---- What CREATE FUNCTION refuses ---------------------------------------------------------------

TEST_F(language, refuses_what_is_not_a_module) {
    EXPECT_THAT(refusal(bigint_function("f", "(module (func")), HasSubstr("Compilation failed: "));
    EXPECT_THAT(refusal(bigint_function("f", "return 1")), HasSubstr("Compilation failed: "));
    EXPECT_THAT(refusal(bigint_function("f", "  ")), HasSubstr("Compilation failed: "));
    EXPECT_THAT(refusal(bigint_function("f", "AGFzbQEAAAD/")), HasSubstr("Compilation failed: "));
}

TEST_F(language, refuses_missing_exports) {
    constexpr std::string_view identity =
        "(func (export \"f\") (param i64) (result i64) (local.get 0))";
    EXPECT_EQ(refusal(bigint_function("g", module_of(identity))),
              "Function g was not found in given wasm source code");
    EXPECT_EQ(refusal(bigint_function("memory", module_of(identity))),
              "Exported object memory is not a function");
    EXPECT_EQ(
        refusal(bigint_function("f", fmt::format("(module (memory 2) {} {})", abi_one, identity))),
        "Memory export not found - please export `memory` in the wasm module");
    EXPECT_EQ(refusal(bigint_function(
                  "f", fmt::format("(module (memory (export \"memory\") 2) {})", identity))),
              "ABI export not found - please export `_scylla_abi` in the wasm module");
    EXPECT_THAT(
        refusal(bigint_function(
            "f", fmt::format("(module (memory (export \"memory\") 2) {} {})", abi_two, identity))),
        HasSubstr("_scylla_malloc"));
    EXPECT_THAT(
        refusal(bigint_function(
            "f", fmt::format("(module (memory (export \"memory\") 2) (global (export "
                             "\"_scylla_abi\") i32 (i32.const 1024)) (data (i32.const 1024) "
                             "\"\\03\") {})",
                             identity))),
        HasSubstr("ABI version 3"));
    EXPECT_THAT(refusal(bigint_function(
                    "f", fmt::format("(module (memory (export \"memory\") 2) (global (export "
                                     "\"_scylla_abi\") i32 (i32.const -2)) {})",
                                     identity))),
                HasSubstr("not an address"));
}

TEST_F(language, refuses_wrong_signatures) {
    EXPECT_EQ(refusal(bigint_function(
                  "f", module_of("(func (export \"f\") (param i32) (result i64) (i64.const 0))"))),
              "Incorrect wasm value kind for argument 1 of type bigint. Expected i64, got i32");
    EXPECT_EQ(refusal(bigint_function(
                  "f", module_of("(func (export \"f\") (param i64) (result f64) (f64.const 0))"))),
              "Incorrect wasm value kind returned. Expected i64, got f64");
    EXPECT_EQ(refusal(bigint_function(
                  "f", module_of("(func (export \"f\") (result i64) (i64.const 0))"))),
              "Incorrect wasm function argument count. Expected 1, got 0");
    EXPECT_EQ(refusal(bigint_function("f", module_of("(func (export \"f\") (param i64))"))),
              "Incorrect wasm value count returned. Expected 1, got 0");
}

TEST_F(language, refusals_quote_odd_and_long_names_readably) {
    const auto refused = refusal(bigint_function(
        "f",
        fmt::format("(module (import \"\\1b[2J\" \"{}\" (func)) (memory (export \"memory\") 2) {} "
                    "(func (export \"f\") (param i64) (result i64) (local.get 0)))",
                    std::string(90'000, 'x'), abi_one)));
    EXPECT_THAT(refused, HasSubstr("Import \\x1b[2J.xxx"));
    EXPECT_THAT(refused, HasSubstr("a function may import only wasi_snapshot_preview1"));
    EXPECT_LT(refused.size(), 5'000U);
}

TEST_F(language, refuses_other_imports_and_large_memories) {
    EXPECT_THAT(refusal(bigint_function(
                    "f", fmt::format("(module (import \"env\" \"system\" (func)) (memory (export "
                                     "\"memory\") 2) {} (func (export \"f\") (param i64) (result "
                                     "i64) (local.get 0)))",
                                     abi_one))),
                HasSubstr("Import env.system is not available"));
    EXPECT_THAT(refusal(bigint_function(
                    "f", fmt::format("(module (memory (export \"memory\") 513) {} (func (export "
                                     "\"f\") (param i64) (result i64) (local.get 0)))",
                                     abi_one))),
                HasSubstr("the limit is 33554432 bytes"));
}

}  // namespace
}  // namespace nacre::udf::wasm
