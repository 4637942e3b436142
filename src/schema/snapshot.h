#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.h"
#include "schema/function.h"
#include "schema/table.h"

namespace nacre::schema {

template <typename T>
using by_name = std::map<std::string, T, std::less<>>;

/// A keyspace and everything in it. Immutable; a change makes a new one that shares the rest.
struct keyspace {
    std::string name;
    std::map<std::string, std::string> replication;  ///< "class" is the full Java class name
    bool durable_writes = true;
    bool is_virtual = false;
    by_name<types::type_ptr> user_types;
    by_name<table_ptr> tables;
    by_name<std::vector<function_ptr>> functions;    ///< overloads by name
    by_name<std::vector<aggregate_ptr>> aggregates;  ///< overloads by name
};
using keyspace_ptr = std::shared_ptr<const keyspace>;

/// The whole schema at one version. Immutable and shared by all shards; a statement keeps the
/// snapshot that it was prepared against.
struct snapshot {
    uuid version;
    by_name<keyspace_ptr> keyspaces;

    [[nodiscard]] keyspace_ptr find_keyspace(std::string_view name) const {
        const auto found = keyspaces.find(name);
        return found == keyspaces.end() ? nullptr : found->second;
    }
    [[nodiscard]] table_ptr find_table(std::string_view keyspace_name,
                                       std::string_view table_name) const {
        const auto ks = find_keyspace(keyspace_name);
        if (!ks) return nullptr;
        const auto found = ks->tables.find(table_name);
        return found == ks->tables.end() ? nullptr : found->second;
    }
};
using snapshot_ptr = std::shared_ptr<const snapshot>;

/// What a DDL statement changed, as SCHEMA_CHANGE results and events tell it.
struct change {
    enum class kind : std::uint8_t { created, updated, dropped };
    enum class target : std::uint8_t { keyspace, table, type, function, aggregate };
    kind what;
    target on;
    std::string keyspace;
    std::string name;                         ///< empty for a keyspace
    std::vector<std::string> argument_types;  ///< CQL text; functions and aggregates only
};

}  // namespace nacre::schema
