/// Users' modules of ABI 3.
#include <gmock/gmock.h>

#include "udf/wasm/guest_test_support.h"

namespace nacre::udf::wasm {
namespace {

using schema::null_input;
using testing::ElementsAre;
using testing::HasSubstr;
using types::type_kind;

using big = std::optional<std::int64_t>;

// What every module of ABI 3 has; the buffer is always the same.
constexpr std::string_view common = R"(
  (memory (export "memory") 4)
  (global $row (export "nacre_row") (mut i32) (i32.const 0))
  (func (export "nacre_reserve") (param i32) (result i32)
    (select (i32.const 65536) (i32.const 0) (i32.le_u (local.get 0) (i32.const 131072))))
  (data (i32.const 16) "it went wrong")
  (func (export "nacre_error") (result i64) (i64.const 0xd00000010))
)";

// bigint + 1 for every row.
constexpr std::string_view next = R"(
  (func (export "nacre_call_next") (param $b i32) (result i32)
    (local $i i32) (local $n i32) (local $in i32) (local $out i32)
    (local.set $n (i32.load (local.get $b)))
    (local.set $in (i32.load offset=12 (local.get $b)))
    (local.set $out (i32.load offset=28 (local.get $b)))
    (i32.store offset=24 (local.get $b) (i32.const 0))
    (block $done (loop $rows
      (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
      (i64.store (i32.add (local.get $out) (i32.shl (local.get $i) (i32.const 3)))
        (i64.add (i64.const 1)
          (i64.load (i32.add (local.get $in) (i32.shl (local.get $i) (i32.const 3))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $rows)))
    (i32.const 0))
)";
constexpr std::string_view next_line =
    R"((@custom "nacre.functions" "next(v bigint) RETURNS NULL ON NULL INPUT RETURNS bigint\n"))";

class batch_module : public wasm_test {
  protected:
    static std::string module_of(std::string_view fields) {
        return fmt::format("(module {} {})", common, fields);
    }
    static schema::function_ptr function_of(std::string name, std::string_view fields) {
        return define(std::move(name), {native(type_kind::bigint)}, native(type_kind::bigint),
                      null_input::returns_null, module_of(fields));
    }
    static schema::function_ptr next_of(std::string_view fields) {
        return function_of("next", fields);
    }
    static std::vector<data::column_vector> numbers(const std::vector<big>& values) {
        std::vector<data::column_vector> columns;
        columns.push_back(column_of<std::int64_t>(type_kind::bigint, values));
        return columns;
    }
    std::vector<big> answers(const schema::function_ptr& definition,
                             const std::vector<big>& values) {
        const auto code = compile(definition);
        if (!code.ok()) {
            ADD_FAILURE() << code.error().message();
            return {};
        }
        const auto out = call(**code, native(type_kind::bigint), numbers(values));
        if (!out.ok()) {
            ADD_FAILURE() << out.error().message();
            return {};
        }
        return natives_of<std::int64_t>(*out);
    }
};

TEST_F(batch_module, is_called_for_columns) {
    const auto definition = next_of(fmt::format("{}{}", next, next_line));
    const auto code = compile(definition);
    EXPECT_THAT(answers(definition, {1, -1, 41}), ElementsAre(big(2), big(0), big(42)));
    const auto figures = statistics.snapshot();
    ASSERT_EQ(figures.size(), 1u);
    EXPECT_EQ(figures[0].statistics->calls, 1u);
    EXPECT_EQ(figures[0].statistics->rows, 3u);
}

TEST_F(batch_module, may_have_many_functions_under_names_of_their_own) {
    const auto fields = fmt::format(
        R"({}{} (@custom "nacre.functions" "seven(v bigint) CALLED ON NULL INPUT RETURNS bigint")
        (func (export "nacre_call_seven") (param $b i32) (result i32) (local $i i32)
          (i32.store offset=24 (local.get $b) (i32.const 0))
          (loop $rows
            (i64.store (i32.add (i32.load offset=28 (local.get $b))
                                (i32.shl (local.get $i) (i32.const 3))) (i64.const 7))
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (br_if $rows (i32.lt_u (local.get $i) (i32.load (local.get $b)))))
          (i32.const 0)))",
        next, next_line);
    auto renamed = std::make_shared<schema::function_definition>(*next_of(fields));
    renamed->name = "Something else";
    renamed->options["export"] = "next";
    EXPECT_THAT(answers(renamed, {1}), ElementsAre(big(2)));
    const auto seven = define("seven", {native(type_kind::bigint)}, native(type_kind::bigint),
                              null_input::called, module_of(fields));
    EXPECT_THAT(answers(seven, {1, std::nullopt}), ElementsAre(big(7), big(7)));
}

TEST_F(batch_module, is_preferred_to_the_same_function_by_abi_two) {
    // By ABI 2 it would be a trap.
    EXPECT_THAT(
        answers(next_of(fmt::format("{}{}{}{} (func (export \"next\") (param i64) (result i64) "
                                    "unreachable)",
                                    next, next_line, abi_two, allocator)),
                {1}),
        ElementsAre(big(2)));
}

TEST_F(batch_module, a_later_version_falls_back_on_abi_two_or_is_refused) {
    constexpr std::string_view later = "(@custom \"nacre.functions\" \"abi 4\\n\")";
    EXPECT_EQ(refusal(next_of(fmt::format("{}{}{}", next, next_line, later))),
              "The module is built for ABI version 4, this server has versions 1 to 3");
    EXPECT_THAT(
        answers(next_of(fmt::format("{}{}{}{}{} (func (export \"next\") (param i64) (result i64) "
                                    "(i64.const 5))",
                                    next, next_line, later, abi_two, allocator)),
                {1}),
        ElementsAre(big(5)));
}

TEST_F(batch_module, must_fit_its_declaration) {
    EXPECT_EQ(refusal(next_of(next)),
              "The module does not say which types next has: its section nacre.functions needs a "
              "line for it");
    EXPECT_EQ(
        refusal(next_of(fmt::format("{}(@custom \"nacre.functions\" \"next(v int) RETURNS NULL ON "
                                    "NULL INPUT RETURNS bigint\")",
                                    next))),
        "The declaration does not fit the module: it declares next(bigint) RETURNS NULL ON NULL "
        "INPUT RETURNS bigint, the module has next(int) RETURNS NULL ON NULL INPUT RETURNS bigint");
    EXPECT_THAT(
        refusal(next_of(fmt::format("{}(@custom \"nacre.functions\" \"next(\\ff)\")", next))),
        HasSubstr("is not UTF-8 text"));
    EXPECT_THAT(
        refusal(next_of(fmt::format("{}(@custom \"nacre.functions\" \"next: bigint\")", next))),
        HasSubstr("can't be read: `(` is expected in line 1, `next: bigint`"));
}

TEST_F(batch_module, the_section_binds_modules_of_the_other_versions_too) {
    const auto plain = fmt::format(
        "(module (memory (export \"memory\") 2) {} (func (export \"next\") (param i64) (result "
        "i64) (local.get 0)) (@custom \"nacre.functions\" \"next(v {{}}) RETURNS NULL ON NULL "
        "INPUT "
        "RETURNS bigint\"))",
        abi_one);
    const auto with = [&](std::string_view type) {
        return define("next", {native(type_kind::bigint)}, native(type_kind::bigint),
                      null_input::returns_null, fmt::format(fmt::runtime(plain), type));
    };
    EXPECT_THAT(answers(with("bigint"), {9}), ElementsAre(big(9)));
    EXPECT_THAT(refusal(with("timestamp")), HasSubstr("the module has next(timestamp)"));
    EXPECT_THAT(refusal(with("")), HasSubstr("can't be read"));
}

TEST_F(batch_module, must_have_all_its_exports_in_shape) {
    const auto with = [&](std::string_view text) {
        return define("next", {native(type_kind::bigint)}, native(type_kind::bigint),
                      null_input::returns_null, fmt::format("(module {} {})", next_line, text));
    };
    const std::string call =
        "(func (export \"nacre_call_next\") (param i32) (result i32) (i32.const 0))";
    const std::string reserve =
        "(func (export \"nacre_reserve\") (param i32) (result i32) (i32.const 0))";
    const std::string error = "(func (export \"nacre_error\") (result i64) (i64.const 0))";
    const std::string memory = "(memory (export \"memory\") 1)";
    EXPECT_EQ(refusal(with(call + reserve + error)),
              "Memory export not found - please export `memory` in the wasm module");
    EXPECT_EQ(refusal(with(call + error + memory)),
              "Export nacre_reserve not found: it is part of the batch interface");
    EXPECT_EQ(refusal(with(call + reserve + memory)),
              "Export nacre_error not found: it is part of the batch interface");
    EXPECT_EQ(refusal(with("(func (export \"nacre_call_next\") (param i64) (result i32) "
                           "(i32.const 0))" +
                           reserve + error + memory)),
              "Exported function nacre_call_next must have the type (i32) -> (i32), it has (i64) "
              "-> (i32)");
    EXPECT_EQ(refusal(with("(func (export \"nacre_fold_next\") (param i32) (result i32) "
                           "(i32.const 0))" +
                           call + reserve + error + memory)),
              "Export nacre_set_state_next not found: it is part of the batch interface");
    EXPECT_EQ(refusal(with("(global (export \"nacre_row\") i64 (i64.const 0))" + call + reserve +
                           error + memory)),
              "Exported object nacre_row is not an i32 global");
    EXPECT_EQ(refusal(with("(global (export \"nacre_panic\") i64 (i64.const 0))" + call + reserve +
                           error + memory)),
              "Exported object nacre_panic is not an i32 global");
    EXPECT_THAT(refusal(with("(start $f) (func $f unreachable)" + call + reserve + error + memory)),
                HasSubstr("The module can't be instantiated"));
}

TEST_F(batch_module, may_say_why_it_traps) {
    // Version 3 and version 2 of one module: 13 at 1024 is where the text of 13 bytes is told.
    constexpr std::string_view traps = R"(
      (global (export "nacre_panic") i32 (i32.const {0})) (data (i32.const 1024) "{1}")
      (func $end unreachable)
      (func (export "nacre_call_next") (param i32) (result i32)
        (global.set $row (i32.const 1)) {2} (i32.const 0))
      (func (export "f") (param i64) (result i64) {2} (local.get 0))
      (global (export "_scylla_abi") i32 (i32.const 1040)) (data (i32.const 1040) "\01"))";
    const auto reason = [&](std::string_view name, std::uint32_t at, std::string_view pair,
                            std::string_view end) {
        auto definition = function_of(
            std::string(name),
            fmt::format("{}{}", fmt::format(fmt::runtime(traps), at, pair, end), next_line));
        const auto code = compile(definition);
        if (!code.ok()) return code.error().message();
        const auto out = call(**code, native(type_kind::bigint), numbers({5, 6}));
        return out.ok() ? "no error" : out.error().message();
    };
    const std::string_view pair = R"(\10\00\00\00\0d\00\00\00)";
    EXPECT_EQ(reason("next", 1024, pair, "(call $end)"),
              "execution of 'ks.next[bigint]' failed: it went wrong, called with (6)");
    EXPECT_EQ(reason("f", 1024, pair, "(call $end)"),
              "execution of 'ks.f[bigint]' failed: it went wrong, called with (5)");
    // Nothing is told by other traps, by no text, and by what is outside of the memory.
    EXPECT_THAT(reason("f", 1024, pair, "(drop (i32.load (i32.const -1)))"),
                HasSubstr("out of bounds"));
    EXPECT_THAT(reason("f", 1024, R"(\10\00\00\00\00\00\00\00)", "(call $end)"),
                HasSubstr("`unreachable` instruction executed"));
    EXPECT_THAT(reason("next", 1024, R"(\10\00\00\00\ff\ff\ff\ff)", "(call $end)"),
                HasSubstr("`unreachable` instruction executed"));
    EXPECT_THAT(reason("next", 262140, pair, "(call $end)"),
                HasSubstr("`unreachable` instruction executed"));
}

TEST_F(batch_module, tells_errors_and_the_row_at_which_it_stands) {
    // The third row fails; the row is told by value, and by an address as compilers export it.
    constexpr std::string_view fails = R"(
      (func (export "nacre_call_next") (param $b i32) (result i32) {} (i32.const 1)))";
    const auto reason = [&](const schema::function_ptr& definition) {
        const auto code = compile(definition);
        if (!code.ok()) return code.error().message();
        const auto out = call(**code, native(type_kind::bigint), numbers({5, 6, 77, 8}));
        return out.ok() ? "no error" : out.error().message();
    };
    EXPECT_EQ(reason(next_of(fmt::format(
                  "{}{}", fmt::format(fmt::runtime(fails), "(global.set $row (i32.const 2))"),
                  next_line))),
              "execution of 'ks.next[bigint]' failed: it went wrong, called with (77)");
    auto by_address = module_of(fmt::format(
        "{}{}", fmt::format(fmt::runtime(fails), "(i32.store (i32.const 1024) (i32.const 2))"),
        next_line));
    const std::string_view by_value = "(mut i32) (i32.const 0)";
    by_address.replace(by_address.find(by_value), by_value.size(), "i32 (i32.const 1024)");
    EXPECT_EQ(reason(define("next", {native(type_kind::bigint)}, native(type_kind::bigint),
                            null_input::returns_null, by_address)),
              "execution of 'ks.next[bigint]' failed: it went wrong, called with (77)");
}

// ---- Aggregates ---------------------------------------------------------------------------------

constexpr std::string_view sum_line =
    R"((@custom "nacre.functions" "sum(s bigint, v bigint) {} ON NULL INPUT RETURNS bigint\n"))";

TEST_F(batch_module, folds_batches_into_a_state_of_its_own) {
    const auto code = compile(define(
        "sum", {native(type_kind::bigint), native(type_kind::bigint)}, native(type_kind::bigint),
        null_input::returns_null,
        module_of(fmt::format("{}{}", fmt::format(fmt::runtime(sum_line), "RETURNS NULL"), R"(
  (func (export "nacre_call_sum") (param i32) (result i32) unreachable)
  (global $sum (mut i64) (i64.const 0))
  ;; The state's serialised form is big-endian; these tests only use states of one byte.
  (func (export "nacre_set_state_sum") (param $at i32) (param $size i32) (result i32)
    (global.set $sum (i64.load8_u offset=7 (local.get $at))) (i32.const 0))
  (func (export "nacre_get_state_sum") (result i64)
    (i64.store (i32.const 512) (i64.const 0))
    (i64.store8 (i32.const 519) (global.get $sum)) (i64.const 0x800000200))
  (func (export "nacre_fold_sum") (param $b i32) (result i32) (local $i i32)
    (loop $rows
      (global.set $sum (i64.add (global.get $sum)
        (i64.load (i32.add (i32.load offset=12 (local.get $b))
                           (i32.shl (local.get $i) (i32.const 3))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $rows (i32.lt_u (local.get $i) (i32.load (local.get $b)))))
    (i32.const 0)))"))));
    ASSERT_TRUE(code.ok()) << code.error().message();
    const auto sum = fold(**code, to_big_endian<std::int64_t>(100), numbers({1, 2, 3, 4, 5}), 2);
    ASSERT_TRUE(sum.ok()) << sum.error().message();
    EXPECT_EQ(*sum, to_big_endian<std::int64_t>(115));
}

TEST_F(batch_module, without_a_fold_of_its_own_is_called_for_each_row) {
    // sum as a plain function of two columns; -1 makes it null.
    constexpr std::string_view sum = R"(
  (func (export "nacre_call_sum") (param $b i32) (result i32) (local $sum i64)
    (if (i32.ne (i32.load (local.get $b)) (i32.const 1)) (then unreachable))
    (local.set $sum (i64.add (i64.load (i32.load offset=12 (local.get $b)))
                             (i64.load (i32.load offset=28 (local.get $b)))))
    (if (i64.ne (local.get $sum) (i64.const -1)) (then
      (i32.store8 (i32.load offset=40 (local.get $b)) (i32.const 1))))
    (i64.store (i32.load offset=44 (local.get $b)) (local.get $sum))
    (i32.const 0)))";
    const auto code = compile(define(
        "sum", {native(type_kind::bigint), native(type_kind::bigint)}, native(type_kind::bigint),
        null_input::returns_null,
        module_of(fmt::format("{}{}", fmt::format(fmt::runtime(sum_line), "RETURNS NULL"), sum))));
    ASSERT_TRUE(code.ok()) << code.error().message();
    std::vector<big> values;
    for (int i = 1; i <= 1000; ++i) values.emplace_back(i);
    const auto total = fold(**code, to_big_endian<std::int64_t>(7), numbers(values), 33);
    ASSERT_TRUE(total.ok()) << total.error().message();
    EXPECT_EQ(*total, to_big_endian<std::int64_t>(7 + 500'500));
    // A null state stays null.
    const auto lost = fold(**code, to_big_endian<std::int64_t>(1), numbers({-2, 5, 6}), 33);
    ASSERT_TRUE(lost.ok()) << lost.error().message();
    EXPECT_EQ(*lost, std::nullopt);
}

}  // namespace
}  // namespace nacre::udf::wasm
