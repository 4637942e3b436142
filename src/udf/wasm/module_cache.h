#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "udf/wasm/handles.h"

namespace nacre::udf::wasm {

/// A compiled module: immutable, any thread.
struct compiled_module {
    module_handle module;
};
using compiled_module_ptr = std::shared_ptr<const compiled_module>;

/// Compiled modules by the content of their source. One per engine. Modules in use are shared;
/// others live as artefacts on disk, under a key of engine version and content hash, and come back
/// in milliseconds. Thread-safe; blocks, so it runs on the compiling threads.
class module_cache {
  public:
    /// `directory` may be empty: then nothing is kept on disk. `precompiled` are artefacts that
    /// outlive the cache.
    module_cache(wasm_engine_t* engine, std::filesystem::path directory,
                 std::vector<std::string_view> precompiled = {});

    /// `source` is a binary module or WebAssembly text. The error is 0x2200,
    /// "Compilation failed: …".
    [[nodiscard]] result<compiled_module_ptr> get(bytes_view source);

    /// How often a module was compiled, and how often its artefact was loaded instead.
    struct counts {
        std::uint64_t compiled = 0;
        std::uint64_t loaded = 0;
    };
    [[nodiscard]] counts figures() const;

  private:
    [[nodiscard]] module_handle load_artefact(const std::string& key) const;
    [[nodiscard]] module_handle accept(const std::string& key, bytes_view artefact) const;
    void keep_artefact(const std::string& key, const wasmtime_module_t& module) const;

    wasm_engine_t* _engine;
    std::filesystem::path _directory;
    std::vector<std::string_view> _precompiled;
    mutable std::mutex _mutex;
    std::map<std::string, std::weak_ptr<const compiled_module>> _in_use;
    counts _counts;
};

}  // namespace nacre::udf::wasm
