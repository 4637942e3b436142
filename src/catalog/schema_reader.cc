#include "catalog/schema_reader.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/replace.hpp>

#include "catalog/constant.h"
#include "catalog/function_source.h"
#include "catalog/keyspace_options.h"
#include "catalog/resolve_type.h"
#include "catalog/schema_rows.h"
#include "catalog/stored_rows.h"
#include "catalog/system_tables.h"
#include "catalog/table_options.h"
#include "cql/parse.h"
#include "runtime/shard.h"
#include "types/value.h"

namespace nacre::catalog {

namespace {

using types::type_ptr;

error damaged(std::string what) {
    return server_error("The stored schema is damaged: {}", std::move(what));
}

/// The rows of all schema tables, read before anything is made of them.
struct all_rows {
    stored_rows keyspaces, tables, columns, dropped_columns, indexes, types, functions, aggregates,
        reduce_functions;
    stored_rows our_tables, our_functions, modules, counters, dropped_tables, local;
};

runtime::task<result<all_rows>> read_all(storage::table_store& store) {
    using member = std::pair<stored_rows all_rows::*, std::pair<const char*, const char*>>;
    static constexpr std::array<member, 15> sources = {{
        {&all_rows::keyspaces, {"system_schema", "keyspaces"}},
        {&all_rows::tables, {"system_schema", "tables"}},
        {&all_rows::columns, {"system_schema", "columns"}},
        {&all_rows::dropped_columns, {"system_schema", "dropped_columns"}},
        {&all_rows::indexes, {"system_schema", "indexes"}},
        {&all_rows::types, {"system_schema", "types"}},
        {&all_rows::functions, {"system_schema", "functions"}},
        {&all_rows::aggregates, {"system_schema", "aggregates"}},
        {&all_rows::reduce_functions, {"system_schema", "scylla_aggregates"}},
        {&all_rows::our_tables, {"system_nacre", "tables"}},
        {&all_rows::our_functions, {"system_nacre", "functions"}},
        {&all_rows::modules, {"system_nacre", "modules"}},
        {&all_rows::counters, {"system_nacre", "counters"}},
        {&all_rows::dropped_tables, {"system_nacre", "dropped_tables"}},
        {&all_rows::local, {"system", "local"}},
    }};
    all_rows rows;
    for (const auto& [destination, source] : sources) {
        auto table = system_table(source.first, source.second);
        NACRE_CO_TRY(rows.*destination, co_await read_table(store, std::move(table)));
    }
    co_return rows;
}

// `v`, `"V"`, `keys(v)`, `values("V")` …
std::string indexed_column(std::string_view target) {
    if (const auto open = target.find('('); open != target.npos && target.ends_with(')')) {
        target = target.substr(open + 1, target.size() - open - 2);
    }
    if (target.size() < 2 || !target.starts_with('"')) return std::string(target);
    std::string name(target.substr(1, target.size() - 2));
    boost::algorithm::replace_all(name, "\"\"", "\"");
    return name;
}

// Cassandra's storage-attached indexes.
bool finds_ranges(std::string_view class_name) {
    return boost::algorithm::iequals(class_name, "sai") ||
           class_name.ends_with("StorageAttachedIndex");
}

using keyspaces_by_name = std::map<std::string, schema::keyspace, std::less<>>;

/// Makes the objects of a schema from its rows.
class assembly {
  public:
    assembly(const all_rows& rows, const left_out& leave_out)
        : _rows(rows), _leave_out(leave_out) {}

    result<stored_schema> assemble() {
        NACRE_CHECK(add_keyspaces());
        NACRE_CHECK(add_types());
        NACRE_CHECK(add_tables());
        NACRE_CHECK(add_functions());
        NACRE_CHECK(add_aggregates());
        stored_schema made;
        for (auto& [name, keyspace] : _keyspaces) {
            made.keyspaces.insert_or_assign(
                name, std::make_shared<const schema::keyspace>(std::move(keyspace)));
        }
        made.system_replication = std::move(_system_replication);
        read_counters(made);
        return made;
    }

  private:
    /// The keyspace a row belongs to, or null for the system's.
    schema::keyspace* owner(const stored_row& row) {
        const auto found = _keyspaces.find(row.text("keyspace_name"));
        return found == _keyspaces.end() ? nullptr : &found->second;
    }

    /// Passes a failure on, unless what failed is to be left out.
    status tolerate(const std::string& what, const status& outcome) {
        if (outcome || !_leave_out) return outcome;
        _leave_out(what, outcome.error());
        return {};
    }

    status add_keyspaces() {
        for (const auto& row : _rows.keyspaces) {
            schema::keyspace keyspace;
            keyspace.name = row.text("keyspace_name");
            if (is_replicated_system_keyspace(keyspace.name)) {
                NACRE_TRY(_system_replication[keyspace.name], row.entries("replication"));
            }
            if (is_system_keyspace(keyspace.name)) continue;
            keyspace.durable_writes = row.boolean("durable_writes", true);
            NACRE_TRY(keyspace.replication, row.entries("replication"));
            _keyspaces.emplace(keyspace.name, std::move(keyspace));
        }
        return {};
    }

    static result<type_ptr> type_of(const std::string& text, const schema::keyspace& keyspace) {
        NACRE_TRY(const auto name, cql::parse_type(text));
        return resolve_stored_type(name, keyspace.name, keyspace.user_types());
    }

    static result<std::vector<type_ptr>> types_of(const std::vector<std::string>& texts,
                                                  const schema::keyspace& keyspace) {
        std::vector<type_ptr> types;
        for (const auto& text : texts) {
            NACRE_TRY(auto type, type_of(text, keyspace));
            types.push_back(types::type::freeze(type));
        }
        return types;
    }

    /// Types may refer to each other, and come in no helpful order: takes in each round those whose
    /// parts are there.
    status add_types() {
        std::vector<const stored_row*> waiting;
        for (const auto& row : _rows.types) waiting.push_back(&row);
        while (!waiting.empty()) {
            std::vector<const stored_row*> still_waiting;
            for (const auto* row : waiting) {
                auto* keyspace = owner(*row);
                if (keyspace == nullptr) continue;
                NACRE_TRY(const bool added, add_type(*row, *keyspace));
                if (!added) still_waiting.push_back(row);
            }
            if (still_waiting.size() == waiting.size()) {
                const auto what = "type " + waiting.front()->text("type_name");
                return tolerate(what, damaged(what));
            }
            waiting = std::move(still_waiting);
        }
        return {};
    }

    static result<bool> add_type(const stored_row& row, schema::keyspace& keyspace) {
        NACRE_TRY(auto names, row.elements("field_names"));
        NACRE_TRY(const auto texts, row.elements("field_types"));
        std::vector<type_ptr> fields;
        for (const auto& text : texts) {
            auto field = type_of(text, keyspace);
            if (!field) return false;
            fields.push_back(std::move(*field));
        }
        const auto name = row.text("type_name");
        keyspace.put(types::type::user(keyspace.name, name, std::move(names), std::move(fields)));
        return true;
    }

    status add_tables() {
        std::map<std::pair<bytes, bytes>, const stored_row*> ours;
        for (const auto& row : _rows.our_tables) {
            ours[{row.text("keyspace_name"), row.text("table_name")}] = &row;
        }
        auto columns = by_table(_rows.columns);
        auto dropped = by_table(_rows.dropped_columns);
        auto indexes = by_table(_rows.indexes);
        for (const auto& row : _rows.tables) {
            auto* keyspace = owner(row);
            if (keyspace == nullptr) continue;
            const std::pair place{keyspace->name, row.text("table_name")};
            const auto what = "table " + place.first + "." + place.second;
            const auto found = ours.find(place);
            if (found == ours.end()) return damaged(what);
            auto table = make_table(row, *found->second, columns[place], dropped[place],
                                    indexes[place], *keyspace);
            if (table) {
                keyspace->put(*std::move(table));
            } else {
                NACRE_CHECK(tolerate(what, std::move(table).error()));
            }
        }
        return {};
    }

    using rows_of_table = std::vector<const stored_row*>;

    static std::map<std::pair<bytes, bytes>, rows_of_table> by_table(const stored_rows& rows) {
        std::map<std::pair<bytes, bytes>, rows_of_table> found;
        for (const auto& row : rows) {
            found[{row.text("keyspace_name"), row.text("table_name")}].push_back(&row);
        }
        return found;
    }

    /// By the name of the column.
    static result<std::map<std::string, schema::column_index>> read_indexes(
        const rows_of_table& rows) {
        std::map<std::string, schema::column_index> indexes;
        for (const auto* row : rows) {
            NACRE_TRY(const auto options, row->entries("options"));
            const auto target = options.find("target");
            if (target == options.end()) continue;
            const auto class_name = options.find("class_name");
            const bool by_range = class_name != options.end() && finds_ranges(class_name->second);
            auto& index = indexes[indexed_column(target->second)];
            index = std::max(
                index, by_range ? schema::column_index::ranges : schema::column_index::equality);
        }
        return indexes;
    }

    static result<schema::table_ptr> make_table(const stored_row& row, const stored_row& ours,
                                                const rows_of_table& columns,
                                                const rows_of_table& dropped,
                                                const rows_of_table& indexes,
                                                const schema::keyspace& keyspace) {
        const auto name = row.text("table_name");
        const auto id = row.id("id");
        if (!id) return damaged("table " + keyspace.name + "." + name + " has no id");
        NACRE_TRY(const auto ids, ours.entries("column_ids"));
        NACRE_TRY(const auto indexed, read_indexes(indexes));
        std::vector<schema::column_definition> made;
        for (const auto* column : columns) {
            const auto column_id = ids.find(column->text("column_name"));
            if (column_id == ids.end() || column_id->second.size() != sizeof(std::int32_t)) {
                return damaged("column " + name + "." + column->text("column_name"));
            }
            NACRE_TRY(auto definition, make_column(*column, keyspace));
            definition.id = load_big_endian<std::uint32_t>(column_id->second.data());
            if (const auto index = indexed.find(definition.name); index != indexed.end()) {
                definition.index = index->second;
            }
            made.push_back(std::move(definition));
        }
        NACRE_TRY(auto options, read_options(row));
        std::vector<schema::dropped_column> gone;
        for (const auto* column : dropped) {
            NACRE_TRY(auto type, type_of(column->text("type"), keyspace));
            gone.push_back({column->text("column_name"), std::move(type), kind_of(*column),
                            column->integer<std::int64_t>("dropped_time") * 1000});
        }
        return std::make_shared<schema::table>(
            keyspace.name, name, *id, ours.integer<std::uint32_t>("storage_id"),
            ours.integer<std::uint32_t>("next_column_id"), std::move(made), std::move(options),
            std::move(gone));
    }

    static schema::column_kind kind_of(const stored_row& row) {
        const auto kind = row.text("kind");
        if (kind == "partition_key") return schema::column_kind::partition_key;
        if (kind == "clustering") return schema::column_kind::clustering;
        return kind == "static" ? schema::column_kind::static_ : schema::column_kind::regular;
    }

    static result<schema::column_definition> make_column(const stored_row& row,
                                                         const schema::keyspace& keyspace) {
        schema::column_definition column;
        column.name = row.text("column_name");
        NACRE_TRY(column.type, type_of(row.text("type"), keyspace));
        column.kind = kind_of(row);
        const auto position = row.integer<std::int32_t>("position");
        column.position = position < 0 ? 0 : static_cast<std::uint32_t>(position);
        const auto order = row.text("clustering_order");
        column.order = order == "asc"    ? schema::clustering_order::ascending
                       : order == "desc" ? schema::clustering_order::descending
                                         : schema::clustering_order::none;
        return column;
    }

    static result<schema::table_options> read_options(const stored_row& row) {
        auto options = default_table_options();
        for (const auto& definition : table_option_definitions()) {
            const std::string name(definition.name);
            const auto& value = row.find(name);
            if (!value) continue;
            switch (definition.kind) {
                case option_kind::text:
                    set_option(options, name, *value);
                    break;
                case option_kind::integer:
                    set_option(options, name, fmt::format("{}", row.integer<std::int32_t>(name)));
                    break;
                case option_kind::real:
                    set_option(options, name,
                               types::to_cql_literal(
                                   *types::type::native(types::type_kind::double_), *value));
                    break;
                case option_kind::boolean:
                    set_option(options, name, row.boolean(name, false) ? "true" : "false");
                    break;
                case option_kind::map: {
                    NACRE_TRY(options.maps[name], row.entries(name));
                    if (name != "extensions") break;
                    for (auto& [key, raw] : options.maps[name]) raw = "0x" + to_hex(raw);
                    break;
                }
            }
        }
        return options;
    }

    status add_functions() {
        std::map<std::tuple<bytes, bytes, bytes>, const stored_row*> ours;
        for (const auto& row : _rows.our_functions) {
            ours[{row.text("keyspace_name"), row.text("function_name"),
                  row.text("argument_types")}] = &row;
        }
        std::map<std::pair<bytes, bytes>, std::shared_ptr<const std::string>> sources;
        for (const auto& row : _rows.modules) {
            sources[{row.text("keyspace_name"), row.text("digest")}] =
                std::make_shared<const std::string>(row.text("source"));
        }
        for (const auto& row : _rows.functions) {
            auto* keyspace = owner(row);
            if (keyspace == nullptr) continue;
            auto function = make_function(row, *keyspace);
            if (!function) {
                NACRE_CHECK(tolerate("function " + keyspace->name + "." + row.text("function_name"),
                                     std::move(function).error()));
                continue;
            }
            auto made = *std::move(function);
            const auto more = ours.find({made.keyspace, made.name, row.text("argument_types")});
            if (more != ours.end()) {
                made.version = more->second->id("version").value_or(uuid());
                made.source_digest = more->second->text("source_digest");
                NACRE_TRY(made.options, more->second->entries("options"));
            }
            if (is_source_digest(made.body)) {
                const auto source = sources.find({made.keyspace, made.body});
                if (source != sources.end()) made.shared_source = source->second;
                made.source_digest = made.body;
            } else if (made.source_digest.empty()) {
                made.source_digest = source_digest(made.body);
            }
            keyspace->put(std::make_shared<const schema::function_definition>(std::move(made)));
        }
        return {};
    }

    static result<schema::function_definition> make_function(const stored_row& row,
                                                             const schema::keyspace& keyspace) {
        schema::function_definition made;
        made.keyspace = keyspace.name;
        made.name = row.text("function_name");
        NACRE_TRY(made.argument_names, row.elements("argument_names"));
        NACRE_TRY(const auto types, row.elements("argument_types"));
        NACRE_TRY(made.argument_types, types_of(types, keyspace));
        NACRE_TRY(auto return_type, type_of(row.text("return_type"), keyspace));
        made.return_type = types::type::freeze(return_type);
        made.on_null = row.boolean("called_on_null_input", false)
                           ? schema::null_input::called
                           : schema::null_input::returns_null;
        made.language = row.text("language");
        made.body = row.text("body");
        made.is_deterministic = row.boolean("deterministic", false);
        NACRE_TRY(const auto monotonic_on, row.elements("monotonic_on"));
        if (!monotonic_on.empty()) made.monotonic_on = monotonic_on.front();
        made.is_monotonic = made.monotonic_on || row.boolean("monotonic", false);
        return made;
    }

    status add_aggregates() {
        std::map<std::tuple<bytes, bytes, bytes>, bytes> reducers;
        for (const auto& row : _rows.reduce_functions) {
            reducers[{row.text("keyspace_name"), row.text("aggregate_name"),
                      row.text("argument_types")}] = row.text("reduce_func");
        }
        for (const auto& row : _rows.aggregates) {
            auto* keyspace = owner(row);
            if (keyspace == nullptr) continue;
            auto made = make_aggregate(row, *keyspace);
            if (!made) {
                NACRE_CHECK(
                    tolerate("aggregate " + keyspace->name + "." + row.text("aggregate_name"),
                             std::move(made).error()));
                continue;
            }
            const auto reducer =
                reducers.find({made->keyspace, made->name, row.text("argument_types")});
            if (reducer != reducers.end()) made->reduce_function = reducer->second;
            keyspace->put(std::make_shared<const schema::aggregate_definition>(*std::move(made)));
        }
        return {};
    }

    static result<schema::aggregate_definition> make_aggregate(const stored_row& row,
                                                               const schema::keyspace& keyspace) {
        schema::aggregate_definition made;
        made.keyspace = keyspace.name;
        made.name = row.text("aggregate_name");
        NACRE_TRY(const auto types, row.elements("argument_types"));
        NACRE_TRY(made.argument_types, types_of(types, keyspace));
        NACRE_TRY(auto state_type, type_of(row.text("state_type"), keyspace));
        NACRE_TRY(auto return_type, type_of(row.text("return_type"), keyspace));
        made.state_type = types::type::freeze(state_type);
        made.return_type = types::type::freeze(return_type);
        made.state_function = row.text("state_func");
        made.final_function = row.find("final_func");
        made.is_deterministic = row.boolean("deterministic", false);
        if (const auto& text = row.find("initcond")) {
            NACRE_TRY(const auto parsed, cql::parse_expression(*text));
            NACRE_TRY(made.initial_condition, constant_value(parsed, made.state_type, "initcond"));
        }
        return made;
    }

    void read_counters(stored_schema& made) const {
        made.next_storage_id = first_user_storage_id;
        for (const auto& row : _rows.counters) {
            const auto value = row.integer<std::int64_t>("value");
            if (row.text("name") == storage_id_counter) {
                made.next_storage_id = static_cast<std::uint32_t>(value);
            } else if (row.text("name") == timestamp_counter) {
                made.last_timestamp_us = value;
            }
        }
        for (const auto& row : _rows.local) made.version = row.id("schema_version");
        for (const auto& row : _rows.dropped_tables) {
            std::vector<schema::column_definition> key(1);
            key[0].name = "key";
            key[0].type = types::type::native(types::type_kind::blob);
            key[0].kind = schema::column_kind::partition_key;
            key[0].id = 1;
            made.dropped_tables.push_back(
                std::make_shared<schema::table>(row.text("keyspace_name"), row.text("table_name"),
                                                uuid(), row.integer<std::uint32_t>("storage_id"), 2,
                                                std::move(key), default_table_options()));
        }
    }

    const all_rows& _rows;
    const left_out& _leave_out;
    keyspaces_by_name _keyspaces;
    std::map<std::string, std::map<std::string, std::string>> _system_replication;
};

}  // namespace

runtime::task<result<stored_schema>> read_schema(storage::table_store& store,
                                                 runtime::blocking_pool& worker,
                                                 const left_out& leave_out) {
    NACRE_CO_TRY(auto rows, co_await read_all(store));
    auto made = co_await worker.run([&rows, &leave_out] {
        const auto all = std::move(rows);
        return assembly(all, leave_out).assemble();
    });
    // Whatever a row's text failed with, it is not the client's statement that is wrong.
    if (!made && made.error().code() != error_code::server_error) {
        co_return damaged(made.error().message());
    }
    co_return made;
}

}  // namespace nacre::catalog
