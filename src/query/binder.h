#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "cql/ast.h"
#include "function/resolve.h"
#include "query/expression.h"
#include "storage/table_store.h"

namespace nacre::query {

/// An aggregate of a SELECT list: what it folds, over which arguments.
struct bound_aggregate {
    function::aggregate_function_ptr function;
    std::vector<expression_ptr> arguments;
};

/// A column of the batch of finished groups that holds an aggregate's result. Those columns stand
/// behind the scanned ones.
class aggregate_expression final : public expression {
  public:
    aggregate_expression(types::type_ptr type, std::uint32_t index)
        : expression(std::move(type)), _index(index) {}
    runtime::task<result<operand>> evaluate(evaluation&, const data::row_batch&) const override;
    bool is_row_independent() const override { return false; }

  private:
    std::uint32_t _index;
};

/// Values for places of a known type, by the begin and the end of their text.
using bound_values = std::map<std::pair<std::uint32_t, std::uint32_t>, expression_ptr>;

/// What binding finds out about a statement besides its plan: the types and names of its bind
/// markers, and the users' functions that it calls.
class marker_table {
  public:
    explicit marker_table(const std::vector<cql::bind_marker>& markers) : _markers(markers) {
        _types.resize(markers.size());
        _names.resize(markers.size());
        _tables.resize(markers.size());
    }
    /// The first use decides; a named marker used twice must have one type. `table` is that of the
    /// statement, null for what belongs to a batch as a whole.
    void set(const cql::bind_marker& marker, types::type_ptr type, const std::string& name,
             schema::table_ptr table) {
        if (_types[marker.index]) return;
        _types[marker.index] = std::move(type);
        _tables[marker.index] = std::move(table);
        _names[marker.index] = marker.name.empty() ? name : marker.name;
    }
    /// A marker stands for a partition-key column; the last one of each column routes.
    void note_partition_key(const schema::table& table, std::uint32_t position,
                            std::uint32_t marker);
    /// The markers that hold the partition key, in its order, so that drivers can route; empty
    /// unless there is one for each column and all are of one table.
    [[nodiscard]] std::vector<std::uint16_t> partition_key_indices() const;
    [[nodiscard]] std::vector<column_specification> specifications() const;
    [[nodiscard]] std::size_t size() const { return _markers.size(); }

    /// Asks for the bound values of places, by where they stand in the text: `here` outlives this.
    void keep_values(bound_values* here) { _values = here; }
    void note_value(const cql::source_span& span, const expression_ptr& value) {
        if (_values != nullptr) _values->insert_or_assign({span.begin, span.end}, value);
    }

    /// Keeps it if it is a user's function or aggregate.
    void note_call(const function::resolved& callee);
    [[nodiscard]] const std::vector<function::resolved>& user_functions() const {
        return _user_functions;
    }

  private:
    std::vector<cql::bind_marker> _markers;
    std::vector<function::resolved> _user_functions;
    bound_values* _values = nullptr;
    std::vector<types::type_ptr> _types;
    std::vector<std::string> _names;
    std::vector<schema::table_ptr> _tables;
    uuid _routed_table;
    bool _routes_to_many = false;
    std::vector<std::optional<std::uint16_t>> _partition_key;
};

/// Turns syntax into bound expressions: resolves columns, functions and types against one schema
/// version. Lives while one statement is prepared.
class binder {
  public:
    /// `table` may be null: then no column is visible. Functions and types without a keyspace are
    /// sought in `keyspace`.
    binder(const catalog::published& schema, std::string keyspace, schema::table_ptr table,
           marker_table& markers)
        : _schema(&schema),
          _keyspace(std::move(keyspace)),
          _table(std::move(table)),
          _markers(&markers) {}

    /// A value for a place of a known type: a column, an argument, a LIMIT. `name` is the place's
    /// name for errors and bind markers.
    [[nodiscard]] result<expression_ptr> bind_value(const cql::expression& node,
                                                    const types::type_ptr& receiver,
                                                    const std::string& name);
    /// A selector: its own type decides.
    [[nodiscard]] result<expression_ptr> bind_selector(const cql::expression& node);

    /// The slot of the scanned batch that holds (part of) a column; asks the scan for it.
    [[nodiscard]] std::uint32_t slot_of(
        std::uint32_t ordinal,
        storage::wanted_column::part what = storage::wanted_column::part::value);

    /// The value of a column of the scanned batch.
    [[nodiscard]] expression_ptr column_value(std::uint32_t ordinal);

    /// Columns may be named only where this is on: not in values of writes.
    void allow_columns(bool allowed) { _columns_allowed = allowed; }
    /// Aggregates may be called only in a SELECT list.
    void allow_aggregates(bool allowed) { _aggregates_allowed = allowed; }

    [[nodiscard]] const std::vector<storage::wanted_column>& wanted() const { return _wanted; }
    [[nodiscard]] const std::vector<bound_aggregate>& aggregates() const { return _aggregates; }
    [[nodiscard]] const schema::table_ptr& table() const { return _table; }
    [[nodiscard]] const std::string& keyspace() const { return _keyspace; }
    [[nodiscard]] marker_table& markers() { return *_markers; }
    [[nodiscard]] const catalog::published& schema() const { return *_schema; }

    /// The ordinal of a column of the table, or "Undefined column name …".
    [[nodiscard]] result<std::uint32_t> find_column(const std::string& name) const;

    /// The name of a result column, in Cassandra's way: functions with their keyspace. After
    /// bind_selector of the same node.
    [[nodiscard]] std::string column_name(const cql::expression& node) const;

  private:
    [[nodiscard]] std::string call_name(const cql::function_call& call) const;
    [[nodiscard]] std::optional<cql::expression> as_map(const cql::expression& node,
                                                        const types::type& wanted) const;
    [[nodiscard]] static bool says_its_type(const cql::expression& node);
    [[nodiscard]] result<expression_ptr> bind_token(const cql::function_call& call);
    /// The name of a bind marker that is the argument of an operator.
    [[nodiscard]] std::string operand_name(const cql::expression& operand, const std::string& name,
                                           std::string_view function, int argument) const;
    /// Only selectors and what they contain may name columns.
    [[nodiscard]] bool is_selecting() const { return _columns_allowed; }
    [[nodiscard]] result<expression_ptr> bind_place(const cql::expression& node,
                                                    const types::type_ptr& receiver,
                                                    const std::string& name);
    /// `receiver` may be null: the node's own type decides then.
    [[nodiscard]] result<expression_ptr> bind(const cql::expression& node,
                                              const types::type_ptr& receiver,
                                              const std::string& name);
    [[nodiscard]] result<expression_ptr> bind_column(const cql::column_ref& node);
    [[nodiscard]] result<expression_ptr> bind_literal(const cql::expression& node,
                                                      const types::type_ptr& receiver,
                                                      const std::string& name);
    [[nodiscard]] result<expression_ptr> bind_call(const cql::expression& node,
                                                   const types::type_ptr& receiver);
    [[nodiscard]] result<std::optional<expression_ptr>> bind_cell_function(
        const cql::function_call& call);
    [[nodiscard]] result<expression_ptr> bind_compound(const cql::expression& node,
                                                       const types::type_ptr& receiver,
                                                       const std::string& name);
    [[nodiscard]] result<expression_ptr> bind_arithmetic(const cql::expression& node,
                                                         const types::type_ptr& receiver,
                                                         const std::string& name);
    [[nodiscard]] result<expression_ptr> bind_negation(const cql::expression& operand,
                                                       const types::type_ptr& receiver,
                                                       const std::string& name);
    [[nodiscard]] result<expression_ptr> bind_hint(const cql::type_hint& hint,
                                                   const std::string& name);
    [[nodiscard]] result<expression_ptr> bind_cast(const cql::cast& node);
    [[nodiscard]] result<expression_ptr> bind_field(const cql::field_access& node);
    [[nodiscard]] result<expression_ptr> bind_element(const cql::subscript& node);
    [[nodiscard]] result<expression_ptr> bind_slice(const cql::slice& node);
    [[nodiscard]] result<expression_ptr> bind_element_key(const cql::expression& key,
                                                          const cql::expression& container,
                                                          const types::type& type);
    [[nodiscard]] result<expression_ptr> bind_cell_figures(const cql::expression& node,
                                                           storage::wanted_column::part what,
                                                           const std::string& function,
                                                           bool& within_cell);
    [[nodiscard]] static result<std::uint32_t> find_field(const cql::field_access& node,
                                                          const types::type& type);
    [[nodiscard]] result<expression_ptr> bind_user_type(const cql::expression& node,
                                                        const types::type_ptr& receiver,
                                                        const std::string& name);
    [[nodiscard]] result<types::type_ptr> resolve_type(const cql::type_name& name) const;

    /// The type that an expression has by itself; null for a bare bind marker, null, {} and [].
    [[nodiscard]] types::type_ptr own_type(const cql::expression& node);
    /// The same, but an expression that can't be bound at all is an error.
    [[nodiscard]] result<types::type_ptr> try_own_type(const cql::expression& node);
    /// Of the elements of a literal collection; null if there is none.
    [[nodiscard]] types::type_ptr common_type(const std::vector<cql::expression>& elements);
    [[nodiscard]] function::fit fit_of(const cql::expression& node, const types::type& wanted);
    [[nodiscard]] result<std::vector<function::argument>> describe_arguments(
        const std::vector<cql::expression>& arguments);
    [[nodiscard]] result<function::resolved> resolve_call(const cql::function_call& call,
                                                          const types::type_ptr& receiver);

    const catalog::published* _schema;
    std::string _keyspace;
    schema::table_ptr _table;
    marker_table* _markers;
    bool _columns_allowed = true;
    bool _aggregates_allowed = false;
    bool _inside_aggregate = false;
    std::vector<storage::wanted_column> _wanted;
    std::vector<bound_aggregate> _aggregates;
    std::map<const cql::function_call*, std::string> _call_names;
    std::set<const cql::cast*> _idle_casts;  ///< to the type that the operand has
};

/// How a literal fits a type by CQL's rules, and the type it prefers by itself.
[[nodiscard]] function::fit literal_fit(const cql::literal& literal, const types::type& wanted);
[[nodiscard]] types::type_ptr literal_type(const cql::literal& literal);

}  // namespace nacre::query
