#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "data/column_vector.h"
#include "function/language.h"
#include "runtime/shard.h"
#include "types/value.h"
#include "udf/wasm/engine.h"
#include "udf/wasm/language.h"

namespace nacre::udf::wasm {

inline const types::type_ptr& native(types::type_kind kind) {
    return types::type::native(kind);
}

/// One shard, one engine and LANGUAGE wasm, for tests: everything runs on the shard and is waited
/// for.
class wasm_test : public testing::Test {
  protected:
    explicit wasm_test(function_limits limits = {}) : _limits(limits) {
        engine = std::move(*wasm_engine::create({.limits = {.instances_max = 16}}));
        language = make_language(*engine, statistics, limits);
    }
    ~wasm_test() override { engine->stop(); }

    template <typename Work>
    auto run(Work work) {
        return runtime::run_blocking(shards.at(0), std::move(work));
    }

    static schema::function_ptr define(std::string name, std::vector<types::type_ptr> arguments,
                                       types::type_ptr returns, schema::null_input on_null,
                                       std::string body) {
        auto made = std::make_shared<schema::function_definition>();
        made->keyspace = "ks";
        made->name = std::move(name);
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            made->argument_names.push_back("a" + std::to_string(i));
        }
        made->argument_types = std::move(arguments);
        made->return_type = std::move(returns);
        made->on_null = on_null;
        made->language = "wasm";
        made->body = std::move(body);
        return made;
    }

    result<function::compiled_ptr> compile(const schema::function_ptr& definition) {
        return run([](function::language& l,
                      schema::function_ptr d) -> runtime::task<result<function::compiled_ptr>> {
            co_return co_await l.compile(std::move(d));
        }(*language, definition));
    }

    /// The message of the error that compiling ends with.
    std::string refusal(const schema::function_ptr& definition) {
        const auto compiled = compile(definition);
        if (compiled.ok()) return "it compiled";
        EXPECT_EQ(compiled.error().code(), error_code::invalid);
        return compiled.error().message();
    }

    /// Calls `code` for all rows of the columns, or for `rows` if given.
    result<data::column_vector> call(const function::compiled& code, const types::type_ptr& returns,
                                     const std::vector<data::column_vector>& columns,
                                     data::selection rows) {
        return run([](const function::compiled& c, types::type_ptr type,
                      const std::vector<data::column_vector>& in,
                      data::selection selected) -> runtime::task<result<data::column_vector>> {
            auto instance = std::move(*c.instantiate({}));
            std::vector<const data::column_vector*> arguments;
            for (const auto& column : in) arguments.push_back(&column);
            data::column_vector out(type);
            const function::call_batch batch{
                .arguments = arguments, .rows = selected, .result = out};
            NACRE_CO_CHECK(co_await instance->call(batch));
            co_return out;
        }(code, returns, columns, std::move(rows)));
    }
    result<data::column_vector> call(const function::compiled& code, const types::type_ptr& returns,
                                     const std::vector<data::column_vector>& columns) {
        data::selection rows(columns.front().size());
        for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
        return call(code, returns, columns, std::move(rows));
    }

    /// Folds all rows, in batches of `batch_rows`, from `state` on.
    result<optional_bytes> fold(const function::compiled& code, optional_bytes state,
                                const std::vector<data::column_vector>& columns,
                                std::uint32_t batch_rows) {
        return run([](const function::compiled& c, optional_bytes initial,
                      const std::vector<data::column_vector>& in,
                      std::uint32_t step) -> runtime::task<result<optional_bytes>> {
            auto instance = std::move(*c.instantiate({}));
            std::vector<const data::column_vector*> arguments;
            for (const auto& column : in) arguments.push_back(&column);
            NACRE_CO_CHECK(co_await instance->set_state(std::move(initial)));
            for (std::uint32_t from = 0; from < in.front().size(); from += step) {
                data::selection rows;
                for (auto i = from; i < std::min(from + step, in.front().size()); ++i) {
                    rows.push_back(i);
                }
                const function::fold_batch batch{.arguments = arguments, .rows = rows};
                NACRE_CO_CHECK(co_await instance->fold(batch));
            }
            co_return co_await instance->state();
        }(code, std::move(state), columns, batch_rows));
    }

    function_limits _limits;
    runtime::shard_group shards{1};
    statistics_registry statistics;
    std::unique_ptr<wasm_engine> engine;
    std::unique_ptr<function::language> language;
};

template <typename Native>
data::column_vector column_of(types::type_kind kind,
                              const std::vector<std::optional<Native>>& values) {
    data::column_vector column(native(kind));
    for (const auto& value : values) {
        if (value) {
            column.append_native(*value);
        } else {
            column.append_null();
        }
    }
    return column;
}

inline data::column_vector text_column(const std::vector<optional_bytes>& values) {
    data::column_vector column(native(types::type_kind::text));
    for (const auto& value : values) {
        if (value) {
            column.append_serialised(*value);
        } else {
            column.append_null();
        }
    }
    return column;
}

/// A column's values in the native protocol's form.
inline std::vector<optional_bytes> values_of(const data::column_vector& column) {
    std::vector<optional_bytes> all;
    for (std::uint32_t row = 0; row < column.size(); ++row) all.push_back(column.serialised(row));
    return all;
}

template <typename Native>
std::vector<std::optional<Native>> natives_of(const data::column_vector& column) {
    std::vector<std::optional<Native>> all;
    for (std::uint32_t row = 0; row < column.size(); ++row) {
        all.push_back(column.is_null(row) ? std::nullopt
                                          : std::optional(column.native<Native>()[row]));
    }
    return all;
}

// ---- Guests ---------------------------------------------------------------------------------

inline constexpr std::string_view abi_one =
    R"((global $abi i32 (i32.const 1024)) (export "_scylla_abi" (global $abi))
       (data (i32.const 1024) "\01"))";
inline constexpr std::string_view abi_two =
    R"((global $abi i32 (i32.const 1024)) (export "_scylla_abi" (global $abi))
       (data (i32.const 1024) "\02"))";

/// A first-fit allocator with a free list of blocks of one size, so that leaks show as growth and
/// double frees as wrong results. `live` counts the blocks in use.
inline constexpr std::string_view allocator = R"(
  (global $top (mut i32) (i32.const 65536))
  (global $free_list (mut i32) (i32.const 0))
  (global $live (export "live") (mut i32) (i32.const 0))
  (func $malloc (export "_scylla_malloc") (param $size i32) (result i32) (local $at i32)
    (if (i32.gt_u (local.get $size) (i32.const 4088)) (then (return (i32.const 0))))
    (global.set $live (i32.add (global.get $live) (i32.const 1)))
    (if (global.get $free_list) (then
      (local.set $at (global.get $free_list))
      (global.set $free_list (i32.load (local.get $at)))
      (return (local.get $at))))
    (local.set $at (global.get $top))
    (global.set $top (i32.add (global.get $top) (i32.const 4096)))
    (if (i32.gt_u (global.get $top) (i32.shl (memory.size) (i32.const 16)))
      (then (return (i32.const 0))))
    (local.get $at))
  (func $free (export "_scylla_free") (param $at i32)
    (global.set $live (i32.sub (global.get $live) (i32.const 1)))
    (i32.store (local.get $at) (global.get $free_list))
    (global.set $free_list (local.get $at)))
)";

}  // namespace nacre::udf::wasm
