#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "udf/wasm/compile_service.h"
#include "udf/wasm/handles.h"

namespace nacre::udf::wasm {

/// A module before it is compiled. Cheap to copy.
struct module_source {
    /// Names its machine code (artefact_key).
    std::string key;
    /// The module, binary or text; asked for when it has to be compiled. Any thread.
    std::function<result<bytes>()> read;
    /// Imports come from the sandbox's own world; else from another instance.
    bool is_program = true;

    [[nodiscard]] static module_source of(bytes module, bool is_program = true);
};

/// A compiled module: immutable, any thread.
struct compiled_module {
    module_handle module;
    /// With its imports resolved, if it is a program.
    instance_pre_handle linked;
    std::uint64_t code_bytes = 0;
};
using compiled_module_ptr = std::shared_ptr<const compiled_module>;

/// The machine code of modules. Loaded code is shared and bounded in bytes and number: what is not
/// in use makes room, least recently used first, and is dropped when it has been idle for long or
/// its last function has gone. It comes back from its artefact in milliseconds. One per engine,
/// thread-safe.
class module_cache {
  public:
    struct options {
        wasm_engine_t* engine = nullptr;      ///< borrowed
        wasmtime_linker_t* linker = nullptr;  ///< borrowed
        /// Where artefacts are kept. Empty: nowhere.
        std::filesystem::path directory;
        /// Artefacts in memory that outlives the cache.
        std::vector<std::string_view> precompiled;
        sandbox_limits limits;
        /// Compiles in child processes (compile_child); empty: on the caller's thread. Needs a
        /// directory.
        std::filesystem::path compile_program;
    };
    explicit module_cache(options settings);

    /// The code, if it is loaded. Never blocks.
    [[nodiscard]] compiled_module_ptr find(const std::string& key);
    /// Loads the artefact; null if there is none that fits. Reads the disk. The errors are those of
    /// a module with imports that nobody has (0x2200), and `overloaded` if code in use leaves no
    /// room.
    [[nodiscard]] result<compiled_module_ptr> load(const module_source& source);
    /// The same, but compiles if need be. Takes long. More errors: 0x2200, "Compilation failed: …".
    [[nodiscard]] result<compiled_module_ptr> get(const module_source& source);

    /// The code apart from what is loaded, for a look at it: counted nowhere and gone with its last
    /// holder. Null if there is no artefact that fits. Reads the disk. The error is that of a
    /// module with imports that nobody has (0x2200).
    [[nodiscard]] result<compiled_module_ptr> open_apart(const module_source& source);
    /// Compiles unless there is an artefact that fits, and keeps no code loaded, as long as there
    /// is a directory. Takes long. The errors are get's.
    [[nodiscard]] status make_artefact(const module_source& source);

    /// Whether load would find an artefact on disk, without reading it.
    [[nodiscard]] bool has_artefact(const std::string& key);

    /// Functions that need this code. When the last one has gone, so has the code as soon as nobody
    /// runs it.
    void add_holder(const std::string& key);
    void remove_holder(const std::string& key);

    /// What is known about a function from an earlier life of the server, by a key like an
    /// artefact's: kept beside the artefacts, sealed as they are. Blocks.
    [[nodiscard]] std::optional<bytes> read_record(const std::string& key);
    void write_record(const std::string& key, bytes_view contents);

    /// Drops what nobody has used for code_idle_s_max, and compiling processes without work. To be
    /// called now and then.
    void drop_idle();
    /// Deletes every artefact and record that nobody has asked for since the start. Blocks.
    void delete_unused_artefacts();
    /// Ends compilations.
    void stop();

    struct figures {
        std::uint64_t hits = 0;
        std::uint64_t loads = 0;
        std::uint64_t evictions = 0;
        std::uint64_t compilations = 0;
        std::uint64_t compilations_failed = 0;
        std::chrono::nanoseconds compile_time{0};
        std::uint64_t modules = 0;     ///< loaded now
        std::uint64_t code_bytes = 0;  ///< of them
    };
    [[nodiscard]] figures now() const;

  private:
    struct entry {
        compiled_module_ptr code;
        std::chrono::steady_clock::time_point last_use;
    };
    using entries = std::unordered_map<std::string, entry>;

    /// Machine code before it is one of the loaded modules.
    struct mapped_code {
        module_handle module;
        std::uint64_t bytes = 0;
    };

    [[nodiscard]] std::filesystem::path file_of(const std::string& key) const {
        return _settings.directory / key;
    }
    /// No module: there is no artefact, or this engine does not take it.
    [[nodiscard]] result<mapped_code> map_artefact(const std::string& key) const;
    [[nodiscard]] result<mapped_code> map_code(bytes_view code) const;
    [[nodiscard]] result<mapped_code> compile(const module_source& source);
    [[nodiscard]] result<mapped_code> make_code(const module_source& source);
    /// The code with its imports resolved, loaded by nobody yet.
    [[nodiscard]] result<std::shared_ptr<compiled_module>> complete(const module_source& source,
                                                                    mapped_code code) const;
    [[nodiscard]] result<compiled_module_ptr> adopt(const module_source& source, mapped_code code);
    /// Under the lock: evicts until `more` bytes fit; what it drops is destroyed by the caller,
    /// outside of the lock.
    [[nodiscard]] bool make_room(std::uint64_t more, std::vector<compiled_module_ptr>& dropped);
    void drop(entries::iterator which, std::vector<compiled_module_ptr>& dropped);
    void note_wanted(const std::string& key);

    const options _settings;
    std::unique_ptr<compile_service> _compilers;  ///< null: compiles here
    mutable std::mutex _mutex;
    entries _loaded;
    std::unordered_map<std::string, std::uint32_t> _holders;
    /// Until delete_unused_artefacts: the files that somebody wanted.
    std::optional<std::unordered_set<std::string>> _wanted_files;
    figures _figures;
};

}  // namespace nacre::udf::wasm
