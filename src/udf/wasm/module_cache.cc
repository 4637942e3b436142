#include "udf/wasm/module_cache.h"

#include <array>
#include <fstream>
#include <sstream>

#include <openssl/evp.h>
#include <unistd.h>

namespace nacre::udf::wasm {

namespace {

constexpr std::string_view binary_magic("\0asm", 4);

// Part of every key: raised when the engine or its settings change what an artefact means.
constexpr std::string_view artefact_version = "wasmtime-48.0.8/1";

bytes sha256(bytes_view first, bytes_view second) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    const std::unique_ptr<EVP_MD_CTX, deleter<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr);
    EVP_DigestUpdate(context.get(), first.data(), first.size());
    EVP_DigestUpdate(context.get(), second.data(), second.size());
    EVP_DigestFinal_ex(context.get(), digest.data(), &size);
    return {reinterpret_cast<const char*>(digest.data()), size};
}

error compilation_failed(const wasmtime_error_t& why) {
    return invalid("Compilation failed: {}", explain(why));
}

}  // namespace

module_cache::module_cache(wasm_engine_t* engine, std::filesystem::path directory,
                           std::vector<std::string_view> precompiled)
    : _engine(engine), _directory(std::move(directory)), _precompiled(std::move(precompiled)) {}

result<compiled_module_ptr> module_cache::get(bytes_view source) {
    const auto key = to_hex(sha256(artefact_version, source));
    {
        const std::lock_guard lock(_mutex);
        if (const auto found = _in_use.find(key); found != _in_use.end()) {
            if (auto alive = found->second.lock()) return alive;
            _in_use.erase(found);
        }
    }
    auto module = load_artefact(key);
    const bool loaded = module != nullptr;
    if (!loaded) {
        byte_vector from_text;
        if (!source.starts_with(binary_magic)) {
            if (const error_handle why{
                    wasmtime_wat2wasm(source.data(), source.size(), from_text.out())}) {
                return compilation_failed(*why);
            }
        }
        const auto binary = source.starts_with(binary_magic) ? source : from_text.view();
        wasmtime_module_t* compiled = nullptr;
        if (const error_handle why{
                wasmtime_module_new(_engine, reinterpret_cast<const std::uint8_t*>(binary.data()),
                                    binary.size(), &compiled)}) {
            return compilation_failed(*why);
        }
        module.reset(compiled);
        keep_artefact(key, *module);
    }
    const std::lock_guard lock(_mutex);
    ++(loaded ? _counts.loaded : _counts.compiled);
    auto& entry = _in_use[key];
    // Another thread may have been faster; share its module.
    if (auto alive = entry.lock()) return alive;
    auto made = std::make_shared<const compiled_module>(std::move(module));
    entry = made;
    return made;
}

module_cache::counts module_cache::figures() const {
    const std::lock_guard lock(_mutex);
    return _counts;
}

module_handle module_cache::load_artefact(const std::string& key) const {
    for (const auto& artefact : _precompiled) {
        if (auto module = accept(key, artefact)) return module;
    }
    if (_directory.empty()) return nullptr;
    std::ifstream file(_directory / key, std::ios::binary);
    if (!file) return nullptr;
    std::ostringstream contents;
    contents << file.rdbuf();
    return accept(key, std::move(contents).str());
}

// An artefact is the SHA-256 of its key and contents, then Wasmtime's serialised module. One that
// was cut short, has rotted or is another module's must not be run as machine code.
module_handle module_cache::accept(const std::string& key, bytes_view whole) const {
    constexpr std::size_t digest_size = 32;
    if (whole.size() < digest_size) return nullptr;
    const auto artefact = whole.substr(digest_size);
    if (sha256(key, artefact) != whole.substr(0, digest_size)) return nullptr;
    wasmtime_module_t* module = nullptr;
    const error_handle why{wasmtime_module_deserialize(
        _engine, reinterpret_cast<const std::uint8_t*>(artefact.data()), artefact.size(), &module)};
    // Made under other settings or for another CPU: compile again.
    if (why) return nullptr;
    return module_handle(module);
}

// Best effort: a full disk costs the next start some compiling, nothing else.
void module_cache::keep_artefact(const std::string& key, const wasmtime_module_t& module) const {
    if (_directory.empty()) return;
    byte_vector artefact;
    if (const error_handle why{wasmtime_module_serialize(&module, artefact.out())}) return;
    const auto temporary = _directory / (key + ".new." + std::to_string(getpid()) + "." +
                                         std::to_string(reinterpret_cast<std::uintptr_t>(&module)));
    std::error_code failure;
    {
        std::ofstream file(temporary, std::ios::binary);
        const auto digest = sha256(key, artefact.view());
        file.write(digest.data(), static_cast<std::streamsize>(digest.size()));
        file.write(artefact.view().data(), static_cast<std::streamsize>(artefact.view().size()));
        if (!file.flush()) {
            file.close();
            std::filesystem::remove(temporary, failure);
            return;
        }
    }
    std::filesystem::rename(temporary, _directory / key, failure);
    if (failure) std::filesystem::remove(temporary, failure);
}

}  // namespace nacre::udf::wasm
