#include "catalog/table_definition.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>

#include "catalog/keyspace_options.h"
#include "catalog/resolve_type.h"
#include "catalog/table_options.h"

namespace nacre::catalog {

namespace {

using schema::clustering_order;
using schema::column_definition;
using schema::column_kind;
using types::type;
using types::type_kind;
using types::type_ptr;
using user_types_by_name = schema::by_name<type_ptr>;

error config_error(std::string message) {
    return {error_code::config_error, std::move(message)};
}

error static_needs_clustering() {
    return invalid(
        "Static columns are only useful (and thus allowed) if the table has at least "
        "one clustering column");
}

bool contains_duration(const type& t) {
    if (t.kind() == type_kind::duration) return true;
    // Cassandra does not look into vectors.
    if (t.kind() == type_kind::vector) return false;
    return std::ranges::any_of(t.parameters(),
                               [](const type_ptr& part) { return contains_duration(*part); });
}

status check_key_type(const std::string& column, const type& t) {
    if (t.kind() == type_kind::counter) {
        return invalid("counter type is not supported for PRIMARY KEY column '{}'", column);
    }
    if (t.is_multi_cell() && t.is_collection()) {
        return invalid("Invalid non-frozen collection type {} for PRIMARY KEY column '{}'",
                       t.to_cql(), column);
    }
    if (t.is_multi_cell()) {
        return invalid("Invalid non-frozen user-defined type \"{}.{}\" for PRIMARY KEY column '{}'",
                       t.keyspace(), t.name(), column);
    }
    if (contains_duration(t)) {
        return invalid("duration type is not supported for PRIMARY KEY column '{}'", column);
    }
    return {};
}

/// `where` ends the message.
status check_column_type(const type& t, const std::string& where = "") {
    if (t.kind() != type_kind::user || t.is_frozen()) return {};
    for (const auto& field : t.parameters()) {
        if (field->is_multi_cell()) {
            return invalid("Non-frozen UDTs with nested non-frozen collections are not supported{}",
                           where);
        }
    }
    return {};
}

/// The type with tuples in place of user types.
type_ptr expanded(const type_ptr& t) {
    std::vector<type_ptr> parts;
    for (const auto& part : t->parameters()) parts.push_back(expanded(part));
    switch (t->kind()) {
        case type_kind::list:
            return type::list_of(parts[0], t->is_frozen());
        case type_kind::set:
            return type::set_of(parts[0], t->is_frozen());
        case type_kind::map:
            return type::map_of(parts[0], parts[1], t->is_frozen());
        case type_kind::vector:
            return type::vector_of(parts[0], t->dimensions());
        case type_kind::tuple:
        case type_kind::user:
            return type::tuple_of(std::move(parts));
        default:
            return t;
    }
}

std::int64_t now_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

error expiring_counters() {
    return invalid("Cannot set default_time_to_live on a table with counters");
}

error masking_disabled() {
    return invalid(
        "Cannot mask columns because dynamic data masking is not enabled. You can "
        "enable it with the dynamic_data_masking_enabled property on cassandra.yaml");
}

status check_table_name(const std::string& keyspace, const std::string& name) {
    if (!is_plain_name(name)) {
        return config_error(
            fmt::format("{}.{}: Table name must not be empty or not contain "
                        "non-alphanumeric-underscore characters (got \"{}\")",
                        keyspace, name, name));
    }
    if (name.size() > table_name_length_max) {
        return config_error(fmt::format(
            "{}.{}: Table name must not be more than {} characters long (got {} characters for "
            "\"{}\")",
            keyspace, name, table_name_length_max, name.size(), name));
    }
    return {};
}

}  // namespace

status check_column_sizes(const std::string& table, const std::vector<column_definition>& columns) {
    std::uint64_t parts = 0;
    for (const auto& column : columns) parts += column.type->part_count();
    return check_size("Table " + table, parts);
}

namespace {

/// The columns of one CREATE TABLE on their way to a table.
class table_builder {
  public:
    table_builder(const cql::create_table_statement& statement, const std::string& keyspace)
        : _statement(statement), _keyspace(keyspace) {}

    result<std::vector<column_definition>> columns(const user_types_by_name& user_types) {
        NACRE_CHECK(declare(user_types));
        NACRE_CHECK(place_key());
        NACRE_CHECK(order_clustering());
        NACRE_CHECK(check_rest());
        return std::move(_columns);
    }

  private:
    std::string table_as_written() const {
        const auto& name = _statement.table;
        return name.keyspace.empty() ? name.name : name.keyspace + "." + name.name;
    }

    status declare(const user_types_by_name& user_types) {
        std::uint32_t next_id = 1;
        for (const auto& declaration : _statement.columns) {
            if (declaration.mask) return masking_disabled();
            if (!_by_name.emplace(declaration.name, _columns.size()).second) {
                return invalid("Duplicate column '{}' declaration for table '{}'", declaration.name,
                               table_as_written());
            }
            NACRE_TRY(auto resolved, resolve_type(declaration.type, _keyspace, user_types));
            column_definition column;
            column.name = declaration.name;
            column.type = std::move(resolved);
            column.kind = declaration.is_static ? column_kind::static_ : column_kind::regular;
            column.id = next_id++;
            _columns.push_back(std::move(column));
        }
        return check_column_sizes(_statement.table.name, _columns);
    }

    status place_key() {
        const auto& keys = _statement.primary_keys;
        if (keys.size() != 1) {
            return invalid(
                "{} for table '{}' (exactly one required)",
                keys.empty() ? "No PRIMARY KEY specifed" : "Multiple PRIMARY KEY specified",
                table_as_written());
        }
        NACRE_CHECK(place(keys[0].partition_key, column_kind::partition_key));
        return place(keys[0].clustering_key, column_kind::clustering);
    }

    status place(const std::vector<std::string>& names, column_kind kind) {
        std::uint32_t position = 0;
        for (const auto& name : names) {
            const auto found = _by_name.find(name);
            if (found == _by_name.end()) {
                return invalid("Unknown column '{}' referenced in PRIMARY KEY for table '{}'", name,
                               _statement.table.name);
            }
            auto& column = _columns[found->second];
            if (!_in_key.insert(name).second) {
                return invalid("Duplicate column '{}' in PRIMARY KEY clause for table '{}'", name,
                               _statement.table.name);
            }
            if (column.kind == column_kind::static_) {
                return invalid("Static column '{}' cannot be part of the PRIMARY KEY", name);
            }
            NACRE_CHECK(check_key_type(name, *column.type));
            column.kind = kind;
            column.position = position++;
            if (kind == column_kind::clustering) column.order = clustering_order::ascending;
        }
        return {};
    }

    status order_clustering() {
        const auto& key = _statement.primary_keys[0].clustering_key;
        const auto& ordered = _statement.options.clustering;
        std::string strangers;
        for (const auto& clause : ordered) {
            if (std::ranges::find(key, clause.column) != key.end()) continue;
            if (!strangers.empty()) strangers += ", ";
            strangers += clause.column;
        }
        if (!strangers.empty()) {
            return invalid(
                "Only clustering key columns can be defined in CLUSTERING ORDER "
                "directive: [{}] are not clustering columns",
                strangers);
        }
        std::set<std::string_view> distinct;
        for (const auto& clause : ordered) {
            if (!distinct.insert(clause.column).second) {
                return invalid("Duplicate column '{}' in CLUSTERING ORDER BY clause for table '{}'",
                               clause.column, _statement.table.name);
            }
        }
        for (std::size_t i = 0; i < ordered.size(); ++i) {
            if (i < key.size() && !distinct.contains(key[i])) {
                return invalid("Missing CLUSTERING ORDER for column {}", key[i]);
            }
            if (i >= key.size() || ordered[i].column != key[i]) {
                return invalid(
                    "The order of columns in the CLUSTERING ORDER directive must match "
                    "that of the clustering columns ({} must appear before {})",
                    key[std::min(i, key.size() - 1)], ordered[i].column);
            }
            if (ordered[i].direction == cql::sort_direction::descending) {
                _columns[_by_name.find(key[i])->second].order = clustering_order::descending;
            }
        }
        return {};
    }

    status check_rest() const {
        bool counters = false;
        bool others = false;
        for (const auto& column : _columns) {
            if (_in_key.contains(column.name)) continue;
            if (column.kind == column_kind::static_ &&
                _statement.primary_keys[0].clustering_key.empty()) {
                return static_needs_clustering();
            }
            NACRE_CHECK(check_column_type(*column.type));
            (column.type->kind() == type_kind::counter ? counters : others) = true;
        }
        if (counters && others) {
            return invalid("Cannot mix counter and non counter columns in the same table");
        }
        return {};
    }

    const cql::create_table_statement& _statement;
    const std::string& _keyspace;
    std::vector<column_definition> _columns;
    std::map<std::string, std::size_t, std::less<>> _by_name;
    std::set<std::string, std::less<>> _in_key;
};

/// One ALTER TABLE; visited with its action.
class alteration {
  public:
    alteration(const schema::table_ptr& current, const user_types_by_name& user_types)
        : _current(current),
          _user_types(user_types),
          _columns(current->columns()),
          _dropped(current->dropped_columns()) {}

    result<schema::table_ptr> operator()(const cql::alter_column_type&) const {
        return invalid("Altering column types is no longer supported");
    }
    result<schema::table_ptr> operator()(const cql::alter_column_mask& action) {
        if (find(action.column) == _columns.end()) {
            if (action.if_exists) return _current;
            return invalid("Column with name '{}' doesn't exist on table '{}'", action.column,
                           _current->name());
        }
        if (action.mask) return masking_disabled();
        return _current;
    }
    result<schema::table_ptr> operator()(const cql::drop_compact_storage&) const {
        return invalid("DROP COMPACT STORAGE is disabled. Enable in cassandra.yaml to use.");
    }

    result<schema::table_ptr> operator()(const cql::add_columns& action) {
        auto next_id = _current->next_column_id();
        for (const auto& declaration : action.columns) {
            if (declaration.mask) return masking_disabled();
            if (find(declaration.name) != _columns.end()) {
                if (action.if_not_exists) continue;
                return invalid("Column with name '{}' already exists", declaration.name);
            }
            NACRE_TRY(auto resolved,
                      resolve_type(declaration.type, _current->keyspace(), _user_types));
            NACRE_CHECK(check_added(declaration, *resolved));
            column_definition column;
            column.name = declaration.name;
            column.type = std::move(resolved);
            column.kind = declaration.is_static ? column_kind::static_ : column_kind::regular;
            column.id = next_id++;
            _columns.push_back(std::move(column));
        }
        if (next_id == _current->next_column_id()) return _current;
        NACRE_CHECK(check_column_sizes(_current->name(), _columns));
        return rebuilt(next_id, _current->options());
    }

    result<schema::table_ptr> operator()(const cql::drop_columns& action) {
        // system_schema.dropped_columns keeps milliseconds.
        const auto time_us = action.timestamp_us.value_or(now_us()) / 1000 * 1000;
        std::set<std::string> names(action.columns.begin(), action.columns.end());
        for (const auto& name : names) {
            const auto found = find(name);
            if (found == _columns.end()) {
                if (action.if_exists) continue;
                return invalid("Column {} was not found in table '{}.{}'", name,
                               _current->keyspace(), _current->name());
            }
            if (is_key(*found)) return invalid("Cannot drop PRIMARY KEY column {}", name);
            if (found->type->kind() == type_kind::user && found->type->is_multi_cell()) {
                return invalid("Cannot drop non-frozen column {} of user type {}", name,
                               found->type->name());
            }
            std::erase_if(_dropped, [&](const auto& earlier) { return earlier.name == name; });
            _dropped.push_back({name, expanded(found->type), found->kind, time_us});
            _columns.erase(found);
        }
        if (_columns.size() == _current->columns().size()) return _current;
        return rebuilt(_current->next_column_id(), _current->options());
    }

    result<schema::table_ptr> operator()(const cql::rename_columns& action) {
        bool changed = false;
        for (const auto& [from, to] : action.renames) {
            const auto before = _current->find(from);
            if (!before) {
                if (action.if_exists) continue;
                return invalid("Undefined column name {} in table {}.{}", from,
                               _current->keyspace(), _current->name());
            }
            if (!is_key(_current->columns()[*before])) {
                return invalid("Cannot rename non PRIMARY KEY column {}", from);
            }
            if (_current->find(to)) {
                return invalid(
                    "Cannot rename column {} to {} in table '{}.{}'; another column "
                    "with that name already exists",
                    from, to, _current->keyspace(), _current->name());
            }
            _columns[*before].name = to;
            changed = true;
        }
        if (!changed) return _current;
        return rebuilt(_current->next_column_id(), _current->options());
    }

    result<schema::table_ptr> operator()(const cql::table_options& action) {
        if (!action.clustering.empty() || action.compact_storage) {
            return syntax_error(
                "ALTER TABLE can't change the clustering order or the storage form");
        }
        if (action.properties.empty())
            return invalid("ALTER TABLE WITH invoked, but no parameters found");
        NACRE_TRY(auto options, apply_properties(_current->options(), action.properties, nullptr));
        if (_current->is_counter() && options.default_time_to_live_seconds > 0) {
            return expiring_counters();
        }
        if (options == _current->options()) return _current;
        return rebuilt(_current->next_column_id(), std::move(options));
    }

  private:
    static bool is_key(const column_definition& column) {
        return column.kind == column_kind::partition_key || column.kind == column_kind::clustering;
    }

    std::vector<column_definition>::iterator find(const std::string& name) {
        return std::ranges::find(_columns, name, &column_definition::name);
    }

    status check_added(const cql::column_declaration& declaration, const type& t) const {
        if (declaration.is_static && _current->clustering_key_size() == 0) {
            return static_needs_clustering();
        }
        const bool counter = t.kind() == type_kind::counter;
        if (counter != _current->is_counter() && _current->columns().size() != key_size()) {
            return config_error(fmt::format("{}.{}: Cannot have a {} column (\"{}\") in a {} table",
                                            _current->keyspace(), _current->name(),
                                            counter ? "counter" : "non counter", declaration.name,
                                            counter ? "non counter" : "counter"));
        }
        return check_column_type(t, " for column " + declaration.name);
    }

    std::size_t key_size() const {
        return _current->partition_key_size() + _current->clustering_key_size();
    }

    schema::table_ptr rebuilt(std::uint32_t next_id, schema::table_options options) {
        return std::make_shared<schema::table>(
            _current->keyspace(), _current->name(), _current->id(), _current->storage_id(), next_id,
            std::move(_columns), std::move(options), std::move(_dropped));
    }

    const schema::table_ptr& _current;
    const user_types_by_name& _user_types;
    std::vector<column_definition> _columns;
    std::vector<schema::dropped_column> _dropped;
};

}  // namespace

result<schema::table_ptr> define_table(const cql::create_table_statement& statement,
                                       const std::string& keyspace,
                                       const user_types_by_name& user_types,
                                       const table_identity& identity) {
    NACRE_CHECK(check_table_name(keyspace, statement.table.name));
    if (statement.options.compact_storage) {
        return invalid("COMPACT STORAGE tables are not supported");
    }
    NACRE_TRY(auto columns, table_builder(statement, keyspace).columns(user_types));
    std::optional<uuid> chosen_id;
    NACRE_TRY(auto options,
              apply_properties(default_table_options(), statement.options.properties, &chosen_id));
    const bool counters = std::ranges::any_of(
        columns, [](const auto& column) { return column.type->kind() == type_kind::counter; });
    if (counters && options.default_time_to_live_seconds > 0) return expiring_counters();
    const auto next_id = static_cast<std::uint32_t>(columns.size() + 1);
    return std::make_shared<schema::table>(keyspace, statement.table.name,
                                           chosen_id.value_or(identity.id), identity.storage_id,
                                           next_id, std::move(columns), std::move(options));
}

result<schema::table_ptr> define_table_like(const cql::create_table_like_statement& statement,
                                            const std::string& keyspace,
                                            const schema::table& source,
                                            const table_identity& identity) {
    NACRE_CHECK(check_table_name(keyspace, statement.table.name));
    std::optional<uuid> chosen_id;
    NACRE_TRY(auto options, apply_properties(source.options(), statement.properties, &chosen_id));
    return std::make_shared<schema::table>(
        keyspace, statement.table.name, chosen_id.value_or(identity.id), identity.storage_id,
        source.next_column_id(), source.columns(), std::move(options));
}

result<schema::table_ptr> alter_table(const cql::alter_table_statement& statement,
                                      const schema::table_ptr& current,
                                      const user_types_by_name& user_types) {
    return std::visit(alteration(current, user_types), statement.action);
}

}  // namespace nacre::catalog
