#include <algorithm>
#include <map>

#include "cql/print.h"
#include "query/restrictions.h"

// From relations to restrictions: which of them the keys can serve.
namespace nacre::query {

using cql::relation_operator;
using schema::column_kind;

namespace {

bool is_slice(relation_operator op) {
    return op == relation_operator::less || op == relation_operator::less_or_equal ||
           op == relation_operator::greater || op == relation_operator::greater_or_equal ||
           op == relation_operator::between;
}

error null_where_needed(const std::string& column) {
    return invalid("Invalid null value in condition for column {}", column);
}

// Collects the relations while they are bound, column by column.
class where_binder {
  public:
    where_binder(binder& names, where_purpose purpose)
        : _names(names), _table(*names.table()), _purpose(purpose) {
        _partition.resize(_table.partition_key_size());
        _clustering.resize(_table.clustering_key_size());
    }

    status add(const cql::relation& relation);
    result<restrictions> finish();

  private:
    status add_single(const cql::relation& relation, std::uint32_t ordinal);
    status add_tuple(const cql::relation& relation, const cql::tuple_literal& columns);
    status add_token(const cql::relation& relation, const cql::function_call& call);
    status add_filter(const cql::relation& relation);
    status check_whole_clustering();
    void clustering_to_filters(std::uint32_t from);
    void keep_partition_as_filters();

    result<value_list> bind_values(const cql::relation& relation, const types::type_ptr& type,
                                   const std::string& name);
    status add_slice(clustering_restriction& into, const cql::relation& relation,
                     const types::type_ptr& type, const std::string& name);
    void filter_from(const value_list& values, std::uint32_t ordinal);
    void filter_from(const bound_source& bound, std::uint32_t ordinal, relation_operator op);
    expression_ptr slot(std::uint32_t ordinal) {
        return std::make_shared<slot_expression>(_table.columns()[ordinal].type,
                                                 _names.slot_of(ordinal));
    }

    binder& _names;
    const schema::table& _table;
    where_purpose _purpose;
    std::vector<std::optional<value_list>> _partition;
    std::vector<clustering_restriction> _clustering;
    restrictions _result;
    bool _plain_filter = false;
};

result<value_list> where_binder::bind_values(const cql::relation& relation,
                                             const types::type_ptr& type, const std::string& name) {
    value_list values;
    values.column = name;
    values.is_in = relation.op == relation_operator::in;
    if (relation.in_marker) {
        values.is_one_list = true;
        NACRE_TRY(auto list,
                  _names.bind_value(relation.right[0],
                                    types::type::list_of(types::type::freeze(type), true),
                                    "in(" + name + ")"));
        values.values.push_back(std::move(list));
        return values;
    }
    for (const auto& each : relation.right) {
        NACRE_TRY(auto value, _names.bind_value(each, type, name));
        values.values.push_back(std::move(value));
    }
    return values;
}

status where_binder::add_slice(clustering_restriction& into, const cql::relation& relation,
                               const types::type_ptr& type, const std::string& name) {
    const auto set = [&](std::optional<bound_source>& side, const cql::expression& node,
                         bool inclusive) -> status {
        if (side)
            return invalid("More than one restriction was found for the {} bound on {}",
                           &side == &into.lower ? "start" : "end", name);
        NACRE_TRY(auto value, _names.bind_value(node, type, name));
        side = bound_source{std::move(value), inclusive};
        return {};
    };
    switch (relation.op) {
        case relation_operator::less:
            return set(into.upper, relation.right[0], false);
        case relation_operator::less_or_equal:
            return set(into.upper, relation.right[0], true);
        case relation_operator::greater:
            return set(into.lower, relation.right[0], false);
        case relation_operator::greater_or_equal:
            return set(into.lower, relation.right[0], true);
        default:
            NACRE_CHECK(set(into.lower, relation.right[0], true));
            return set(into.upper, relation.right[1], true);
    }
}

status where_binder::add(const cql::relation& relation) {
    if (const auto* tuple = relation.left.as<cql::tuple_literal>()) {
        return add_tuple(relation, *tuple);
    }
    if (const auto* call = relation.left.as<cql::function_call>();
        call != nullptr && call->function.keyspace.empty() && call->function.name == "token") {
        return add_token(relation, *call);
    }
    if (const auto* column = relation.left.as<cql::column_ref>()) {
        NACRE_TRY(const auto ordinal, _names.find_column(column->name));
        return add_single(relation, ordinal);
    }
    return add_filter(relation);
}

status where_binder::add_single(const cql::relation& relation, std::uint32_t ordinal) {
    const auto& column = _table.columns()[ordinal];
    const bool equal = relation.op == relation_operator::equal;
    const bool in = relation.op == relation_operator::in;
    if (column.kind == column_kind::partition_key) {
        if (!equal && !in) {
            if (_purpose == where_purpose::modification) {
                return invalid(
                    "Only EQ and IN relation are supported on the partition key (unless you use "
                    "the token() function)");
            }
            return add_filter(relation);
        }
        auto& place = _partition[column.position];
        if (place) {
            return invalid(
                "{} cannot be restricted by more than one relation if it includes an Equal",
                column.name);
        }
        NACRE_TRY(place, bind_values(relation, column.type, column.name));
        return {};
    }
    if (column.kind == column_kind::clustering && (equal || in || is_slice(relation.op))) {
        auto& place = _clustering[column.position];
        if (place.equal || ((equal || in) && (place.lower || place.upper))) {
            return invalid(
                "{} cannot be restricted by more than one relation if it includes an Equal",
                column.name);
        }
        if (equal || in) {
            NACRE_TRY(place.equal, bind_values(relation, column.type, column.name));
            return {};
        }
        return add_slice(place, relation, column.type, column.name);
    }
    if (_purpose == where_purpose::modification) {
        return invalid("Non PRIMARY KEY columns found in where clause: {}", column.name);
    }
    return add_filter(relation);
}

status where_binder::add_tuple(const cql::relation& relation, const cql::tuple_literal& columns) {
    std::vector<types::type_ptr> column_types;
    std::vector<std::string> names;
    std::optional<std::uint32_t> first;
    for (const auto& element : columns.elements) {
        const auto& name = element.as<cql::column_ref>()->name;
        NACRE_TRY(const auto ordinal, _names.find_column(name));
        const auto& column = _table.columns()[ordinal];
        if (column.kind != column_kind::clustering) {
            return invalid(
                "Multi-column relations can only be applied to clustering columns but was applied "
                "to: {}",
                name);
        }
        if (first && column.position != *first + names.size()) {
            return invalid(
                "Clustering columns must appear in the PRIMARY KEY order in "
                "multi-column relations: {}",
                cql::to_text(relation.left));
        }
        if (!first) first = column.position;
        column_types.push_back(column.type);
        names.push_back(name);
    }
    const auto tuple_type = types::type::tuple_of(column_types);
    if (relation.op == relation_operator::in) {
        NACRE_TRY(auto values, bind_values(relation, tuple_type, cql::to_text(relation.left)));
        if (*first != 0)
            return invalid("{} must begin with the first clustering column",
                           cql::to_text(relation.left));
        if (!_result.tuple_in.empty()) {
            return invalid("{} cannot be restricted by more than one relation",
                           cql::to_text(relation.left));
        }
        _result.tuple_in.push_back(std::move(values));
        return {};
    }
    const auto* literal = relation.right[0].as<cql::tuple_literal>();
    if (literal == nullptr) {
        return invalid("{} needs a tuple of values on its right", cql::to_text(relation.left));
    }
    if (literal->elements.size() != names.size()) {
        return invalid("Expected {} elements in value tuple, but got {}: {}", names.size(),
                       literal->elements.size(), cql::to_text(relation.right[0]));
    }
    std::vector<expression_ptr> values;
    for (std::size_t i = 0; i < names.size(); ++i) {
        NACRE_TRY(auto value, _names.bind_value(literal->elements[i], column_types[i], names[i]));
        values.push_back(std::move(value));
    }
    if (relation.op == relation_operator::equal) {
        for (std::size_t i = 0; i < names.size(); ++i) {
            auto& place = _clustering[*first + i];
            if (place.equal || place.lower || place.upper) {
                return invalid(
                    "{} cannot be restricted by more than one relation if it includes an Equal",
                    names[i]);
            }
            place.equal = value_list{{std::move(values[i])}, false, false, names[i]};
        }
        return {};
    }
    if (!is_slice(relation.op) || relation.op == relation_operator::between) {
        return invalid("Unsupported operator for the multi-column relation on {}",
                       cql::to_text(relation.left));
    }
    _result.tuple_slices.push_back({*first, std::move(values), relation.op});
    return {};
}

status where_binder::add_token(const cql::relation& relation, const cql::function_call& call) {
    if (_purpose == where_purpose::modification) {
        return invalid("The token function cannot be used in WHERE clauses for {} statements",
                       "UPDATE and DELETE");
    }
    bool matches = call.arguments.size() == _table.partition_key_size();
    for (std::size_t i = 0; matches && i < call.arguments.size(); ++i) {
        const auto* column = call.arguments[i].as<cql::column_ref>();
        matches = column != nullptr && column->name == _table.partition_key_column(i).name;
    }
    if (!matches) {
        return invalid(
            "The token() function must contains only partition key components, all of "
            "them, in the order of the PRIMARY KEY");
    }
    const auto type = types::type::native(types::type_kind::bigint);
    clustering_restriction sides{{}, _result.token_lower, _result.token_upper};
    if (relation.op == relation_operator::equal) {
        NACRE_TRY(auto value, _names.bind_value(relation.right[0], type, "partition key token"));
        sides.lower = bound_source{value, true};
        sides.upper = bound_source{value, true};
    } else if (is_slice(relation.op)) {
        NACRE_CHECK(add_slice(sides, relation, type, "partition key token"));
    } else {
        return invalid("Unsupported operator for the token() relation");
    }
    _result.token_lower = sides.lower;
    _result.token_upper = sides.upper;
    _result.has_token_relation = true;
    return {};
}

status where_binder::add_filter(const cql::relation& relation) {
    if (_purpose == where_purpose::modification) {
        return invalid("{} can't be used in the WHERE clause of a write",
                       cql::to_text(relation.left));
    }
    row_filter filter;
    filter.op = relation.op;
    NACRE_TRY(filter.left, _names.bind_selector(relation.left));
    const auto name = cql::to_text(relation.left);
    auto type = filter.left->type();
    const bool over_elements = relation.op == relation_operator::contains ||
                               relation.op == relation_operator::not_contains;
    const bool over_keys = relation.op == relation_operator::contains_key ||
                           relation.op == relation_operator::not_contains_key;
    if (over_elements || over_keys) {
        if (!type->is_collection() || (over_keys && type->kind() != types::type_kind::map)) {
            return invalid("Cannot use {} on non-{} column {}",
                           over_keys ? "CONTAINS KEY" : "CONTAINS",
                           over_keys ? "map" : "collection", name);
        }
        type = over_keys                               ? type->key()
               : type->kind() == types::type_kind::map ? type->mapped()
                                                       : type->element();
    } else if (relation.op == relation_operator::like) {
        return invalid(
            "LIKE restriction is only supported on properly indexed columns. {} is not "
            "valid.",
            name);
    } else if (relation.op == relation_operator::is_null ||
               relation.op == relation_operator::is_not_null) {
        return invalid("Unsupported restriction: {}", name + " IS NOT NULL");
    }
    filter.right_is_list = relation.in_marker;
    if (relation.in_marker) {
        NACRE_TRY(auto list,
                  _names.bind_value(relation.right[0],
                                    types::type::list_of(types::type::freeze(type), true),
                                    "in(" + name + ")"));
        filter.right.push_back(std::move(list));
    } else {
        for (const auto& each : relation.right) {
            NACRE_TRY(auto value, _names.bind_value(each, type, name));
            filter.right.push_back(std::move(value));
        }
    }
    _result.filters.push_back(std::move(filter));
    _plain_filter = true;
    return {};
}

void where_binder::filter_from(const value_list& values, std::uint32_t ordinal) {
    _result.filters.push_back({slot(ordinal),
                               values.is_in ? relation_operator::in : relation_operator::equal,
                               values.values, values.is_one_list});
    _plain_filter = true;
}

void where_binder::filter_from(const bound_source& bound, std::uint32_t ordinal,
                               relation_operator op) {
    _result.filters.push_back({slot(ordinal), op, {bound.value}, false});
    _plain_filter = true;
}

void where_binder::keep_partition_as_filters() {
    for (std::uint32_t i = 0; i < _partition.size(); ++i) {
        if (_partition[i]) filter_from(*_partition[i], i);
    }
}

void where_binder::clustering_to_filters(std::uint32_t from) {
    for (std::uint32_t i = from; i < _clustering.size(); ++i) {
        const auto ordinal = _table.partition_key_size() + i;
        const auto& place = _clustering[i];
        if (place.equal) filter_from(*place.equal, ordinal);
        if (place.lower) {
            filter_from(*place.lower, ordinal,
                        place.lower->inclusive ? relation_operator::greater_or_equal
                                               : relation_operator::greater);
        }
        if (place.upper) {
            filter_from(*place.upper, ordinal,
                        place.upper->inclusive ? relation_operator::less_or_equal
                                               : relation_operator::less);
        }
    }
}

status where_binder::check_whole_clustering() {
    // Leading equalities and one slice are the store's; what comes after a gap or a slice is
    // filtered.
    std::uint32_t used = 0;
    bool sliced = false;
    for (; used < _clustering.size() && !sliced; ++used) {
        const auto& place = _clustering[used];
        if (!place.equal && !place.lower && !place.upper) break;
        sliced = !place.equal;
    }
    for (std::uint32_t i = used; i < _clustering.size(); ++i) {
        const auto& place = _clustering[i];
        if (!place.equal && !place.lower && !place.upper) continue;
        if (_purpose == where_purpose::modification) {
            return invalid(
                "PRIMARY KEY column \"{}\" cannot be restricted as preceding column \"{}\" is not "
                "restricted",
                _table.clustering_column(i).name, _table.clustering_column(i - 1).name);
        }
        break;
    }
    clustering_to_filters(used);
    _result.clustering.assign(_clustering.begin(), _clustering.begin() + used);
    return {};
}

result<restrictions> where_binder::finish() {
    const auto given = static_cast<std::size_t>(
        std::ranges::count_if(_partition, [](const auto& place) { return place.has_value(); }));
    if (_purpose == where_purpose::modification && given != _partition.size()) {
        std::string missing;
        for (std::uint32_t i = 0; i < _partition.size(); ++i) {
            if (_partition[i]) continue;
            if (!missing.empty()) missing += ", ";
            missing += _table.partition_key_column(i).name;
        }
        return invalid("Some partition key parts are missing: {}", missing);
    }
    if (given == _partition.size()) {
        for (auto& place : _partition) _result.partition_key.push_back(std::move(*place));
        if (_result.has_token_relation) {
            return invalid(
                "Columns \"{}\" cannot be restricted by both a normal relation and a "
                "token relation",
                _table.partition_key_column(0).name);
        }
    } else {
        keep_partition_as_filters();
    }
    NACRE_CHECK(check_whole_clustering());
    const bool key_slices = _result.restricts_clustering() && !_result.has_partition_key();
    _result.needs_filtering = _plain_filter || key_slices;
    return std::move(_result);
}

}  // namespace

bool restrictions::has_full_clustering(const schema::table& table) const {
    if (!tuple_in.empty()) {
        return tuple_in.front().values.size() > 0 &&
               tuple_in.front().values.front()->type()->parameters().size() ==
                   table.clustering_key_size();
    }
    return clustering.size() == table.clustering_key_size() && tuple_slices.empty() &&
           std::ranges::all_of(clustering, [](const auto& each) { return each.equal.has_value(); });
}

result<restrictions> bind_where(binder& names, const std::vector<cql::relation>& relations,
                                where_purpose purpose) {
    where_binder binding(names, purpose);
    for (const auto& relation : relations) {
        for (const auto& value : relation.right) {
            const auto* literal = value.as<cql::literal>();
            if (literal != nullptr && literal->kind == cql::literal_kind::null) {
                return null_where_needed(cql::to_text(relation.left));
            }
        }
        NACRE_CHECK(binding.add(relation));
    }
    return binding.finish();
}

}  // namespace nacre::query
