#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// The tree of a CQL statement (CQL 3.4.7). Plain values: no schema, no types checked, nothing
/// borrowed from the text, freely copied and moved.
///
/// Names are stored after case folding: unquoted ones in lower case, quoted ones exactly.
/// An empty keyspace means that none was written.
namespace nacre::cql {

/// Levels of nesting that the parser accepts in an expression or a type, so that every recursive
/// walk over a tree is safe on a thread's stack.
inline constexpr std::uint16_t max_nesting = 256;

/// Nodes of expressions and types that one statement may have: bounds the memory that hostile text
/// can make a server spend on its tree.
inline constexpr std::uint32_t max_nodes = 1'000'000;

/// Bytes [begin, end) of the statement's text.
struct source_span {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;
    bool operator==(const source_span&) const = default;
};

/// An owned T with value semantics that may be incomplete here. Empty only when moved from.
template <typename T>
class box {
  public:
    box() = default;
    box(T value) : _value(std::make_unique<T>(std::move(value))) {}  // NOLINT: implicit
    box(const box& other) : _value(other._value ? std::make_unique<T>(*other._value) : nullptr) {}
    box(box&&) noexcept = default;
    box& operator=(const box& other) {
        _value = other._value ? std::make_unique<T>(*other._value) : nullptr;
        return *this;
    }
    box& operator=(box&&) noexcept = default;
    ~box() = default;

    [[nodiscard]] T& operator*() { return *_value; }
    [[nodiscard]] const T& operator*() const { return *_value; }
    [[nodiscard]] T* operator->() { return _value.get(); }
    [[nodiscard]] const T* operator->() const { return _value.get(); }

  private:
    std::unique_ptr<T> _value;
};

/// `name` or `keyspace.name`: a table, type, function, aggregate, index or view.
struct qualified_name {
    std::string keyspace;
    std::string name;
    bool operator==(const qualified_name&) const = default;
};

// ---------------------------------------------------------------------------------------------
// Types

/// A type as written. `frozen<T>` is T with `frozen` set, not a level of its own.
/// `list<int>`: name list, one parameter. `vector<float, 3>`: name vector, one parameter, dimension
/// 3. `ks.address`: a user type. `'org.apache...'`: `custom_class` set, the class in `name`.
struct type_name {
    std::string keyspace;
    std::string name;
    std::vector<type_name> parameters;
    std::optional<std::uint32_t> dimension;
    bool frozen = false;
    bool custom_class = false;
    bool quoted = false;       ///< written "name": never a native type
    std::uint16_t height = 1;  ///< levels, this one included; at most max_nesting
};

// ---------------------------------------------------------------------------------------------
// Expressions: one grammar for selectors, values, INITCOND

struct expression;
struct map_entry;
struct field_value;

enum class literal_kind : std::uint8_t {
    null,
    boolean,   ///< text is "true" or "false"
    integer,   ///< text is [-]digits
    floating,  ///< text is a decimal number, or [-]NaN or [-]Infinity
    string,    ///< text is the content, quotes undone
    uuid,
    blob,      ///< text is the hexadecimal digits after 0x
    duration,  ///< text as written: 1h30m, P1Y2M, -5d
};

struct literal {
    literal_kind kind = literal_kind::null;
    std::string text;
    bool operator==(const literal&) const = default;
};

/// `?` or `:name`, numbered from 0 in order of appearance in the text.
struct bind_marker {
    std::uint32_t index = 0;
    std::string name;  ///< empty for `?`
    bool operator==(const bind_marker&) const = default;
};

/// A bare name: a column.
struct column_ref {
    std::string name;
    bool operator==(const column_ref&) const = default;
};

/// Also token(...), writetime(c), maxwritetime(c), ttl(c), count(*), and any aggregate.
struct function_call {
    qualified_name function;
    std::vector<expression> arguments;
    bool star = false;  ///< `f(*)`; there are no arguments then
};

/// `[a, b]`: a list, or a vector when the type says so.
struct list_literal {
    std::vector<expression> elements;
};
/// `{a, b}`; never empty.
struct set_literal {
    std::vector<expression> elements;
};
/// `{k: v}`; or `{}`, which is also the empty set: the type decides.
struct map_literal {
    std::vector<map_entry> entries;
};
/// `(a, b)`. `(a)` is just `a`, except in a relation whose left is a tuple: `(a) = (1)`.
struct tuple_literal {
    std::vector<expression> elements;
};
/// `{field: v}` with bare names as keys.
struct user_type_literal {
    std::vector<field_value> fields;
};

/// `(type) operand`: says what the operand is, converts nothing.
struct type_hint {
    type_name type;
    box<expression> operand;
};
/// `CAST(operand AS type)`: converts.
struct cast {
    box<expression> operand;
    type_name type;
};

enum class arithmetic_operator : std::uint8_t { add, subtract, multiply, divide, modulo };

struct arithmetic {
    arithmetic_operator op = arithmetic_operator::add;
    box<expression> left;
    box<expression> right;
};
/// `-operand`; a minus before a number literal is part of the literal instead.
struct negation {
    box<expression> operand;
};

/// `container[index]`
struct subscript {
    box<expression> container;
    box<expression> index;
};
/// `container[from..to]`, both ends included, either may be absent.
struct slice {
    box<expression> container;
    std::optional<box<expression>> from;
    std::optional<box<expression>> to;
};
/// `value.field`
struct field_access {
    box<expression> value;
    std::string field;
};

struct expression {
    using node_type =
        std::variant<literal, bind_marker, column_ref, function_call, list_literal, set_literal,
                     map_literal, tuple_literal, user_type_literal, type_hint, cast, arithmetic,
                     negation, subscript, slice, field_access>;
    node_type node;
    source_span span;
    std::uint16_t height = 1;    ///< levels, this one included; at most max_nesting
    bool parenthesised = false;  ///< stood in parentheses of its own

    template <typename Node>
    [[nodiscard]] const Node* as() const {
        return std::get_if<Node>(&node);
    }
    template <typename Node>
    [[nodiscard]] Node* as() {
        return std::get_if<Node>(&node);
    }
};

struct map_entry {
    expression key;
    expression value;
};
struct field_value {
    std::string field;
    expression value;
};

// ---------------------------------------------------------------------------------------------
// Clauses that several statements share

enum class relation_operator : std::uint8_t {
    equal,
    not_equal,
    less,
    less_or_equal,
    greater,
    greater_or_equal,
    in,
    not_in,
    contains,
    not_contains,
    contains_key,
    not_contains_key,
    like,
    is_null,
    is_not_null,
    between,
};

/// One relation of a WHERE clause, or one condition of an IF clause. What `left` may be:
/// - column_ref: `c = 1`
/// - subscript of a column_ref: `m['k'] = 1`; in conditions also field_access: `address.zip = 1`
/// - tuple_literal of column_refs, also of one: `(a, b) > (1, 2)`, `(a) IN ((1), (2))`; what stands
///   in parentheses on the right is a tuple_literal then, too
/// - function_call: `token(a, b) > ?`, `f(v) = 1`
/// `right`: one expression; two for `between`; none for is_null and is_not_null; for in and not_in
/// the values of the list, or with `in_marker` a single bind marker that stands for the list.
struct relation {
    expression left;
    relation_operator op = relation_operator::equal;
    std::vector<expression> right;
    bool in_marker = false;
    source_span span;
};

/// An option of a WITH clause: `name = 'text'` (the value's text, whatever kind of constant) or
/// `name = {...}` in order of appearance.
using option_map = std::vector<std::pair<std::string, std::string>>;
struct property {
    std::string name;
    std::variant<std::string, option_map> value;
};

/// USING TIMESTAMP / TTL / TIMEOUT; integers or bind markers.
struct update_parameters {
    std::optional<expression> timestamp;
    std::optional<expression> ttl;
    std::optional<expression> timeout;
};

/// IF EXISTS, IF NOT EXISTS or IF condition AND ... of a data change.
struct if_exists {};
struct if_not_exists {};
using conditions = std::vector<relation>;
using update_condition = std::variant<std::monostate, if_exists, if_not_exists, conditions>;

// ---------------------------------------------------------------------------------------------
// Keyspaces

struct use_statement {
    std::string keyspace;
};
struct create_keyspace_statement {
    std::string keyspace;
    bool if_not_exists = false;
    std::vector<property> properties;
};
struct alter_keyspace_statement {
    std::string keyspace;
    bool if_exists = false;
    std::vector<property> properties;
};
struct drop_keyspace_statement {
    std::string keyspace;
    bool if_exists = false;
};

// ---------------------------------------------------------------------------------------------
// Tables

/// MASKED WITH DEFAULT or MASKED WITH f(arguments); the column is the implied first argument.
struct column_mask {
    std::optional<qualified_name> function;  ///< none: DEFAULT
    std::vector<expression> arguments;
};

struct column_declaration {
    std::string name;
    type_name type;
    bool is_static = false;
    std::optional<column_mask> mask;
};

/// PRIMARY KEY (...), or the one of `c int PRIMARY KEY`.
struct primary_key_declaration {
    std::vector<std::string> partition_key;
    std::vector<std::string> clustering_key;
};

enum class sort_direction : std::uint8_t { ascending, descending };

struct clustering_order {
    std::string column;
    sort_direction direction = sort_direction::ascending;
};

/// What follows WITH in a table or view.
struct table_options {
    std::vector<property> properties;
    std::vector<clustering_order> clustering;
    bool compact_storage = false;
};

struct create_table_statement {
    qualified_name table;
    bool if_not_exists = false;
    std::vector<column_declaration> columns;
    /// As written; that it must be exactly one is the catalog's to say.
    std::vector<primary_key_declaration> primary_keys;
    table_options options;
};
/// CREATE TABLE table LIKE source
struct create_table_like_statement {
    qualified_name table;
    bool if_not_exists = false;
    qualified_name source;
    bool with_indexes = false;
    std::vector<property> properties;
};

struct alter_column_type {
    std::string column;
    type_name type;
    bool if_exists = false;
};
struct alter_column_mask {
    std::string column;
    std::optional<column_mask> mask;  ///< none: DROP MASKED
    bool if_exists = false;
};
struct add_columns {
    std::vector<column_declaration> columns;
    bool if_not_exists = false;
};
struct drop_columns {
    std::vector<std::string> columns;
    bool if_exists = false;
    std::optional<std::int64_t> timestamp_us;
};
struct rename_columns {
    std::vector<std::pair<std::string, std::string>> renames;  ///< from, to
    bool if_exists = false;
};
struct drop_compact_storage {};

struct alter_table_statement {
    qualified_name table;
    bool if_exists = false;
    /// table_options: ALTER TABLE ... WITH
    std::variant<alter_column_type, alter_column_mask, add_columns, drop_columns, rename_columns,
                 drop_compact_storage, table_options>
        action;
};
struct drop_table_statement {
    qualified_name table;
    bool if_exists = false;
};
struct truncate_statement {
    qualified_name table;
};

// ---------------------------------------------------------------------------------------------
// User types

struct field_declaration {
    std::string name;
    type_name type;
};
struct create_type_statement {
    qualified_name type;
    bool if_not_exists = false;
    std::vector<field_declaration> fields;
};
struct add_field {
    field_declaration field;
    bool if_not_exists = false;
};
struct alter_field_type {
    field_declaration field;
    bool if_exists = false;
};
struct rename_fields {
    std::vector<std::pair<std::string, std::string>> renames;  ///< from, to
    bool if_exists = false;
};
struct alter_type_statement {
    qualified_name type;
    bool if_exists = false;
    std::variant<add_field, alter_field_type, rename_fields> action;
};
struct drop_type_statement {
    qualified_name type;
    bool if_exists = false;
};

// ---------------------------------------------------------------------------------------------
// Functions and aggregates

struct function_argument {
    std::string name;
    type_name type;
};

struct create_function_statement {
    qualified_name function;
    bool or_replace = false;
    bool if_not_exists = false;
    std::vector<function_argument> arguments;
    bool called_on_null_input = false;  ///< false: RETURNS NULL ON NULL INPUT
    type_name return_type;
    /// After the return type, as in DSE: DETERMINISTIC, MONOTONIC [ON argument].
    bool deterministic = false;
    bool monotonic = false;
    std::optional<std::string> monotonic_on;
    std::string language;  ///< folded like a name
    std::string body;
    /// WITH options after the body: ours, not Cassandra's.
    std::vector<property> properties;
};
struct drop_function_statement {
    qualified_name function;
    bool if_exists = false;
    std::optional<std::vector<type_name>> argument_types;  ///< none: no list was written
};

struct create_aggregate_statement {
    qualified_name aggregate;
    bool or_replace = false;
    bool if_not_exists = false;
    std::vector<type_name> argument_types;
    std::string state_function;
    type_name state_type;
    std::optional<std::string> reduce_function;
    std::optional<std::string> final_function;
    std::optional<expression> initial_condition;
    bool deterministic = false;
    std::vector<property> properties;
};
struct drop_aggregate_statement {
    qualified_name aggregate;
    bool if_exists = false;
    std::optional<std::vector<type_name>> argument_types;
};

// ---------------------------------------------------------------------------------------------
// Indexes, materialized views, triggers

enum class index_target_kind : std::uint8_t { column, keys, values, entries, full };

struct index_target {
    std::string column;
    index_target_kind kind = index_target_kind::column;
};
struct create_index_statement {
    bool custom = false;
    bool if_not_exists = false;
    std::string name;  ///< empty: the server chooses
    qualified_name table;
    std::vector<index_target> targets;
    std::string using_class;  ///< empty: not written
    std::vector<property> properties;
};
struct drop_index_statement {
    qualified_name index;
    bool if_exists = false;
};

struct selector {
    expression value;
    std::optional<std::string> alias;
    source_span span;  ///< of the value alone
};

struct create_view_statement {
    qualified_name view;
    bool if_not_exists = false;
    bool all_columns = false;
    std::vector<selector> selectors;
    qualified_name table;
    std::vector<relation> where;
    primary_key_declaration primary_key;
    table_options options;
};
struct alter_view_statement {
    qualified_name view;
    bool if_exists = false;
    std::vector<property> properties;
};
struct drop_view_statement {
    qualified_name view;
    bool if_exists = false;
};

struct create_trigger_statement {
    std::string name;
    bool if_not_exists = false;
    qualified_name table;
    std::string using_class;
};
struct drop_trigger_statement {
    std::string name;
    bool if_exists = false;
    qualified_name table;
};

// ---------------------------------------------------------------------------------------------
// Roles and permissions

/// CREATE USER and ALTER USER are these too, with `legacy_user` set.
struct role_options {
    std::optional<std::string> password;
    std::optional<std::string> hashed_password;
    bool generated_password = false;
    std::optional<bool> superuser;
    std::optional<bool> login;
    std::optional<option_map> options;
    /// ACCESS TO ALL DATACENTERS is an empty list, none means not written.
    std::optional<std::vector<std::string>> datacenters;
    std::optional<std::vector<std::string>> cidr_groups;
};
struct create_role_statement {
    std::string role;
    bool if_not_exists = false;
    role_options options;
    bool legacy_user = false;
};
struct alter_role_statement {
    std::string role;
    bool if_exists = false;
    role_options options;
    bool legacy_user = false;
};
struct drop_role_statement {
    std::string role;
    bool if_exists = false;
    bool legacy_user = false;
};
struct add_identity_statement {
    std::string identity;
    std::string role;
    bool if_not_exists = false;
};
struct drop_identity_statement {
    std::string identity;
    bool if_exists = false;
};
struct grant_role_statement {
    std::string role;
    std::string grantee;
};
struct revoke_role_statement {
    std::string role;
    std::string revokee;
};
struct list_roles_statement {
    std::optional<std::string> of;
    bool recursive = true;  ///< false: NORECURSIVE
    bool legacy_users = false;
};
struct list_superusers_statement {};

enum class resource_kind : std::uint8_t {
    all_keyspaces,
    keyspace,
    all_tables_in_keyspace,
    table,
    all_roles,
    role,
    all_functions,
    all_functions_in_keyspace,
    function,
    all_mbeans,
    mbean,
    mbean_pattern,
};
struct resource {
    resource_kind kind = resource_kind::all_keyspaces;
    /// A keyspace's name in `keyspace`; a role's or bean's in `name`.
    qualified_name name;
    std::vector<type_name> argument_types;  ///< function
};
/// In upper case as Cassandra shows it: "SELECT", "SELECT_MASKED"; empty list: ALL PERMISSIONS.
using permission_list = std::vector<std::string>;

struct grant_permission_statement {
    permission_list permissions;
    resource on;
    std::string role;
};
struct revoke_permission_statement {
    permission_list permissions;
    resource on;
    std::string role;
};
struct list_permissions_statement {
    permission_list permissions;
    std::optional<resource> on;
    std::optional<std::string> of;
    bool recursive = true;
};

// ---------------------------------------------------------------------------------------------
// Data

struct ordering {
    /// A column_ref; or function calls and others, which the executor may refuse.
    expression by;
    sort_direction direction = sort_direction::ascending;
    std::optional<expression> ann_of;  ///< ORDER BY v ANN OF [..]
};

struct select_statement {
    bool json = false;
    bool distinct = false;
    bool all_columns = false;  ///< `*`; selectors are empty then
    std::vector<selector> selectors;
    qualified_name from;
    std::vector<relation> where;  ///< all of them hold
    std::vector<expression> group_by;
    std::vector<ordering> order_by;
    std::optional<expression> per_partition_limit;
    std::optional<expression> limit;
    bool allow_filtering = false;
    bool bypass_cache = false;          ///< ScyllaDB's; has no effect here
    std::optional<expression> timeout;  ///< ScyllaDB's USING TIMEOUT
    std::vector<property> options;      ///< WITH index hints (ann_options and the like)
};

struct insert_statement {
    qualified_name table;
    std::vector<std::string> columns;
    std::vector<expression> values;
    /// INSERT ... JSON: a string literal or a bind marker; columns and values are empty then.
    std::optional<expression> json;
    bool json_default_unset = false;  ///< DEFAULT UNSET
    bool if_not_exists = false;
    update_parameters parameters;
};

/// `c = value`. `c = c + 1`, `c = c - {..}`, `l = [..] + l` are this too, with an arithmetic value
/// that names the column: the executor knows whether it is a counter or a collection.
struct assign_column {
    std::string column;
    expression value;
};
/// `c += value` and `c -= value`
struct add_assign_column {
    std::string column;
    arithmetic_operator op = arithmetic_operator::add;
    expression value;
};
/// `c[index] = value`, `c[index] += value`
struct assign_element {
    std::string column;
    expression index;
    std::optional<arithmetic_operator> op;
    expression value;
};
/// `c.field = value`
struct assign_field {
    std::string column;
    std::string field;
    expression value;
};
using assignment = std::variant<assign_column, add_assign_column, assign_element, assign_field>;

struct update_statement {
    qualified_name table;
    update_parameters parameters;
    std::vector<assignment> assignments;
    std::vector<relation> where;
    update_condition condition;  ///< never if_not_exists
};

/// `c`, `c[index]` or `c.field`
struct deletion {
    std::string column;
    std::optional<expression> index;
    std::optional<std::string> field;
};
struct delete_statement {
    qualified_name table;
    std::vector<deletion> deletions;  ///< empty: whole rows
    update_parameters parameters;     ///< timestamp, timeout
    std::vector<relation> where;
    update_condition condition;  ///< never if_not_exists
};

enum class batch_kind : std::uint8_t { logged, unlogged, counter };

struct batch_statement {
    batch_kind kind = batch_kind::logged;
    update_parameters parameters;
    std::vector<std::variant<insert_statement, update_statement, delete_statement>> statements;
};

// ---------------------------------------------------------------------------------------------
// DESCRIBE

enum class describe_kind : std::uint8_t {
    cluster,
    schema,
    full_schema,
    keyspaces,
    keyspace,  ///< `name.name`, or the session's if it is empty
    only_keyspace,
    tables,
    table,
    types,
    type,
    functions,
    function,
    aggregates,
    aggregate,
    index,
    materialized_view,
    generic,  ///< DESCRIBE name: a keyspace, table, view, index, ...
};
struct describe_statement {
    describe_kind kind = describe_kind::schema;
    qualified_name name;
    bool with_internals = false;
};

using statement = std::variant<
    use_statement, create_keyspace_statement, alter_keyspace_statement, drop_keyspace_statement,
    create_table_statement, create_table_like_statement, alter_table_statement,
    drop_table_statement, truncate_statement, create_type_statement, alter_type_statement,
    drop_type_statement, create_function_statement, drop_function_statement,
    create_aggregate_statement, drop_aggregate_statement, create_index_statement,
    drop_index_statement, create_view_statement, alter_view_statement, drop_view_statement,
    create_trigger_statement, drop_trigger_statement, create_role_statement, alter_role_statement,
    drop_role_statement, add_identity_statement, drop_identity_statement, grant_role_statement,
    revoke_role_statement, list_roles_statement, list_superusers_statement,
    grant_permission_statement, revoke_permission_statement, list_permissions_statement,
    select_statement, insert_statement, update_statement, delete_statement, batch_statement,
    describe_statement>;

/// A statement and its bind markers in order of index.
struct parsed_statement {
    statement tree;
    std::vector<bind_marker> markers;
};

}  // namespace nacre::cql
