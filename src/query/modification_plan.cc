#include <algorithm>

#include "cql/print.h"
#include "query/modification.h"
#include "query/select_plan.h"

// Binding INSERT, UPDATE and DELETE.
namespace nacre::query {

using schema::column_kind;
using types::type_kind;

namespace {

using action = column_operation::action;

status refuse_conditions(const cql::update_condition& condition) {
    if (!std::holds_alternative<std::monostate>(condition)) {
        return invalid("Lightweight transactions (IF conditions) are not supported");
    }
    return {};
}

bool is_key(const schema::column_definition& column) {
    return column.kind == column_kind::partition_key || column.kind == column_kind::clustering;
}

status bind_parameters(modification_plan& plan, const cql::update_parameters& parameters,
                       binder& names) {
    if (parameters.timestamp) {
        NACRE_TRY(plan.timestamp,
                  names.bind_value(*parameters.timestamp, types::type::native(type_kind::bigint),
                                   "[timestamp]"));
    }
    if (parameters.ttl) {
        NACRE_TRY(plan.ttl,
                  names.bind_value(*parameters.ttl, types::type::native(type_kind::int_), "[ttl]"));
    }
    return {};
}

// `c = c + x`, `c = x + c`, `c = c - x`: an operation on a collection. Empty if it is not that.
result<std::optional<std::pair<action, const cql::expression*>>> self_reference(
    const cql::assign_column& assignment) {
    using reference = std::optional<std::pair<action, const cql::expression*>>;
    const auto* sum = assignment.value.as<cql::arithmetic>();
    if (sum == nullptr) return reference();
    const bool adds = sum->op == cql::arithmetic_operator::add;
    if (!adds && sum->op != cql::arithmetic_operator::subtract) return reference();
    if (const auto* column = sum->left->as<cql::column_ref>()) {
        if (column->name != assignment.column) {
            return syntax_error("Only expressions of the form X = X {}<value> are supported.",
                                adds ? '+' : '-');
        }
        return reference(std::pair(adds ? action::add : action::subtract, &*sum->right));
    }
    const auto* column = sum->right->as<cql::column_ref>();
    if (column == nullptr) return reference();
    if (!adds) return syntax_error("Nothing can be set to <value> - {}", column->name);
    if (column->name != assignment.column) {
        return syntax_error("Only expressions of the form X = <value> + X are supported.");
    }
    return reference(std::pair(action::prepend, &*sum->left));
}

// How Cassandra shows an operation in its errors.
std::string shown(const std::string& column, action what, const cql::expression& value) {
    const auto text = cql::to_text(value);
    if (what == action::prepend) return fmt::format("{} = {} - {}", column, text, column);
    return fmt::format("{} = {} {} {}", column, column, what == action::add ? "+" : "-", text);
}

class operation_binder {
  public:
    operation_binder(modification_plan& plan, binder& names) : _plan(plan), _names(names) {}

    status bind(const cql::assignment& assignment) {
        if (const auto* whole = std::get_if<cql::assign_column>(&assignment)) {
            NACRE_TRY(const auto self, self_reference(*whole));
            if (self) {
                return change_collection(whole->column, self->first, *self->second);
            }
            return set_whole(whole->column, whole->value);
        }
        if (const auto* added = std::get_if<cql::add_assign_column>(&assignment)) {
            const auto what =
                added->op == cql::arithmetic_operator::add ? action::add : action::subtract;
            return change_collection(added->column, what, added->value);
        }
        if (const auto* element = std::get_if<cql::assign_element>(&assignment)) {
            if (element->op) {
                return syntax_error("An element of {} can only be set: only '=' is supported",
                                    element->column);
            }
            return set_element(*element);
        }
        return set_field(std::get<cql::assign_field>(assignment));
    }

    status bind(const cql::deletion& deletion) {
        if (deletion.index) return remove_element(deletion.column, *deletion.index);
        if (deletion.field) return remove_field(deletion.column, *deletion.field);
        NACRE_TRY(const auto ordinal, column_to_delete(deletion.column));
        _plan.operations.push_back({action::remove, ordinal, nullptr, nullptr, std::nullopt});
        return {};
    }

    status set_whole(const std::string& column, const cql::expression& value) {
        NACRE_TRY(const auto ordinal, column_to_set(column));
        NACRE_TRY(auto bound,
                  _names.bind_value(value, _plan.table->columns()[ordinal].type, column));
        _plan.operations.push_back({action::set, ordinal, std::move(bound), nullptr, std::nullopt});
        return {};
    }

  private:
    result<std::uint32_t> column_to_set(const std::string& name) {
        NACRE_TRY(const auto ordinal, _names.find_column(name));
        if (is_key(_plan.table->columns()[ordinal])) {
            return invalid("PRIMARY KEY part {} found in SET part", name);
        }
        return ordinal;
    }

    result<std::uint32_t> column_to_delete(const std::string& name) {
        NACRE_TRY(const auto ordinal, _names.find_column(name));
        if (is_key(_plan.table->columns()[ordinal])) {
            return invalid("Invalid identifier {} for deletion (should not be a PRIMARY KEY part)",
                           name);
        }
        return ordinal;
    }

    // Whether the type lets a collection be changed by `what`; the error names the operation.
    static status check_change(const std::string& column, const types::type& type, action what,
                               const std::string& operation) {
        if (what == action::prepend) {
            if (type.kind() != type_kind::list) {
                return invalid("Invalid operation ({}) for non list column {}", operation, column);
            }
            if (type.is_multi_cell()) return {};
            return invalid("Invalid operation ({}) for frozen list column {}", operation, column);
        }
        if (!type.is_collection()) {
            const bool fields = type.kind() == type_kind::tuple || type.kind() == type_kind::user;
            return invalid("Invalid operation ({}) for {} column {}", operation,
                           fields && what == action::add ? "tuple" : "non counter", column);
        }
        if (type.is_multi_cell()) return {};
        return invalid("Invalid operation ({}) for frozen collection column {}", operation, column);
    }

    status change_collection(const std::string& column, action what, const cql::expression& value) {
        NACRE_TRY(const auto ordinal, column_to_set(column));
        const auto& type = _plan.table->columns()[ordinal].type;
        NACRE_CHECK(check_change(column, *type, what, shown(column, what, value)));
        const bool map = type->kind() == type_kind::map;
        // What a map loses are keys: a set of them.
        const auto value_type =
            map && what == action::subtract ? types::type::set_of(type->key(), true) : type;
        auto bound = _names.bind_value(value, value_type, column);
        if (!bound && map && bound.error().code() == error_code::invalid) {
            return invalid("Value for a map {} has to be a {}, but was: '{}'",
                           what == action::add ? "addition" : "substraction",
                           what == action::add ? "map" : "set", cql::to_text(value));
        }
        if (!bound) return std::move(bound).error();
        _plan.operations.push_back({what, ordinal, *std::move(bound), nullptr, std::nullopt});
        return {};
    }

    result<expression_ptr> bind_index(const std::string& column, const types::type& type,
                                      const cql::expression& index) {
        if (type.kind() == type_kind::list) {
            return _names.bind_value(index, types::type::native(type_kind::int_),
                                     "idx(" + column + ")");
        }
        return _names.bind_value(
            index, type.element(),
            (type.kind() == type_kind::map ? "key(" : "value(") + column + ")");
    }

    status set_element(const cql::assign_element& assignment) {
        const auto& column = assignment.column;
        NACRE_TRY(const auto ordinal, column_to_set(column));
        const auto& type = *_plan.table->columns()[ordinal].type;
        const char* unfit = !type.is_collection()           ? "non collection"
                            : !type.is_multi_cell()         ? "frozen collection"
                            : type.kind() == type_kind::set ? "set"
                                                            : nullptr;
        if (unfit != nullptr) {
            return invalid("Invalid operation ({}[{}] = {}) for {} column {}", column,
                           cql::to_text(assignment.index), cql::to_text(assignment.value), unfit,
                           column);
        }
        column_operation operation{action::set_element, ordinal, nullptr, nullptr, std::nullopt};
        NACRE_TRY(operation.element, bind_index(column, type, assignment.index));
        const auto& value_type = type.kind() == type_kind::map ? type.mapped() : type.element();
        NACRE_TRY(operation.value,
                  _names.bind_value(assignment.value, value_type, "value(" + column + ")"));
        _plan.operations.push_back(std::move(operation));
        return {};
    }

    status remove_element(const std::string& column, const cql::expression& index) {
        NACRE_TRY(const auto ordinal, column_to_delete(column));
        const auto& type = *_plan.table->columns()[ordinal].type;
        if (!type.is_collection() || !type.is_multi_cell()) {
            return invalid("Invalid deletion operation for {} collection column {}",
                           type.is_collection() ? "frozen" : "non", column);
        }
        column_operation operation{action::remove_element, ordinal, nullptr, nullptr, std::nullopt};
        NACRE_TRY(operation.element, bind_index(column, type, index));
        _plan.operations.push_back(std::move(operation));
        return {};
    }

    result<std::uint16_t> find_field(const std::string& column, const types::type& type,
                                     const std::string& field) {
        const auto& names = type.field_names();
        const auto found = std::ranges::find(names, field);
        if (found == names.end()) {
            return invalid("UDT column {} does not have a field named {}", column, field);
        }
        return static_cast<std::uint16_t>(found - names.begin());
    }

    status set_field(const cql::assign_field& assignment) {
        const auto& column = assignment.column;
        NACRE_TRY(const auto ordinal, column_to_set(column));
        const auto& type = *_plan.table->columns()[ordinal].type;
        if (type.kind() != type_kind::user || !type.is_multi_cell()) {
            return invalid("Invalid operation ({}.{} = {}) for {} column {}", column,
                           assignment.field, cql::to_text(assignment.value),
                           type.kind() == type_kind::user ? "frozen UDT" : "non-UDT", column);
        }
        NACRE_TRY(const auto position, find_field(column, type, assignment.field));
        NACRE_TRY(auto value, _names.bind_value(assignment.value, type.parameters()[position],
                                                column + "." + assignment.field));
        _plan.operations.push_back(
            {action::set_element, ordinal, std::move(value), nullptr, position});
        return {};
    }

    status remove_field(const std::string& column, const std::string& field) {
        NACRE_TRY(const auto ordinal, column_to_delete(column));
        const auto& type = *_plan.table->columns()[ordinal].type;
        if (type.kind() != type_kind::user) {
            return invalid("Invalid field deletion operation for non-UDT column {}", column);
        }
        if (!type.is_multi_cell()) {
            return invalid("Frozen UDT column {} does not support field deletions", column);
        }
        NACRE_TRY(const auto position, find_field(column, type, field));
        _plan.operations.push_back({action::remove_element, ordinal, nullptr, nullptr, position});
        return {};
    }

    modification_plan& _plan;
    binder& _names;
};

const std::string& column_of(const cql::assignment& assignment) {
    return std::visit([](const auto& each) -> const std::string& { return each.column; },
                      assignment);
}

bool replaces_whole(const cql::assignment& assignment) {
    const auto* whole = std::get_if<cql::assign_column>(&assignment);
    if (whole == nullptr) return false;
    const auto self = self_reference(*whole);
    return self && !*self;
}

bool same_field(const cql::assignment& left, const cql::assignment& right) {
    const auto* one = std::get_if<cql::assign_field>(&left);
    const auto* other = std::get_if<cql::assign_field>(&right);
    return one != nullptr && other != nullptr && one->field == other->field;
}

// A column that is set as a whole can't be set by anything else too, nor a field twice.
status check_compatible(const std::vector<cql::assignment>& assignments) {
    for (std::size_t i = 0; i < assignments.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const auto& left = assignments[j];
            const auto& right = assignments[i];
            if (column_of(left) == column_of(right) &&
                (replaces_whole(left) || replaces_whole(right) || same_field(left, right))) {
                return syntax_error("Multiple incompatible setting of column {}", column_of(right));
            }
        }
    }
    return {};
}

bool only_static(const modification_plan& plan) {
    return !plan.operations.empty() &&
           std::ranges::all_of(plan.operations, [&](const column_operation& operation) {
               return plan.table->columns()[operation.ordinal].kind == column_kind::static_;
           });
}

bool names_column(const std::vector<cql::relation>& relations, const std::string& column) {
    const auto is_it = [&](const cql::expression& node) {
        const auto* named = node.as<cql::column_ref>();
        return named != nullptr && named->name == column;
    };
    return std::ranges::any_of(relations, [&](const cql::relation& relation) {
        const auto* tuple = relation.left.as<cql::tuple_literal>();
        return tuple != nullptr ? std::ranges::any_of(tuple->elements, is_it)
                                : is_it(relation.left);
    });
}

error missing_clustering(const modification_plan& plan,
                         const std::vector<cql::relation>& relations) {
    std::string missing;
    for (std::uint32_t i = 0; i < plan.table->clustering_key_size(); ++i) {
        if (names_column(relations, plan.table->clustering_column(i).name)) continue;
        if (!missing.empty()) missing += ", ";
        missing += plan.table->clustering_column(i).name;
    }
    return invalid("Some clustering keys are missing: {}", missing);
}

result<modification_plan> begin_plan(const modification_context& context,
                                     modification_plan::sort what,
                                     const cql::qualified_name& table) {
    modification_plan plan;
    plan.what = what;
    NACRE_TRY(plan.table, find_table(*context.schema->schema, table, context.session_keyspace));
    if (plan.table->is_counter()) return invalid("Writes to counter tables are not supported");
    return plan;
}

// Which rows a write of columns means: each by its whole clustering key, or the static row alone.
status check_rows(modification_plan& plan, const std::vector<cql::relation>& relations) {
    if (plan.where.has_full_clustering(*plan.table)) return {};
    plan.static_only = !plan.where.restricts_clustering() && only_static(plan);
    return plan.static_only ? status{} : missing_clustering(plan, relations);
}

// Naming rows when only static columns change suggests that something else was meant.
status check_static(const modification_plan& plan, const char* statement) {
    if (!only_static(plan) || !plan.where.restricts_clustering()) return {};
    return invalid(
        "Invalid restrictions on clustering columns since the {} statement modifies only static "
        "columns",
        statement);
}

// The columns of an INSERT and their values: keys are equalities.
status bind_insert(modification_plan& plan, const cql::insert_statement& statement, binder& names) {
    if (statement.columns.size() != statement.values.size()) {
        return invalid("Unmatched column names/values");
    }
    std::vector<cql::relation> keys;
    operation_binder operations(plan, names);
    for (std::size_t i = 0; i < statement.columns.size(); ++i) {
        const auto& name = statement.columns[i];
        if (std::ranges::count(statement.columns, name) > 1) {
            return invalid("The column names contains duplicates");
        }
        NACRE_TRY(const auto ordinal, names.find_column(name));
        if (!is_key(plan.table->columns()[ordinal])) {
            NACRE_CHECK(operations.set_whole(name, statement.values[i]));
            continue;
        }
        cql::relation equal;
        equal.left.node = cql::column_ref{name};
        equal.right.push_back(statement.values[i]);
        keys.push_back(std::move(equal));
    }
    NACRE_TRY(plan.where, bind_where(names, keys, {where_place::statement::insert}));
    return check_rows(plan, keys);
}

}  // namespace

result<modification_plan> plan_insert(const modification_context& context,
                                      const cql::insert_statement& statement,
                                      marker_table& markers) {
    NACRE_TRY(auto plan, begin_plan(context, modification_plan::sort::insert, statement.table));
    if (statement.if_not_exists) {
        return invalid("Lightweight transactions (IF conditions) are not supported");
    }
    binder names(*context.schema, plan.table->keyspace(), plan.table, markers);
    names.allow_columns(false);
    if (statement.json) {
        NACRE_TRY(plan.json, bind_json_document(statement, names));
        const auto insert = as_insert_of_columns(statement, *plan.json, *plan.table);
        // Its markers are not the statement's: nobody is told of them.
        const std::vector<cql::bind_marker> none(plan.json->first_value + insert.values.size());
        marker_table columns(none);
        binder column_names(*context.schema, plan.table->keyspace(), plan.table, columns);
        column_names.allow_columns(false);
        NACRE_CHECK(bind_insert(plan, insert, column_names));
    } else {
        NACRE_CHECK(bind_insert(plan, statement, names));
    }
    NACRE_CHECK(bind_parameters(plan, statement.parameters, names));
    return plan;
}

result<modification_plan> plan_update(const modification_context& context,
                                      const cql::update_statement& statement,
                                      marker_table& markers) {
    NACRE_TRY(auto plan, begin_plan(context, modification_plan::sort::update, statement.table));
    NACRE_CHECK(refuse_conditions(statement.condition));
    binder names(*context.schema, plan.table->keyspace(), plan.table, markers);
    names.allow_columns(false);
    NACRE_CHECK(bind_parameters(plan, statement.parameters, names));
    NACRE_CHECK(check_compatible(statement.assignments));
    operation_binder operations(plan, names);
    for (const auto& assignment : statement.assignments) NACRE_CHECK(operations.bind(assignment));
    NACRE_TRY(plan.where, bind_where(names, statement.where, {where_place::statement::update}));
    NACRE_CHECK(check_static(plan, "UPDATE"));
    NACRE_CHECK(check_rows(plan, statement.where));
    return plan;
}

result<modification_plan> plan_delete(const modification_context& context,
                                      const cql::delete_statement& statement,
                                      marker_table& markers) {
    NACRE_TRY(auto plan, begin_plan(context, modification_plan::sort::remove, statement.table));
    NACRE_CHECK(refuse_conditions(statement.condition));
    binder names(*context.schema, plan.table->keyspace(), plan.table, markers);
    names.allow_columns(false);
    operation_binder operations(plan, names);
    for (const auto& deletion : statement.deletions) NACRE_CHECK(operations.bind(deletion));
    NACRE_CHECK(bind_parameters(plan, statement.parameters, names));
    NACRE_TRY(plan.where, bind_where(names, statement.where, {where_place::statement::remove}));
    if (plan.operations.empty()) return plan;
    NACRE_CHECK(check_static(plan, "DELETE"));
    plan.names_ranges = !check_rows(plan, statement.where);
    return plan;
}

}  // namespace nacre::query
