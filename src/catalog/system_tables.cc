#include "catalog/system_tables.h"

#include <array>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>

#include "catalog/keyspace_options.h"
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
        return_type text, deterministic boolean, monotonic boolean,
        monotonic_on frozen<list<text>>,
        PRIMARY KEY (keyspace_name, function_name, argument_types))
        WITH comment = 'user defined function definitions' AND )" NACRE_SCHEMA},
    declaration{25, R"(CREATE TABLE system_schema.aggregates (
        keyspace_name text, aggregate_name text, argument_types frozen<list<text>>,
        final_func text, initcond text, return_type text, state_func text, state_type text,
        deterministic boolean, PRIMARY KEY (keyspace_name, aggregate_name, argument_types))
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

    // Empty, but there for tools that look.
    declaration{70, R"(CREATE TABLE system.available_ranges (
        keyspace_name text PRIMARY KEY, ranges set<blob>)
        WITH comment =
        'available keyspace/ranges during bootstrap/replace that are ready to be served'
        AND )" NACRE_LOCAL},
    declaration{71, R"(CREATE TABLE system.available_ranges_v2 (
        keyspace_name text PRIMARY KEY, full_ranges set<blob>, transient_ranges set<blob>)
        WITH comment =
        'available keyspace/ranges during bootstrap/replace that are ready to be served'
        AND )" NACRE_LOCAL},
    declaration{72, R"(CREATE TABLE system.batches (
        id timeuuid PRIMARY KEY, version int, mutations list<blob>)
        WITH comment = 'batches awaiting replay' AND )" NACRE_LOCAL},
    declaration{73, R"(CREATE TABLE system.compaction_history (
        id timeuuid PRIMARY KEY, bytes_in bigint, bytes_out bigint, columnfamily_name text,
        compacted_at timestamp, compaction_properties frozen<map<text, text>>, keyspace_name
        text, rows_merged map<int, bigint>)
        WITH comment =
        'week-long compaction history' AND default_time_to_live = 604800 AND )" NACRE_LOCAL},
    declaration{74, R"(CREATE TABLE system.paxos (
        row_key blob, cf_id uuid, in_progress_ballot timeuuid, in_progress_read_ballot timeuuid,
        most_recent_commit blob, most_recent_commit_at timeuuid, most_recent_commit_version int,
        proposal blob, proposal_ballot timeuuid, proposal_version int, PRIMARY KEY (row_key,
        cf_id))
        WITH comment = 'in-progress paxos proposals' AND )" NACRE_LOCAL},
    declaration{75, R"(CREATE TABLE system.paxos_repair_history (
        keyspace_name text, table_name text, points frozen<list<frozen<tuple<blob, timeuuid>>>>,
        PRIMARY KEY (keyspace_name, table_name))
        WITH comment = 'paxos repair history' AND )" NACRE_LOCAL},
    declaration{76, R"(CREATE TABLE system.peer_events (
        peer inet PRIMARY KEY, hints_dropped map<timeuuid, int>)
        WITH comment = 'events related to peers' AND )" NACRE_LOCAL},
    declaration{77, R"(CREATE TABLE system.peer_events_v2 (
        peer inet, peer_port int, hints_dropped map<timeuuid, int>, PRIMARY KEY (peer,
        peer_port))
        WITH comment = 'events related to peers' AND )" NACRE_LOCAL},
    declaration{78, R"(CREATE TABLE system.prepared_statements (
        prepared_id blob PRIMARY KEY, logged_keyspace text, query_string text)
        WITH comment = 'prepared statements' AND )" NACRE_LOCAL},
    declaration{79, R"(CREATE TABLE system.repairs (
        parent_id timeuuid PRIMARY KEY, coordinator inet, coordinator_port int, last_update
        timestamp, repaired_at timestamp, started_at timestamp, state int, cfids set<uuid>,
        participants set<inet>, participants_wp set<text>, ranges set<blob>)
        WITH comment = 'repairs' AND )" NACRE_LOCAL},
    declaration{80, R"(CREATE TABLE system.sstable_activity (
        keyspace_name text, columnfamily_name text, generation int, rate_120m double, rate_15m
        double, PRIMARY KEY ((keyspace_name, columnfamily_name, generation)))
        WITH comment = 'historic sstable read rates' AND )" NACRE_LOCAL},
    declaration{81, R"(CREATE TABLE system.sstable_activity_v2 (
        keyspace_name text, table_name text, id text, rate_120m double, rate_15m double, PRIMARY
        KEY ((keyspace_name, table_name, id)))
        WITH comment = 'historic sstable read rates' AND )" NACRE_LOCAL},
    declaration{82, R"(CREATE TABLE system.top_partitions (
        keyspace_name text, table_name text, top_type text, last_update timestamp, top
        frozen<list<frozen<tuple<text, bigint>>>>, PRIMARY KEY (keyspace_name, table_name,
        top_type))
        WITH comment = 'Stores the top partitions' AND )" NACRE_LOCAL},
    declaration{83, R"(CREATE TABLE system.transferred_ranges (
        operation text, keyspace_name text, peer inet, ranges set<blob>, PRIMARY KEY
        ((operation, keyspace_name), peer))
        WITH comment = 'record of transferred ranges for streaming operation' AND )" NACRE_LOCAL},
    declaration{84, R"(CREATE TABLE system.transferred_ranges_v2 (
        operation text, keyspace_name text, peer inet, peer_port int, ranges set<blob>, PRIMARY
        KEY ((operation, keyspace_name), peer, peer_port))
        WITH comment = 'record of transferred ranges for streaming operation' AND )" NACRE_LOCAL},
    declaration{85, R"(CREATE TABLE system.view_builds_in_progress (
        keyspace_name text, view_name text, start_token text, end_token text, keys_built bigint,
        last_token text, PRIMARY KEY (keyspace_name, view_name, start_token, end_token))
        WITH comment = 'views builds current progress' AND )" NACRE_LOCAL},

    declaration{90, R"(CREATE TABLE system_auth.cidr_groups (
        cidr_group text PRIMARY KEY, cidrs frozen<set<frozen<tuple<inet, smallint>>>>)
        WITH comment = 'cidr groups to cidrs mapping' AND gc_grace_seconds = 7776000)"},
    declaration{91, R"(CREATE TABLE system_auth.cidr_permissions (
        role text PRIMARY KEY, cidr_groups frozen<set<text>>)
        WITH comment = 'user cidr permissions' AND gc_grace_seconds = 7776000)"},
    declaration{92, R"(CREATE TABLE system_auth.identity_to_role (
        identity text PRIMARY KEY, role text)
        WITH comment = 'mtls authorized identities lookup table' AND gc_grace_seconds = 7776000)"},
    declaration{93, R"(CREATE TABLE system_auth.network_permissions (
        role text PRIMARY KEY, dcs frozen<set<text>>)
        WITH comment = 'user network permissions' AND gc_grace_seconds = 7776000)"},
    declaration{94, R"(CREATE TABLE system_auth.resource_role_permissons_index (
        resource text, role text, PRIMARY KEY (resource, role))
        WITH comment =
        'index of db roles with permissions granted on a resource'
        AND gc_grace_seconds = 7776000)"},
    declaration{95, R"(CREATE TABLE system_auth.role_members (
        role text, member text, PRIMARY KEY (role, member))
        WITH comment = 'role memberships lookup table' AND gc_grace_seconds = 7776000)"},
    declaration{96, R"(CREATE TABLE system_auth.role_permissions (
        role text, resource text, permissions set<text>, PRIMARY KEY (role, resource))
        WITH comment = 'permissions granted to db roles' AND gc_grace_seconds = 7776000)"},
    declaration{97, R"(CREATE TABLE system_auth.roles (
        role text PRIMARY KEY, can_login boolean, is_superuser boolean, salted_hash text,
        member_of set<text>)
        WITH comment = 'role definitions' AND gc_grace_seconds = 7776000)"},

    declaration{100, R"(CREATE TABLE system_distributed.parent_repair_history (
        parent_id timeuuid PRIMARY KEY, exception_message text, exception_stacktrace text,
        finished_at timestamp, keyspace_name text, started_at timestamp, columnfamily_names
        set<text>, options map<text, text>, requested_ranges set<text>, successful_ranges
        set<text>)
        WITH comment = 'Repair history' AND default_time_to_live = 2592000
        AND compaction = {'class': 'TimeWindowCompactionStrategy',
        'compaction_window_size': 1, 'compaction_window_unit': 'DAYS'})"},
    declaration{101, R"(CREATE TABLE system_distributed.partition_denylist (
        ks_name text, table_name text, key blob, PRIMARY KEY ((ks_name, table_name), key))
        WITH comment = 'Partition keys which have been denied access')"},
    declaration{102, R"(CREATE TABLE system_distributed.repair_history (
        keyspace_name text, columnfamily_name text, id timeuuid, coordinator inet,
        coordinator_port int, exception_message text, exception_stacktrace text, finished_at
        timestamp, parent_id timeuuid, range_begin text, range_end text, started_at timestamp,
        status text, participants set<inet>, participants_v2 set<text>, PRIMARY KEY
        ((keyspace_name, columnfamily_name), id))
        WITH comment = 'Repair history' AND default_time_to_live = 2592000
        AND compaction = {'class': 'TimeWindowCompactionStrategy',
        'compaction_window_size': 1, 'compaction_window_unit': 'DAYS'})"},
    declaration{103, R"(CREATE TABLE system_distributed.view_build_status (
        keyspace_name text, view_name text, host_id uuid, status text, PRIMARY KEY
        ((keyspace_name, view_name), host_id))
        WITH comment = 'Materialized View build status')"},

    declaration{110, R"(CREATE TABLE system_views.pending_hints (
        host_id uuid PRIMARY KEY, address inet, dc text, files int, newest timestamp, oldest
        timestamp, port int, rack text, status text)
        WITH comment = 'Pending hints that this node has for other nodes')"},
    declaration{111, R"(CREATE TABLE system_views.settings (
        name text PRIMARY KEY, value text)
        WITH comment = 'current settings')"},
    declaration{112, R"(CREATE TABLE system_views.sstable_tasks (
        keyspace_name text, table_name text, task_id timeuuid, completion_ratio double, kind
        text, progress bigint, sstables int, target_directory text, total bigint, unit text,
        PRIMARY KEY (keyspace_name, table_name, task_id))
        WITH comment = 'current sstable tasks')"},
    declaration{113, R"(CREATE TABLE system_views.snapshots (
        name text, keyspace_name text, table_name text, created_at timestamp, ephemeral boolean,
        expires_at timestamp, size_on_disk bigint, true_size bigint, PRIMARY KEY (name,
        keyspace_name, table_name))
        WITH comment = 'available snapshots')"},
    declaration{114, R"(CREATE TABLE system_views.streaming (
        id timeuuid PRIMARY KEY, bytes_received bigint, bytes_sent bigint, bytes_to_receive
        bigint, bytes_to_send bigint, duration_millis bigint, failure_cause text, files_received
        bigint, files_sent bigint, files_to_receive bigint, files_to_send bigint, follower
        boolean, last_updated_at timestamp, operation text, peers frozen<list<text>>,
        progress_percentage float, status text, status_failure_timestamp timestamp,
        status_init_timestamp timestamp, status_start_timestamp timestamp,
        status_success_timestamp timestamp, success_message text)
        WITH comment = '')"},

    declaration{115, R"(CREATE TABLE system_views.clients (
        address inet, port int, client_options frozen<map<text, text>>, connection_stage text,
        driver_name text, driver_version text, hostname text, keyspace_name text,
        protocol_version int, request_count bigint, ssl_cipher_suite text, ssl_enabled boolean,
        ssl_protocol text, username text, PRIMARY KEY (address, port))
        WITH comment = 'currently connected clients')"},
    declaration{116, R"(CREATE TABLE system_views.cql_metrics (
        name text PRIMARY KEY, value double)
        WITH comment = 'Metrics specific to CQL prepared statement caching')"},
    declaration{117, R"(CREATE TABLE system_views.disk_usage (
        keyspace_name text, table_name text, mebibytes bigint,
        PRIMARY KEY ((keyspace_name, table_name))) WITH comment = '')"},
    declaration{118, R"(CREATE TABLE system_views.queries (
        thread_id text PRIMARY KEY, queued_micros bigint, running_micros bigint, task text)
        WITH comment = 'Lists currently running queries')"},
    declaration{119, R"(CREATE TABLE system_views.thread_pools (
        name text PRIMARY KEY, active_tasks int, active_tasks_limit int, blocked_tasks bigint,
        blocked_tasks_all_time bigint, completed_tasks bigint, pending_tasks int)
        WITH comment = '')"},
    declaration{120, R"(CREATE TABLE system_views.functions (
        keyspace_name text, function_name text, argument_types frozen<list<text>>, language text,
        interface text, body_digest text, body_bytes bigint, deterministic boolean,
        limits frozen<map<text, bigint>>, statements bigint, calls bigint, rows bigint,
        errors frozen<map<text, bigint>>, cpu_us bigint, cpu_ns_per_row double,
        call_us_p50 bigint, call_us_p99 bigint, call_us_max bigint, memory_bytes_peak bigint,
        log_lines bigint, log_bytes bigint, log_bytes_dropped bigint, log_lines_hidden bigint,
        quarantined_until timestamp, quarantines bigint, last_error text,
        last_error_time timestamp, PRIMARY KEY (keyspace_name, function_name, argument_types))
        WITH comment = 'what user defined functions have done since the server started')"},
    declaration{121, R"(CREATE TABLE system_views.function_logs (
        keyspace_name text, function_name text, argument_types frozen<list<text>>, id timeuuid,
        time timestamp, shard int, stream text, line text,
        PRIMARY KEY ((keyspace_name, function_name), argument_types, id))
        WITH comment = 'the newest lines that user defined functions wrote')"},
    declaration{122, R"(CREATE TABLE system_views.event_loops (
        shard int PRIMARY KEY, turns bigint, turn_us_p50 bigint, turn_us_p99 bigint,
        turn_us_p9999 bigint, turn_us_max bigint, turn_cpu_us_p9999 bigint,
        turn_cpu_us_max bigint)
        WITH comment = 'how long the turns of the shards'' event loops took')"},
    declaration{123, R"(CREATE TABLE system_views.scheduling_groups (
        shard int, name text, shares int, time_us bigint, turns bigint, waiting bigint,
        wait_us_max bigint, PRIMARY KEY (shard, name))
        WITH comment = 'how the shards'' time is divided')"},
    declaration{124, R"(CREATE TABLE system_views.stalls (
        shard int, time timestamp, number bigint, lasted_us bigint, cpu_us bigint,
        scheduling_group text, work text, PRIMARY KEY (shard, time, number))
        WITH comment = 'turns of the event loops that others had to wait for')"},

    // What Cassandra's tables have no place for.
    declaration{60, R"(CREATE TABLE system_nacre.tables (
        keyspace_name text, table_name text, storage_id int, next_column_id int,
        column_ids frozen<map<text, int>>, PRIMARY KEY (keyspace_name, table_name))
        WITH comment = 'where tables and columns are stored' AND )" NACRE_SCHEMA},
    declaration{61, R"(CREATE TABLE system_nacre.functions (
        keyspace_name text, function_name text, argument_types frozen<list<text>>, version uuid,
        source_digest text, options frozen<map<text, text>>,
        PRIMARY KEY (keyspace_name, function_name, argument_types))
        WITH comment = 'versions and options of user defined functions' AND )" NACRE_SCHEMA},
    declaration{62, R"(CREATE TABLE system_nacre.counters (name text PRIMARY KEY, value bigint)
        WITH comment = 'numbers that only grow' AND )" NACRE_SCHEMA},
    declaration{63, R"(CREATE TABLE system_nacre.dropped_tables (
        storage_id int PRIMARY KEY, keyspace_name text, table_name text)
        WITH comment = 'tables whose rows are still to be removed' AND )" NACRE_SCHEMA},
    declaration{64, R"(CREATE TABLE system_nacre.modules (
        keyspace_name text, digest text, source text, PRIMARY KEY (keyspace_name, digest))
        WITH comment = 'sources that functions share' AND )" NACRE_SCHEMA},
    declaration{65, R"(CREATE TABLE system_nacre.aggregates (
        keyspace_name text, aggregate_name text, argument_types frozen<list<text>>,
        reduce_func text, PRIMARY KEY (keyspace_name, aggregate_name, argument_types))
        WITH comment = 'how states of user defined aggregates are merged' AND )" NACRE_SCHEMA},
    declaration{66, R"(CREATE TABLE system_nacre.role_options (
        role text PRIMARY KEY, options frozen<map<text, text>>)
        WITH comment = 'options of roles' AND )" NACRE_SCHEMA},
};

schema::keyspace empty_keyspace(const std::string& name) {
    schema::keyspace made;
    made.name = name;
    made.is_virtual = name == "system_virtual_schema" || name == "system_views";
    if (is_replicated_system_keyspace(name)) {
        // The factors that Cassandra starts with.
        const auto* factor = name == "system_auth" ? "1" : name == "system_traces" ? "2" : "3";
        made.replication = {{"class", "org.apache.cassandra.locator.SimpleStrategy"},
                            {"replication_factor", factor}};
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
        owner.put(*table);
    }
    schema::by_name<schema::keyspace_ptr> made;
    for (auto& [name, keyspace] : building) {
        made.insert_or_assign(name, std::make_shared<const schema::keyspace>(std::move(keyspace)));
    }
    return made;
}

}  // namespace

const schema::by_name<schema::keyspace_ptr>& system_keyspaces() {
    static const auto all = declare_all();
    return all;
}

const schema::table_ptr& system_table(std::string_view keyspace, std::string_view name) {
    return *(*system_keyspaces().find(keyspace))->tables().find(name);
}

}  // namespace nacre::catalog
