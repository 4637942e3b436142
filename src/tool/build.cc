#include "tool/build.h"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "tool/files.h"
#include "tool/init.h"
#include "tool/program.h"
#include "tool/progress.h"
#include "tool/strip.h"
#include "tool/text_table.h"
#include "udf/wasm/module_text.h"

namespace nacre::tool {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view rust_target = "wasm32-unknown-unknown";

bool has_cpp_compiler() {
    if (find_program("clang++-19") || find_program("clang++") || find_program("zig")) return true;
    const auto done = run_program({"python3", "-c", "import ziglang"}, "/");
    return done && done->status == 0;
}

bool has_rust_target() {
    const auto done = run_program({"rustc", "--print", "sysroot"}, "/");
    if (!done || done->status != 0) return false;
    const fs::path root(done->output.substr(0, done->output.find_last_not_of("\n") + 1));
    return fs::exists(root / "lib" / "rustlib" / std::string(rust_target));
}

// What to install; empty if all is there.
std::string missing(source_language language) {
    switch (language) {
        case source_language::cpp:
            if (!find_program("python3")) return "python3 is missing: apt-get install python3";
            if (!has_cpp_compiler()) {
                return "there is no clang 19 or later. On Debian: apt-get install clang-19 lld-19 "
                       "wasi-libc libc++-19-dev-wasm32 libc++abi-19-dev-wasm32 "
                       "libclang-rt-19-dev-wasm32; anywhere: pip install ziglang==0.15.1";
            }
            return "";
        case source_language::rust:
            if (!find_program("cargo")) {
                return "cargo is missing: install Rust 1.87 or later from https://rustup.rs, then "
                       "rustup target add wasm32-unknown-unknown";
            }
            if (!has_rust_target()) {
                return "Rust has no WebAssembly here: rustup target add wasm32-unknown-unknown";
            }
            return "";
        case source_language::assemblyscript:
            if (!find_program("node") || !find_program("npm")) {
                return "Node.js is missing: apt-get install nodejs npm, or https://nodejs.org; the "
                       "compiler asc comes by npm install";
            }
            return "";
        default:
            return "";
    }
}

class module_build {
  public:
    explicit module_build(const project& what) : _what(what) {
        _directory = fs::absolute(what.directory).lexically_normal();
    }

    result<bytes> run() {
        NACRE_CHECK(write_library(_directory, _what.language));
        NACRE_TRY(auto module, compile());
        NACRE_TRY(auto stripped, strip(module));
        NACRE_CHECK(write_file(_what.module_file(), stripped));
        return stripped;
    }

  private:
    result<bytes> compile() {
        switch (_what.language) {
            case source_language::cpp:
                return cpp();
            case source_language::rust:
                return rust();
            case source_language::assemblyscript:
                return assemblyscript();
            default:
                return wat();
        }
    }

    status run_step(std::string_view what, std::vector<std::string> words) {
        _shown.step(what);
        NACRE_TRY(const auto done, run_program(words, _directory));
        _shown.clear();
        if (done.status == 0) return {};
        return invalid("{} failed:\n{}", fmt::join(words, " "), done.output);
    }

    status need_sources() const {
        if (_what.sources.empty()) return unusable("{} names no 'sources'", project_file);
        for (const auto& source : _what.sources) {
            if (!fs::exists(_directory / source)) {
                return unusable("there is no {}", (_what.directory / source).string());
            }
        }
        return {};
    }

    result<bytes> cpp() {
        NACRE_CHECK(need_sources());
        const auto made = _directory / "build" / "compiled.wasm";
        std::vector<std::string> words{"python3", "build/sdk/cpp/bin/nacre-c++"};
        words.insert(words.end(), _what.flags.begin(), _what.flags.end());
        words.insert(words.end(), _what.sources.begin(), _what.sources.end());
        words.insert(words.end(), {"-o", made.string()});
        NACRE_CHECK(run_step("compiling", std::move(words)));
        return read_file(made);
    }

    result<bytes> rust() {
        std::vector<std::string> words{
            "cargo",        "build",      "--release", "--target", std::string(rust_target),
            "--target-dir", "build/cargo"};
        words.insert(words.end(), _what.flags.begin(), _what.flags.end());
        NACRE_CHECK(run_step("cargo compiles, the first time its dependencies, too", words));
        return read_file(_directory / "build" / "cargo" / std::string(rust_target) / "release" /
                         "functions.wasm");
    }

    result<bytes> assemblyscript() {
        NACRE_CHECK(need_sources());
        if (!fs::exists(_directory / "node_modules" / ".bin" / "asc")) {
            NACRE_CHECK(run_step("npm fetches the compiler",
                                 {"npm", "install", "--no-audit", "--no-fund"}));
        }
        const auto made = _directory / "build" / "compiled.wasm";
        std::vector<std::string> words{"node_modules/.bin/asc"};
        words.insert(words.end(), _what.sources.begin(), _what.sources.end());
        words.insert(words.end(), {"--config", "node_modules/nacre-function/asconfig.json",
                                   "--outFile", made.string()});
        words.insert(words.end(), _what.flags.begin(), _what.flags.end());
        NACRE_CHECK(run_step("asc compiles", std::move(words)));
        return read_file(made);
    }

    result<bytes> wat() {
        NACRE_CHECK(need_sources());
        if (_what.sources.size() != 1) return unusable("a module of text is one file");
        NACRE_TRY(const auto text, read_file(_directory / _what.sources.front()));
        auto module = udf::wasm::module_of_text(text);
        if (module) return module;
        return invalid("{}: {}", _what.sources.front(), module.error().message());
    }

    const project& _what;
    fs::path _directory;
    progress _shown;
};

}  // namespace

exit_status build(const project& what, const build_options& options) {
    if (const auto needed = missing(what.language); !needed.empty()) {
        (void)report(unusable("{}", needed), options.is_json);
        return exit_status::no_toolchain;
    }
    if (is_script(what.language)) {
        if (!options.is_quiet)
            fmt::print("nothing to build: {} is a script\n", name_of(what.language));
        return exit_status::ok;
    }
    const auto module = module_build(what).run();
    if (!module) return report(module.error(), options.is_json);
    if (options.is_quiet) return exit_status::ok;
    if (options.is_json) {
        const nlohmann::json made{{"module", what.module_file().string()},
                                  {"bytes", module->size()}};
        fmt::print("{}\n", made.dump(2));
    } else {
        fmt::print("{}, {}\n", what.module_file().string(),
                   readable_bytes(static_cast<double>(module->size())));
    }
    return exit_status::ok;
}

}  // namespace nacre::tool
