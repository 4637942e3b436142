#include "gateway/cluster_catalog.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

#include "auth/resolve_resource.h"
#include "catalog/function_set.h"
#include "catalog/function_source.h"
#include "catalog/schema_change.h"
#include "catalog/schema_reader.h"
#include "catalog/system_tables.h"
#include "cluster/read_rows.h"
#include "gateway/cluster_rows.h"
#include "gateway/function_store.h"
#include "gateway/gateways.h"
#include "gateway/schema_difference.h"
#include "runtime/blocking_pool.h"
#include "runtime/gate.h"
#include "runtime/reclaimer.h"
#include "runtime/turn_queue.h"
#include "storage/memory/memory_store.h"

namespace nacre::gateway {

namespace {

using catalog::live_row;
using catalog::published;
using catalog::published_ptr;

constexpr std::chrono::milliseconds watch_interval{400};
constexpr std::chrono::seconds announce_interval{3};
constexpr std::chrono::seconds lost_after{10};
/// How often a change of functions is planned anew because another gateway was faster.
constexpr int attempts_max = 20;
constexpr std::int64_t row_timestamp_us = 4;

error gave_up() {
    return {error_code::overloaded,
            "Too many gateways change functions at the same time; try again"};
}

/// What the tables show that a snapshot does not hold. Immutable.
struct shown_rows {
    catalog::row_set rows;
    uuid version;
};

live_row to_live(const catalog::row_address& address, const catalog::row_values& values) {
    live_row row(values.begin(), values.end());
    const auto& table = *address.table;
    for (std::uint32_t i = 0; i < address.key.size(); ++i) {
        row[table.partition_key_column(i).name] = address.key[i];
    }
    for (std::uint32_t i = 0; i < address.clustering.size(); ++i) {
        row[table.clustering_column(i).name] = address.clustering[i];
    }
    return row;
}

// Of a function or of what is granted on one.
std::string keyspace_of(const catalog::row_address& address) {
    if (!is_grant(address)) return address.key.front();
    constexpr std::string_view root = "functions/";
    const auto& resource = address.clustering.front();
    const auto begin = std::min(root.size(), resource.size());
    return resource.substr(begin, resource.find('/', begin) - begin);
}

class shared_catalog final : public cluster_catalog {
  public:
    explicit shared_catalog(options given)
        : _options(std::move(given)),
          _node(_options.node),
          _cluster(*_options.cluster),
          _store(_cluster),
          _current(_options.shards->loops()),
          _shown(_options.shards->loops()) {
        for (const auto& language : _options.languages) {
            for (const auto& name : language->names()) {
                _languages.emplace(name, language);
                _language_names.push_back(name);
            }
        }
    }

    runtime::task<status> load() {
        NACRE_CO_CHECK(co_await read_node());
        NACRE_CO_CHECK(co_await _store.prepare(_options.replication));
        NACRE_CO_CHECK(co_await look(anyway));
        co_await set_peers();
        runtime::this_shard().spawn(watch(std::move(*_gate.enter())));
        co_return status();
    }

    published_ptr current() const override { return _current[runtime::this_shard().id()]; }
    const nacre::catalog::node_info& node() const override { return _node; }

    runtime::task<result<nacre::catalog::ddl_outcome>> execute(
        const cql::statement& statement, std::string session_keyspace,
        nacre::catalog::change_companion* companion) override {
        co_return co_await runtime::invoke_on(
            home(), [&, this] { return execute_at_home(statement, session_keyspace, companion); });
    }

    std::uint64_t schema_reads() const override { return _schema_reads; }

    function_grants_ptr grants() const override { return _grants; }
    void on_grants(std::function<runtime::task<void>()> call) override {
        _on_grants = std::move(call);
    }
    runtime::task<status> change_grants(grant_plan plan) override {
        const auto inside = _gate.enter();
        if (!inside) co_return server_error("The server is stopping");
        const auto turn = co_await _turns.enter();
        std::vector<uuid> tried;
        for (int attempt = 0; attempt < attempts_max; ++attempt) {
            NACRE_CO_CHECK(co_await look(changed));
            if (is_made(tried)) co_return status();
            NACRE_CO_TRY(const auto wanted, plan(*_grants));
            if (wanted.empty()) co_return status();
            nacre::catalog::row_changes changes;
            for (const auto& each : wanted) add(changes, each);
            NACRE_CO_TRY(const bool made, co_await write_rows(changes, tried));
            if (made) co_return status();
        }
        co_return gave_up();
    }

    runtime::task<status> refresh() override {
        co_return co_await runtime::invoke_on(home(), [this] { return refresh_at_home(); });
    }

    runtime::task<status> forget_keyspace(std::string name) override {
        co_return co_await runtime::invoke_on(home(),
                                              [this, &name] { return forget_at_home(name); });
    }

    void on_change(listener call) override { _listeners.push_back(std::move(call)); }
    void on_topology(std::function<void(protocol::event)> call) override {
        _on_topology = std::move(call);
    }

    void provide_tables(nacre::catalog::live_tables& tables) override {
        for (const char* name : {"functions", "aggregates", "scylla_aggregates"}) {
            const auto table = nacre::catalog::system_table("system_schema", name);
            tables.provide("system_schema", name,
                           [this, table](const auto*) { return rows_of(table); });
        }
        tables.provide("system", "local", [this](const auto*) { return local(); });
        tables.provide("system", "peers", [this](const auto*) { return peers(peers_row); });
        tables.provide("system", "peers_v2", [this](const auto*) { return peers(peers_v2_row); });
    }

    runtime::task<void> announce() override {
        co_await runtime::invoke_on(home(), [this] { return announce_at_home(); });
    }

    runtime::task<void> stop() override {
        co_await runtime::invoke_on(home(), [this] { return stop_at_home(); });
    }

  private:
    enum when : bool { changed, anyway };

    runtime::shard& home() { return _options.shards->at(0); }

    runtime::task<status> read_node() {
        NACRE_CO_TRY(const auto rows,
                     co_await cluster::read_rows(_cluster,
                                                 "SELECT cluster_name, data_center, rack, "
                                                 "release_version FROM system.local"));
        if (rows.empty()) co_return server_error("The cluster does not say who it is");
        const auto take = [&row = rows.front()](const char* column, std::string& into) {
            const auto found = row.find(column);
            if (into.empty() && found != row.end()) into = found->second;
        };
        take("cluster_name", _node.cluster_name);
        take("data_center", _node.data_center);
        take("rack", _node.rack);
        take("release_version", _node.release_version);
        co_return status();
    }

    // --- what has changed in the cluster

    runtime::task<result<bytes>> cluster_version() {
        NACRE_CO_TRY(const auto rows,
                     co_await cluster::read_rows(
                         _cluster, "SELECT schema_version FROM system.local WHERE key = 'local'"));
        if (rows.empty() || !rows.front().contains("schema_version")) {
            co_return server_error("The cluster has no schema version");
        }
        co_return rows.front().find("schema_version")->second;
    }

    runtime::task<status> refresh_at_home() {
        const auto turn = co_await _turns.enter();
        co_return co_await look(anyway);
    }

    /// Reads again what has another version than before, and publishes it. With the turn.
    runtime::task<status> look(when wish) {
        NACRE_CO_TRY(const auto schema_version, co_await cluster_version());
        NACRE_CO_TRY(const auto function_version, co_await _store.read_version());
        const bool schema_changed = wish == anyway || schema_version != _schema_version;
        if (!schema_changed && function_version == _function_version) co_return status();
        if (schema_changed) {
            _schema_reads.fetch_add(1, std::memory_order_relaxed);
            NACRE_CO_TRY(_rows, co_await read_cluster_rows(_cluster, _numbers));
        }
        if (function_version != _function_version) {
            NACRE_CO_TRY(auto read, co_await _store.read(known_sources()));
            _function_rows = std::move(read.rows);
            _function_version = read.version;
        }
        const auto before = std::exchange(_schema_version, schema_version);
        auto made = co_await assemble();
        if (!made) _schema_version = before;
        co_return made;
    }

    function_store::sources known_sources() const {
        function_store::sources known;
        if (!_functions) return known;
        for (const auto& [name, keyspace] : _functions->schema->keyspaces) {
            for (const auto& [function, overloads] : keyspace->functions()) {
                for (const auto& each : overloads) {
                    if (each->shared_source)
                        known.emplace(each->source_digest, each->shared_source);
                }
            }
        }
        return known;
    }

    /// Makes a schema of the rows.
    runtime::task<status> assemble() {
        nacre::catalog::row_changes all;
        all.written = _rows.schema;
        all.written.insert(_function_rows.begin(), _function_rows.end());
        const auto store = storage::make_memory_store();
        for (auto& mutation : nacre::catalog::to_mutations(all, row_timestamp_us)) {
            std::vector<data::mutation> one;
            one.push_back(std::move(mutation));
            NACRE_CO_CHECK(co_await store->apply(std::move(one)));
            if (runtime::turn_is_over()) co_await runtime::yield();
        }
        const auto tell = [](const std::string& what, const error& why) {
            spdlog::debug("{} can't be used by functions: {}", what, why.message());
        };
        NACRE_CO_TRY(auto stored, co_await nacre::catalog::read_schema(*store, _planner, tell));
        schema::snapshot made;
        made.version = uuid::random();
        made.keyspaces = std::move(stored.keyspaces);
        for (const auto& [name, keyspace] : nacre::catalog::system_keyspaces()) {
            made.keyspaces.insert_or_assign(name, keyspace);
        }
        static const schema::snapshot nothing;
        const auto before = _functions ? _functions->schema : nullptr;
        auto next = with_known_objects(std::move(made), before ? *before : nothing);
        const auto changes = difference(before ? *before : nothing, *next);
        _functions = co_await nacre::catalog::build_functions(next, _functions, _languages,
                                                              _planner, _garbage);
        auto shown = std::make_shared<shown_rows>();
        shown->rows = _rows.functions;
        shown->rows.insert(_function_rows.begin(), _function_rows.end());
        shown->version = shown_version();
        _shown_now = std::move(shown);
        co_await publish(before ? changes : std::vector<schema::change>());
        auto granted = grants_among(_function_rows);
        if (granted != *_grants) {
            _grants = std::make_shared<const function_grants>(std::move(granted));
            if (_on_grants) co_await _on_grants();
        }
        // So that nobody waits for this gateway longer than it took.
        if (_announces) co_await tell_others();
        co_return status();
    }

    runtime::task<void> publish(const std::vector<schema::change>& changes) {
        const auto next =
            std::make_shared<const published>(published{_functions->schema, _functions->registry});
        co_await runtime::on_every_loop(
            *_options.shards,
            [this, &next, &changes](std::uint32_t id) { return install(id, next, changes); });
    }

    runtime::task<void> install(std::uint32_t shard_id, const published_ptr& next,
                                const std::vector<schema::change>& changes) {
        _current[shard_id] = next;
        _shown[shard_id] = _shown_now;
        if (shard_id == _options.shards->size()) co_return;  // has nobody to tell
        for (const auto& change : changes) {
            for (const auto& call : _listeners) call(change);
        }
        co_return;
    }

    runtime::task<status> forget_at_home(const std::string& name) {
        const auto turn = co_await _turns.enter();
        co_return co_await forget(name);
    }

    /// Removes the rows of a keyspace that is gone, unless others have done so. With the turn.
    runtime::task<status> forget(const std::string& name) {
        for (int attempt = 0; attempt < attempts_max; ++attempt) {
            nacre::catalog::row_changes changes;
            for (const auto& [address, values] : _function_rows) {
                if (keyspace_of(address) == name) changes.removed.push_back(address);
            }
            if (changes.removed.empty()) co_return status();
            std::vector<uuid> tried;
            NACRE_CO_CHECK(co_await write_rows(changes, tried));
        }
        co_return gave_up();
    }

    /// Keyspaces that somebody dropped past the gateways. A node may be late to know a new one, so
    /// that it is believed only after a while.
    runtime::task<void> forget_lost() {
        const auto turn = co_await _turns.enter();
        const auto now = std::chrono::steady_clock::now();
        std::set<std::string> lost;
        for (const auto& [address, values] : _function_rows) {
            const auto name = keyspace_of(address);
            if (!_functions->schema->find_keyspace(name)) lost.insert(name);
        }
        std::erase_if(_lost_since, [&](const auto& each) { return !lost.contains(each.first); });
        for (const auto& name : lost) {
            if (now - _lost_since.emplace(name, now).first->second < lost_after) continue;
            const auto forgotten = co_await forget(name);
            if (!forgotten) spdlog::warn("{}", forgotten.error().message());
        }
    }

    // --- watching

    runtime::task<void> watch(runtime::gate::holder) {
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
        auto announces_at = std::chrono::steady_clock::now();
        auto sweeps_at = announces_at + _options.unused_source_age;
        bool failing = false;
        while (!_stopping) {
            timer.expires_after(watch_interval);
            boost::system::error_code ignored;
            co_await timer.async_wait(
                boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
            if (_stopping) break;
            auto seen = co_await look_in_turn();
            const auto now = std::chrono::steady_clock::now();
            if (seen && now >= announces_at) {
                announces_at = now + announce_interval;
                if (_announces) co_await tell_others();
                co_await set_peers();
                co_await forget_lost();
            }
            if (seen && now >= sweeps_at) {
                sweeps_at = now + _options.unused_source_age;
                seen = co_await remove_unused_sources();
            }
            if (!seen && !failing) {
                spdlog::warn("the cluster's schema can't be watched: {}", seen.error().message());
            }
            failing = !seen;
        }
    }

    runtime::task<status> remove_unused_sources() {
        const auto turn = co_await _turns.enter();
        NACRE_CO_CHECK(co_await look(changed));
        co_return co_await _store.remove_unused(_function_rows, _options.unused_source_age);
    }

    runtime::task<status> look_in_turn() {
        const auto turn = co_await _turns.enter();
        co_return co_await look(changed);
    }

    runtime::task<void> set_peers() {
        auto found = co_await read_peers(_cluster, _node);
        if (!found) co_return;
        const auto before = std::exchange(_peers, *std::move(found));
        if (!_on_topology) co_return;
        const auto tell = [&](const peer& which, const char* topology, const char* state) {
            _on_topology(protocol::topology_change{topology, which.address, which.port});
            _on_topology(protocol::status_change{state, which.address, which.port});
        };
        const auto is_in = [](const peer& which, const std::vector<peer>& all) {
            return std::ranges::find(all, which.host_id, &peer::host_id) != all.end();
        };
        for (const auto& each : _peers) {
            if (!is_in(each, before)) tell(each, "NEW_NODE", "UP");
        }
        for (const auto& each : before) {
            if (!is_in(each, _peers)) tell(each, "REMOVED_NODE", "DOWN");
        }
    }

    runtime::task<void> announce_at_home() {
        _announces = true;
        co_await tell_others();
    }

    runtime::task<void> tell_others() {
        const auto told = co_await gateway::announce(_cluster, _node, shown_version());
        if (told) co_return;
        spdlog::warn("other gateways were not told of this one: {}", told.error().message());
    }

    runtime::task<void> stop_at_home() {
        _stopping = true;
        co_await _gate.close();
        if (!_announces) co_return;
        const auto taken_back = co_await withdraw(_cluster, _node);
        if (!taken_back) spdlog::warn("{}", taken_back.error().message());
    }

    // --- tables

    runtime::task<std::vector<live_row>> rows_of(schema::table_ptr table) {
        const auto shown = _shown[runtime::this_shard().id()];
        std::vector<live_row> rows;
        for (const auto& [address, values] : shown->rows) {
            if (address.table == table) rows.push_back(to_live(address, values));
        }
        co_return rows;
    }

    runtime::task<std::vector<live_row>> local() {
        std::vector<live_row> rows;
        rows.push_back(gateway::local_row(_node, _shown[runtime::this_shard().id()]->version));
        co_return rows;
    }

    /// Asked of the cluster, since drivers wait here until all gateways have the same schema.
    runtime::task<std::vector<live_row>> peers(live_row (*row)(const peer&)) {
        const auto found = co_await read_peers(_cluster, _node);
        std::vector<live_row> rows;
        if (!found) co_return rows;
        for (const auto& each : *found) rows.push_back(row(each));
        co_return rows;
    }

    /// The same on every gateway that has seen the same.
    [[nodiscard]] uuid shown_version() const {
        return uuid::from_name(_schema_version + _function_version.to_bytes());
    }

    // --- functions

    struct preparation {
        nacre::catalog::function_source source;
        nacre::catalog::compiled_function created;
    };

    result<nacre::catalog::planned_change> plan_now(const cql::statement& statement,
                                                    const std::string& session_keyspace,
                                                    const preparation& prepared,
                                                    bool defines_only = false) {
        return nacre::catalog::plan_change(
            statement,
            {*_current[0]->schema, session_keyspace, _node, _language_names, 0,
             _options.functions_max, &prepared.source, prepared.created.definition, defines_only});
    }

    runtime::task<status> compile_created(schema::function_ptr definition,
                                          nacre::catalog::compiled_function& created) {
        NACRE_CO_TRY(created.code,
                     co_await nacre::catalog::compile_function(_languages, definition));
        created.definition = std::move(definition);
        co_return status();
    }

    runtime::task<result<nacre::catalog::ddl_outcome>> execute_at_home(
        const cql::statement& statement, const std::string& session_keyspace,
        nacre::catalog::change_companion* companion) {
        const auto inside = _gate.enter();
        if (!inside) co_return server_error("The server is stopping");
        preparation prepared;
        if (const auto* create = std::get_if<cql::create_function_statement>(&statement)) {
            NACRE_CO_TRY(prepared.source, co_await _planner.run([create] {
                return nacre::catalog::read_source(create->body);
            }));
            NACRE_CO_TRY(const auto planned, plan_now(statement, session_keyspace, prepared, true));
            if (!planned.created_function) co_return nacre::catalog::ddl_outcome();
            NACRE_CO_CHECK(co_await compile_created(planned.created_function, prepared.created));
        }
        const auto turn = co_await _turns.enter();
        std::vector<uuid> tried;
        std::optional<nacre::catalog::ddl_outcome> made;
        for (int attempt = 0; attempt < attempts_max; ++attempt) {
            NACRE_CO_CHECK(co_await look(changed));
            if (made && is_made(tried)) co_return *made;
            if (companion != nullptr) NACRE_CO_CHECK(companion->check(*_current[0]->schema));
            NACRE_CO_TRY(auto planned, plan_now(statement, session_keyspace, prepared));
            nacre::catalog::ddl_outcome outcome{planned.change, planned.warnings};
            made = outcome;
            if (!planned.next) co_return outcome;
            if (planned.created_function != prepared.created.definition) {
                NACRE_CO_CHECK(
                    co_await compile_created(planned.created_function, prepared.created));
            }
            auto changes = changes_to(*planned.next);
            if (companion != nullptr) grant_to_maker(*companion, planned, changes);
            NACRE_CO_TRY(const bool written, co_await write_rows(changes, tried));
            if (written) co_return outcome;
        }
        co_return gave_up();
    }

    [[nodiscard]] bool is_made(const std::vector<uuid>& tried) const {
        return std::ranges::find(tried, _function_version) != tried.end();
    }

    /// The rows that differ, those included that tell of what was granted on what is gone.
    nacre::catalog::row_changes changes_to(const schema::snapshot& next) const {
        nacre::catalog::row_changes changes;
        schema::by_name<schema::keyspace_ptr>::difference(
            _functions->schema->keyspaces, next.keyspaces,
            [&](const std::string&, const auto* left, const auto* right) {
                if (left == nullptr || right == nullptr) return;
                auto found = nacre::catalog::difference(left->get(), right->get());
                changes.written.merge(found.written);
                std::ranges::move(found.removed, std::back_inserter(changes.removed));
            });
        remove_lost_grants(changes, _function_rows, *_functions->schema, next);
        return changes;
    }

    static void grant_to_maker(const nacre::catalog::change_companion& companion,
                               const nacre::catalog::planned_change& planned,
                               nacre::catalog::row_changes& changes) {
        const auto maker = companion.maker();
        if (!maker || !planned.change || planned.change->what != schema::change::kind::created) {
            return;
        }
        const auto on = auth::resource_of(*planned.change, *planned.next);
        if (on) add(changes, {*maker, on->name(), on->applicable()});
    }

    /// Whether the rows are written now; if not, others were faster. A conditional write that timed
    /// out may yet be made: its version, which joins `tried`, tells. Read back, so that this
    /// gateway sees what the others see.
    runtime::task<result<bool>> write_rows(const nacre::catalog::row_changes& changes,
                                           std::vector<uuid>& tried) {
        tried.push_back(uuid::random());
        const auto written = co_await _store.write(changes, _function_version, tried.back());
        const bool in_doubt = !written && written.error().code() == error_code::write_timeout;
        if (!written && !in_doubt) co_return written.error();
        if (written && !*written) co_return false;
        NACRE_CO_CHECK(co_await look(changed));
        co_return !in_doubt || is_made(tried);
    }

    const options _options;
    nacre::catalog::node_info _node;
    cluster::client& _cluster;
    function_store _store;
    nacre::catalog::languages_by_name _languages;
    std::vector<std::string> _language_names;
    std::vector<listener> _listeners;  ///< set before serving, then only read
    std::function<void(protocol::event)> _on_topology;
    std::function<runtime::task<void>()> _on_grants;

    /// One a loop, touched by that loop alone.
    std::vector<published_ptr> _current;
    std::vector<std::shared_ptr<const shown_rows>> _shown;

    /// Destroys old schemas: the last user of one may be a shard.
    runtime::reclaimer _garbage;
    /// Works out what changes mean, which takes long for large ones.
    runtime::blocking_pool _planner{1, runtime::blocking_pool::priority::background};

    // Shard 0's.
    runtime::gate _gate;
    runtime::turn_queue _turns;
    table_numbers _numbers;
    cluster_rows _rows;
    nacre::catalog::row_set _function_rows;
    bytes _schema_version;
    uuid _function_version;
    nacre::catalog::function_set_ptr _functions;
    std::shared_ptr<const shown_rows> _shown_now = std::make_shared<const shown_rows>();
    function_grants_ptr _grants = std::make_shared<const function_grants>();
    std::atomic<std::uint64_t> _schema_reads{0};
    std::vector<peer> _peers;
    std::map<std::string, std::chrono::steady_clock::time_point> _lost_since;
    bool _announces = false;
    bool _stopping = false;
};

}  // namespace

bool cluster_catalog::has_function(std::string_view keyspace, std::string_view name) const {
    const auto found = current()->schema->find_keyspace(keyspace);
    return found &&
           (found->functions().find(name) != nullptr || found->aggregates().find(name) != nullptr);
}

runtime::task<result<std::unique_ptr<cluster_catalog>>> open(cluster_catalog::options options) {
    auto made = std::make_unique<shared_catalog>(std::move(options));
    NACRE_CO_CHECK(co_await made->load());
    co_return std::unique_ptr<cluster_catalog>(std::move(made));
}

}  // namespace nacre::gateway
