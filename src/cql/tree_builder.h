#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "cql/ast.h"

namespace nacre::cql {

/// What stands between the angle brackets of a type: a type, or a vector's dimension.
using type_argument = std::variant<type_name, std::uint32_t>;

/// An entry of an option_map; the two names of a renaming.
using text_pair = std::pair<std::string, std::string>;

/// What a SELECT asks for, and what follows CREATE ... AS SELECT.
struct selection {
    bool distinct = false;
    bool all_columns = false;
    std::vector<selector> selectors;
};

/// A line of CREATE TABLE: a column, a primary key, or both.
struct column_or_key {
    std::optional<column_declaration> column;
    std::optional<primary_key_declaration> key;
};

/// What follows IN: a marker for the whole list, or the list's values.
struct in_values {
    bool marker = false;
    std::vector<expression> values;
};

/// Makes the nodes that the grammar's rules ask for, keeps what is known of one text while it is
/// parsed, and enforces the limits. One per parse. After the first failure the nodes it makes
/// are of no use, and the token stream ends the parse.
class tree_builder {
  public:
    explicit tree_builder(std::string_view text) : _text(text) {}

    // --- the outcome
    std::variant<std::monostate, statement, type_name, expression> tree;
    [[nodiscard]] std::vector<bind_marker> take_markers() { return std::move(_markers); }

    /// Remembers the first failure; `message` is what follows "line 1:7 ".
    void fail(source_span where, std::string message);
    /// The token at `where` fits no rule.
    void unexpected(source_span where);
    [[nodiscard]] bool failed() const { return _failure.has_value(); }
    [[nodiscard]] error failure() const;

    /// Nesting that does not show in brackets: unary minus, casts, types.
    void enter(source_span where);
    void leave() { --_depth; }

    // --- words
    [[nodiscard]] std::string_view source(source_span where) const;
    /// An unreserved keyword used as a name.
    [[nodiscard]] std::string folded(source_span where) const;
    [[nodiscard]] std::uint32_t small_integer(const std::string& digits, source_span where);
    [[nodiscard]] std::int64_t big_integer(const std::string& digits, source_span where);

    // --- types
    [[nodiscard]] type_name simple_type(qualified_name name, bool quoted, source_span where);
    [[nodiscard]] type_name custom_type(std::string class_name, source_span where);
    [[nodiscard]] type_name parametric_type(const std::string& name,
                                            std::vector<type_argument> arguments,
                                            source_span where);

    // --- expressions
    [[nodiscard]] expression constant(literal_kind kind, std::string text, source_span where);
    [[nodiscard]] expression marker(std::string name, source_span where);
    [[nodiscard]] expression call(qualified_name function, std::vector<expression> arguments,
                                  source_span where);
    [[nodiscard]] expression call_star(qualified_name function, source_span where);
    [[nodiscard]] expression braces(std::vector<map_entry> entries, source_span where);
    [[nodiscard]] expression tuple_of_names(std::vector<std::string> names, source_span where);
    [[nodiscard]] expression hint(type_name type, expression operand, source_span where);
    [[nodiscard]] expression conversion(expression operand, type_name type, source_span where);
    [[nodiscard]] expression binary(arithmetic_operator op, expression left, expression right,
                                    source_span where);
    [[nodiscard]] expression negated(expression operand, source_span where);
    [[nodiscard]] expression element(expression container, expression index, source_span where);
    [[nodiscard]] expression range(expression container, std::optional<expression> from,
                                   std::optional<expression> to, source_span where);
    [[nodiscard]] expression field(expression value, std::string name, source_span where);
    [[nodiscard]] expression column(std::string name, source_span where) {
        return finish(column_ref{std::move(name)}, where, 0);
    }
    /// list_literal, set_literal or tuple_literal
    template <typename Literal>
    [[nodiscard]] expression elements(std::vector<expression> values, source_span where) {
        const auto below = height_of(values);
        return finish(Literal{std::move(values)}, where, below);
    }

    // --- clauses
    [[nodiscard]] static select_statement select(selection asked, bool json);
    [[nodiscard]] relation relate(expression left, relation_operator op, source_span where);
    [[nodiscard]] relation relate(expression left, relation_operator op, expression right,
                                  source_span where);
    [[nodiscard]] relation relate(expression left, relation_operator op, in_values right,
                                  source_span where);
    /// A WHERE clause takes fewer relations than IF.
    [[nodiscard]] std::vector<relation> where(std::vector<relation> relations);
    /// What follows USING in a DELETE.
    [[nodiscard]] update_parameters without_ttl(update_parameters times, source_span where);
    [[nodiscard]] relation relate_between(expression left, expression low, expression high,
                                          source_span where);
    static void add(create_table_statement& to, column_or_key more);
    static void add(table_options& to, table_options more);
    static void add(create_table_like_statement& to, create_table_like_statement more);
    static void add(update_parameters& to, update_parameters more);
    /// Options that were given before are an error.
    void add(role_options& to, role_options more, source_span where);

  private:
    [[nodiscard]] expression finish(expression::node_type node, source_span where,
                                    std::uint16_t height_below);
    [[nodiscard]] type_name finish(type_name type, source_span where);
    void count_node(source_span where);
    [[nodiscard]] static std::uint16_t height_of(const std::vector<expression>& values);

    struct position_and_message {
        source_span where;
        std::string message;
    };
    std::string_view _text;
    std::vector<bind_marker> _markers;
    std::optional<position_and_message> _failure;
    std::uint32_t _nodes = 0;
    std::uint32_t _depth = 0;
};

}  // namespace nacre::cql
