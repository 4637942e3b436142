#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "cql/ast.h"
#include "query/binder.h"
#include "query/restrictions.h"

namespace nacre::query {

/// A bound SELECT: what to scan, what to keep, what to compute. Immutable, shared by all shards.
struct select_plan {
    schema::table_ptr table;
    restrictions where;
    std::vector<storage::wanted_column> columns;  ///< of the scan; their indices are the slots
    std::vector<expression_ptr> selectors;
    result_metadata_ptr metadata;
    std::vector<bound_aggregate> aggregates;
    /// `ORDER BY` over several partitions: rows are sorted after they were read.
    struct sort_key {
        std::uint32_t slot = 0;
        bool descending = false;
    };
    std::vector<sort_key> sort_keys;
    bool is_grouped = false;  ///< GROUP BY, which gives a row per group
    /// Each partition begins a new group, and so does a change in any of these clustering columns.
    std::vector<std::uint32_t> group_slots;
    expression_ptr group_function;  ///< and in this one, if it is not null
    bool reversed = false;
    bool distinct = false;
    expression_ptr limit;                ///< int, may be null
    expression_ptr per_partition_limit;  ///< int, may be null

    /// One result row out of all rows, or one a group.
    [[nodiscard]] bool aggregates_rows() const { return is_grouped || !aggregates.empty(); }
};

/// Finds the table that a statement names; errors as Cassandra's ("table t does not exist").
[[nodiscard]] result<schema::table_ptr> find_table(const schema::snapshot& schema,
                                                   const cql::qualified_name& name,
                                                   const std::string& session_keyspace);

[[nodiscard]] result<select_plan> plan_select(const catalog::published& schema,
                                              const std::string& session_keyspace,
                                              const cql::select_statement& statement,
                                              marker_table& markers);

/// Metadata with its identifying digest.
[[nodiscard]] result_metadata_ptr make_metadata(std::vector<column_specification> columns);

}  // namespace nacre::query
