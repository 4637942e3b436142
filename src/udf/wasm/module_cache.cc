#include "udf/wasm/module_cache.h"

#include <algorithm>
#include <ctime>

#include "udf/wasm/artefact.h"
#include "udf/wasm/module_check.h"
#include "udf/wasm/module_compiler.h"

namespace nacre::udf::wasm {

namespace {

result<instance_pre_handle> link(wasmtime_linker_t* linker, const wasmtime_module_t& module) {
    NACRE_CHECK(check_imports(module));
    wasmtime_instance_pre_t* linked = nullptr;
    if (const error_handle why{wasmtime_linker_instantiate_pre(linker, &module, &linked)}) {
        return invalid("Compilation failed: {}", explain(*why));
    }
    return instance_pre_handle(linked);
}

// A module that compiles may still ask for more than the pool has for one guest.
error not_taken(const wasmtime_error_t& why) {
    return invalid("Compilation failed: {}", explain(why));
}

}  // namespace

module_source module_source::of(bytes module, bool is_program) {
    auto key = artefact_key(module);
    auto shared = std::make_shared<const bytes>(std::move(module));
    return {.key = std::move(key),
            .read = [shared]() -> result<bytes> { return *shared; },
            .is_program = is_program};
}

module_cache::module_cache(options settings) : _settings(std::move(settings)) {
    if (!_settings.compile_program.empty() && !_settings.directory.empty()) {
        _compilers = std::make_unique<compile_service>(_settings.compile_program, _settings.limits);
    }
    _wanted_files.emplace();
}

// ---- Loaded code --------------------------------------------------------------------------------

compiled_module_ptr module_cache::find(const std::string& key) {
    const std::lock_guard lock(_mutex);
    const auto found = _loaded.find(key);
    if (found == _loaded.end()) return nullptr;
    ++_figures.hits;
    found->second.last_use = std::chrono::steady_clock::now();
    return found->second.code;
}

result<compiled_module_ptr> module_cache::load(const module_source& source) {
    if (auto found = find(source.key)) return found;
    auto code = map_artefact(source.key);
    // Rotten, or made under other settings or for another CPU: to be compiled again.
    if (!code || !code->module) return compiled_module_ptr();
    {
        const std::lock_guard lock(_mutex);
        ++_figures.loads;
    }
    return adopt(source, std::move(*code));
}

result<compiled_module_ptr> module_cache::get(const module_source& source) {
    NACRE_TRY(auto loaded, load(source));
    if (loaded) return loaded;
    NACRE_TRY(auto code, compile(source));
    return adopt(source, std::move(code));
}

result<std::shared_ptr<compiled_module>> module_cache::complete(const module_source& source,
                                                                mapped_code code) const {
    auto made = std::make_shared<compiled_module>();
    if (source.is_program) {
        NACRE_TRY(made->linked, link(_settings.linker, *code.module));
    }
    made->module = std::move(code.module);
    made->code_bytes = code.bytes;
    return made;
}

result<compiled_module_ptr> module_cache::open_apart(const module_source& source) {
    NACRE_TRY(auto code, map_artefact(source.key));
    // Without a file it may still be here.
    if (!code.module) return find(source.key);
    NACRE_TRY(auto made, complete(source, std::move(code)));
    return compiled_module_ptr(std::move(made));
}

status module_cache::make_artefact(const module_source& source) {
    NACRE_TRY(const auto there, map_artefact(source.key));
    if (there.module) return {};
    NACRE_TRY(auto code, compile(source));
    if (has_artefact(source.key)) return {};
    NACRE_TRY(const auto kept, adopt(source, std::move(code)));
    return {};
}

result<compiled_module_ptr> module_cache::adopt(const module_source& source, mapped_code code) {
    NACRE_TRY(auto made, complete(source, std::move(code)));
    std::vector<compiled_module_ptr> dropped;
    const std::lock_guard lock(_mutex);
    // Another thread may have been faster; share its module.
    if (const auto found = _loaded.find(source.key); found != _loaded.end()) {
        return found->second.code;
    }
    if (!make_room(made->code_bytes, dropped)) {
        return error(error_code::overloaded,
                     fmt::format("the functions that are running leave no room for {} more bytes "
                                 "of machine code (sandbox_code_bytes_max is {}, "
                                 "sandbox_code_modules_max {})",
                                 made->code_bytes, _settings.limits.code_bytes_max,
                                 _settings.limits.code_modules_max));
    }
    _figures.code_bytes += made->code_bytes;
    _loaded.emplace(source.key, entry{.code = made, .last_use = std::chrono::steady_clock::now()});
    return made;
}

bool module_cache::make_room(std::uint64_t more, std::vector<compiled_module_ptr>& dropped) {
    const auto& limits = _settings.limits;
    while (_figures.code_bytes + more > limits.code_bytes_max ||
           _loaded.size() >= limits.code_modules_max) {
        auto oldest = _loaded.end();
        for (auto each = _loaded.begin(); each != _loaded.end(); ++each) {
            const bool is_idle = each->second.code.use_count() == 1;
            if (!is_idle) continue;
            if (oldest == _loaded.end() || each->second.last_use < oldest->second.last_use) {
                oldest = each;
            }
        }
        if (oldest == _loaded.end()) return false;
        ++_figures.evictions;
        drop(oldest, dropped);
    }
    return true;
}

void module_cache::drop(entries::iterator which, std::vector<compiled_module_ptr>& dropped) {
    _figures.code_bytes -= which->second.code->code_bytes;
    dropped.push_back(std::move(which->second.code));
    _loaded.erase(which);
}

void module_cache::add_holder(const std::string& key) {
    const std::lock_guard lock(_mutex);
    ++_holders[key];
}

void module_cache::remove_holder(const std::string& key) {
    std::vector<compiled_module_ptr> dropped;
    const std::lock_guard lock(_mutex);
    const auto held = _holders.find(key);
    if (--held->second > 0) return;
    _holders.erase(held);
    if (const auto found = _loaded.find(key); found != _loaded.end()) drop(found, dropped);
}

void module_cache::drop_idle() {
    if (_compilers) _compilers->end_idle();
    const auto now = std::chrono::steady_clock::now();
    const auto most = std::chrono::seconds(_settings.limits.code_idle_s_max);
    std::vector<compiled_module_ptr> dropped;
    const std::lock_guard lock(_mutex);
    for (auto each = _loaded.begin(); each != _loaded.end();) {
        const auto next = std::next(each);
        if (each->second.code.use_count() > 1) {
            each->second.last_use = now;
        } else if (now - each->second.last_use >= most) {
            ++_figures.evictions;
            drop(each, dropped);
        }
        each = next;
    }
}

void module_cache::stop() {
    if (_compilers) _compilers->stop();
}

module_cache::figures module_cache::now() const {
    const std::lock_guard lock(_mutex);
    auto seen = _figures;
    seen.modules = _loaded.size();
    return seen;
}

// ---- Artefacts ----------------------------------------------------------------------------------

result<module_cache::mapped_code> module_cache::map_code(bytes_view code) const {
    wasmtime_module_t* module = nullptr;
    const error_handle why{wasmtime_module_deserialize(
        _settings.engine, reinterpret_cast<const std::uint8_t*>(code.data()), code.size(),
        &module)};
    if (why) return not_taken(*why);
    return mapped_code{.module = module_handle(module), .bytes = code.size()};
}

// The file is read once for its seal and then mapped, so that what lies in memory is the kernel's
// copy of the file, and only those parts of it that run.
result<module_cache::mapped_code> module_cache::map_artefact(const std::string& key) const {
    for (const auto& artefact : _settings.precompiled) {
        if (const auto code = sealed_code(key, artefact)) return map_code(*code);
    }
    if (_settings.directory.empty()) return mapped_code();
    const auto file = file_of(key);
    const auto artefact = read_whole_file(file);
    if (!artefact || !sealed_code(key, *artefact)) return mapped_code();
    wasmtime_module_t* module = nullptr;
    const error_handle why{
        wasmtime_module_deserialize_file(_settings.engine, file.c_str(), &module)};
    if (why) return not_taken(*why);
    return mapped_code{.module = module_handle(module), .bytes = artefact->size()};
}

result<module_cache::mapped_code> module_cache::compile(const module_source& source) {
    note_wanted(source.key);
    const auto began = std::chrono::steady_clock::now();
    auto code = make_code(source);
    const std::lock_guard lock(_mutex);
    ++(code ? _figures.compilations : _figures.compilations_failed);
    _figures.compile_time += std::chrono::steady_clock::now() - began;
    return code;
}

result<module_cache::mapped_code> module_cache::make_code(const module_source& source) {
    NACRE_TRY(const auto module, source.read());
    if (_compilers) {
        NACRE_CHECK(_compilers->compile(module, source.key, file_of(source.key)));
        NACRE_TRY(auto mapped, map_artefact(source.key));
        if (!mapped.module) return server_error("the artefact of a module can't be read");
        return mapped;
    }
    NACRE_TRY(const auto code, compile_module(_settings.engine, module, _settings.limits));
    if (!_settings.directory.empty()) {
        // Best effort: a full disk costs the next start some compiling, nothing else.
        const auto kept =
            write_whole_file(file_of(source.key), {code, artefact_seal(source.key, code)});
        if (kept) {
            auto mapped = map_artefact(source.key);
            if (!mapped || mapped->module) return mapped;
        }
    }
    return map_code(code);
}

void module_cache::note_wanted(const std::string& key) {
    const std::lock_guard lock(_mutex);
    if (_wanted_files) _wanted_files->insert(key);
}

bool module_cache::has_artefact(const std::string& key) {
    note_wanted(key);
    std::error_code failure;
    return !_settings.directory.empty() && std::filesystem::exists(file_of(key), failure);
}

std::optional<bytes> module_cache::read_record(const std::string& key) {
    if (_settings.directory.empty()) return std::nullopt;
    note_wanted(key);
    auto record = read_whole_file(file_of(key));
    if (!record) return std::nullopt;
    const auto contents = sealed_code(key, *record);
    if (!contents) return std::nullopt;
    return bytes(*contents);
}

void module_cache::write_record(const std::string& key, bytes_view contents) {
    if (_settings.directory.empty()) return;
    note_wanted(key);
    // Best effort, as with artefacts.
    (void)write_whole_file(file_of(key), {contents, artefact_seal(key, contents)}).ok();
}

void module_cache::delete_unused_artefacts() {
    std::unordered_set<std::string> wanted;
    {
        const std::lock_guard lock(_mutex);
        if (!_wanted_files) return;
        wanted = std::move(*_wanted_files);
        _wanted_files.reset();
        for (const auto& [key, holders] : _holders) wanted.insert(key);
    }
    if (_settings.directory.empty()) return;
    std::error_code failure;
    for (const auto& file : std::filesystem::directory_iterator(_settings.directory, failure)) {
        std::error_code ignored;
        if (!wanted.contains(file.path().filename().string())) {
            std::filesystem::remove(file.path(), ignored);
        }
    }
}

}  // namespace nacre::udf::wasm
