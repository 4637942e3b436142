#include "query/binder.h"

#include <algorithm>

#include "base/identifier.h"
#include "catalog/constant.h"
#include "catalog/resolve_type.h"
#include "cql/print.h"

namespace nacre::query {

using types::type_kind;
using types::type_ptr;

runtime::task<result<operand>> aggregate_expression::evaluate(evaluation& state,
                                                              const data::row_batch& batch) const {
    co_return operand(batch.columns[state.aggregate_base() + _index]);
}

void marker_table::note_partition_key(const schema::table& table, std::uint32_t position,
                                      std::uint32_t marker) {
    if (_partition_key.empty()) {
        _partition_key.resize(table.partition_key_size());
        _routed_table = table.id();
    } else if (_routed_table != table.id()) {
        _routes_to_many = true;
        return;
    }
    _partition_key[position] = static_cast<std::uint16_t>(marker);
}

std::vector<std::uint16_t> marker_table::partition_key_indices() const {
    std::vector<std::uint16_t> indices;
    if (_routes_to_many) return indices;
    for (const auto& each : _partition_key) {
        if (!each) return {};
        indices.push_back(*each);
    }
    return indices;
}

void marker_table::note_call(const function::resolved& callee) {
    const auto* scalar = std::get_if<function::scalar_function_ptr>(&callee);
    const bool is_native = scalar != nullptr
                               ? (*scalar)->is_native
                               : std::get<function::aggregate_function_ptr>(callee)->is_native();
    if (!is_native) _user_functions.push_back(callee);
}

std::vector<column_specification> marker_table::specifications() const {
    static const std::string batch = "[batch]";
    std::vector<column_specification> specifications;
    for (std::size_t i = 0; i < _markers.size(); ++i) {
        const auto* table = _tables[i].get();
        specifications.push_back({table != nullptr ? table->keyspace() : batch,
                                  table != nullptr ? table->name() : batch, _names[i], _types[i]});
    }
    return specifications;
}

result<type_ptr> binder::resolve_type(const cql::type_name& name) const {
    NACRE_TRY(auto type, catalog::resolve_type(name, _keyspace, *_schema->schema));
    return types::type::freeze(type);
}

result<std::uint32_t> binder::find_column(const std::string& name) const {
    if (_table) {
        if (const auto ordinal = _table->find(name)) return *ordinal;
        return invalid("Undefined column name {} in table {}.{}", quote_identifier(name),
                       _table->keyspace(), _table->name());
    }
    return invalid("Undefined column name {}", quote_identifier(name));
}

std::uint32_t binder::slot_of(std::uint32_t ordinal, storage::wanted_column::part what) {
    for (std::uint32_t slot = 0; slot < _wanted.size(); ++slot) {
        if (_wanted[slot].ordinal == ordinal && _wanted[slot].what == what) return slot;
    }
    _wanted.push_back({ordinal, what});
    return static_cast<std::uint32_t>(_wanted.size() - 1);
}

expression_ptr binder::column_value(std::uint32_t ordinal) {
    return std::make_shared<slot_expression>(_table->columns()[ordinal].type, slot_of(ordinal));
}

result<expression_ptr> binder::bind_column(const cql::column_ref& node) {
    if (!_columns_allowed) {
        return syntax_error("The column name {} can't stand for a value here", node.name);
    }
    NACRE_TRY(const auto ordinal, find_column(node.name));
    return column_value(ordinal);
}

result<expression_ptr> binder::bind_value(const cql::expression& node, const type_ptr& receiver,
                                          const std::string& name) {
    NACRE_TRY(auto bound, bind_place(node, receiver, name));
    _markers->note_value(node.span, bound);
    return bound;
}

result<expression_ptr> binder::bind_place(const cql::expression& node, const type_ptr& receiver,
                                          const std::string& name) {
    if (const auto tuple = catalog::tuple_of_one(node, *receiver)) {
        return bind_place(*tuple, receiver, name);
    }
    if (const auto* marker = node.as<cql::bind_marker>()) {
        // Only selectors and what they contain may name columns.
        _markers->set(*marker, receiver, _columns_allowed ? "[selection]" : name, _table);
        return std::make_shared<marker_expression>(receiver, marker->index);
    }
    if (const auto map = as_map(node, *receiver)) return bind_place(*map, receiver, name);
    if (catalog::is_constant(node)) return bind_literal(node, receiver, name);
    NACRE_TRY(auto bound, bind(node, receiver, name));
    if (!bound->type()->same_values(*receiver) &&
        !types::is_value_compatible(*receiver, *bound->type())) {
        if (const auto* call = node.as<cql::function_call>()) {
            return invalid(
                "Type error: cannot assign result of function {} (type {}) to {} (type {})",
                _call_names[call], bound->type()->to_cql(), name, receiver->to_cql());
        }
        return invalid("Type error: cannot assign {} of type {} to {} of type {}",
                       cql::to_text(node), bound->type()->to_cql(), name, receiver->to_cql());
    }
    return bound;
}

result<expression_ptr> binder::bind_selector(const cql::expression& node) {
    if (_columns_allowed && !says_its_type(node)) {
        return invalid(
            "Cannot infer type for term {} in selection clause (try using a cast to force a type)",
            column_name(node));
    }
    return bind(node, nullptr, cql::to_text(node));
}

// Among selectors a constant has no type by itself, nor has what is made of constants alone.
bool binder::says_its_type(const cql::expression& node) {
    const auto any = [](const std::vector<cql::expression>& parts) {
        return std::ranges::any_of(parts, says_its_type);
    };
    if (node.as<cql::bind_marker>() != nullptr || node.as<cql::literal>() != nullptr) return false;
    if (const auto* list = node.as<cql::list_literal>()) return any(list->elements);
    if (const auto* set = node.as<cql::set_literal>()) return any(set->elements);
    if (const auto* tuple = node.as<cql::tuple_literal>()) {
        return std::ranges::all_of(tuple->elements, says_its_type);
    }
    if (const auto* map = node.as<cql::map_literal>()) {
        const auto has = [&](cql::expression cql::map_entry::* part) {
            return std::ranges::any_of(map->entries, [part](const cql::map_entry& entry) {
                return says_its_type(entry.*part);
            });
        };
        return has(&cql::map_entry::key) && has(&cql::map_entry::value);
    }
    return true;
}

result<expression_ptr> binder::bind_literal(const cql::expression& node, const type_ptr& receiver,
                                            const std::string& name) {
    NACRE_TRY(auto value,
              catalog::constant_value(node, receiver, name, {_schema->schema.get(), _keyspace}));
    return std::make_shared<constant_expression>(receiver, std::move(value));
}

result<expression_ptr> binder::bind(const cql::expression& node, const type_ptr& receiver,
                                    const std::string& name) {
    if (const auto* hint = node.as<cql::type_hint>(); hint != nullptr && is_selecting()) {
        return bind_hint(*hint, name);
    }
    if (node.as<cql::bind_marker>() != nullptr || catalog::is_constant(node)) {
        const auto wanted = receiver ? receiver : own_type(node);
        if (!wanted) {
            return invalid(
                "Cannot infer type for term {} in selection clause (try using a cast to force a "
                "type)",
                cql::to_text(node));
        }
        return bind_value(node, wanted, name);
    }
    if (const auto* column = node.as<cql::column_ref>()) return bind_column(*column);
    if (node.as<cql::function_call>() != nullptr) return bind_call(node, receiver);
    if (const auto* hint = node.as<cql::type_hint>()) return bind_hint(*hint, name);
    if (const auto* cast = node.as<cql::cast>()) return bind_cast(*cast);
    if (node.as<cql::arithmetic>() != nullptr || node.as<cql::negation>() != nullptr) {
        return bind_arithmetic(node, receiver, name);
    }
    if (const auto* field = node.as<cql::field_access>()) return bind_field(*field);
    if (const auto* element = node.as<cql::subscript>()) return bind_element(*element);
    if (const auto* slice = node.as<cql::slice>()) return bind_slice(*slice);
    return bind_compound(node, receiver, name);
}

}  // namespace nacre::query
