/// Every CQL type through the adapters of ABI 1 and 2, as argument and result, null and not.
#include "udf/wasm/adapter.h"

#include <sstream>

#include <gmock/gmock.h>

#include "udf/wasm/guest_test_support.h"
#include "udf/wasm/vector_file.h"

namespace nacre::udf::wasm {
namespace {

using schema::null_input;
using testing::HasSubstr;
using types::type_kind;

// What a function does with the value that it returns.
enum class answer : std::uint8_t { same_value, fresh_copy };

class adapter : public wasm_test {
  protected:
    // f(a, b) returns b. In version 2 it frees a, and b too if it answers with a copy.
    static std::string second_of_two(const types::type& t, null_input on_null, abi_version abi,
                                     answer how) {
        const auto form = form_of(t, on_null);
        const auto type = wasm_type(form);
        std::string work;
        if (form == value_form::sized && abi == abi_version::two) {
            work += free_if_present("(local.get 0)");
        }
        if (form == value_form::sized && how == answer::fresh_copy) work += copy_second(abi);
        return fmt::format(
            "(module (memory (export \"memory\") 8) {} {} (func (export \"f\") (param {} {}) "
            "(result {}) (local $size i32) (local $to i32) {} (local.get 1)))",
            abi == abi_version::two ? abi_two : abi_one,
            abi == abi_version::two ? allocator : std::string_view(), type, type, type, work);
    }
    static std::string free_if_present(std::string_view pair) {
        return fmt::format(
            "(if (i64.ge_s {0} (i64.const 0)) (then (call $free (i32.wrap_i64 {0})))) ", pair);
    }
    // Version 1 answers from a place of its own at 2048.
    static std::string copy_second(abi_version abi) {
        const bool allocates = abi == abi_version::two;
        return fmt::format(
            R"((if (i64.ge_s (local.get 1) (i64.const 0)) (then
              (local.set $size (i32.wrap_i64 (i64.shr_u (local.get 1) (i64.const 32))))
              (local.set $to {})
              (memory.copy (local.get $to) (i32.wrap_i64 (local.get 1)) (local.get $size))
              {}
              (local.set 1 (i64.or (i64.shl (i64.extend_i32_u (local.get $size)) (i64.const 32))
                                   (i64.extend_i32_u (local.get $to)))))) )",
            allocates ? "(call $malloc (local.get $size))" : "(i32.const 2048)",
            allocates ? "(call $free (i32.wrap_i64 (local.get 1)))" : "");
    }

    // Both columns hold the same values, in opposite order.
    void expect_unchanged(const types::type_ptr& t, const std::vector<optional_bytes>& values,
                          null_input on_null, abi_version abi, answer how) {
        const auto what = fmt::format("{} ABI {} {} {}", t->to_cql(), static_cast<int>(abi),
                                      on_null == null_input::called ? "called" : "returns null",
                                      how == answer::fresh_copy ? "copied" : "same");
        const auto code =
            compile(define("f", {t, t}, t, on_null, second_of_two(*t, on_null, abi, how)));
        ASSERT_TRUE(code.ok()) << what << ": " << code.error().message();
        std::vector<data::column_vector> columns;
        columns.emplace_back(t);
        columns.emplace_back(t);
        data::selection rows;
        std::vector<optional_bytes> want;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto& first = values[values.size() - 1 - i];
            columns[0].append(first);
            columns[1].append(values[i]);
            if (on_null == null_input::returns_null && (!first || !values[i])) continue;
            rows.push_back(static_cast<std::uint32_t>(i));
            want.push_back(values[i]);
        }
        const auto before = engine->now().guest_calls;
        const auto out = call(**code, t, columns, rows);
        ASSERT_TRUE(out.ok()) << what << ": " << out.error().message();
        EXPECT_EQ(values_of(*out), want) << what;
        // A fresh guest: one call for room, one for all rows.
        EXPECT_EQ(engine->now().guest_calls - before, rows.empty() ? 0U : 2U) << what;
    }
};

TEST(value_forms, of_numbers_are_numbers_where_no_null_can_come) {
    using enum type_kind;
    const auto form = [](type_kind kind) {
        return form_of(*native(kind), null_input::returns_null);
    };
    for (const auto kind : {boolean, tinyint, smallint, int_}) {
        EXPECT_EQ(form(kind), value_form::i32);
    }
    EXPECT_EQ(form(bigint), value_form::i64);
    EXPECT_EQ(form(float_), value_form::f32);
    EXPECT_EQ(form(double_), value_form::f64);
    // A counter's are bytes in ScyllaDB's own crate for functions.
    for (const auto kind : {counter, date, time, timestamp, text, uuid, varint}) {
        EXPECT_EQ(form(kind), value_form::sized);
    }
    EXPECT_EQ(form_of(*native(counter), null_input::called), value_form::sized);
}

TEST_F(adapter, every_type_passes_unchanged_with_one_call_of_the_host) {
    int types_seen = 0;
    for (const auto& block : read_vectors("encode.txt")) {
        // The vectors that are called by a type and hold all of its values.
        if (block.all("argument").size() != 1 || !block.has("result") ||
            block.one("argument") != block.one("result") || block.name.contains("_null") ||
            block.name.contains("another")) {
            continue;
        }
        const auto t = type_from(block.one("argument"));
        std::vector<optional_bytes> values;
        for (const auto& text : block.all("row")) values.push_back(value_from(text));
        // Sizes around those that are copied without a call of the host.
        if (t->kind() == type_kind::blob) {
            for (const std::size_t size :
                 {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 4000}) {
                bytes value;
                for (std::size_t i = 0; i < size; ++i) value += static_cast<char>(i * 7 + size);
                values.emplace_back(std::move(value));
            }
        }
        auto with_nulls = values;
        with_nulls.emplace_back(std::nullopt);
        with_nulls.insert(with_nulls.begin(), std::nullopt);
        with_nulls.insert(with_nulls.begin() + 2, std::nullopt);
        ++types_seen;
        for (const auto on_null : {null_input::returns_null, null_input::called}) {
            for (const auto abi : {abi_version::one, abi_version::two}) {
                for (const auto how : {answer::same_value, answer::fresh_copy}) {
                    expect_unchanged(t, values, on_null, abi, how);
                    expect_unchanged(t, with_nulls, on_null, abi, how);
                }
            }
        }
    }
    EXPECT_EQ(types_seen, 26);
}

// More rows than the guest's memory would hold if any of them left something behind.
class a_million_rows : public adapter {
  protected:
    std::uint64_t peak_after(abi_version abi, std::uint32_t batches) {
        const auto t = native(type_kind::text);
        const auto code =
            compile(define("f", {t, t}, t, null_input::called,
                           second_of_two(*t, null_input::called, abi, answer::fresh_copy)));
        EXPECT_TRUE(code.ok()) << code.error().message();
        constexpr std::uint32_t batch_rows = 4096;
        std::vector<data::column_vector> columns(2, data::column_vector(t));
        for (std::uint32_t row = 0; row < batch_rows; ++row) {
            columns[0].append_serialised(bytes(row % 300, 'a'));
            if (row % 5 == 0) {
                columns[1].append_null();
            } else {
                columns[1].append_serialised(fmt::format("row {}", row));
            }
        }
        run([](const function::compiled& c, const std::vector<data::column_vector>& in,
               std::uint32_t rounds) -> runtime::task<void> {
            const auto instance = std::move(*c.instantiate({}));
            const std::vector<const data::column_vector*> arguments{in.data(), in.data() + 1};
            data::selection rows(in[0].size());
            for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
            data::column_vector out(in[1].type());
            for (std::uint32_t round = 0; round < rounds; ++round) {
                out.clear();
                const auto done =
                    co_await instance->call({.arguments = arguments, .rows = rows, .result = out});
                EXPECT_TRUE(done.ok()) << done.error().message();
                if (!done.ok()) co_return;
            }
            EXPECT_EQ(values_of(out), values_of(in[1]));
        }(**code, columns, batches));
        return statistics.snapshot().at(0).statistics->memory_bytes_peak;
    }
};

TEST_F(a_million_rows, of_version_one_use_one_region_again_and_again) {
    const auto first = peak_after(abi_version::one, 1);
    EXPECT_EQ(peak_after(abi_version::one, 256), first);
    // The guest's 8 pages, one more for the arguments, and the batches.
    EXPECT_LT(first, 4U << 20);
}

TEST_F(a_million_rows, of_version_two_leave_no_block_behind) {
    // The allocator has 112 blocks and says that there is no room when they are used up.
    const auto first = peak_after(abi_version::two, 1);
    EXPECT_EQ(peak_after(abi_version::two, 256), first);
}

// ---- What does not fit --------------------------------------------------------------------------

class small_memory : public adapter {
  protected:
    static function_limits limits() {
        function_limits made;
        made.memory_bytes_max = 2 << 20;
        made.batch_argument_bytes_max = 256 << 10;
        return made;
    }
    small_memory() { language = make_language(*engine, statistics, limits()); }

    std::string failure(abi_version abi, const std::vector<std::size_t>& sizes) {
        const auto t = native(type_kind::blob);
        const auto number = native(type_kind::int_);
        const auto code = compile(define(
            "f", {number, t}, number, null_input::returns_null,
            fmt::format(
                "(module (memory (export \"memory\") 8) {} {} (func (export \"f\") (param "
                "i32 i64) (result i32) {} (local.get 0)))",
                abi == abi_version::two ? abi_two : abi_one,
                abi == abi_version::two ? allocator : std::string_view(),
                abi == abi_version::two ? "(call $free (i32.wrap_i64 (local.get 1)))" : "")));
        EXPECT_TRUE(code.ok()) << code.error().message();
        std::vector<data::column_vector> columns;
        columns.emplace_back(number);
        columns.emplace_back(t);
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            columns[0].append_native(static_cast<std::int32_t>(i));
            columns[1].append_serialised(bytes(sizes[i], 'x'));
        }
        const auto out = call(**code, number, columns);
        return out.ok() ? "no failure" : out.error().message();
    }
};

TEST_F(small_memory, names_the_row_that_is_too_large) {
    // Together they are more than the memory: they go in several batches.
    EXPECT_EQ(failure(abi_version::one, std::vector<std::size_t>(10, 400'000)), "no failure");
    // Too large for the adapter's memory, the user's, and the user's allocator.
    EXPECT_EQ(failure(abi_version::one, {10, 20, 3'000'000, 10}),
              "execution of 'ks.f[int, blob]' failed: its arguments take 3000120 bytes, more than "
              "its memory of 2097152 bytes holds, called with (2, <3000000 bytes>)");
    EXPECT_EQ(failure(abi_version::one, {10, 20, 1'800'000, 10}),
              "execution of 'ks.f[int, blob]' failed: no memory left for the arguments, called "
              "with (2, <1800000 bytes>)");
    EXPECT_EQ(failure(abi_version::two, {10, 5000, 10}),
              "execution of 'ks.f[int, blob]' failed: no memory left for the arguments, called "
              "with (1, <5000 bytes>)");
}

}  // namespace
}  // namespace nacre::udf::wasm
