#include "cql/tree_builder.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <system_error>

#include <fmt/format.h>

namespace nacre::cql {

namespace {

constexpr std::size_t shown_token_bytes_max = 60;

// A token in a message: whole characters of its beginning.
std::string shortened(std::string_view token) {
    if (token.size() <= shown_token_bytes_max) return std::string(token);
    auto size = shown_token_bytes_max;
    while (size > 0 && (static_cast<unsigned char>(token[size]) & 0xc0) == 0x80) --size;
    return std::string(token.substr(0, size)) + "...";
}

template <typename Integer>
std::optional<Integer> to_integer(std::string_view digits) {
    Integer value{};
    const auto [end, failure] = std::from_chars(digits.begin(), digits.end(), value);
    if (failure != std::errc() || end != digits.end()) return std::nullopt;
    return value;
}

}  // namespace

void tree_builder::fail(source_span where, std::string message) {
    if (!_failure) _failure = {where, std::move(message)};
}

void tree_builder::unexpected(source_span where) {
    if (where.begin >= _text.size()) {
        fail(where, "no viable alternative at input '<EOF>'");
    } else {
        fail(where, fmt::format("no viable alternative at input '{}'", shortened(source(where))));
    }
}

error tree_builder::failure() const {
    // Lines count from 1 and columns, in characters, from 0, as Cassandra's do.
    const auto before = _text.substr(0, _failure->where.begin);
    const auto line = 1 + std::ranges::count(before, '\n');
    const auto line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
    const auto column = std::ranges::count_if(before.substr(line_begin), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    });
    return syntax_error("line {}:{} {}", line, column, _failure->message);
}

void tree_builder::enter(source_span where) {
    if (++_depth > max_nesting) {
        fail(where, fmt::format("nested more than {} levels deep", max_nesting));
    }
}

std::string_view tree_builder::source(source_span where) const {
    return _text.substr(where.begin, where.end - where.begin);
}

std::string tree_builder::folded(source_span where) const {
    std::string word(source(where));
    for (char& c : word) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return word;
}

std::uint32_t tree_builder::small_integer(const std::string& digits, source_span where) {
    const auto value = to_integer<std::uint32_t>(digits);
    if (!value) fail(where, fmt::format("'{}' is out of range", shortened(digits)));
    return value.value_or(0);
}

std::int64_t tree_builder::big_integer(const std::string& digits, source_span where) {
    const auto value = to_integer<std::int64_t>(digits);
    if (!value) fail(where, fmt::format("'{}' is out of range", shortened(digits)));
    return value.value_or(0);
}

void tree_builder::count_node(source_span where) {
    if (++_nodes > max_nodes) {
        fail(where, fmt::format("more than {} terms in one statement", max_nodes));
    }
}

// ---------------------------------------------------------------------------------------------
// Types

type_name tree_builder::finish(type_name type, source_span where) {
    count_node(where);
    std::uint16_t below = 0;
    for (const auto& parameter : type.parameters) below = std::max(below, parameter.height);
    type.height = static_cast<std::uint16_t>(below + 1);
    if (type.height > max_nesting) {
        fail(where, fmt::format("nested more than {} levels deep", max_nesting));
    }
    return type;
}

type_name tree_builder::simple_type(qualified_name name, bool quoted, source_span where) {
    type_name type;
    type.keyspace = std::move(name.keyspace);
    type.name = std::move(name.name);
    type.quoted = quoted;
    return finish(std::move(type), where);
}

type_name tree_builder::custom_type(std::string class_name, source_span where) {
    type_name type;
    type.name = std::move(class_name);
    type.custom_class = true;
    return finish(std::move(type), where);
}

type_name tree_builder::parametric_type(const std::string& name,
                                        std::vector<type_argument> arguments, source_span where) {
    type_name type;
    type.name = name;
    for (auto& argument : arguments) {
        if (auto* parameter = std::get_if<type_name>(&argument)) {
            type.parameters.push_back(std::move(*parameter));
        }
    }
    const auto types = type.parameters.size();
    if (name == "vector") {
        if (arguments.size() == 2 && types == 1 &&
            std::holds_alternative<std::uint32_t>(arguments[1])) {
            type.dimension = std::get<std::uint32_t>(arguments[1]);
        } else {
            fail(where, "a vector type is written vector<type, dimension>");
        }
        return finish(std::move(type), where);
    }
    const bool fits = types == arguments.size() &&
                      (name == "tuple"                                       ? types >= 1
                       : name == "map"                                       ? types == 2
                       : name == "list" || name == "set" || name == "frozen" ? types == 1
                                                                             : false);
    if (!fits) {
        fail(where, fmt::format("'{}' is not a type", shortened(source(where))));
    } else if (name == "frozen") {
        type_name inner = std::move(type.parameters[0]);
        inner.frozen = true;
        return inner;
    }
    return finish(std::move(type), where);
}

// ---------------------------------------------------------------------------------------------
// Expressions

expression tree_builder::finish(expression::node_type node, source_span where,
                                std::uint16_t height_below) {
    count_node(where);
    const auto height = static_cast<std::uint16_t>(height_below + 1);
    if (height > max_nesting) {
        fail(where, fmt::format("nested more than {} levels deep", max_nesting));
    }
    return {std::move(node), where, height, false};
}

std::uint16_t tree_builder::height_of(const std::vector<expression>& values) {
    std::uint16_t height = 0;
    for (const auto& value : values) height = std::max(height, value.height);
    return height;
}

expression tree_builder::constant(literal_kind kind, std::string text, source_span where) {
    return finish(literal{kind, std::move(text)}, where, 0);
}

expression tree_builder::marker(std::string name, source_span where) {
    constexpr std::size_t markers_max = 65535;  // their number is a [short] on the wire
    if (_markers.size() == markers_max) fail(where, "more than 65535 bind markers");
    bind_marker made{static_cast<std::uint32_t>(_markers.size()), std::move(name)};
    _markers.push_back(made);
    return finish(std::move(made), where, 0);
}

expression tree_builder::call(qualified_name function, std::vector<expression> arguments,
                              source_span where) {
    // COUNT(1) is CQL's other spelling of COUNT(*).
    const auto* only = arguments.size() == 1 ? arguments[0].as<literal>() : nullptr;
    if (function == qualified_name{"", "count"} && only != nullptr &&
        *only == literal{literal_kind::integer, "1"}) {
        return call_star(std::move(function), where);
    }
    const auto below = height_of(arguments);
    return finish(function_call{std::move(function), std::move(arguments), false}, where, below);
}

expression tree_builder::call_star(qualified_name function, source_span where) {
    return finish(function_call{std::move(function), {}, true}, where, 0);
}

expression tree_builder::braces(std::vector<map_entry> entries, source_span where) {
    std::uint16_t below = 0;
    bool names_only = !entries.empty();
    for (const auto& [key, value] : entries) {
        below = std::max({below, key.height, value.height});
        names_only = names_only && key.as<column_ref>() != nullptr;
    }
    if (!names_only) return finish(map_literal{std::move(entries)}, where, below);
    user_type_literal value;
    value.fields.reserve(entries.size());
    for (auto& entry : entries) {
        value.fields.push_back(
            {std::move(entry.key.as<column_ref>()->name), std::move(entry.value)});
    }
    return finish(std::move(value), where, below);
}

expression tree_builder::tuple_of_names(std::vector<std::string> names, source_span where) {
    std::vector<expression> columns;
    columns.reserve(names.size());
    for (auto& name : names) columns.push_back(column(std::move(name), where));
    return elements<tuple_literal>(std::move(columns), where);
}

expression tree_builder::hint(type_name type, expression operand, source_span where) {
    const auto below = std::max(type.height, operand.height);
    return finish(type_hint{std::move(type), std::move(operand)}, where, below);
}

expression tree_builder::conversion(expression operand, type_name type, source_span where) {
    const auto below = std::max(type.height, operand.height);
    return finish(cast{std::move(operand), std::move(type)}, where, below);
}

expression tree_builder::binary(arithmetic_operator op, expression left, expression right,
                                source_span where) {
    const auto below = std::max(left.height, right.height);
    return finish(arithmetic{op, std::move(left), std::move(right)}, where, below);
}

expression tree_builder::negated(expression operand, source_span where) {
    if (auto* value = operand.as<literal>()) {
        const bool number = value->kind == literal_kind::integer ||
                            value->kind == literal_kind::floating ||
                            value->kind == literal_kind::duration;
        // Only a minus that stands right before the number belongs to it.
        if (number && value->text[0] != '-' && !operand.parenthesised) {
            value->text.insert(0, 1, '-');
            operand.span = where;
            return operand;
        }
    }
    const auto below = operand.height;
    return finish(negation{std::move(operand)}, where, below);
}

expression tree_builder::element(expression container, expression index, source_span where) {
    const auto below = std::max(container.height, index.height);
    return finish(subscript{std::move(container), std::move(index)}, where, below);
}

expression tree_builder::range(expression container, std::optional<expression> from,
                               std::optional<expression> to, source_span where) {
    auto below = container.height;
    slice made;
    made.container = std::move(container);
    if (from) {
        below = std::max(below, from->height);
        made.from = std::move(*from);
    }
    if (to) {
        below = std::max(below, to->height);
        made.to = std::move(*to);
    }
    return finish(std::move(made), where, below);
}

expression tree_builder::field(expression value, std::string name, source_span where) {
    const auto below = value.height;
    return finish(field_access{std::move(value), std::move(name)}, where, below);
}

// ---------------------------------------------------------------------------------------------
// Clauses

namespace {

template <typename T>
void append(std::vector<T>& to, std::vector<T> more) {
    to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// Takes over what `more` has; false if `to` has it already.
template <typename T>
bool merge(std::optional<T>& to, std::optional<T>& more) {
    if (!more) return true;
    if (to) return false;
    to = std::move(more);
    return true;
}

}  // namespace

select_statement tree_builder::select(selection asked, bool json) {
    select_statement made;
    made.json = json;
    made.distinct = asked.distinct;
    made.all_columns = asked.all_columns;
    made.selectors = std::move(asked.selectors);
    return made;
}

std::vector<relation> tree_builder::where(std::vector<relation> relations) {
    for (const auto& each : relations) {
        if (each.left.as<field_access>() == nullptr) continue;
        fail(each.span, "no viable alternative at input '.': WHERE takes no field of a user type");
    }
    return relations;
}

update_parameters tree_builder::without_ttl(update_parameters times, source_span where) {
    if (times.ttl) fail(where, "mismatched input 'TTL' expecting K_TIMESTAMP");
    return times;
}

relation tree_builder::relate(expression left, relation_operator op, source_span where) {
    return relate(std::move(left), op, in_values{}, where);
}

relation tree_builder::relate(expression left, relation_operator op, expression right,
                              source_span where) {
    in_values values;
    values.values.push_back(std::move(right));
    return relate(std::move(left), op, std::move(values), where);
}

relation tree_builder::relate_between(expression left, expression low, expression high,
                                      source_span where) {
    in_values values;
    values.values.push_back(std::move(low));
    values.values.push_back(std::move(high));
    return relate(std::move(left), relation_operator::between, std::move(values), where);
}

relation tree_builder::relate(expression left, relation_operator op, in_values right,
                              source_span where) {
    if (left.as<tuple_literal>() != nullptr) {
        for (auto& value : right.values) {
            if (!value.parenthesised) continue;
            const auto span = value.span;
            value.parenthesised = false;  // these parentheses are the tuple's
            std::vector<expression> only;
            only.push_back(std::move(value));
            value = elements<tuple_literal>(std::move(only), span);
        }
    }
    return {std::move(left), op, std::move(right.values), right.marker, where};
}

void tree_builder::add(create_table_statement& to, column_or_key more) {
    if (more.column) to.columns.push_back(std::move(*more.column));
    if (more.key) to.primary_keys.push_back(std::move(*more.key));
}

void tree_builder::add(table_options& to, table_options more) {
    append(to.properties, std::move(more.properties));
    append(to.clustering, std::move(more.clustering));
    to.compact_storage = to.compact_storage || more.compact_storage;
}

void tree_builder::add(create_table_like_statement& to, create_table_like_statement more) {
    append(to.properties, std::move(more.properties));
    to.with_indexes = to.with_indexes || more.with_indexes;
}

void tree_builder::add(role_options& to, role_options more, source_span where) {
    bool once = merge(to.password, more.password) &&
                merge(to.hashed_password, more.hashed_password) &&
                merge(to.superuser, more.superuser) && merge(to.login, more.login) &&
                merge(to.options, more.options) && merge(to.datacenters, more.datacenters) &&
                merge(to.cidr_groups, more.cidr_groups);
    if (more.generated_password) once = once && !std::exchange(to.generated_password, true);
    if (!once) fail(where, "the same role option is given twice");
}

void tree_builder::add(update_parameters& to, update_parameters more) {
    // Cassandra takes a repeated parameter for good and goes by the last one.
    if (more.timestamp) to.timestamp = std::move(more.timestamp);
    if (more.ttl) to.ttl = std::move(more.ttl);
    if (more.timeout) to.timeout = std::move(more.timeout);
}

}  // namespace nacre::cql
