#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cql/ast.h"
#include "data/mutation.h"
#include "data/token.h"
#include "query/binder.h"

namespace nacre::query {

/// What one or several columns are compared with: a value for each, or one tuple of them all.
struct key_value {
    std::vector<expression_ptr> parts;
    bool is_tuple = false;  ///< parts[0] is a tuple
};

/// The values that a column or a row of columns may have: `= v`, `IN (v, w)`, or `IN ?`. An IN of
/// one value is an equality.
struct value_list {
    std::vector<key_value> values;
    bool is_one_list = false;  ///< values[0].parts[0] is a list of the values
    bool is_in = false;
    bool is_multi = false;             ///< `(a, b) = …`: errors speak of tuples
    std::vector<std::string> columns;  ///< for errors
};

/// One end of a slice.
struct slice_bound {
    key_value value;
    bool inclusive = true;
};

/// What a WHERE clause says about one clustering column, or several that follow each other:
/// the values that they have, or a slice in the order of values, not as stored.
struct clustering_restriction {
    std::uint32_t first = 0;  ///< position of the first column
    std::uint32_t count = 1;  ///< columns
    std::optional<value_list> equal;
    std::optional<slice_bound> lower;
    std::optional<slice_bound> upper;
    bool is_multi = false;  ///< a slice written `(a, b) …`
};

struct token_bound {
    expression_ptr value;
    bool inclusive = true;
};

/// A condition checked row by row after the scan.
struct row_filter {
    expression_ptr left;
    cql::relation_operator op = cql::relation_operator::equal;
    std::vector<expression_ptr> right;
    bool right_is_list = false;  ///< IN ?
    std::string column;          ///< for errors
    expression_ptr map_key;      ///< of `m[key] = v`, otherwise null
};

/// A WHERE clause, sorted into what the store can use and what is left to filter. Immutable after
/// binding, shared by all shards.
struct restrictions {
    /// One list per partition-key column, or none of them.
    std::vector<value_list> partition_key;
    /// Together with a partition key they choose among the keys.
    std::optional<token_bound> token_lower;
    std::optional<token_bound> token_upper;
    /// For the leading clustering columns: equalities, then at most one slice.
    std::vector<clustering_restriction> clustering;
    std::vector<row_filter> filters;
    /// Why a restriction that would have to be filtered can't be; told when the statement runs.
    std::optional<error> unfilterable;
    /// Clustering columns are restricted over the whole ring without ALLOW FILTERING: an error,
    /// after those of the other clauses.
    bool needs_filtering = false;
    /// Whether anything is said about the partition key or its token.
    bool touches_partition_key = false;
    bool lists_partition_key = false;  ///< IN on a part of it, even if rows are filtered by it
    std::vector<std::uint32_t> fixed;  ///< ordinals of key columns that are given one value

    [[nodiscard]] bool has_partition_key() const { return !partition_key.empty(); }
    /// Whether several partitions are named: IN on a part of the partition key.
    [[nodiscard]] bool has_partition_list() const;
    /// Whether exactly one row of each partition is meant.
    [[nodiscard]] bool has_full_clustering(const schema::table& table) const;
    [[nodiscard]] bool restricts_clustering() const { return !clustering.empty(); }
    /// Whether a clustering column has given values, one or more.
    [[nodiscard]] bool gives_clustering(std::uint32_t position) const;
    /// Whether a column of the primary key has one given value.
    [[nodiscard]] bool fixes(std::uint32_t ordinal) const;
};

/// Which statement the clause belongs to: it decides what is legal, and what errors say.
struct where_place {
    enum class statement : std::uint8_t { select, insert, update, remove };
    statement what = statement::select;
    bool allow_filtering = false;
    bool selects_only_static = false;
};

/// Binds the relations of a WHERE clause.
[[nodiscard]] result<restrictions> bind_where(binder& names,
                                              const std::vector<cql::relation>& relations,
                                              const where_place& place);

/// "Cannot execute this query as it might involve data filtering …"
[[nodiscard]] error filtering_needed();

/// The partitions that the clause names, in the order in which rows must come (that of the values,
/// without repetition); for `= null` an error. check_keys says whether the store can have them.
[[nodiscard]] runtime::task<result<std::vector<data::partition_key>>> evaluate_partitions(
    const restrictions& where, const schema::table& table, evaluation& state);

/// A partition key of one column can't be empty.
[[nodiscard]] status check_keys(const std::vector<data::partition_key>& keys);

/// The token ranges of a scan without a partition key; the whole ring if token() is not restricted.
[[nodiscard]] runtime::task<result<std::vector<data::token_range>>> evaluate_token_ranges(
    const restrictions& where, evaluation& state);

/// Whether a slice of one column may end at null, which stands before all values in stored order:
/// in Cassandra's reads it may.
enum class nulls : std::uint8_t { refused, lowest };

/// The slices of every partition in stored order, ascending and disjoint. An empty optional: no
/// row can match. An empty list: all rows.
[[nodiscard]] runtime::task<result<std::optional<std::vector<data::clustering_range>>>>
evaluate_slices(const restrictions& where, const schema::table& table, evaluation& state,
                nulls slice_ends);

/// The filters of one execution: their right sides are evaluated, which finds null and unset.
struct ready_filter {
    const row_filter* source = nullptr;
    std::vector<optional_bytes> right;
    bytes map_key;
};
[[nodiscard]] runtime::task<result<std::vector<ready_filter>>> evaluate_filters(
    const restrictions& where, evaluation& state);

/// The rows that pass all filters.
[[nodiscard]] runtime::task<result<data::selection>> apply_filters(
    const std::vector<ready_filter>& filters, evaluation& state, const data::row_batch& batch);

}  // namespace nacre::query
