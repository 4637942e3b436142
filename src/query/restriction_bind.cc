#include <algorithm>

#include "cql/print.h"
#include "query/restriction.h"

// One relation: whether its columns take it, and its values.
namespace nacre::query {

using cql::relation_operator;
using schema::column_kind;
using types::type_kind;

const char* operator_text(relation_operator op) {
    switch (op) {
        case relation_operator::equal:
            return "=";
        case relation_operator::not_equal:
            return "!=";
        case relation_operator::less:
            return "<";
        case relation_operator::less_or_equal:
            return "<=";
        case relation_operator::greater:
            return ">";
        case relation_operator::greater_or_equal:
            return ">=";
        case relation_operator::in:
            return "IN";
        case relation_operator::not_in:
            return "NOT IN";
        case relation_operator::contains:
            return "CONTAINS";
        case relation_operator::not_contains:
            return "NOT CONTAINS";
        case relation_operator::contains_key:
            return "CONTAINS KEY";
        case relation_operator::not_contains_key:
            return "NOT CONTAINS KEY";
        case relation_operator::like:
            return "LIKE";
        case relation_operator::is_null:
            return "IS NULL";
        case relation_operator::is_not_null:
            return "IS NOT NULL";
        case relation_operator::between:
            return "BETWEEN";
    }
    return "";
}

namespace {

// What the language has later than Cassandra 5.0, or elsewhere than in WHERE.
status check_form(const cql::relation& relation) {
    switch (relation.op) {
        case relation_operator::not_in:
        case relation_operator::not_contains:
        case relation_operator::not_contains_key:
        case relation_operator::between:
        case relation_operator::is_null:
            return syntax_error("WHERE takes no {}: {}", operator_text(relation.op),
                                relation_text(relation));
        default:
            break;
    }
    const bool known = relation.left.as<cql::column_ref>() != nullptr ||
                       relation.left.as<cql::tuple_literal>() != nullptr ||
                       relation.left.as<cql::subscript>() != nullptr;
    if (!known) {
        return syntax_error(
            "A relation begins with a column, columns in parentheses or token(): {}",
            relation_text(relation));
    }
    const bool plain = relation.op == relation_operator::equal ||
                       relation.op == relation_operator::not_equal ||
                       is_slice_operator(relation.op);
    if (!plain && relation.left.as<cql::subscript>() != nullptr) {
        return syntax_error("An element of a map takes no {}", operator_text(relation.op));
    }
    if (!plain && relation.op != relation_operator::in &&
        relation.left.as<cql::tuple_literal>() != nullptr) {
        return syntax_error("Columns in parentheses take no {}", operator_text(relation.op));
    }
    return {};
}

bool mentions_duration(const types::type& type) {
    return type.kind() == type_kind::duration ||
           std::ranges::any_of(type.parameters(),
                               [](const auto& part) { return mentions_duration(*part); });
}

class relation_binder {
  public:
    relation_binder(binder& names, const cql::relation& relation)
        : _names(names), _table(*names.table()), _relation(relation) {}

    result<restriction> single(const std::string& column);
    result<restriction> multi(const cql::tuple_literal& columns);
    result<restriction> map_entry(const cql::subscript& entry);

  private:
    status check_column(const schema::column_definition& column);
    status check_slice(const types::type& type);
    result<restriction> contains(std::uint32_t ordinal);
    result<std::vector<std::uint32_t>> tuple_columns(const cql::tuple_literal& columns);
    result<key_value> tuple_value(const cql::expression& node,
                                  const std::vector<std::uint32_t>& ordinals);
    void set_bound(restriction& into, key_value value) const;

    binder& _names;
    const schema::table& _table;
    const cql::relation& _relation;
};

status relation_binder::check_column(const schema::column_definition& column) {
    const auto& type = *column.type;
    const auto op = _relation.op;
    if (op == relation_operator::contains_key && type.kind() != type_kind::map) {
        return invalid("Cannot use CONTAINS KEY on non-map column {}", column.name);
    }
    if (op == relation_operator::contains && !type.is_collection()) {
        return invalid("Cannot use CONTAINS on non-collection column {}", column.name);
    }
    if (type.kind() == type_kind::user && type.is_multi_cell()) {
        return invalid("Non-frozen UDT column '{}' ({}) cannot be restricted by any relation",
                       column.name, type.to_cql());
    }
    const bool over_parts =
        op == relation_operator::contains || op == relation_operator::contains_key;
    if (type.is_collection() && type.is_multi_cell() && !over_parts) {
        return invalid("Collection column '{}' ({}) cannot be restricted by a '{}' relation",
                       column.name, type.to_cql(), operator_text(op));
    }
    return {};
}

status relation_binder::check_slice(const types::type& type) {
    if (!mentions_duration(type)) return {};
    const char* what = type.is_collection()                 ? "collections containing durations"
                       : type.kind() == type_kind::tuple    ? "tuples containing durations"
                       : type.kind() == type_kind::user     ? "UDTs containing durations"
                       : type.kind() == type_kind::duration ? "duration columns"
                                                            : "columns containing durations";
    return invalid("Slice restrictions are not supported on {}", what);
}

void relation_binder::set_bound(restriction& into, key_value value) const {
    const auto op = _relation.op;
    const bool inclusive =
        op == relation_operator::less_or_equal || op == relation_operator::greater_or_equal;
    const bool is_upper = op == relation_operator::less || op == relation_operator::less_or_equal;
    (is_upper ? into.upper : into.lower) = slice_bound{std::move(value), inclusive};
}

result<restriction> relation_binder::contains(std::uint32_t ordinal) {
    const auto& column = _table.columns()[ordinal];
    const bool keys = _relation.op == relation_operator::contains_key;
    const auto& type = *column.type;
    const auto part = keys                            ? type.key()
                      : type.kind() == type_kind::map ? type.mapped()
                                                      : type.element();
    row_filter filter;
    filter.op = _relation.op;
    filter.column = column.name;
    NACRE_TRY(auto value, _names.bind_value(_relation.right[0], part,
                                            (keys ? "key(" : "value(") + column.name + ")"));
    filter.right.push_back(std::move(value));
    filter.left = _names.column_value(ordinal);
    restriction bound;
    bound.what = restriction::sort::contains;
    bound.columns = {ordinal};
    bound.contains.push_back(std::move(filter));
    return bound;
}

result<restriction> relation_binder::map_entry(const cql::subscript& entry) {
    const auto* node = entry.container->as<cql::column_ref>();
    if (node == nullptr) return syntax_error("Not a map's element: {}", relation_text(_relation));
    NACRE_TRY(const auto ordinal, _names.find_column(node->name));
    const auto& column = _table.columns()[ordinal];
    const auto& type = *column.type;
    if (type.kind() == type_kind::list) {
        return invalid("Indexes on list entries ({}[index] = value) are not currently supported.",
                       column.name);
    }
    if (type.kind() != type_kind::map) {
        return invalid("Column {} cannot be used as a map", column.name);
    }
    if (!type.is_multi_cell()) {
        return invalid("Map-entry equality predicates on frozen map column {} are not supported",
                       column.name);
    }
    if (_relation.op != relation_operator::equal) {
        return invalid("Only EQ relations are supported on map entries");
    }
    row_filter filter;
    filter.column = column.name;
    NACRE_TRY(filter.map_key,
              _names.bind_value(*entry.index, type.key(), "key(" + column.name + ")"));
    NACRE_TRY(auto value,
              _names.bind_value(_relation.right[0], type.mapped(), "value(" + column.name + ")"));
    filter.right.push_back(std::move(value));
    filter.left = _names.column_value(ordinal);
    restriction bound;
    bound.what = restriction::sort::contains;
    bound.columns = {ordinal};
    bound.contains.push_back(std::move(filter));
    return bound;
}

result<restriction> relation_binder::single(const std::string& name) {
    NACRE_TRY(const auto ordinal, _names.find_column(name));
    const auto& column = _table.columns()[ordinal];
    if (is_slice_operator(_relation.op)) NACRE_CHECK(check_slice(*column.type));
    NACRE_CHECK(check_column(column));
    if (_relation.op == relation_operator::contains ||
        _relation.op == relation_operator::contains_key) {
        return contains(ordinal);
    }
    const auto note = [&](const expression_ptr& value) {
        const auto* marker = dynamic_cast<const marker_expression*>(value.get());
        if (column.kind == column_kind::partition_key && marker != nullptr) {
            _names.markers().note_partition_key(_table, column.position, marker->index());
        }
    };
    restriction bound;
    bound.columns = {ordinal};
    if (is_slice_operator(_relation.op)) {
        bound.what = restriction::sort::slice;
        NACRE_TRY(auto value, _names.bind_value(_relation.right[0], column.type, name));
        note(value);
        set_bound(bound, {{std::move(value)}, false});
        return bound;
    }
    auto& list = bound.values;
    list.columns = {name};
    if (_relation.in_marker) {
        const auto type = types::type::list_of(types::type::freeze(column.type), true);
        NACRE_TRY(auto whole, _names.bind_value(_relation.right[0], type, "in(" + name + ")"));
        list.values.push_back({{std::move(whole)}, false});
        list.is_one_list = true;
    } else {
        for (const auto& each : _relation.right) {
            NACRE_TRY(auto value, _names.bind_value(each, column.type, name));
            note(value);
            list.values.push_back({{std::move(value)}, false});
        }
    }
    list.is_in =
        _relation.op == relation_operator::in && (list.is_one_list || list.values.size() != 1);
    bound.what = list.is_in ? restriction::sort::in : restriction::sort::equal;
    return bound;
}

result<std::vector<std::uint32_t>> relation_binder::tuple_columns(
    const cql::tuple_literal& columns) {
    std::vector<std::uint32_t> ordinals;
    for (const auto& element : columns.elements) {
        const auto& name = element.as<cql::column_ref>()->name;
        NACRE_TRY(const auto ordinal, _names.find_column(name));
        if (_table.columns()[ordinal].kind != column_kind::clustering) {
            return invalid(
                "Multi-column relations can only be applied to clustering columns but was applied "
                "to: {}",
                name);
        }
        if (std::ranges::find(ordinals, ordinal) != ordinals.end()) {
            return invalid("Column \"{}\" appeared twice in a relation: {}", name,
                           relation_text(_relation));
        }
        if (!ordinals.empty() && ordinal != ordinals.back() + 1) {
            return invalid(
                "Clustering columns must appear in the PRIMARY KEY order in multi-column "
                "relations: {}",
                relation_text(_relation));
        }
        ordinals.push_back(ordinal);
    }
    return ordinals;
}

std::string tuple_name(const schema::table& table, const std::vector<std::uint32_t>& ordinals) {
    std::string name;
    for (const auto ordinal : ordinals) {
        name += (name.empty() ? "" : ",") + table.columns()[ordinal].name;
    }
    return name;
}

result<key_value> relation_binder::tuple_value(const cql::expression& node,
                                               const std::vector<std::uint32_t>& ordinals) {
    std::vector<types::type_ptr> column_types;
    for (const auto ordinal : ordinals) column_types.push_back(_table.columns()[ordinal].type);
    key_value value;
    const auto* literal = node.as<cql::tuple_literal>();
    if (literal == nullptr) {
        if (node.as<cql::bind_marker>() == nullptr) {
            return syntax_error("A tuple of values is needed in {}", relation_text(_relation));
        }
        value.is_tuple = true;
        NACRE_TRY(auto bound, _names.bind_value(node, types::type::tuple_of(column_types),
                                                "(" + tuple_name(_table, ordinals) + ")"));
        value.parts.push_back(std::move(bound));
        return value;
    }
    if (literal->elements.size() != ordinals.size()) {
        return invalid("Expected {} elements in value tuple, but got {}: {}", ordinals.size(),
                       literal->elements.size(), cql::to_text(node));
    }
    for (std::size_t i = 0; i < ordinals.size(); ++i) {
        NACRE_TRY(auto bound, _names.bind_value(literal->elements[i], column_types[i],
                                                _table.columns()[ordinals[i]].name));
        value.parts.push_back(std::move(bound));
    }
    return value;
}

result<restriction> relation_binder::multi(const cql::tuple_literal& columns) {
    restriction bound;
    bound.is_multi = true;
    NACRE_TRY(bound.columns, tuple_columns(columns));
    if (is_slice_operator(_relation.op)) {
        for (const auto ordinal : bound.columns) {
            NACRE_CHECK(check_slice(*_table.columns()[ordinal].type));
        }
        bound.what = restriction::sort::slice;
        NACRE_TRY(auto value, tuple_value(_relation.right[0], bound.columns));
        set_bound(bound, std::move(value));
        return bound;
    }
    auto& list = bound.values;
    list.is_multi = true;
    for (const auto ordinal : bound.columns) list.columns.push_back(_table.columns()[ordinal].name);
    if (_relation.in_marker) {
        std::vector<types::type_ptr> column_types;
        for (const auto ordinal : bound.columns) {
            column_types.push_back(_table.columns()[ordinal].type);
        }
        const auto type = types::type::list_of(types::type::tuple_of(column_types), true);
        NACRE_TRY(auto whole, _names.bind_value(_relation.right[0], type,
                                                "in(" + tuple_name(_table, bound.columns) + ")"));
        list.values.push_back({{std::move(whole)}, false});
        list.is_one_list = true;
    } else {
        for (const auto& each : _relation.right) {
            NACRE_TRY(auto value, tuple_value(each, bound.columns));
            list.values.push_back(std::move(value));
        }
    }
    list.is_in =
        _relation.op == relation_operator::in && (list.is_one_list || list.values.size() != 1);
    bound.what = list.is_in ? restriction::sort::in : restriction::sort::equal;
    return bound;
}

}  // namespace

bool is_slice_operator(relation_operator op) {
    return op == relation_operator::less || op == relation_operator::less_or_equal ||
           op == relation_operator::greater || op == relation_operator::greater_or_equal;
}

std::string relation_text(const cql::relation& relation) {
    std::string text =
        cql::to_text(relation.left, cql::naming::in_error) + " " + operator_text(relation.op);
    if (relation.op == relation_operator::is_null ||
        relation.op == relation_operator::is_not_null) {
        return text;
    }
    std::string values;
    for (const auto& each : relation.right) {
        values += (values.empty() ? "" : ", ") + cql::to_text(each, cql::naming::in_error);
    }
    const bool listed = relation.op == relation_operator::in && !relation.in_marker;
    return text + " " + (listed ? "(" + values + ")" : values);
}

result<restriction> bind_relation(binder& names, const cql::relation& relation) {
    NACRE_CHECK(check_form(relation));
    if (relation.op == relation_operator::is_not_null) {
        return invalid("Unsupported restriction: {}", relation_text(relation));
    }
    if (relation.op == relation_operator::not_equal) {
        return invalid("Unsupported \"!=\" relation: {}", relation_text(relation));
    }
    relation_binder binding(names, relation);
    if (const auto* tuple = relation.left.as<cql::tuple_literal>()) return binding.multi(*tuple);
    if (const auto* entry = relation.left.as<cql::subscript>()) return binding.map_entry(*entry);
    const auto& column = relation.left.as<cql::column_ref>()->name;
    if (relation.op == relation_operator::like) {
        NACRE_TRY(const auto ordinal, names.find_column(column));
        NACRE_CHECK(
            names.bind_value(relation.right[0], names.table()->columns()[ordinal].type, column));
        return invalid(
            "LIKE restriction is only supported on properly indexed columns. {} is not valid.",
            relation_text(relation));
    }
    return binding.single(column);
}

}  // namespace nacre::query
