#include "catalog/catalog.h"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

#include "catalog/function_set.h"
#include "catalog/function_source.h"
#include "catalog/schema_change.h"
#include "catalog/schema_reader.h"
#include "catalog/schema_rows.h"
#include "catalog/system_tables.h"
#include "data/write_clock.h"
#include "runtime/blocking_pool.h"
#include "runtime/gate.h"
#include "runtime/reclaimer.h"
#include "runtime/turn_queue.h"

namespace nacre::catalog {

namespace {

void merge(row_changes& into, row_changes from) {
    into.written.merge(from.written);
    std::ranges::move(from.removed, std::back_inserter(into.removed));
    std::ranges::move(from.removed_partitions, std::back_inserter(into.removed_partitions));
}
void merge(row_changes& into, row_set written) {
    into.written.merge(written);
}

row_changes schema_difference(const schema::snapshot& before, const schema::snapshot& after) {
    row_changes changes;
    schema::by_name<schema::keyspace_ptr>::difference(
        before.keyspaces, after.keyspaces,
        [&](const std::string&, const schema::keyspace_ptr* older,
            const schema::keyspace_ptr* newer) {
            merge(changes,
                  difference(older ? older->get() : nullptr, newer ? newer->get() : nullptr));
        });
    return changes;
}

/// A system keyspace with the replication that ALTER KEYSPACE gave it, if it did.
schema::keyspace_ptr with_stored_replication(
    const schema::keyspace_ptr& declared,
    const std::map<std::string, std::map<std::string, std::string>>& stored) {
    const auto found = stored.find(declared->name);
    if (found == stored.end() || found->second == declared->replication) return declared;
    auto altered = *declared;
    altered.replication = found->second;
    return std::make_shared<const schema::keyspace>(std::move(altered));
}

class durable_catalog final : public catalog {
  public:
    explicit durable_catalog(options given)
        : _options(std::move(given)), _current(_options.shards->loops()) {
        for (const auto& language : _options.languages) {
            for (const auto& name : language->names()) {
                _languages.emplace(name, language);
                _language_names.push_back(name);
            }
        }
    }

    runtime::task<status> load() {
        // Nobody is served yet, and everybody waits.
        runtime::blocking_pool starting(1, runtime::blocking_pool::priority::normal);
        NACRE_CO_TRY(auto stored, co_await read_schema(*_options.store, starting));
        _next_storage_id = stored.next_storage_id;
        _clock.go_on_after(stored.last_timestamp_us);
        const auto schema = _garbage.own(std::make_unique<schema::snapshot>());
        schema->version = stored.version.value_or(uuid::random());
        schema->keyspaces = std::move(stored.keyspaces);
        for (const auto& [name, keyspace] : system_keyspaces()) {
            schema->keyspaces.insert_or_assign(
                name, with_stored_replication(keyspace, stored.system_replication));
        }
        NACRE_CO_CHECK(co_await _options.store->apply(
            co_await starting.run([&] { return system_rows(*schema); })));
        _functions = co_await build_functions(schema, nullptr, _languages, starting, _garbage);
        co_await publish(std::nullopt);
        co_await remove_rows_of(std::move(stored.dropped_tables));
        co_return status();
    }

    published_ptr current() const override { return _current[runtime::this_shard().id()]; }

    const node_info& node() const override { return _options.node; }

    runtime::task<result<ddl_outcome>> execute(const cql::statement& statement,
                                               std::string session_keyspace,
                                               change_companion* companion) override {
        co_return co_await runtime::invoke_on(
            home(), [this, &statement, &session_keyspace, companion] {
                return execute_at_home(statement, session_keyspace, companion);
            });
    }

    void on_change(listener call) override { _listeners.push_back(std::move(call)); }

    runtime::task<void> stop() override {
        co_await runtime::invoke_on(home(), [this] { return _gate.close(); });
    }

  private:
    runtime::shard& home() { return _options.shards->at(0); }

    /// What is known of a statement before its turn.
    struct preparation {
        function_source source;
        compiled_function created;
    };

    /// A change on its way. Takes long to make and to destroy if it is large.
    struct ready_change {
        planned_change planned;
        std::shared_ptr<schema::snapshot> next;  ///< with a version of its own
        function_change functions;
        function_set_ptr set;  ///< null until all that `functions` wants is compiled
        std::vector<data::mutation> mutations;
    };

    /// Any thread.
    change_environment environment_of(const published& before, const std::string& session_keyspace,
                                      const preparation& prepared) const {
        return {.schema = *before.schema,
                .session_keyspace = session_keyspace,
                .node = _options.node,
                .languages = _language_names,
                .functions_max = _options.functions_max,
                .source = &prepared.source,
                .compiled = prepared.created.definition};
    }

    runtime::task<result<ddl_outcome>> execute_at_home(const cql::statement& statement,
                                                       const std::string& session_keyspace,
                                                       change_companion* companion) {
        const auto inside = _gate.enter();
        if (!inside) co_return server_error("The server is stopping");
        preparation prepared;
        if (const auto* create = std::get_if<cql::create_function_statement>(&statement)) {
            // Compiled before its turn, so that others need not wait for the compiler.
            const auto before = _current[0];
            NACRE_CO_TRY(const auto planned, co_await _planner.run([&]() -> result<planned_change> {
                NACRE_TRY(prepared.source, read_source(create->body));
                auto given = environment_of(*before, session_keyspace, prepared);
                given.defines_only = true;
                return plan_change(statement, given);
            }));
            if (!planned.created_function) co_return ddl_outcome();
            NACRE_CO_CHECK(co_await compile_created(planned.created_function, prepared.created));
        }
        const auto turn = co_await _turns.enter();
        // What was true before its turn need not be so any more.
        if (companion != nullptr) NACRE_CO_CHECK(companion->check(*_current[0]->schema));
        co_return co_await change(statement, session_keyspace, std::move(prepared), companion);
    }

    runtime::task<status> compile_created(schema::function_ptr definition,
                                          compiled_function& created) {
        NACRE_CO_TRY(created.code, co_await compile_function(_languages, definition));
        created.definition = std::move(definition);
        co_return status();
    }

    runtime::task<result<ddl_outcome>> change(const cql::statement& statement,
                                              const std::string& session_keyspace,
                                              preparation prepared, change_companion* companion) {
        const auto before = _current[0];
        ready_change ready;
        NACRE_CO_CHECK(co_await _planner.run([&]() -> status {
            auto given = environment_of(*before, session_keyspace, prepared);
            given.next_storage_id = _next_storage_id;
            NACRE_TRY(ready.planned, plan_change(statement, given));
            if (ready.planned.created_function == prepared.created.definition) {
                complete(ready, *before, prepared.created);
            }
            return {};
        }));
        const auto& planned = ready.planned;
        if (planned.truncated) {
            NACRE_CO_CHECK(co_await _options.store->truncate(planned.truncated));
        }
        ddl_outcome outcome{planned.change, planned.warnings};
        if (!planned.next) co_return outcome;
        if (!ready.next) {
            // It means something else now than before its turn.
            NACRE_CO_CHECK(co_await compile_created(planned.created_function, prepared.created));
            co_await _planner.run([&] { complete(ready, *before, prepared.created); });
        }
        if (!ready.set) {
            auto code = co_await compile_functions(_languages, ready.functions.wanted);
            co_await _planner.run([&] { assemble(ready, std::move(code)); });
        }
        const auto written = co_await write_and_publish(ready, *before->schema, companion);
        if (!written) co_return written.error();
        co_await remove_rows_of(std::move(ready.planned.dropped_tables));
        co_return outcome;
    }

    /// A ready change becomes durable, and what every shard sees, with what `companion` adds to it.
    runtime::task<status> write_and_publish(ready_change& ready, const schema::snapshot& before,
                                            change_companion* companion) {
        const auto& change = ready.planned.change;
        if (!change) companion = nullptr;
        if (companion != nullptr) {
            auto more = co_await companion->begin(*change, before, *ready.next);
            std::ranges::move(more, std::back_inserter(ready.mutations));
        }
        auto written = co_await _options.store->apply(std::move(ready.mutations));
        if (written) {
            if (ready.planned.used_storage_id) ++_next_storage_id;
            _functions = std::move(ready.set);
            co_await publish(change);
        }
        if (companion != nullptr) {
            using enum change_companion::outcome;
            co_await companion->end(written ? published : failed);
        }
        co_return written;
    }

    /// Everything of a planned change that needs no compiler and no disk. In its turn, on the
    /// planner's thread.
    void complete(ready_change& ready, const published& before, const compiled_function& created) {
        const auto& planned = ready.planned;
        if (!planned.next) return;
        ready.next = _garbage.own(std::make_unique<schema::snapshot>(*planned.next));
        ready.next->version = uuid::random();
        ready.mutations = mutations_of(*before.schema, *ready.next, planned);
        ready.functions = find_function_change(_functions.get(), *ready.next, created);
        if (ready.functions.wanted.empty()) assemble(ready, {});
    }

    void assemble(ready_change& ready, std::vector<function::compiled_ptr> code) {
        ready.set = make_function_set(ready.next, _functions.get(), std::move(ready.functions),
                                      std::move(code), _garbage);
    }

    /// What every change of the schema writes besides.
    void add_bookkeeping(row_changes& changes, const uuid& version, std::uint32_t next_storage_id,
                         std::int64_t timestamp_us) const {
        merge(changes, local_row(_options.node, version));
        merge(changes, counter_row(storage_id_counter, next_storage_id));
        merge(changes, counter_row(timestamp_counter, timestamp_us));
    }

    std::vector<data::mutation> mutations_of(const schema::snapshot& before,
                                             const schema::snapshot& after,
                                             const planned_change& planned) {
        const auto timestamp_us = _clock.next_us();
        auto changes = schema_difference(before, after);
        add_bookkeeping(changes, after.version,
                        _next_storage_id + (planned.used_storage_id ? 1 : 0), timestamp_us);
        for (const auto& table : planned.dropped_tables) merge(changes, dropped_table_row(*table));
        return to_mutations(changes, timestamp_us);
    }

    /// The system keyspaces' own rows are written at every start, in place of those that an older
    /// release may have left.
    std::vector<data::mutation> system_rows(const schema::snapshot& schema) {
        const auto timestamp_us = _clock.next_us();
        row_changes schema_rows;
        for (const auto& [name, keyspace] : system_keyspaces()) {
            merge(schema_rows, rows_of(*schema.find_keyspace(name)));
        }
        auto mutations = to_mutations(schema_rows, timestamp_us);
        for (auto& mutation : mutations) {
            mutation.partition_deletion = {timestamp_us - 2,
                                           static_cast<std::int32_t>(timestamp_us / 1'000'000)};
        }
        row_changes bookkeeping;
        add_bookkeeping(bookkeeping, schema.version, _next_storage_id, timestamp_us);
        auto more = to_mutations(bookkeeping, timestamp_us);
        std::ranges::move(more, std::back_inserter(mutations));
        return mutations;
    }

    /// Rows of tables that no schema names any more. A failure leaves them to the next start.
    runtime::task<void> remove_rows_of(std::vector<schema::table_ptr> tables) {
        if (tables.empty()) co_return;
        row_changes done;
        for (const auto& table : tables) {
            const auto removed = co_await _options.store->truncate(table);
            if (removed) {
                done.removed_partitions.push_back(dropped_table_address(table->storage_id()));
            } else {
                spdlog::error("rows of the dropped table {}.{} could not be removed: {}",
                              table->keyspace(), table->name(), removed.error().message());
            }
            if (runtime::turn_is_over()) co_await runtime::yield();
        }
        const auto applied =
            co_await _options.store->apply(co_await _planner.run([this, &done, &tables] {
                auto mutations = to_mutations(std::exchange(done, {}), _clock.next_us());
                tables.clear();
                return mutations;
            }));
        if (!applied) {
            spdlog::error("dropped tables could not be forgotten: {}", applied.error().message());
        }
    }

    /// Makes `_functions` and its schema what every shard sees.
    runtime::task<void> publish(std::optional<schema::change> change) {
        auto next =
            std::make_shared<const published>(published{_functions->schema, _functions->registry});
        co_await runtime::on_every_loop(*_options.shards, [this, &next, &change](std::uint32_t id) {
            return install(id, next, change);
        });
    }

    runtime::task<void> install(std::uint32_t shard_id, const published_ptr& next,
                                const std::optional<schema::change>& change) {
        _current[shard_id] = next;
        if (shard_id == _options.shards->size()) co_return;  // has nobody to tell
        for (const auto& call : _listeners) {
            if (change) call(*change);
        }
        co_return;
    }

    const options _options;
    languages_by_name _languages;
    std::vector<std::string> _language_names;
    std::vector<listener> _listeners;  ///< set before serving, then only read

    /// One a loop, touched by that loop alone.
    std::vector<published_ptr> _current;

    /// Destroys old schemas: the last user of one may be a shard.
    runtime::reclaimer _garbage;
    /// Works out what changes mean, which takes long for large ones.
    runtime::blocking_pool _planner{1, runtime::blocking_pool::priority::background};

    // Shard 0's; the planner's while shard 0 waits for it.
    runtime::gate _gate;
    runtime::turn_queue _turns;
    function_set_ptr _functions;
    std::uint32_t _next_storage_id = first_user_storage_id;
    /// Leaves room for the deletions that go before a row.
    data::write_clock _clock{4};
};

}  // namespace

runtime::task<result<std::unique_ptr<catalog>>> open(catalog::options options) {
    auto made = std::make_unique<durable_catalog>(std::move(options));
    NACRE_CO_CHECK(co_await made->load());
    co_return std::unique_ptr<catalog>(std::move(made));
}

}  // namespace nacre::catalog
