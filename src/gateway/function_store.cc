#include "gateway/function_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "catalog/system_tables.h"
#include "cluster/read_rows.h"
#include "protocol/compression.h"
#include "types/value.h"

namespace nacre::gateway {

namespace {

constexpr int attempts_max = 4;
constexpr std::uint16_t quorum = 0x0004;
constexpr std::uint16_t serial = 0x0008;
constexpr std::uint64_t copies_max = 3;
constexpr const char* partition = "functions";
/// Small enough for one write, whatever the cluster's limits.
constexpr std::size_t chunk_bytes = 512 << 10;
constexpr std::size_t source_bytes_max = 64 << 20;

constexpr const char* insert_row =
    "INSERT INTO nacre.definitions (part, table_name, row_key, values) VALUES ('functions', ?, ?, "
    "?)";
constexpr const char* delete_row =
    "DELETE FROM nacre.definitions WHERE part = 'functions' AND table_name = ? AND row_key = ?";
constexpr const char* move_version =
    "UPDATE nacre.definitions SET version = ? WHERE part = 'functions' IF version = ?";
constexpr const char* insert_chunk =
    "INSERT INTO nacre.modules (digest, chunk, size, data) VALUES (?, ?, ?, ?)";
constexpr const char* select_chunks =
    "SELECT chunk, size, data FROM nacre.modules WHERE digest = ?";
constexpr const char* select_ages =
    "SELECT digest, chunk, writetime(data) AS written FROM nacre.modules";
constexpr const char* delete_chunk =
    "DELETE FROM nacre.modules USING TIMESTAMP ? WHERE digest = ? AND chunk = ?";

cluster::request_terms at_quorum() {
    cluster::request_terms terms;
    terms.consistency = quorum;
    terms.idempotent = true;
    return terms;
}

bytes table_of(const catalog::row_address& address) {
    return address.table->keyspace() + "." + address.table->name();
}

bytes key_of(const catalog::row_address& address) {
    std::vector<optional_bytes> parts;
    for (const auto& each : address.key) parts.emplace_back(each);
    for (const auto& each : address.clustering) parts.emplace_back(each);
    return types::join_list(parts);
}

bool is_module(const catalog::row_address& address) {
    return table_of(address) == "system_nacre.modules";
}

types::type_ptr blob_list() {
    return types::type::list_of(types::type::native(types::type_kind::blob));
}
types::type_ptr blob_map() {
    return types::type::map_of(types::type::native(types::type_kind::text),
                               types::type::native(types::type_kind::blob));
}

// The tables whose rows may be there.
schema::table_ptr table_named(std::string_view name) {
    for (const auto& [keyspace, table] : {std::pair("system_schema", "functions"),
                                          {"system_schema", "aggregates"},
                                          {"system_schema", "scylla_aggregates"},
                                          {"system_nacre", "functions"},
                                          {"system_nacre", "modules"},
                                          {"system_auth", "role_permissions"}}) {
        if (name == std::string(keyspace) + "." + table) {
            return catalog::system_table(keyspace, table);
        }
    }
    return nullptr;
}

result<std::optional<std::pair<catalog::row_address, catalog::row_values>>> row_of(
    const cluster::named_row& stored) {
    std::optional<std::pair<catalog::row_address, catalog::row_values>> made;
    const auto name = stored.find("table_name");
    const auto key = stored.find("row_key");
    const auto values = stored.find("values");
    if (name == stored.end() || key == stored.end()) return made;
    const auto table = table_named(name->second);
    // A newer release may keep more.
    if (!table) return made;
    made.emplace();
    auto& [address, row] = *made;
    address.table = table;
    NACRE_TRY(const auto parts, types::split_collection(*blob_list(), key->second));
    for (const auto& part : parts) {
        auto& side =
            address.key.size() < table->partition_key_size() ? address.key : address.clustering;
        side.emplace_back(part.value_or(bytes_view()));
    }
    if (values == stored.end()) return made;
    NACRE_TRY(const auto entries, types::split_collection(*blob_map(), values->second));
    for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
        if (!table->find(*entries[i])) continue;
        row.emplace(*entries[i], entries[i + 1].value_or(bytes_view()));
    }
    return made;
}

}  // namespace

runtime::task<status> function_store::prepare(const std::string& replication) {
    const auto copies = std::clamp<std::uint64_t>(_cluster.current_nodes().known, 1, copies_max);
    const auto wanted =
        replication.empty()
            ? fmt::format("{{'class': 'NetworkTopologyStrategy', 'replication_factor': {}}}",
                          copies)
            : replication;
    const std::string statements[] = {
        "CREATE KEYSPACE IF NOT EXISTS nacre WITH replication = " + wanted,
        "CREATE TABLE IF NOT EXISTS nacre.definitions (part text, version uuid static, "
        "table_name text, row_key frozen<list<blob>>, values map<text, blob>, "
        "PRIMARY KEY (part, table_name, row_key)) "
        "WITH comment = 'functions and aggregates of the gateways'",
        "CREATE TABLE IF NOT EXISTS nacre.modules (digest text, chunk int, size int, data blob, "
        "PRIMARY KEY (digest, chunk)) WITH comment = 'sources of functions'",
        "CREATE TABLE IF NOT EXISTS nacre.gateways (host_id uuid PRIMARY KEY, address inet, "
        "port int, data_center text, rack text, release_version text, schema_version uuid) "
        "WITH comment = 'gateways that serve now' AND gc_grace_seconds = 3600",
    };
    // Those that are there already cost the cluster no change of its schema.
    NACRE_CO_TRY(const auto there,
                 co_await cluster::read_rows(_cluster,
                                             "SELECT table_name FROM system_schema.tables WHERE "
                                             "keyspace_name = 'nacre'"));
    if (there.size() < 3) {
        for (const auto& text : statements) {
            NACRE_CO_CHECK(co_await _cluster.query("", text, {}));
        }
    }
    auto terms = at_quorum();
    terms.idempotent = false;
    NACRE_CO_CHECK(co_await _cluster.query(
        "",
        fmt::format("INSERT INTO nacre.definitions (part, version) VALUES ('{}', {}) IF NOT EXISTS",
                    partition, uuid::random().to_string()),
        terms));
    co_return status();
}

runtime::task<result<uuid>> function_store::read_version(sight how) {
    auto terms = at_quorum();
    if (how == sight::settled) terms.consistency = serial;
    NACRE_CO_TRY(const auto statement,
                 co_await _statements.prepare(
                     "SELECT version FROM nacre.definitions WHERE part = 'functions' "
                     "LIMIT 1"));
    NACRE_CO_TRY(const auto answer, co_await _cluster.execute(statement, {}, terms));
    NACRE_CO_TRY(const auto rows, cluster::named_rows(answer));
    if (rows.empty() || !rows.front().contains("version")) {
        co_return server_error("nacre.definitions has lost its version");
    }
    co_return uuid::from_bytes(rows.front().find("version")->second);
}

runtime::task<result<function_store::contents>> function_store::read(const sources& known) {
    auto terms = at_quorum();
    terms.consistency = serial;
    NACRE_CO_TRY(
        const auto rows,
        co_await cluster::read_rows(
            _cluster,
            "SELECT version, table_name, row_key, values FROM nacre.definitions WHERE part = "
            "'functions'",
            terms));
    contents made;
    for (const auto& each : rows) {
        if (const auto version = each.find("version"); version != each.end()) {
            made.version = uuid::from_bytes(version->second);
        }
        NACRE_CO_TRY(auto row, row_of(each));
        if (!row) continue;
        if (is_module(row->first)) {
            const auto& digest = row->first.clustering.front();
            const auto found = known.find(digest);
            if (found != known.end()) {
                row->second["source"] = *found->second;
            } else {
                NACRE_CO_TRY(row->second["source"], co_await read_source(digest));
            }
        }
        made.rows.insert(std::move(*row));
    }
    co_return made;
}

runtime::task<result<bool>> function_store::write(const catalog::row_changes& changes,
                                                  const uuid& expected, const uuid& next) {
    std::vector<cluster::batch_statement> batch;
    const auto add = [&](const char* text) -> runtime::task<result<cluster::request_values*>> {
        NACRE_CO_TRY(auto statement, co_await _statements.prepare(text));
        batch.push_back({{}, std::move(statement), {}});
        co_return &batch.back().values;
    };
    NACRE_CO_TRY(auto* version, co_await add(move_version));
    version->add(next.to_bytes());
    version->add(expected.to_bytes());
    for (const auto& address : changes.removed) {
        if (!table_named(table_of(address))) continue;
        NACRE_CO_TRY(auto* values, co_await add(delete_row));
        values->add(table_of(address));
        values->add(key_of(address));
    }
    for (const auto& [address, row] : changes.written) {
        if (!table_named(table_of(address))) continue;
        std::vector<std::pair<bytes, bytes>> entries;
        for (const auto& [column, value] : row) {
            if (is_module(address) && column == "source") {
                NACRE_CO_CHECK(co_await write_source(address.clustering.front(), value));
            } else {
                entries.emplace_back(column, value);
            }
        }
        NACRE_CO_TRY(auto* values, co_await add(insert_row));
        values->add(table_of(address));
        values->add(key_of(address));
        values->add(types::join_map(entries));
    }
    auto terms = at_quorum();
    terms.idempotent = false;
    for (auto left = attempts_max;; --left) {
        const auto answer =
            co_await _cluster.batch("", cluster::batch_kind::unlogged, batch, terms);
        if (answer) co_return cluster::was_applied(*answer);
        if (answer.error().code() != error_code::write_timeout || left == 1) {
            co_return answer.error();
        }
        // It may have been applied all the same, or be applied by whoever comes next.
        NACRE_CO_TRY(const auto now, co_await read_version(sight::settled));
        if (now == next) co_return true;
        if (now != expected) co_return answer.error();
    }
}

runtime::task<status> function_store::write_source(const std::string& digest, bytes_view source) {
    NACRE_CO_TRY(const auto statement, co_await _statements.prepare(insert_chunk));
    std::int32_t number = 0;
    for (std::size_t at = 0; at < source.size(); at += chunk_bytes) {
        const auto chunk = source.substr(at, chunk_bytes);
        bytes compressed;
        protocol::append_lz4_block(compressed, chunk);
        cluster::request_values values;
        values.add(digest);
        values.add(types::serialise_integer(number++));
        values.add(types::serialise_integer(static_cast<std::int32_t>(chunk.size())));
        values.add(compressed);
        NACRE_CO_CHECK(co_await _cluster.execute(statement, std::move(values), at_quorum()));
    }
    co_return status();
}

runtime::task<result<bytes>> function_store::read_source(const std::string& digest) {
    NACRE_CO_TRY(const auto statement, co_await _statements.prepare(select_chunks));
    bytes source;
    auto terms = at_quorum();
    terms.page_size = 8;
    for (;;) {
        cluster::request_values values;
        values.add(digest);
        NACRE_CO_TRY(const auto answer,
                     co_await _cluster.execute(statement, std::move(values), terms));
        NACRE_CO_TRY(const auto rows, cluster::named_rows(answer));
        for (const auto& row : rows) {
            const auto size = row.find("size");
            const auto data = row.find("data");
            if (size == row.end() || data == row.end()) continue;
            const auto bytes_before = load_big_endian<std::uint32_t>(size->second.data());
            if (source.size() + bytes_before > source_bytes_max) {
                co_return server_error("nacre.modules holds too much under {}", digest);
            }
            NACRE_CO_CHECK(protocol::append_lz4_decompressed(source, data->second, bytes_before));
        }
        auto more = answer.paging_state();
        if (!more) co_return source;
        terms.paging_state = std::move(*more);
    }
}

runtime::task<status> function_store::remove_unused(const catalog::row_set& rows,
                                                    std::chrono::seconds age) {
    std::set<std::string, std::less<>> used;
    for (const auto& [address, values] : rows) {
        if (is_module(address)) used.insert(address.clustering.front());
    }
    NACRE_CO_TRY(const auto chunks,
                 co_await cluster::read_rows(_cluster, select_ages, at_quorum()));
    NACRE_CO_TRY(const auto statement, co_await _statements.prepare(delete_chunk));
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch() - age;
    const auto oldest_us =
        std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count();
    for (const auto& row : chunks) {
        const auto digest = row.find("digest");
        const auto chunk = row.find("chunk");
        const auto written = row.find("written");
        if (digest == row.end() || chunk == row.end() || written == row.end()) continue;
        if (used.contains(digest->second)) continue;
        if (load_big_endian<std::int64_t>(written->second.data()) > oldest_us) continue;
        cluster::request_values values;
        for (const auto* each : {&written->second, &digest->second, &chunk->second}) {
            values.add(*each);
        }
        NACRE_CO_CHECK(co_await _cluster.execute(statement, std::move(values), at_quorum()));
    }
    co_return status();
}

}  // namespace nacre::gateway
