// Every proposal of WebAssembly, on or off as docs/reference/wasm.md says: a module that uses it
// answers, or CREATE FUNCTION refuses it and says what is not there.

#include <gmock/gmock.h>

#include "udf/wasm/guest_test_support.h"

namespace nacre::udf::wasm {
namespace {

using schema::null_input;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using types::type_kind;

class proposals : public wasm_test {
  protected:
    /// What `f(n bigint) → bigint` of the module answers to 20, or why there is no answer.
    std::string answer(std::string_view contents,
                       std::string_view memory = R"((memory (export "memory") 1))") {
        const auto code = compile(define(
            "f", {native(type_kind::bigint)}, native(type_kind::bigint), null_input::returns_null,
            fmt::format("(module {} {} {})", memory, abi_one, contents)));
        if (!code.ok()) return code.error().message();
        std::vector<data::column_vector> columns;
        columns.push_back(column_of<std::int64_t>(type_kind::bigint, {20}));
        const auto out = call(**code, native(type_kind::bigint), columns);
        if (!out.ok()) return out.error().message();
        return std::to_string(out->native<std::int64_t>()[0]);
    }
};

constexpr std::string_view plain = "(func (export \"f\") (param i64) (result i64) (local.get 0))";

TEST_F(proposals, multi_value_is_on) {
    EXPECT_EQ(answer(R"((func $two (param i64) (result i64 i64) (local.get 0) (i64.const 2))
        (func (export "f") (param i64) (result i64) (i64.add (call $two (local.get 0)))))"),
              "22");
}

TEST_F(proposals, sign_extension_and_saturating_conversion_are_on) {
    EXPECT_EQ(answer(R"((func (export "f") (param i64) (result i64)
        (i64.add (i64.extend8_s (i64.const 0xff))
                 (i64.trunc_sat_f64_s (f64.const nan)))))"),
              "-1");
}

TEST_F(proposals, bulk_memory_is_on) {
    EXPECT_EQ(answer(R"((func (export "f") (param i64) (result i64)
        (memory.fill (i32.const 2048) (i32.const 1) (i32.const 8))
        (memory.copy (i32.const 4096) (i32.const 2048) (i32.const 1))
        (i64.load (i32.const 4096))))"),
              "1");
}

TEST_F(proposals, reference_types_are_on) {
    EXPECT_EQ(answer(R"((table $t 2 funcref) (table $u 1 externref) (elem declare func $g)
        (type $g_type (func (param i64) (result i64)))
        (func $g (type $g_type) (i64.add (local.get 0) (i64.const 1)))
        (func (export "f") (param i64) (result i64)
          (table.set $t (i32.const 1) (ref.func $g))
          (call_indirect $t (type $g_type) (local.get 0) (i32.const 1))))"),
              "21");
}

TEST_F(proposals, simd_is_on) {
    EXPECT_EQ(answer(R"((func (export "f") (param i64) (result i64)
        (i64x2.extract_lane 1 (i64x2.add (i64x2.splat (local.get 0)) (i64x2.splat (i64.const 2))))))"),
              "22");
}

TEST_F(proposals, relaxed_simd_is_on_with_one_meaning) {
    // An index out of range may give anything or zero; here it is zero, everywhere.
    EXPECT_EQ(answer(R"((func (export "f") (param i64) (result i64)
        (i64x2.extract_lane 0 (i8x16.relaxed_swizzle
          (i8x16.splat (i32.const 9)) (i8x16.splat (i32.const 100))))))"),
              "0");
}

TEST_F(proposals, tail_calls_are_on) {
    EXPECT_EQ(answer(R"((func $count (param i64 i64) (result i64)
          (if (i64.eqz (local.get 0)) (then (return (local.get 1))))
          (return_call $count (i64.sub (local.get 0) (i64.const 1))
                              (i64.add (local.get 1) (i64.const 1))))
        (func (export "f") (param i64) (result i64)
          (call $count (i64.const 1000000) (i64.const 0))))"),
              "1000000");
}

TEST_F(proposals, exceptions_are_on) {
    EXPECT_EQ(answer(R"((tag $t (param i64))
        (func (export "f") (param i64) (result i64)
          (block $caught (result i64)
            (try_table (catch $t $caught) (throw $t (i64.const 5)))
            unreachable)))"),
              "5");
    EXPECT_THAT(answer(R"((tag $t)
        (func (export "f") (param i64) (result i64) (throw $t)))"),
                StartsWith("execution of 'ks.f[bigint]' failed: "));
}

TEST_F(proposals, extended_constants_are_on) {
    EXPECT_EQ(answer(R"((global $g i64 (i64.add (i64.const 20) (i64.const 3)))
        (func (export "f") (param i64) (result i64) (global.get $g)))"),
              "23");
}

TEST_F(proposals, a_module_has_one_memory) {
    EXPECT_EQ(answer(plain, R"((memory (export "memory") 1) (memory 1))"),
              "Compilation failed: the module has 2 memories, a function may have one");
}

TEST_F(proposals, the_others_are_off_and_say_so) {
    const auto refuses = [this](std::string_view contents, std::string_view what,
                                std::string_view memory = R"((memory (export "memory") 1))") {
        EXPECT_THAT(answer(contents, memory),
                    AllOf(StartsWith("Compilation failed: "), HasSubstr(what)))
            << contents;
    };
    refuses(plain, "memory64", R"((memory (export "memory") i64 1))");
    refuses(plain, "threads", R"((memory (export "memory") 1 1 shared))");
    refuses(R"((func (export "f") (param i64) (result i64)
                 (i64.atomic.load (i32.const 0))))",
            "threads");
    refuses(fmt::format("(type $s (struct (field i32))) {}", plain), "gc");
    refuses(R"((type $t (func (param i64) (result i64)))
               (func (export "f") (param i64) (result i64) (local $r (ref null $t))
                 (call_ref $t (local.get 0) (local.get $r))))",
            "function");
    refuses(R"((func (export "f") (param i64) (result i64)
                 (i64.mul_wide_s (local.get 0) (local.get 0)) drop))",
            "wide arithmetic");
    refuses(plain, "custom page sizes", R"((memory (export "memory") 1 (pagesize 1)))");
    refuses(fmt::format("(type $f (func)) (type $c (cont $f)) {}", plain), "stack switching");
}

TEST_F(proposals, components_are_no_modules) {
    const auto refused = refusal(define("f", {native(type_kind::bigint)}, native(type_kind::bigint),
                                        null_input::returns_null, "(component)"));
    EXPECT_THAT(refused, StartsWith("Compilation failed: "));
}

}  // namespace
}  // namespace nacre::udf::wasm
