#include "catalog/system_tables.h"

#include <array>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include "catalog/table_definition.h"
#include "cql/parse.h"

namespace nacre::catalog {

namespace {

/// A system table declared in CQL. Columns get their stored ids in the order written, so new
/// columns go to the end; a storage id is never given to another table.
struct declaration {
    std::uint32_t storage_id;
    std::string_view cql;
};

// system_schema.tables and views share most of their columns.
#define NACRE_TABLE_OPTION_COLUMNS                                                               \
    "additional_write_policy text, allow_auto_snapshot boolean, bloom_filter_fp_chance double, " \
    "caching frozen<map<text, text>>, cdc boolean, comment text, "                               \
    "compaction frozen<map<text, text>>, compression frozen<map<text, text>>, "                  \
    "crc_check_chance double, dclocal_read_repair_chance double, default_time_to_live int, "     \
    "extensions frozen<map<text, blob>>, gc_grace_seconds int, id uuid, "                        \
    "incremental_backups boolean, max_index_interval int, memtable text, "                       \
    "memtable_flush_period_in_ms int, min_index_interval int, read_repair text, "                \
    "read_repair_chance double, speculative_retry text, "

#define NACRE_LOCAL "gc_grace_seconds = 0 AND memtable_flush_period_in_ms = 3600000"
#define NACRE_SCHEMA "gc_grace_seconds = 604800 AND memtable_flush_period_in_ms = 3600000"

constexpr std::array declarations = {
    declaration{1, R"(CREATE TABLE system.local (
        key text PRIMARY KEY, bootstrapped text, broadcast_address inet, broadcast_port int,
        cluster_name text, cql_version text, data_center text, gossip_generation int, host_id uuid,
        listen_address inet, listen_port int, native_protocol_version text, partitioner text,
        rack text, release_version text, rpc_address inet, rpc_port int, schema_version uuid,
        tokens set<text>, truncated_at map<uuid, blob>)
        WITH comment = 'information about the local node' AND )" NACRE_LOCAL},
    declaration{2, R"(CREATE TABLE system.peers (
        peer inet PRIMARY KEY, data_center text, host_id uuid, preferred_ip inet, rack text,
        release_version text, rpc_address inet, schema_version uuid, tokens set<text>)
        WITH comment = 'information about known peers in the cluster' AND )" NACRE_LOCAL},
    declaration{3, R"(CREATE TABLE system.peers_v2 (
        peer inet, peer_port int, data_center text, host_id uuid, native_address inet,
        native_port int, preferred_ip inet, preferred_port int, rack text, release_version text,
        schema_version uuid, tokens set<text>, PRIMARY KEY (peer, peer_port))
        WITH comment = 'information about known peers in the cluster' AND )" NACRE_LOCAL},
    declaration{4, R"(CREATE TABLE system.size_estimates (
        keyspace_name text, table_name text, range_start text, range_end text,
        mean_partition_size bigint, partitions_count bigint,
        PRIMARY KEY (keyspace_name, table_name, range_start, range_end)) WITH comment =
        'per-table primary range size estimates, table is deprecated in favor of table_estimates'
        AND )" NACRE_LOCAL},
    declaration{5, R"(CREATE TABLE system.table_estimates (
        keyspace_name text, table_name text, range_type text, range_start text, range_end text,
        mean_partition_size bigint, partitions_count bigint,
        PRIMARY KEY (keyspace_name, table_name, range_type, range_start, range_end))
        WITH comment = 'per-table range size estimates' AND )" NACRE_LOCAL},
    declaration{6, R"(CREATE TABLE system.built_views (
        keyspace_name text, view_name text, status_replicated boolean,
        PRIMARY KEY (keyspace_name, view_name)) WITH comment = 'built views' AND )" NACRE_LOCAL},
    declaration{7, R"(CREATE TABLE system."IndexInfo" (
        table_name text, index_name text, value blob, PRIMARY KEY (table_name, index_name))
        WITH comment = 'built column indexes' AND )" NACRE_LOCAL},

    declaration{20, R"(CREATE TABLE system_schema.keyspaces (
        keyspace_name text PRIMARY KEY, durable_writes boolean,
        replication frozen<map<text, text>>)
        WITH comment = 'keyspace definitions' AND )" NACRE_SCHEMA},
    declaration{21, R"(CREATE TABLE system_schema.tables (
        keyspace_name text, table_name text, )" NACRE_TABLE_OPTION_COLUMNS R"(
        flags frozen<set<text>>, PRIMARY KEY (keyspace_name, table_name))
        WITH comment = 'table definitions' AND )" NACRE_SCHEMA},
    declaration{22, R"(CREATE TABLE system_schema.columns (
        keyspace_name text, table_name text, column_name text, clustering_order text,
        column_name_bytes blob, kind text, position int, type text,
        PRIMARY KEY (keyspace_name, table_name, column_name))
        WITH comment = 'column definitions' AND )" NACRE_SCHEMA},
    declaration{23, R"(CREATE TABLE system_schema.types (
        keyspace_name text, type_name text, field_names frozen<list<text>>,
        field_types frozen<list<text>>, PRIMARY KEY (keyspace_name, type_name))
        WITH comment = 'user defined type definitions' AND )" NACRE_SCHEMA},
    declaration{24, R"(CREATE TABLE system_schema.functions (
        keyspace_name text, function_name text, argument_types frozen<list<text>>,
        argument_names frozen<list<text>>, body text, called_on_null_input boolean, language text,
        return_type text, PRIMARY KEY (keyspace_name, function_name, argument_types))
        WITH comment = 'user defined function definitions' AND )" NACRE_SCHEMA},
    declaration{25, R"(CREATE TABLE system_schema.aggregates (
        keyspace_name text, aggregate_name text, argument_types frozen<list<text>>,
        final_func text, initcond text, return_type text, state_func text, state_type text,
        PRIMARY KEY (keyspace_name, aggregate_name, argument_types))
        WITH comment = 'user defined aggregate definitions' AND )" NACRE_SCHEMA},
    declaration{26, R"(CREATE TABLE system_schema.scylla_aggregates (
        keyspace_name text, aggregate_name text, argument_types frozen<list<text>>,
        reduce_func text, state_type text,
        PRIMARY KEY (keyspace_name, aggregate_name, argument_types))
        WITH comment = 'reduce functions of user defined aggregates' AND )" NACRE_SCHEMA},
    declaration{27, R"(CREATE TABLE system_schema.views (
        keyspace_name text, view_name text, )" NACRE_TABLE_OPTION_COLUMNS R"(
        base_table_id uuid, base_table_name text, include_all_columns boolean, where_clause text,
        PRIMARY KEY (keyspace_name, view_name))
        WITH comment = 'view definitions' AND )" NACRE_SCHEMA},
    declaration{28, R"(CREATE TABLE system_schema.indexes (
        keyspace_name text, table_name text, index_name text, kind text,
        options frozen<map<text, text>>, PRIMARY KEY (keyspace_name, table_name, index_name))
        WITH comment = 'secondary index definitions' AND )" NACRE_SCHEMA},
    declaration{29, R"(CREATE TABLE system_schema.triggers (
        keyspace_name text, table_name text, trigger_name text, options frozen<map<text, text>>,
        PRIMARY KEY (keyspace_name, table_name, trigger_name))
        WITH comment = 'trigger definitions' AND )" NACRE_SCHEMA},
    declaration{30, R"(CREATE TABLE system_schema.dropped_columns (
        keyspace_name text, table_name text, column_name text, dropped_time timestamp, kind text,
        type text, PRIMARY KEY (keyspace_name, table_name, column_name))
        WITH comment = 'dropped column registry' AND )" NACRE_SCHEMA},
    declaration{31, R"(CREATE TABLE system_schema.column_masks (
        keyspace_name text, table_name text, column_name text,
        function_argument_nulls frozen<list<boolean>>,
        function_argument_types frozen<list<text>>, function_argument_values frozen<list<text>>,
        function_keyspace text, function_name text,
        PRIMARY KEY (keyspace_name, table_name, column_name))
        WITH comment = 'column dynamic data masks' AND )" NACRE_SCHEMA},

    declaration{40, R"(CREATE TABLE system_virtual_schema.keyspaces (keyspace_name text PRIMARY KEY)
        WITH comment = 'virtual keyspace definitions')"},
    declaration{41, R"(CREATE TABLE system_virtual_schema.tables (
        keyspace_name text, table_name text, comment text, PRIMARY KEY (keyspace_name, table_name))
        WITH comment = 'virtual table definitions')"},
    declaration{42, R"(CREATE TABLE system_virtual_schema.columns (
        keyspace_name text, table_name text, column_name text, clustering_order text,
        column_name_bytes blob, kind text, position int, type text,
        PRIMARY KEY (keyspace_name, table_name, column_name))
        WITH comment = 'virtual column definitions')"},

    declaration{50, R"(CREATE TABLE system_traces.sessions (
        session_id uuid PRIMARY KEY, client inet, command text, coordinator inet,
        coordinator_port int, duration int, parameters map<text, text>, request text,
        started_at timestamp) WITH comment = 'tracing sessions' AND gc_grace_seconds = 0)"},
    declaration{51, R"(CREATE TABLE system_traces.events (
        session_id uuid, event_id timeuuid, activity text, source inet, source_elapsed int,
        source_port int, thread text, PRIMARY KEY (session_id, event_id))
        WITH comment = 'tracing events' AND gc_grace_seconds = 0)"},

    // What Cassandra's tables have no place for.
    declaration{60, R"(CREATE TABLE system_nacre.tables (
        keyspace_name text, table_name text, storage_id int, next_column_id int,
        column_ids frozen<map<text, int>>, PRIMARY KEY (keyspace_name, table_name))
        WITH comment = 'where tables and columns are stored' AND )" NACRE_SCHEMA},
    declaration{61, R"(CREATE TABLE system_nacre.functions (
        keyspace_name text, function_name text, argument_types frozen<list<text>>, version uuid,
        PRIMARY KEY (keyspace_name, function_name, argument_types))
        WITH comment = 'versions of user defined functions' AND )" NACRE_SCHEMA},
    declaration{62, R"(CREATE TABLE system_nacre.counters (name text PRIMARY KEY, value bigint)
        WITH comment = 'numbers that only grow' AND )" NACRE_SCHEMA},
    declaration{63, R"(CREATE TABLE system_nacre.dropped_tables (
        storage_id int PRIMARY KEY, keyspace_name text, table_name text)
        WITH comment = 'tables whose rows are still to be removed' AND )" NACRE_SCHEMA},
};

schema::keyspace empty_keyspace(const std::string& name) {
    schema::keyspace made;
    made.name = name;
    made.is_virtual = name == "system_virtual_schema";
    if (name == "system_traces") {
        made.replication = {{"class", "org.apache.cassandra.locator.SimpleStrategy"},
                            {"replication_factor", "2"}};
    } else {
        made.replication = {{"class", "org.apache.cassandra.locator.LocalStrategy"}};
    }
    return made;
}

schema::by_name<schema::keyspace_ptr> declare_all() {
    std::map<std::string, schema::keyspace> building;
    const schema::by_name<types::type_ptr> no_types;
    for (const auto& [storage_id, text] : declarations) {
        const auto parsed = cql::parse(text);
        if (!parsed) std::abort();
        const auto& statement = std::get<cql::create_table_statement>(*parsed);
        const auto& [keyspace, name] = statement.table;
        const table_identity identity{uuid::from_name(keyspace + name), storage_id};
        const auto table = define_table(statement, keyspace, no_types, identity);
        if (!table) std::abort();
        auto& owner = building.try_emplace(keyspace, empty_keyspace(keyspace)).first->second;
        owner.tables.emplace(name, *table);
    }
    schema::by_name<schema::keyspace_ptr> made;
    for (auto& [name, keyspace] : building) {
        made.emplace(name, std::make_shared<const schema::keyspace>(std::move(keyspace)));
    }
    return made;
}

}  // namespace

const schema::by_name<schema::keyspace_ptr>& system_keyspaces() {
    static const auto all = declare_all();
    return all;
}

const schema::table_ptr& system_table(std::string_view keyspace, std::string_view name) {
    return system_keyspaces().find(keyspace)->second->tables.find(name)->second;
}

}  // namespace nacre::catalog
