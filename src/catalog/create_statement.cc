#include <algorithm>
#include <string_view>
#include <tuple>

#include "base/identifier.h"
#include "catalog/describe.h"
#include "catalog/function_options.h"
#include "catalog/resolve_type.h"
#include "catalog/table_options.h"
#include "cql/print.h"
#include "types/value.h"

namespace nacre::catalog {

namespace {

using schema::column_definition;
using schema::column_kind;

std::string qualified(const std::string& keyspace, const std::string& name) {
    return quote_identifier(keyspace) + "." + quote_identifier(name);
}

std::string comma_separated(const std::vector<std::string>& parts) {
    return fmt::format("{}", fmt::join(parts, ", "));
}

/// Partition key, clustering key, static columns, then regular ones: each group by name, what is
/// stored as one cell before what is stored by element.
std::vector<column_definition> shown_order(const schema::table& table, internals with) {
    auto columns = table.columns();
    const auto key_size = table.partition_key_size() + table.clustering_key_size();
    const auto rank = [](const column_definition& column) {
        return std::tuple(column.kind == column_kind::regular, column.type->is_multi_cell(),
                          std::string_view(column.name));
    };
    std::sort(columns.begin() + key_size, columns.end(),
              [&](const auto& left, const auto& right) { return rank(left) < rank(right); });
    if (with == internals::hidden || table.dropped_columns().empty()) return columns;
    // Columns that were dropped follow, in the place of those that took their names again.
    for (const auto& dropped : table.dropped_columns()) {
        std::erase_if(columns, [&](const auto& column) { return column.name == dropped.name; });
    }
    for (const auto& dropped : table.dropped_columns()) {
        column_definition column;
        column.name = dropped.name;
        column.type = dropped.type;
        column.kind = dropped.kind;
        columns.push_back(std::move(column));
    }
    std::sort(columns.begin() + key_size, columns.end(),
              [&](const auto& left, const auto& right) { return rank(left) < rank(right); });
    return columns;
}

/// Drops, and adds again, what a table once had, so that a replay ends with the same columns.
std::string dropped_column_statements(const schema::table& table) {
    const auto name = qualified(table.keyspace(), table.name());
    std::string text;
    for (const auto& dropped : table.dropped_columns()) {
        text += fmt::format("\nALTER TABLE {} DROP {} USING TIMESTAMP {};", name,
                            quote_identifier(dropped.name), dropped.dropped_time_us);
        const auto again = table.find(dropped.name);
        if (!again) continue;
        const auto& column = table.columns()[*again];
        text += fmt::format("\nALTER TABLE {} ADD {} {}{};", name, quote_identifier(column.name),
                            column.type->to_cql(),
                            column.kind == column_kind::static_ ? " static" : "");
    }
    return text;
}

std::string primary_key(const schema::table& table) {
    std::vector<std::string> partition;
    std::vector<std::string> whole;
    for (std::uint32_t i = 0; i < table.partition_key_size(); ++i) {
        partition.push_back(quote_identifier(table.partition_key_column(i).name));
    }
    whole.push_back(partition.size() == 1 ? partition[0] : "(" + comma_separated(partition) + ")");
    for (std::uint32_t i = 0; i < table.clustering_key_size(); ++i) {
        whole.push_back(quote_identifier(table.clustering_column(i).name));
    }
    return "PRIMARY KEY (" + comma_separated(whole) + ")";
}

std::string column_list(const schema::table& table, internals with) {
    const bool simple_key = table.partition_key_size() == 1 && table.clustering_key_size() == 0;
    std::vector<std::string> lines;
    for (const auto& column : shown_order(table, with)) {
        auto line = quote_identifier(column.name) + " " + column.type->to_cql();
        if (column.kind == column_kind::static_) line += " static";
        if (simple_key && column.kind == column_kind::partition_key) line += " PRIMARY KEY";
        lines.push_back(std::move(line));
    }
    if (!simple_key) lines.push_back(primary_key(table));
    return fmt::format("    {}", fmt::join(lines, ",\n    "));
}

std::string clustering_clause(const schema::table& table) {
    std::vector<std::string> columns;
    for (std::uint32_t i = 0; i < table.clustering_key_size(); ++i) {
        const auto& column = table.clustering_column(i);
        const bool descending = column.order == schema::clustering_order::descending;
        columns.push_back(quote_identifier(column.name) + (descending ? " DESC" : " ASC"));
    }
    return "CLUSTERING ORDER BY (" + comma_separated(columns) + ")";
}

std::string extensions_text(const std::map<std::string, std::string>& entries) {
    std::vector<std::string> parts;
    for (const auto& [key, value] : entries) {
        parts.push_back(cql::quote_string(key) + ": " +
                        (value.starts_with("0x") ? value : "0x" + to_hex(value)));
    }
    return "{" + comma_separated(parts) + "}";
}

std::string option_clause(const schema::table_options& options,
                          const option_definition& definition) {
    const std::string name(definition.name);
    switch (definition.kind) {
        case option_kind::text:
            return name + " = " + cql::quote_string(option_text(options, name));
        case option_kind::map: {
            const auto found = options.maps.find(name);
            if (found == options.maps.end()) return name + " = {}";
            if (name == "extensions") return name + " = " + extensions_text(found->second);
            return name + " = " + map_text(found->second);
        }
        default:
            return name + " = " + option_text(options, name);
    }
}

/// Between $$ unless the body has them itself; then as a string.
void append_body(std::string& text, const std::string& body) {
    const bool has_dollars = body.find("$$") != std::string::npos || body.ends_with('$');
    if (has_dollars) {
        text += cql::quote_string(body);
    } else {
        text.append("$$").append(body).append("$$");
    }
}

std::string argument_list(const std::vector<types::type_ptr>& types) {
    std::vector<std::string> parts;
    for (const auto& type : types) parts.push_back(described_function_type(type));
    return "(" + comma_separated(parts) + ")";
}

}  // namespace

std::string create_statement(const schema::keyspace& keyspace) {
    constexpr std::string_view locator_package = "org.apache.cassandra.locator.";
    const auto name = quote_identifier(keyspace.name);
    auto replication = keyspace.replication;
    if (auto& strategy = replication["class"]; strategy.starts_with(locator_package)) {
        strategy.erase(0, locator_package.size());
    }
    if (keyspace.is_virtual) {
        return fmt::format(
            "/*\nWarning: Keyspace {0} is a virtual keyspace and cannot be "
            "recreated with CQL.\nStructure, for reference:\nVIRTUAL KEYSPACE {0};"
            "\n*/",
            name);
    }
    return fmt::format("CREATE KEYSPACE {} WITH replication = {}  AND durable_writes = {};", name,
                       map_text(replication, "class"), keyspace.durable_writes);
}

std::string create_statement(const schema::table& table, internals with, bool is_virtual) {
    const auto name = qualified(table.keyspace(), table.name());
    std::vector<std::string> clauses;
    if (with == internals::shown) clauses.push_back("ID = " + table.id().to_string());
    if (table.clustering_key_size() > 0) clauses.push_back(clustering_clause(table));
    if (is_virtual) {
        clauses.push_back("comment = " + cql::quote_string(table.options().comment));
    } else {
        for (const auto& definition : table_option_definitions()) {
            clauses.push_back(option_clause(table.options(), definition));
        }
    }
    const auto body = fmt::format("TABLE {} (\n{}\n) WITH {};", name, column_list(table, with),
                                  fmt::join(clauses, "\n    AND "));
    if (!is_virtual) {
        return "CREATE " + body +
               (with == internals::shown ? dropped_column_statements(table) : "");
    }
    return fmt::format(
        "/*\nWarning: Table {} is a virtual table and cannot be recreated with CQL."
        "\nStructure, for reference:\nVIRTUAL {}\n*/",
        name, body);
}

std::string create_statement(const types::type& user_type) {
    std::vector<std::string> fields;
    for (std::size_t i = 0; i < user_type.parameters().size(); ++i) {
        fields.push_back(quote_identifier(user_type.field_names()[i]) + " " +
                         user_type.parameters()[i]->to_cql());
    }
    return fmt::format("CREATE TYPE {} (\n    {}\n);",
                       qualified(user_type.keyspace(), user_type.name()),
                       fmt::join(fields, ",\n    "));
}

std::string create_statement(const schema::function_definition& function) {
    std::vector<std::string> arguments;
    for (std::size_t i = 0; i < function.argument_types.size(); ++i) {
        arguments.push_back(quote_identifier(function.argument_names[i]) + " " +
                            described_function_type(function.argument_types[i]));
    }
    auto text =
        fmt::format("CREATE FUNCTION {}({})\n    {} ON NULL INPUT\n    RETURNS {}\n",
                    qualified(function.keyspace, function.name), comma_separated(arguments),
                    function.on_null == schema::null_input::called ? "CALLED" : "RETURNS NULL",
                    described_function_type(function.return_type));
    if (function.is_deterministic) text += "    DETERMINISTIC\n";
    if (function.monotonic_on) {
        text += "    MONOTONIC ON " + quote_identifier(*function.monotonic_on) + "\n";
    } else if (function.is_monotonic) {
        text += "    MONOTONIC\n";
    }
    text += "    LANGUAGE " + function.language + "\n    AS ";
    append_body(text, function.source());
    const char* link = "\n    WITH ";
    for (const auto& [name, value] : function.options) {
        text += link + name + " = ";
        text += name == export_option ? cql::quote_string(value) : value;
        link = "\n    AND ";
    }
    return text + ";";
}

std::string create_statement(const schema::aggregate_definition& aggregate) {
    auto text = fmt::format(
        "CREATE AGGREGATE {}{}\n    SFUNC {}\n    STYPE {}",
        qualified(aggregate.keyspace, aggregate.name), argument_list(aggregate.argument_types),
        quote_identifier(aggregate.state_function), described_function_type(aggregate.state_type));
    if (aggregate.reduce_function) {
        text += "\n    REDUCEFUNC " + quote_identifier(*aggregate.reduce_function);
    }
    if (aggregate.final_function) {
        text += "\n    FINALFUNC " + quote_identifier(*aggregate.final_function);
    }
    if (aggregate.initial_condition) {
        text += "\n    INITCOND " +
                types::to_cql_literal(*aggregate.state_type, *aggregate.initial_condition);
    }
    if (aggregate.is_deterministic) text += "\n    DETERMINISTIC";
    return text + ";";
}

}  // namespace nacre::catalog
