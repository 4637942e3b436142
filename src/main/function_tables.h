#pragma once

#include "catalog/catalog.h"
#include "catalog/live_tables.h"
#include "udf/statistics_registry.h"

namespace nacre {

/// Gives system_views.functions and system_views.function_logs their rows. All outlive the last
/// read.
void provide_function_tables(catalog::live_tables& tables, catalog::catalog& schema,
                             const udf::statistics_registry& functions);

}  // namespace nacre
