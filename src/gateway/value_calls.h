#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "cluster/client.h"
#include "cql/ast.h"
#include "query/access.h"
#include "query/engine.h"
#include "query/expression.h"

namespace nacre::gateway {

/// Whether a statement calls a function or aggregate of the gateways; names without a keyspace are
/// sought in the statement's and in `session_keyspace`.
[[nodiscard]] bool calls_ours(const cql::statement& statement, const catalog::published& schema,
                              const std::string& session_keyspace);

/// A statement that writes, whose values call functions of the gateways: such values are evaluated
/// here, and take their places as those of bind markers in a statement that the cluster can
/// execute. Immutable, from any shard.
class value_calls {
  public:
    /// Errors are those of binding the write: no such overload, a value of another type than its
    /// place, columns among the arguments.
    [[nodiscard]] static result<std::shared_ptr<const value_calls>> make(
        const catalog::published_ptr& schema, const std::string& text,
        const cql::parsed_statement& parsed, const std::string& session_keyspace);

    /// What the cluster is to prepare.
    [[nodiscard]] const std::string& text() const { return _text; }
    /// Whether what is evaluated here has the types that the cluster wants in its places.
    [[nodiscard]] status check(const cluster::prepared& statement) const;
    /// The markers that a client has to give values for, once the cluster has prepared `text`.
    [[nodiscard]] std::vector<query::column_specification> markers(
        const cluster::prepared& statement) const;
    /// Those of them that are the partition key; empty if a call is part of it.
    [[nodiscard]] std::vector<std::uint16_t> partition_key_indices(
        const cluster::prepared& statement) const;

    /// Evaluates the calls with the client's values, which are as many as the markers, and gives
    /// those for `text`.
    [[nodiscard]] runtime::task<result<cluster::request_values>> evaluate(
        const std::vector<query::bound_value>& values,
        const runtime::cancellation_ptr& until) const;

    [[nodiscard]] const catalog::published_ptr& schema() const { return _schema; }
    /// What a client must be allowed, of what is executed here.
    [[nodiscard]] const std::vector<query::requirement>& requirements() const {
        return _requirements;
    }

  private:
    /// Where the value of a marker of `text` comes from: what is evaluated here, or a marker of the
    /// client's.
    struct source {
        query::expression_ptr value;  ///< null: the marker
        std::uint32_t marker = 0;
    };
    catalog::published_ptr _schema;
    std::string _text;
    std::vector<source> _sources;
    std::vector<query::requirement> _requirements;
    /// Of the client's markers that are arguments of calls; others have no type.
    std::vector<query::column_specification> _arguments;
};
using value_calls_ptr = std::shared_ptr<const value_calls>;

/// Appends values as the client sent them.
void add_value(cluster::request_values& to, const query::bound_value& value);

}  // namespace nacre::gateway
