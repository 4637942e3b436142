#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/uuid.h"
#include "schema/keyspace.h"

namespace nacre::schema {

/// The whole schema at one version. Immutable and shared by all shards; a statement keeps the
/// snapshot that it was prepared against.
struct snapshot {
    uuid version;
    by_name<keyspace_ptr> keyspaces;

    [[nodiscard]] keyspace_ptr find_keyspace(std::string_view name) const {
        const auto* found = keyspaces.find(name);
        return found == nullptr ? nullptr : *found;
    }
    [[nodiscard]] table_ptr find_table(std::string_view keyspace_name,
                                       std::string_view table_name) const {
        const auto ks = find_keyspace(keyspace_name);
        if (!ks) return nullptr;
        const auto* found = ks->tables().find(table_name);
        return found == nullptr ? nullptr : *found;
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
