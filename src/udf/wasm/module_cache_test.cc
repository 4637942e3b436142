// Machine code in memory and on disk: what is kept, what comes back, what goes.

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>

#include "udf/wasm/engine_state.h"
#include "udf/wasm/guest_test_support.h"

namespace nacre::udf::wasm {
namespace {

using schema::null_input;
using testing::HasSubstr;
using types::type_kind;

class code_cache : public testing::Test {
  protected:
    code_cache() { std::filesystem::remove_all(_directory); }
    ~code_cache() override { std::filesystem::remove_all(_directory); }

    [[nodiscard]] std::unique_ptr<wasm_engine> open(sandbox_limits limits = {.instances_max = 4},
                                                    std::filesystem::path program = {}) const {
        return std::move(*wasm_engine::create({.limits = limits,
                                               .artefact_directory = _directory,
                                               .compile_program = std::move(program)}));
    }
    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(_directory), {}));
    }

    const std::filesystem::path _directory =
        std::filesystem::path(testing::TempDir()) / ("nacre-code-" + std::to_string(getpid()));
};

module_source numbered_module(int number) {
    return module_source::of(
        fmt::format("(module (func (export \"f\") (result i32) (i32.const {})))", number));
}

TEST_F(code_cache, artefacts_come_back_after_a_restart_and_rotten_ones_do_not) {
    const auto source = numbered_module(1);
    {
        const auto engine = open();
        auto& modules = *engine->state().modules;
        const auto first = modules.get(source);
        ASSERT_TRUE(first.ok());
        EXPECT_EQ(first->get(), modules.get(source)->get());
        EXPECT_EQ(modules.now().compilations, 1u);
        EXPECT_EQ(modules.now().hits, 1u);
    }
    {
        const auto engine = open();
        ASSERT_TRUE(engine->state().modules->get(source).ok());
        EXPECT_EQ(engine->now().compilations, 0u);
        EXPECT_EQ(engine->now().code_loads, 1u);
    }
    for (const auto& file : std::filesystem::directory_iterator(_directory)) {
        std::fstream rot(file.path(), std::ios::in | std::ios::out | std::ios::binary);
        rot.seekp(500);
        rot.put('!');
    }
    {
        const auto engine = open();
        ASSERT_TRUE(engine->state().modules->get(source).ok());
        EXPECT_EQ(engine->now().compilations, 1u);
    }
}

TEST_F(code_cache, what_a_child_process_compiles_runs_here) {
    const auto engine = open({.instances_max = 4}, "/proc/self/exe");
    auto& modules = *engine->state().modules;
    ASSERT_TRUE(modules.get(numbered_module(1)).ok());
    EXPECT_EQ(modules.get(module_source::of("(module (func (result i32)))")).error().code(),
              error_code::invalid);
    EXPECT_EQ(engine->now().compilations, 1u);
    EXPECT_EQ(engine->now().compilations_failed, 1u);
    EXPECT_GT(engine->now().compile_time.count(), 0);
    EXPECT_EQ(files(), 1u);
}

TEST_F(code_cache, stays_within_its_bounds_and_drops_what_was_used_least_lately) {
    const auto engine = open({.instances_max = 4, .code_modules_max = 3});
    auto& modules = *engine->state().modules;
    std::vector<module_source> sources;
    for (int i = 0; i < 5; ++i) sources.push_back(numbered_module(i));
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(modules.get(sources[i]).ok());
    ASSERT_NE(modules.find(sources[0].key), nullptr);
    ASSERT_TRUE(modules.get(sources[3]).ok());
    EXPECT_EQ(modules.find(sources[1].key), nullptr);
    EXPECT_NE(modules.find(sources[0].key), nullptr);
    EXPECT_EQ(modules.now().modules, 3u);
    EXPECT_EQ(modules.now().evictions, 1u);

    // What is in use stays, and nothing more fits then.
    const std::vector<compiled_module_ptr> in_use{
        *modules.get(sources[0]), *modules.get(sources[1]), *modules.get(sources[2])};
    const auto refused = modules.get(sources[4]);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), error_code::overloaded);
    EXPECT_THAT(refused.error().message(), HasSubstr("sandbox_code_bytes_max"));
    EXPECT_EQ(modules.now().modules, 3u);
}

TEST_F(code_cache, counts_bytes) {
    const auto engine = open();
    auto& modules = *engine->state().modules;
    const auto one = (*modules.get(numbered_module(1)))->code_bytes;
    EXPECT_EQ(one, std::filesystem::file_size(_directory / numbered_module(1).key));
    EXPECT_EQ(modules.now().code_bytes, one);
}

TEST_F(code_cache, drops_what_is_idle_and_what_no_function_needs) {
    const auto engine = open({.instances_max = 4, .code_idle_s_max = 1});
    auto& modules = *engine->state().modules;
    const auto source = numbered_module(1);
    ASSERT_TRUE(modules.get(source).ok());
    for (int i = 0; i < 50 && modules.now().modules > 0; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    EXPECT_EQ(modules.now().modules, 0u);
    EXPECT_EQ(modules.now().code_bytes, 0u);

    modules.add_holder(source.key);
    modules.add_holder(source.key);
    auto code = *modules.get(source);
    modules.remove_holder(source.key);
    EXPECT_EQ(modules.now().modules, 1u);
    modules.remove_holder(source.key);
    EXPECT_EQ(modules.now().modules, 0u);
}

TEST_F(code_cache, deletes_the_files_of_what_is_no_more) {
    {
        const auto engine = open();
        for (int i = 0; i < 3; ++i) {
            ASSERT_TRUE(engine->state().modules->get(numbered_module(i)).ok());
        }
        std::ofstream(_directory / "half-written.new.1.1") << "x";
    }
    EXPECT_EQ(files(), 4u);
    const auto engine = open();
    EXPECT_TRUE(engine->state().modules->has_artefact(numbered_module(1).key));
    engine->delete_unused_artefacts();
    EXPECT_EQ(files(), 1u);
    ASSERT_TRUE(engine->state().modules->get(numbered_module(1)).ok());
    EXPECT_EQ(engine->now().compilations, 0u);
}

// ---- Functions ----------------------------------------------------------------------------------

class many_functions : public code_cache {
  protected:
    static schema::function_ptr function_of(int number) {
        auto made = std::make_shared<schema::function_definition>();
        made->keyspace = "ks";
        made->name = "f";
        made->argument_names = {"a"};
        made->argument_types = {native(type_kind::bigint)};
        made->return_type = native(type_kind::bigint);
        made->on_null = null_input::returns_null;
        made->language = "wasm";
        made->body = fmt::format(
            "(module (memory (export \"memory\") 1) {} (func (export \"f\") (param i64) (result "
            "i64) (i64.add (local.get 0) (i64.const {}))))",
            abi_one, number);
        return made;
    }

    result<function::compiled_ptr> compile(function::language& language, int number) {
        return runtime::run_blocking(
            shards.at(0),
            [](function::language& l,
               schema::function_ptr d) -> runtime::task<result<function::compiled_ptr>> {
                co_return co_await l.compile(std::move(d));
            }(language, function_of(number)));
    }

    /// f(1000), or what went wrong.
    std::string call(const function::compiled& code) {
        return runtime::run_blocking(
            shards.at(0), [](const function::compiled& c) -> runtime::task<std::string> {
                auto instance = std::move(*c.instantiate({}));
                const auto column = column_of<std::int64_t>(type_kind::bigint, {1'000});
                const std::vector<const data::column_vector*> arguments{&column};
                const data::selection rows{0};
                data::column_vector out(native(type_kind::bigint));
                const function::call_batch batch{
                    .arguments = arguments, .rows = rows, .result = out};
                const auto called = co_await instance->call(batch);
                if (!called) co_return called.error().message();
                co_return std::to_string(out.native<std::int64_t>()[0]);
            }(code));
    }

    runtime::shard_group shards{1};
    statistics_registry statistics;
};

TEST_F(many_functions, start_cold_without_compiling_or_loading_and_stay_within_the_bound) {
    constexpr int count = 200;
    {
        const auto engine = open();
        const auto language = make_language(*engine, statistics, {});
        for (int i = 0; i < count; ++i) ASSERT_TRUE(compile(*language, i).ok());
        EXPECT_EQ(engine->now().compilations, count + 1u);  // and one adapter for all
        engine->stop();
    }
    const auto engine = open({.instances_max = 4, .code_modules_max = 20});
    const auto language = make_language(*engine, statistics, {});
    std::vector<function::compiled_ptr> functions;
    for (int i = 0; i < count; ++i) functions.push_back(*compile(*language, i));
    EXPECT_EQ(engine->now().compilations, 0u);
    EXPECT_EQ(engine->now().code_loads, 0u);
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < count; ++i) {
            ASSERT_EQ(call(*functions[static_cast<std::size_t>(i)]), std::to_string(1'000 + i));
            ASSERT_LE(engine->now().code_modules, 20u);
        }
    }
    EXPECT_EQ(engine->now().compilations, 0u);
    EXPECT_EQ(engine->now().code_loads, 2u * count + 1);
    functions.clear();
    EXPECT_EQ(engine->now().code_modules, 0u);
    engine->stop();
}

TEST_F(many_functions, work_without_their_artefacts_and_records) {
    {
        const auto engine = open();
        const auto language = make_language(*engine, statistics, {});
        ASSERT_TRUE(compile(*language, 1).ok());
        engine->stop();
    }
    const auto engine = open();
    const auto language = make_language(*engine, statistics, {});
    const auto code = *compile(*language, 1);
    // Gone between the start and the first call: the call compiles.
    std::filesystem::remove_all(_directory);
    std::filesystem::create_directories(_directory);
    EXPECT_EQ(call(*code), "1001");
    EXPECT_EQ(engine->now().compilations, 2u);
    engine->stop();
}

TEST_F(many_functions, wait_for_the_compiler_in_a_queue_that_is_bounded) {
    const auto engine = open({.instances_max = 4, .compile_waiting_max = 2});
    auto& state = engine->state();
    state.compilations_waiting = 3;
    const auto language = make_language(*engine, statistics, {});
    const auto refused = compile(*language, 1);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), error_code::overloaded);
    EXPECT_THAT(refused.error().message(), HasSubstr("sandbox_compile_waiting_max is 2"));
    state.compilations_waiting = 2;
    EXPECT_TRUE(compile(*language, 1).ok());
    engine->stop();
}

TEST_F(many_functions, do_not_wait_for_the_compiler_for_ever) {
    const auto engine = open({.instances_max = 4, .compile_wait_ms_max = 1'000});
    auto& state = engine->state();
    state.compilers.post([&state] {
        while (state.compilations_waiting == 0) std::this_thread::yield();
        std::this_thread::sleep_for(std::chrono::milliseconds(1'200));
    });
    const auto language = make_language(*engine, statistics, {});
    const auto refused = compile(*language, 1);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), error_code::overloaded);
    EXPECT_THAT(refused.error().message(), HasSubstr("sandbox_compile_wait_ms_max is 1000"));
    EXPECT_TRUE(compile(*language, 1).ok());
    engine->stop();
}

}  // namespace
}  // namespace nacre::udf::wasm
