#include <algorithm>

#include "cql/print.h"
#include "query/binder.h"
#include "query/cell_expressions.h"

// Parts of columns as selectors, and writetime(), maxwritetime() and ttl() of columns and parts.
namespace nacre::query {

using types::type_kind;
using types::type_ptr;

namespace {

// What a part is a part of; null if the node is no part of anything.
const cql::expression* container_of(const cql::expression& node) {
    if (const auto* element = node.as<cql::subscript>()) return &*element->container;
    if (const auto* slice = node.as<cql::slice>()) return &*slice->container;
    if (const auto* field = node.as<cql::field_access>()) return &*field->value;
    return nullptr;
}

}  // namespace

result<std::uint32_t> binder::find_field(const cql::field_access& node, const types::type& type) {
    if (type.kind() != type_kind::user) {
        return invalid("Invalid field selection: {} of type {} is not a user type",
                       cql::to_text(*node.value), type.to_cql());
    }
    const auto found = std::ranges::find(type.field_names(), node.field);
    if (found == type.field_names().end()) {
        return invalid("{} of type {} has no field {}", cql::to_text(*node.value), type.to_cql(),
                       node.field);
    }
    return static_cast<std::uint32_t>(found - type.field_names().begin());
}

result<expression_ptr> binder::bind_field(const cql::field_access& node) {
    NACRE_TRY(auto whole, bind_selector(*node.value));
    NACRE_TRY(const auto position, find_field(node, *whole->type()));
    const auto field_type = whole->type()->parameters()[position];
    return std::make_shared<field_expression>(field_type, std::move(whole), position);
}

result<expression_ptr> binder::bind_element_key(const cql::expression& key,
                                                const cql::expression& container,
                                                const types::type& type) {
    const auto name =
        (type.kind() == type_kind::map ? "key(" : "value(") + cql::to_text(container) + ")";
    // Other markers of a selection have no name of their own.
    if (const auto* marker = key.as<cql::bind_marker>()) {
        _markers->set(*marker, type.key(), name, _table);
    }
    return bind_value(key, type.key(), name);
}

result<expression_ptr> binder::bind_element(const cql::subscript& node) {
    NACRE_TRY(auto whole, bind_selector(*node.container));
    const auto type = whole->type();
    if (!type->is_collection()) {
        return invalid("Invalid element selection: {} is of type {} is not a collection",
                       cql::to_text(*node.container), type->to_cql());
    }
    if (type->kind() == type_kind::list) {
        return invalid("Element selection is only allowed on sets and maps, but {} is a list",
                       cql::to_text(*node.container));
    }
    const auto element = type->kind() == type_kind::map ? type->mapped() : type->element();
    NACRE_TRY(auto key, bind_element_key(*node.index, *node.container, *type));
    return std::make_shared<element_expression>(element, std::move(whole), std::move(key));
}

result<expression_ptr> binder::bind_slice(const cql::slice& node) {
    NACRE_TRY(auto whole, bind_selector(*node.container));
    const auto type = whole->type();
    if (!type->is_collection()) {
        return invalid("Invalid slice selection: {} of type {} is not a collection",
                       cql::to_text(*node.container), type->to_cql());
    }
    if (type->kind() == type_kind::list) {
        return invalid("Slice selection is only allowed on sets and maps, but {} is a list",
                       cql::to_text(*node.container));
    }
    expression_ptr from;
    expression_ptr to;
    if (node.from) {
        NACRE_TRY(from, bind_element_key(**node.from, *node.container, *type));
    }
    if (node.to) {
        NACRE_TRY(to, bind_element_key(**node.to, *node.container, *type));
    }
    const bool is_column = node.container->as<cql::column_ref>() != nullptr;
    return std::make_shared<slice_expression>(std::move(whole), std::move(from), std::move(to),
                                              is_column && type->is_multi_cell());
}

// The timestamps or TTLs of a column, of some of its cells or of one. `within_cell` is set when a
// part of a cell is meant: it has the cell's figure.
result<expression_ptr> binder::bind_cell_figures(const cql::expression& node,
                                                 storage::wanted_column::part what,
                                                 const std::string& function, bool& within_cell) {
    if (const auto* column = node.as<cql::column_ref>()) {
        NACRE_TRY(const auto ordinal, find_column(column->name));
        const auto& definition = _table->columns()[ordinal];
        if (definition.kind == schema::column_kind::partition_key ||
            definition.kind == schema::column_kind::clustering) {
            return invalid("Cannot use selection function {} on PRIMARY KEY part {}", function,
                           definition.name);
        }
        const storage::wanted_column wanted{ordinal, what};
        return std::make_shared<slot_expression>(wanted.type_in(*_table), slot_of(ordinal, what));
    }
    const auto* container = container_of(node);
    if (container == nullptr) return syntax_error("{} takes a column or a part of one", function);
    NACRE_TRY(auto figures, bind_cell_figures(*container, what, function, within_cell));
    if (figures->type()->kind() != type_kind::list) {
        within_cell = true;
        return figures;
    }
    NACRE_TRY(auto whole, bind_selector(*container));
    const auto& type = *whole->type();
    chosen_cells chosen;
    if (const auto* element = node.as<cql::subscript>()) {
        chosen.what = chosen_cells::way::element;
        NACRE_TRY(chosen.from, bind_element_key(*element->index, *container, type));
    } else if (const auto* slice = node.as<cql::slice>()) {
        chosen.what = chosen_cells::way::range;
        if (slice->from) {
            NACRE_TRY(chosen.from, bind_element_key(**slice->from, *container, type));
        }
        if (slice->to) {
            NACRE_TRY(chosen.to, bind_element_key(**slice->to, *container, type));
        }
    } else {
        chosen.what = chosen_cells::way::field;
        NACRE_TRY(chosen.field, find_field(*node.as<cql::field_access>(), type));
    }
    return std::make_shared<cell_figures_expression>(std::move(figures), std::move(whole),
                                                     std::move(chosen));
}

// writetime(c), ttl(c): they ask for cells, not for their values.
result<std::optional<expression_ptr>> binder::bind_cell_function(const cql::function_call& call) {
    using part = storage::wanted_column::part;
    const auto& name = call.function.name;
    const bool is_ttl = name == "ttl";
    const bool is_max = name == "maxwritetime";
    if (!call.function.keyspace.empty() || (!is_ttl && !is_max && name != "writetime")) {
        return std::optional<expression_ptr>();
    }
    if (call.arguments.size() != 1 || !_columns_allowed) {
        return syntax_error("{} takes exactly one column", name);
    }
    const auto& argument = call.arguments[0];
    expression_ptr value;
    // What is no part at all is reported before what the part lacks.
    if (container_of(argument) != nullptr) {
        NACRE_TRY(value, bind_selector(argument));
    }
    bool within_cell = false;
    NACRE_TRY(auto figures, bind_cell_figures(argument, is_ttl ? part::ttl : part::write_timestamp,
                                              name, within_cell));
    if (is_max && figures->type()->kind() == type_kind::list) {
        figures = std::make_shared<greatest_expression>(std::move(figures));
    }
    if (within_cell) {
        figures = std::make_shared<guarded_figure_expression>(std::move(figures), std::move(value));
    }
    return std::optional<expression_ptr>(std::move(figures));
}

}  // namespace nacre::query
