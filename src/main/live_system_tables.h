#pragma once

#include "catalog/catalog.h"
#include "catalog/live_tables.h"
#include "main/config.h"
#include "query/engine.h"
#include "server/server.h"
#include "udf/statistics_registry.h"

namespace nacre {

/// Who knows what the live tables tell; all outlive the last read.
struct table_sources {
    const configuration& config;
    catalog::catalog& schema;
    query::engine& engine;
    server::server& server;
    const udf::statistics_registry& functions;
    runtime::shard_group& shards;
};

/// Gives the tables of system_views and the estimates of `system` their rows. Before the server
/// starts.
void provide_system_tables(catalog::live_tables& tables, table_sources sources);

}  // namespace nacre
