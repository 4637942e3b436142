#pragma once

#include <string>
#include <vector>

#include "catalog/describe.h"
#include "cluster/client.h"
#include "cql/ast.h"
#include "schema/snapshot.h"

/// DESCRIBE over two schemas: the cluster's objects, and the gateways' functions among them. Takes
/// long if there is much to describe: not for a shard.
namespace nacre::gateway {

/// An answer to DESCRIBE: keyspace_name, type, name, and mostly create_statement.
struct description {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
};

/// Whether functions and aggregates belong into the answer.
[[nodiscard]] bool tells_of_functions(const cql::describe_statement& statement);

/// The gateways' functions and aggregates that the statement asks for. What it asks for besides may
/// be unknown to them.
[[nodiscard]] description described_functions(const schema::snapshot& schema,
                                              const cql::describe_statement& statement,
                                              const std::string& session_keyspace);

/// All rows of the cluster's answer.
[[nodiscard]] result<description> described_rows(const cluster::reply& answer);

/// The cluster's answer with `ours` in it: behind the types and before the tables of their
/// keyspaces, by name, so that the whole can be executed in this order.
[[nodiscard]] description merged(description cluster, const description& ours);

/// The same on all gateways, as long as the same is described.
[[nodiscard]] uuid version_of(const description& described);

[[nodiscard]] catalog::description_rows to_rows(description described);

}  // namespace nacre::gateway
