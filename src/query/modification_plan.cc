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
std::optional<std::pair<action, const cql::expression*>> self_reference(
    const cql::assign_column& assignment) {
    const auto* sum = assignment.value.as<cql::arithmetic>();
    if (sum == nullptr) return std::nullopt;
    const auto names_itself = [&](const cql::expression& node) {
        const auto* column = node.as<cql::column_ref>();
        return column != nullptr && column->name == assignment.column;
    };
    if (names_itself(*sum->left)) {
        if (sum->op == cql::arithmetic_operator::add) return std::pair(action::add, &*sum->right);
        if (sum->op == cql::arithmetic_operator::subtract) {
            return std::pair(action::subtract, &*sum->right);
        }
    }
    if (names_itself(*sum->right) && sum->op == cql::arithmetic_operator::add) {
        return std::pair(action::prepend, &*sum->left);
    }
    return std::nullopt;
}

class operation_binder {
  public:
    operation_binder(modification_plan& plan, binder& names) : _plan(plan), _names(names) {}

    status bind(const cql::assignment& assignment) {
        if (const auto* whole = std::get_if<cql::assign_column>(&assignment)) {
            if (const auto self = self_reference(*whole)) {
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
                return invalid("Invalid operation on an element of {}: only '=' is supported",
                               element->column);
            }
            return on_element(element->column, action::set_element, element->index,
                              &element->value);
        }
        const auto& field = std::get<cql::assign_field>(assignment);
        return on_field(field.column, action::set_element, field.field, &field.value);
    }

    status bind(const cql::deletion& deletion) {
        if (deletion.index) {
            return on_element(deletion.column, action::remove_element, *deletion.index, nullptr);
        }
        if (deletion.field) {
            return on_field(deletion.column, action::remove_element, *deletion.field, nullptr);
        }
        NACRE_TRY(const auto ordinal,
                  non_key_column(
                      deletion.column,
                      "Invalid identifier {} for deletion (should not be a PRIMARY KEY part)"));
        const auto type = _plan.table->columns()[ordinal].type;
        _plan.operations.push_back({action::set, ordinal,
                                    std::make_shared<constant_expression>(type, std::nullopt),
                                    nullptr, std::nullopt});
        return {};
    }

    status set_whole(const std::string& column, const cql::expression& value) {
        NACRE_TRY(const auto ordinal,
                  non_key_column(column, "PRIMARY KEY part {} found in SET part"));
        NACRE_TRY(auto bound,
                  _names.bind_value(value, _plan.table->columns()[ordinal].type, column));
        _plan.operations.push_back({action::set, ordinal, std::move(bound), nullptr, std::nullopt});
        return {};
    }

  private:
    result<std::uint32_t> non_key_column(const std::string& name, const char* refusal) {
        NACRE_TRY(const auto ordinal, _names.find_column(name));
        if (is_key(_plan.table->columns()[ordinal])) {
            return error(error_code::invalid, fmt::format(fmt::runtime(refusal), name));
        }
        return ordinal;
    }

    status change_collection(const std::string& column, action what, const cql::expression& value) {
        NACRE_TRY(const auto ordinal,
                  non_key_column(column, "PRIMARY KEY part {} found in SET part"));
        const auto& type = _plan.table->columns()[ordinal].type;
        if (!type->is_collection()) {
            return invalid("Invalid operation ({} = {} {} {}) for non counter column {}", column,
                           column, what == action::subtract ? "-" : "+", cql::to_text(value),
                           column);
        }
        if (!type->is_multi_cell()) {
            return invalid("Invalid operation ({} = {} {} {}) for frozen collection column {}",
                           column, column, what == action::subtract ? "-" : "+",
                           cql::to_text(value), column);
        }
        if (what == action::prepend && type->kind() != type_kind::list) what = action::add;
        // What a map loses are keys: a set of them.
        const auto value_type = what == action::subtract && type->kind() == type_kind::map
                                    ? types::type::set_of(type->key(), true)
                                    : type;
        NACRE_TRY(auto bound, _names.bind_value(value, value_type, column));
        _plan.operations.push_back({what, ordinal, std::move(bound), nullptr, std::nullopt});
        return {};
    }

    status on_element(const std::string& column, action what, const cql::expression& index,
                      const cql::expression* value) {
        NACRE_TRY(const auto ordinal,
                  non_key_column(column, "PRIMARY KEY part {} found in SET part"));
        const auto& type = _plan.table->columns()[ordinal].type;
        if (!type->is_collection() || !type->is_multi_cell()) {
            return invalid("Invalid operation on an element of column {} of type {}", column,
                           type->to_cql());
        }
        if (type->kind() == type_kind::set && what == action::set_element) {
            return invalid("Invalid operation ({}[..] = ..) for set column {}", column, column);
        }
        column_operation operation{what, ordinal, nullptr, nullptr, std::nullopt};
        const auto index_type = type->kind() == type_kind::list
                                    ? types::type::native(type_kind::int_)
                                    : type->element();
        NACRE_TRY(operation.element,
                  _names.bind_value(index, index_type,
                                    type->kind() == type_kind::list ? "idx(" + column + ")"
                                                                    : "key(" + column + ")"));
        if (value != nullptr) {
            const auto value_type =
                type->kind() == type_kind::map ? type->mapped() : type->element();
            NACRE_TRY(operation.value,
                      _names.bind_value(*value, value_type, "value(" + column + ")"));
        }
        _plan.operations.push_back(std::move(operation));
        return {};
    }

    status on_field(const std::string& column, action what, const std::string& field,
                    const cql::expression* value) {
        NACRE_TRY(const auto ordinal,
                  non_key_column(column, "PRIMARY KEY part {} found in SET part"));
        const auto& type = _plan.table->columns()[ordinal].type;
        if (type->kind() != type_kind::user || !type->is_multi_cell()) {
            return invalid("Invalid operation on field {} of column {} of type {}", field, column,
                           type->to_cql());
        }
        const auto& names = type->field_names();
        const auto found = std::ranges::find(names, field);
        if (found == names.end()) {
            return invalid("UDT column {} does not have a field named {}", column, field);
        }
        const auto position = static_cast<std::uint16_t>(found - names.begin());
        column_operation operation{what, ordinal, nullptr, nullptr, position};
        if (value != nullptr) {
            NACRE_TRY(operation.value, _names.bind_value(*value, type->parameters()[position],
                                                         column + "." + field));
        }
        _plan.operations.push_back(std::move(operation));
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
    return whole != nullptr && !self_reference(*whole);
}

// A column that is set as a whole can't be set by anything else too.
status check_compatible(const std::vector<cql::assignment>& assignments) {
    for (std::size_t i = 0; i < assignments.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            if (column_of(assignments[i]) == column_of(assignments[j]) &&
                (replaces_whole(assignments[i]) || replaces_whole(assignments[j]))) {
                return syntax_error("Multiple incompatible setting of column {}",
                                    column_of(assignments[i]));
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

error missing_clustering(const modification_plan& plan) {
    std::string missing;
    for (std::uint32_t i = 0; i < plan.table->clustering_key_size(); ++i) {
        const bool given = i < plan.where.clustering.size() && plan.where.clustering[i].equal;
        if (given) continue;
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
status check_rows(modification_plan& plan) {
    if (plan.where.has_full_clustering(*plan.table)) return {};
    plan.static_only = !plan.where.restricts_clustering() && only_static(plan);
    return plan.static_only ? status{} : missing_clustering(plan);
}

}  // namespace

result<modification_plan> plan_insert(const modification_context& context,
                                      const cql::insert_statement& statement,
                                      marker_table& markers) {
    NACRE_TRY(auto plan, begin_plan(context, modification_plan::sort::insert, statement.table));
    if (statement.json) return invalid("INSERT JSON is not supported");
    if (statement.if_not_exists) {
        return invalid("Lightweight transactions (IF conditions) are not supported");
    }
    if (statement.columns.size() != statement.values.size()) {
        return invalid("Unmatched column names/values");
    }
    binder names(*context.schema, plan.table->keyspace(), plan.table, markers);
    names.allow_columns(false);

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
    NACRE_TRY(plan.where, bind_where(names, keys, where_purpose::modification));
    NACRE_CHECK(check_rows(plan));
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
    NACRE_TRY(plan.where, bind_where(names, statement.where, where_purpose::modification));
    NACRE_CHECK(check_rows(plan));
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
    NACRE_TRY(plan.where, bind_where(names, statement.where, where_purpose::modification));
    if (plan.operations.empty()) return plan;
    if (plan.where.restricts_clustering() && !plan.where.has_full_clustering(*plan.table)) {
        return invalid("Range deletions are not supported for specific columns");
    }
    NACRE_CHECK(check_rows(plan));
    return plan;
}

}  // namespace nacre::query
