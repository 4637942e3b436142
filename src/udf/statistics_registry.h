#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "runtime/reclaimer.h"
#include "udf/function_logs.h"
#include "udf/function_statistics.h"
#include "udf/rate_limit.h"

namespace nacre::udf {

/// The version of a function that is called at present.
struct function_version {
    uuid version;
    std::string language;
    std::string interface;  ///< how its guest is spoken to: "ABI 2", "Lua 5.4"
    function_limits limits;
};

/// What every function does: its statistics, its log, what follows from both. An entry is kept
/// across CREATE OR REPLACE, and goes with the function's last version. One per process, outlives
/// everything compiled; any thread.
class statistics_registry {
    /// Name and argument types as CQL without frozen<>.
    using key = std::pair<std::string, std::vector<std::string>>;

  public:
    struct entry {
        std::string keyspace;
        std::string name;
        std::vector<types::type_ptr> argument_types;
        function_version version;
        function_statistics_ptr statistics;
    };

    explicit statistics_registry(observation_options options = {});

    /// The statistics of a function that has just been compiled. A new version of a function leaves
    /// its quarantine.
    [[nodiscard]] function_statistics_ptr of(const schema::function_definition& definition,
                                             std::string interface, const function_limits& limits);
    /// All of them, one by one in the order of their names, beginning with a fresh place; empty
    /// behind the last one. What comes and goes meanwhile is there or not.
    struct place {
        std::string keyspace;
        key after;
        bool is_fresh = true;
    };
    [[nodiscard]] std::optional<entry> next(place& from) const;
    [[nodiscard]] std::vector<entry> snapshot() const;
    [[nodiscard]] std::optional<entry> find(
        std::string_view keyspace, std::string_view name,
        const std::vector<types::type_ptr>& argument_types) const;

    // DROP. Statements that still run count for nobody then.
    /// Drops the overloads of a function for which `is_gone` says so.
    void forget(std::string_view keyspace, const std::string& name,
                const std::function<bool(const entry&)>& is_gone);
    void forget_keyspace(std::string_view keyspace);

    /// Keeps a line that a guest of the function wrote. What the server's log should show of it, if
    /// it has room: one line, whatever the guest wrote.
    [[nodiscard]] std::optional<std::string> keep_line(function_statistics& statistics,
                                                       guest_stream stream, std::string_view text);
    [[nodiscard]] std::vector<log_line_ptr> lines_of(const function_statistics& statistics) const {
        return _logs.lines_of(statistics.setup.number);
    }

    /// Where failing or slow calls of functions that are compiled from now on go; outlives the
    /// registry. Null: nowhere.
    void capture_to(capture_store* captures) { _captures = captures; }
    /// Guests of functions that are compiled from now on all start from there.
    void repeat(world_origin world) { _world = world; }
    [[nodiscard]] const observation_options& options() const { return _options; }

  private:
    struct counted {
        std::vector<types::type_ptr> argument_types;
        function_version version;
        /// The function's versions hold it.
        std::weak_ptr<function_statistics> statistics;
        std::uint64_t number = 0;
        bool has_own_metrics = false;
    };

    struct of_keyspace {
        std::map<key, counted> functions;
        key swept_to;  ///< the next one is looked at next
    };

    /// Drops some entries of functions without any version left.
    void sweep(of_keyspace& here);
    /// The next entry.
    std::map<key, counted>::iterator erase(of_keyspace& here,
                                           std::map<key, counted>::iterator gone);
    void release(const counted& gone);
    /// None if no version is left.
    [[nodiscard]] static std::optional<entry> entry_of(std::string_view keyspace, const key& which,
                                                       const counted& from);

    const observation_options _options;
    capture_store* _captures = nullptr;
    std::optional<world_origin> _world;
    function_logs _logs;
    rate_limit _server_log;
    mutable std::mutex _mutex;
    std::map<std::string, of_keyspace, std::less<>> _keyspaces;
    std::uint64_t _last_number = 0;
    std::uint32_t _with_own_metrics = 0;
    runtime::reclaimer _garbage;
};

}  // namespace nacre::udf
