#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "catalog/schema_rows.h"
#include "cluster/client.h"

namespace nacre::gateway {

/// The cluster's schema as rows of our system tables, which have Cassandra's columns.
struct cluster_rows {
    /// Keyspaces, types, tables and views, and what our tables say of them besides.
    catalog::row_set schema;
    /// Of the cluster's own functions and aggregates: only to be shown.
    catalog::row_set functions;
};

/// Numbers for tables, each the same for as long as the process lives. On shard 0.
class table_numbers {
  public:
    [[nodiscard]] std::uint32_t of(const bytes& table_id);

  private:
    std::map<bytes, std::uint32_t> _by_id;
};

/// Reads the whole schema. Tables of the cluster's system keyspaces are left out.
[[nodiscard]] runtime::task<result<cluster_rows>> read_cluster_rows(cluster::client& cluster,
                                                                    table_numbers& numbers);

}  // namespace nacre::gateway
