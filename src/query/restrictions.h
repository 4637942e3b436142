#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cql/ast.h"
#include "data/mutation.h"
#include "data/token.h"
#include "query/binder.h"

namespace nacre::query {

/// The values that a column or a row of columns may have: `= v`, `IN (v, w)`, or `IN ?`.
struct value_list {
    std::vector<expression_ptr> values;
    bool is_one_list = false;  ///< values[0] is a list of the values
    bool is_in = false;
    std::string column;
};

/// One end of a slice.
struct bound_source {
    expression_ptr value;
    bool inclusive = true;
};

/// What a WHERE clause says about one clustering column.
struct clustering_restriction {
    std::optional<value_list> equal;
    std::optional<bound_source> lower;  ///< in the order of values, not as stored
    std::optional<bound_source> upper;
};

/// `(a, b) > (1, 2)` over the leading clustering columns from the first restricted one.
struct tuple_slice {
    std::uint32_t first_column = 0;
    std::vector<expression_ptr> values;
    cql::relation_operator op = cql::relation_operator::greater;
};

/// A condition checked row by row after the scan.
struct row_filter {
    expression_ptr left;
    cql::relation_operator op = cql::relation_operator::equal;
    std::vector<expression_ptr> right;
    bool right_is_list = false;  ///< IN ?
};

/// A WHERE clause, sorted into what the store can use and what is left to filter. Immutable after
/// binding, shared by all shards.
struct restrictions {
    /// One list per partition-key column, or none of them.
    std::vector<value_list> partition_key;
    bool has_token_relation = false;
    std::optional<bound_source> token_lower;
    std::optional<bound_source> token_upper;
    /// For the leading clustering columns: equalities, then at most one slice.
    std::vector<clustering_restriction> clustering;
    std::vector<tuple_slice> tuple_slices;
    std::vector<value_list> tuple_in;  ///< at most one: (a, b) IN (…), values are tuples
    std::vector<row_filter> filters;
    bool needs_filtering = false;

    [[nodiscard]] bool has_partition_key() const { return !partition_key.empty(); }
    /// Whether exactly one row of each partition is meant.
    [[nodiscard]] bool has_full_clustering(const schema::table& table) const;
    [[nodiscard]] bool restricts_clustering() const {
        return !clustering.empty() || !tuple_slices.empty() || !tuple_in.empty();
    }
};

/// Binds the relations of a WHERE clause. `purpose` chooses what is legal.
enum class where_purpose : std::uint8_t { select, modification };
[[nodiscard]] result<restrictions> bind_where(binder& names,
                                              const std::vector<cql::relation>& relations,
                                              where_purpose purpose);

/// The partitions that the clause names, in the order in which rows must come (token order, without
/// repetition); for `= null` an error.
[[nodiscard]] runtime::task<result<std::vector<data::partition_key>>> evaluate_partitions(
    const restrictions& where, evaluation& state);

/// The token ranges of a scan without a partition key; the whole ring if token() is not restricted.
[[nodiscard]] runtime::task<result<std::vector<data::token_range>>> evaluate_token_ranges(
    const restrictions& where, evaluation& state);

/// The slices of every partition in stored order, ascending and disjoint. An empty optional: no
/// row can match. An empty list: all rows.
[[nodiscard]] runtime::task<result<std::optional<std::vector<data::clustering_range>>>>
evaluate_slices(const restrictions& where, const schema::table& table, evaluation& state);

/// Keeps the rows that pass all filters.
[[nodiscard]] runtime::task<result<data::selection>> apply_filters(
    const std::vector<row_filter>& filters, evaluation& state, const data::row_batch& batch);

}  // namespace nacre::query
