// Compilation in child processes. The test program is its own compiler, so it has a main.

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <span>
#include <thread>

#include <gmock/gmock.h>
#include <unistd.h>

#include "udf/wasm/artefact.h"
#include "udf/wasm/compile_service.h"
#include "udf/wasm/compile_worker.h"
#include "udf/wasm/module_compiler.h"

int main(int argc, char** argv) {
    const std::span words(argv, static_cast<std::size_t>(argc));
    if (argc > 1 && std::string_view(words[1]) == nacre::udf::wasm::compile_command) {
        return nacre::udf::wasm::run_compile_worker(words.subspan(2));
    }
    testing::InitGoogleMock(&argc, argv);
    return RUN_ALL_TESTS();
}

namespace nacre::udf::wasm {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class compile_children : public testing::Test {
  protected:
    compile_children() { std::filesystem::create_directories(_directory); }
    ~compile_children() override { std::filesystem::remove_all(_directory); }

    /// The error's message; empty if the artefact is there and whole.
    std::string compile(bytes_view source, const sandbox_limits& limits = {}) {
        compile_service service("/proc/self/exe", limits);
        return compile_with(service, source);
    }
    std::string compile_with(compile_service& service, bytes_view source) {
        const auto key = artefact_key(source);
        const auto compiled = service.compile(source, key, _directory / key);
        if (!compiled) {
            EXPECT_EQ(compiled.error().code(), error_code::invalid);
            return compiled.error().message();
        }
        const auto artefact = read_whole_file(_directory / key);
        EXPECT_TRUE(artefact && sealed_code(key, *artefact));
        return "";
    }

    const std::filesystem::path _directory =
        std::filesystem::path(testing::TempDir()) / ("nacre-compile-" + std::to_string(getpid()));
};

std::string functions(std::uint32_t count) {
    std::string text = "(module ";
    for (std::uint32_t i = 0; i < count; ++i) text += "(func)";
    return text + ")";
}

std::string repeated(std::string_view before, std::string_view part, std::uint32_t times,
                     std::string_view after) {
    std::string text(before);
    for (std::uint32_t i = 0; i < times; ++i) text += part;
    return text + std::string(after);
}

TEST_F(compile_children, make_artefacts_and_say_what_is_wrong) {
    compile_service service("/proc/self/exe", {});
    EXPECT_EQ(compile_with(service, "(module (func (export \"f\")))"), "");
    EXPECT_THAT(compile_with(service, "(module (func (export \"f\") (result i32)))"),
                AllOf(StartsWith("Compilation failed: "), HasSubstr("type mismatch")));
    EXPECT_THAT(compile_with(service, "(modul"), StartsWith("Compilation failed: "));
    EXPECT_THAT(compile_with(service, bytes_view("\0asm\1\0\0\0\xff\xff", 10)),
                StartsWith("Compilation failed: "));
    EXPECT_EQ(compile_with(service, "(module (func (export \"g\")))"), "");
}

TEST_F(compile_children, count_the_functions) {
    const sandbox_limits few{.module_functions_max = 1'000};
    EXPECT_EQ(compile(functions(1'000), few), "");
    EXPECT_EQ(compile(functions(1'001), few),
              "Compilation failed: the module has 1001 functions, at most 1000 are allowed");
    EXPECT_EQ(compile(functions(60'000)),
              "Compilation failed: the module has 60000 functions, at most 50000 are allowed");
}

TEST_F(compile_children, allow_one_memory) {
    EXPECT_EQ(compile("(module (memory 1))"), "");
    EXPECT_EQ(compile("(module (memory 1) (memory 1))"),
              "Compilation failed: the module has 2 memories, a function may have one");
}

TEST_F(compile_children, bound_the_machine_code) {
    EXPECT_THAT(compile(functions(1'000), {.module_code_bytes_max = 64 << 10}),
                AllOf(StartsWith("Compilation failed: its machine code has "),
                      HasSubstr(" bytes, at most 65536 are allowed")));
}

TEST_F(compile_children, survive_what_is_deep_or_wide) {
    for (const auto& module :
         {repeated("(module (func ", "(block ", 20'000, std::string(20'000, ')') + "))"),
          repeated("(module (func (result i32) i32.const 0 ", "i32.eqz ", 200'000, "))"),
          repeated("(module (func (local ", "i64 ", 60'000, ")))"),
          repeated("(module (func (param ", "i64 ", 5'000, ")))"),
          repeated("(module (type (func)) ", "(export \"a\" (func 0))", 1, "(func))"),
          repeated("(module (func ", "(if (i32.const 1) (then ", 30'000,
                   std::string(60'000, ')') + "))")}) {
        const auto said = compile(module);
        EXPECT_TRUE(said.empty() || said.starts_with("Compilation failed: ")) << said;
    }
    EXPECT_EQ(compile("(module)"), "");
}

// Functions whose compilation takes long: many values that are alive at once, in many blocks.
std::string slow_module(int functions = 12, int blocks = 3'000) {
    std::string text = "(module ";
    for (int f = 0; f < functions; ++f) {
        text += "(func (param i64) (result i64) (local i64 i64 i64 i64 i64 i64 i64 i64) ";
        for (int i = 0; i < blocks; ++i) {
            text += fmt::format(
                "(if (i64.eqz (local.get {})) (then (local.set {} (i64.add "
                "(local.get {}) (i64.mul (local.get {}) (i64.const {}))))))",
                i % 9, (i * 7) % 9, (i * 5) % 9, (i * 3) % 9, i);
        }
        text += "(local.get 0))";
    }
    return text + ")";
}

TEST_F(compile_children, bound_the_time) {
    const auto module = slow_module();
    EXPECT_EQ(compile(module, {.compile_ms_max = 1'000}),
              "Compilation failed: it took more than 1000 ms");
    EXPECT_EQ(compile(module, {.compile_cpu_ms_max = 1'000}),
              "Compilation failed: it took more than 1000 ms of CPU time");
}

TEST_F(compile_children, bound_the_memory) {
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
    EXPECT_EQ(compile(slow_module(1, 30'000), {.compile_memory_bytes_max = 256 << 20}),
              "Compilation failed: it took more than 268435456 bytes of memory");
#endif
}

// Every child of this process is a compiler.
std::vector<pid_t> child_processes() {
    std::vector<pid_t> children;
    for (const auto& process : std::filesystem::directory_iterator("/proc")) {
        std::ifstream stat(process.path() / "stat");
        std::string name;
        std::string state;
        pid_t number = 0;
        pid_t parent = 0;
        if (stat >> number >> name >> state >> parent && parent == getpid() && state != "Z") {
            children.push_back(number);
        }
    }
    return children;
}

TEST_F(compile_children, die_alone) {
    compile_service service("/proc/self/exe", {});
    std::jthread killer([] {
        std::vector<pid_t> children;
        while (children.empty()) {
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            children = child_processes();
        }
        for (const auto child : children) kill(child, SIGABRT);
    });
    EXPECT_EQ(compile_with(service, slow_module()),
              "Compilation failed: the module is too much for the compiler (signal 6)");
    EXPECT_EQ(compile_with(service, "(module)"), "");
}

TEST_F(compile_children, end_with_the_service) {
    compile_service service("/proc/self/exe", {});
    std::jthread stopper([&service] {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        service.stop();
    });
    const auto began = std::chrono::steady_clock::now();
    EXPECT_FALSE(service.compile(slow_module(), "key", _directory / "key").ok());
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
    EXPECT_FALSE(service.compile("(module)", "key", _directory / "key").ok());
}

TEST(compile_worker, is_for_servers_only) {
    EXPECT_EQ(run_compile_worker({}), 2);
}

TEST(module_shape, counts_what_is_there_and_takes_no_harm_from_nonsense) {
    EXPECT_EQ(module_shape::of("").functions, 0u);
    EXPECT_EQ(
        module_shape::of(bytes_view("\0asm\1\0\0\0\3\xff\xff\xff\xff\xff\xff\xff\xff\xff", 18))
            .functions,
        0u);
    const auto shape =
        module_shape::of(bytes_view("\0asm\1\0\0\0\1\4\1\x60\0\0\3\3\2\0\0\5\3\1\0\1", 24));
    EXPECT_EQ(shape.functions, 2u);
    EXPECT_EQ(shape.memories, 1u);
}

}  // namespace
}  // namespace nacre::udf::wasm
