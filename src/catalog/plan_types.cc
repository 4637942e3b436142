#include <algorithm>
#include <array>
#include <set>

#include "catalog/resolve_type.h"
#include "catalog/schema_change.h"
#include "catalog/table_definition.h"

namespace nacre::catalog {

namespace {

using kind = schema::change::kind;
using schema::object_kind;
using target = schema::change::target;
using types::type;
using types::type_kind;
using types::type_ptr;

schema::change type_change(kind what, const std::string& keyspace, const std::string& name) {
    return {what, target::type, keyspace, name, {}};
}

bool refers_to(const type& t, const std::string& name) {
    std::set<std::string> names;
    schema::add_user_types_of(t, names);
    return names.contains(name);
}

bool any_refers_to(const std::vector<type_ptr>& list, const std::string& name) {
    return std::ranges::any_of(list, [&](const type_ptr& t) { return refers_to(*t, name); });
}

/// `t` with every mention of the user type of `changed`'s name replaced by it.
type_ptr substitute(const type_ptr& t, const type_ptr& changed) {
    if (!refers_to(*t, changed->name())) return t;
    if (t->kind() == type_kind::user && t->name() == changed->name()) {
        return t->is_frozen() ? type::freeze(changed) : changed;
    }
    std::vector<type_ptr> parts;
    for (const auto& part : t->parameters()) parts.push_back(substitute(part, changed));
    switch (t->kind()) {
        case type_kind::list:
            return type::list_of(parts[0], t->is_frozen());
        case type_kind::set:
            return type::set_of(parts[0], t->is_frozen());
        case type_kind::map:
            return type::map_of(parts[0], parts[1], t->is_frozen());
        case type_kind::tuple:
            return type::tuple_of(std::move(parts));
        case type_kind::vector:
            return type::vector_of(parts[0], t->dimensions());
        case type_kind::user:
            return type::user(t->keyspace(), t->name(), t->field_names(), std::move(parts),
                              t->is_frozen());
        default:
            return t;
    }
}

std::vector<type_ptr> substitute(const std::vector<type_ptr>& list, const type_ptr& changed) {
    std::vector<type_ptr> out;
    for (const auto& t : list) out.push_back(substitute(t, changed));
    return out;
}

schema::table_ptr substitute(const schema::table_ptr& table, const type_ptr& changed) {
    auto columns = table->columns();
    for (auto& column : columns) column.type = substitute(column.type, changed);
    return std::make_shared<schema::table>(
        table->keyspace(), table->name(), table->id(), table->storage_id(), table->next_column_id(),
        std::move(columns), table->options(), table->dropped_columns());
}

schema::function_ptr substitute(const schema::function_ptr& function, const type_ptr& changed) {
    if (!any_refers_to(function->argument_types, changed->name()) &&
        !refers_to(*function->return_type, changed->name())) {
        return function;
    }
    auto next = *function;
    next.argument_types = substitute(function->argument_types, changed);
    next.return_type = substitute(function->return_type, changed);
    next.version = uuid::random();
    return std::make_shared<const schema::function_definition>(std::move(next));
}

bool refers_to(const schema::aggregate_definition& aggregate, const std::string& name) {
    return any_refers_to(aggregate.argument_types, name) ||
           refers_to(*aggregate.state_type, name) || refers_to(*aggregate.return_type, name);
}

schema::aggregate_ptr substitute(const schema::aggregate_ptr& aggregate, const type_ptr& changed) {
    if (!refers_to(*aggregate, changed->name())) return aggregate;
    auto next = *aggregate;
    next.argument_types = substitute(aggregate->argument_types, changed);
    next.state_type = substitute(aggregate->state_type, changed);
    next.return_type = substitute(aggregate->return_type, changed);
    return std::make_shared<const schema::aggregate_definition>(std::move(next));
}

/// The keyspace with a changed type in place of the old wherever it is used. What it is used in
/// may become too large with it.
result<schema::keyspace> substitute(const schema::keyspace& keyspace, const type_ptr& changed) {
    const auto& name = changed->name();
    auto next = keyspace;
    next.put(changed);
    for (const auto& user : keyspace.users_of_type(name, object_kind::type)) {
        auto replaced = substitute(*keyspace.user_types().find(user), changed);
        NACRE_CHECK(check_size(*replaced));
        next.put(std::move(replaced));
    }
    for (const auto& user : keyspace.users_of_type(name, object_kind::table)) {
        auto replaced = substitute(*keyspace.tables().find(user), changed);
        for (const auto& column : replaced->columns()) NACRE_CHECK(check_size(*column.type));
        NACRE_CHECK(check_column_sizes(user, replaced->columns()));
        next.put(std::move(replaced));
    }
    for (const auto& user : keyspace.users_of_type(name, object_kind::function)) {
        for (const auto& overload : *keyspace.functions().find(user)) {
            const auto replaced = substitute(overload, changed);
            NACRE_CHECK(check_argument_sizes(*replaced));
            if (replaced != overload) next.replace(overload, replaced);
        }
    }
    for (const auto& user : keyspace.users_of_type(name, object_kind::aggregate)) {
        for (const auto& overload : *keyspace.aggregates().find(user)) {
            const auto replaced = substitute(overload, changed);
            if (replaced != overload) next.replace(overload, replaced);
        }
    }
    return next;
}

/// A field's type. That it is no native type and not frozen tells before it is looked up.
result<type_ptr> field_type(const cql::type_name& name, const schema::keyspace& keyspace) {
    const bool native =
        !name.quoted && name.keyspace.empty() && type::native_by_name(name.name) != nullptr;
    if (!native && !name.frozen && !name.custom_class && name.parameters.empty()) {
        return invalid("A user type cannot contain non-frozen UDTs");
    }
    NACRE_TRY(auto resolved, resolve_type(name, keyspace.name, keyspace.user_types()));
    if (resolved->kind() == type_kind::counter) {
        return invalid("A user type cannot contain counters");
    }
    return resolved;
}

bool is_reserved_type_name(std::string_view name) {
    constexpr std::array<std::string_view, 6> reserved = {"bitstring", "byte",     "complex",
                                                          "enum",      "interval", "macaddr"};
    return std::ranges::find(reserved, name) != reserved.end();
}

status check_type_name(const cql::qualified_name& type_name) {
    const auto& name = type_name.name;
    if (type::native_by_name(name) != nullptr) {
        return syntax_error("'{}' is a native type and can't be the name of a user type", name);
    }
    if (is_reserved_type_name(name)) {
        return syntax_error("Invalid (reserved) user type name {}", name);
    }
    return {};
}

/// A user type with its keyspace before it, as some messages show it.
std::string qualified_text(const type_ptr& t, const std::string& keyspace) {
    if (t->kind() == type_kind::user) {
        return t->is_frozen() ? fmt::format("frozen<{}.{}>", keyspace, t->name())
                              : keyspace + "." + t->name();
    }
    if (!t->is_collection()) return t->to_cql();
    const char* names[] = {"list", "set", "map"};
    std::vector<std::string> parts;
    for (const auto& part : t->parameters()) parts.push_back(qualified_text(part, keyspace));
    const auto* name =
        names[static_cast<std::size_t>(t->kind()) - static_cast<std::size_t>(type_kind::list)];
    const auto text = fmt::format("{}<{}>", name, fmt::join(parts, ", "));
    return t->is_frozen() ? "frozen<" + text + ">" : text;
}

void append(std::string& list, const std::string& name) {
    if (!list.empty()) list += ", ";
    list += name;
}

std::string joined(const std::vector<std::string>& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

std::string tables_with_key_of(const schema::keyspace& keyspace, const std::string& type_name) {
    std::string names;
    for (const auto& name : keyspace.users_of_type(type_name, object_kind::table)) {
        const auto& table = *keyspace.tables().find(name);
        for (std::uint32_t i = 0; i < table->partition_key_size(); ++i) {
            if (!refers_to(*table->partition_key_column(i).type, type_name)) continue;
            append(names, keyspace.name + "." + name);
            break;
        }
    }
    return names;
}

/// The changed fields of ALTER TYPE; visited with its action. Null when there is nothing to do.
class type_alteration {
  public:
    type_alteration(const schema::keyspace& keyspace, const type_ptr& current)
        : _keyspace(keyspace), _current(current) {}

    result<type_ptr> operator()(const cql::alter_field_type&) const {
        return invalid("Altering field types is no longer supported");
    }

    result<type_ptr> operator()(const cql::add_field& action) const {
        const auto& name = action.field.name;
        auto names = _current->field_names();
        if (std::ranges::find(names, name) != names.end()) {
            if (action.if_not_exists) return type_ptr();
            return invalid("Cannot add field {} to type {}: a field with name {} already exists",
                           name, shown(), name);
        }
        NACRE_TRY(auto field, field_type(action.field.type, _keyspace));
        if (refers_to(*field, _current->name())) {
            return invalid(
                "Cannot add new field {} of type {} to user type {} as it would create "
                "a circular reference",
                name, qualified_text(field, _keyspace.name), shown());
        }
        const auto keys = tables_with_key_of(_keyspace, _current->name());
        if (!keys.empty()) {
            return invalid(
                "Cannot add new field {} of type {} to user type {} as the type is "
                "being used in partition key by the following tables: {}",
                name, field->to_cql(), shown(), keys);
        }
        auto fields = _current->parameters();
        names.push_back(name);
        fields.push_back(std::move(field));
        return type::user(_keyspace.name, _current->name(), std::move(names), std::move(fields));
    }

    result<type_ptr> operator()(const cql::rename_fields& action) const {
        const auto users = aggregates_with_initial_condition();
        if (!users.empty()) {
            return invalid(
                "Cannot alter user type {} as it is still used in INITCOND by "
                "aggregates {}",
                shown(), users);
        }
        auto names = _current->field_names();
        bool changed = false;
        for (const auto& [from, to] : action.renames) {
            const auto& before = _current->field_names();
            const auto found = std::ranges::find(before, from);
            if (found == before.end()) {
                if (action.if_exists) continue;
                return invalid("Unkown field {} in user type {}", from, shown());
            }
            names[static_cast<std::size_t>(found - before.begin())] = to;
            changed = changed || from != to;
        }
        std::set<std::string> distinct;
        for (const auto& name : names) {
            if (!distinct.insert(name).second) {
                return invalid("Duplicate field name {} in type {}", name, _keyspace.name);
            }
        }
        if (!changed) return type_ptr();
        return type::user(_keyspace.name, _current->name(), std::move(names),
                          _current->parameters());
    }

  private:
    std::string shown() const { return _keyspace.name + "." + _current->name(); }

    std::string aggregates_with_initial_condition() const {
        std::string names;
        for (const auto& name : _keyspace.users_of_type(_current->name(), object_kind::aggregate)) {
            for (const auto& aggregate : *_keyspace.aggregates().find(name)) {
                if (aggregate->initial_condition &&
                    refers_to(*aggregate->state_type, _current->name())) {
                    append(names, _keyspace.name + "." + name);
                }
            }
        }
        return names;
    }

    const schema::keyspace& _keyspace;
    const type_ptr& _current;
};

status check_unused(const schema::keyspace& keyspace, const std::string& name) {
    const auto refuse = [&](std::string_view what, const std::string& users) {
        return invalid("Cannot drop user type '{}.{}' as it is still used by {} {}", keyspace.name,
                       name, what, users);
    };
    std::string functions;
    for (const auto kind : {object_kind::function, object_kind::aggregate}) {
        for (const auto& user : keyspace.users_of_type(name, kind)) {
            append(functions, keyspace.name + "." + user);
        }
    }
    if (!functions.empty()) return refuse("functions", functions);
    const auto types = joined(keyspace.users_of_type(name, object_kind::type));
    if (!types.empty()) return refuse("user types", types);
    const auto tables = joined(keyspace.users_of_type(name, object_kind::table));
    if (!tables.empty()) return refuse("tables", tables);
    return {};
}

}  // namespace

result<planned_change> plan(const cql::create_type_statement& statement,
                            const change_environment& environment) {
    const auto& name = statement.type.name;
    NACRE_CHECK(check_type_name(statement.type));
    NACRE_TRY(const auto place, place_of_type(statement.type, change_verb::create, environment));
    const auto& [keyspace_name, keyspace] = place;
    if (!keyspace) return keyspace_missing(keyspace_name);
    if (keyspace->user_types().contains(name)) {
        if (statement.if_not_exists) return planned_change();
        return invalid("A user type with name '{}' already exists", name);
    }
    std::set<std::string> distinct;
    std::vector<std::string> names;
    std::vector<type_ptr> fields;
    for (const auto& field : statement.fields) {
        if (!distinct.insert(field.name).second) {
            return invalid("Duplicate field name '{}' in type '{}'", field.name, name);
        }
        NACRE_TRY(auto resolved, field_type(field.type, *keyspace));
        names.push_back(field.name);
        fields.push_back(std::move(resolved));
    }
    auto made = type::user(keyspace_name, name, std::move(names), std::move(fields));
    NACRE_CHECK(check_size(*made));
    planned_change planned;
    auto next = *keyspace;
    next.put(std::move(made));
    planned.next = with_keyspace(environment.schema, std::move(next));
    planned.change = type_change(kind::created, keyspace_name, name);
    return planned;
}

result<planned_change> plan(const cql::alter_type_statement& statement,
                            const change_environment& environment) {
    NACRE_TRY(const auto place, place_of_type(statement.type, change_verb::alter, environment));
    const auto& [keyspace_name, keyspace] = place;
    const auto& name = statement.type.name;
    if (!keyspace || !keyspace->user_types().contains(name)) {
        if (statement.if_exists) return planned_change();
        return invalid("Type {}.{} doesn't exist", keyspace_name, name);
    }
    const auto current = *keyspace->user_types().find(name);
    NACRE_TRY(const auto changed,
              std::visit(type_alteration(*keyspace, current), statement.action));
    planned_change planned;
    if (!changed) return planned;
    NACRE_CHECK(check_size(*changed));
    NACRE_TRY(auto next, substitute(*keyspace, changed));
    planned.next = with_keyspace(environment.schema, std::move(next));
    planned.change = type_change(kind::updated, keyspace_name, name);
    return planned;
}

result<planned_change> plan(const cql::drop_type_statement& statement,
                            const change_environment& environment) {
    NACRE_TRY(const auto place, place_of_type(statement.type, change_verb::drop, environment));
    const auto& [keyspace_name, keyspace] = place;
    const auto& name = statement.type.name;
    if (!keyspace || !keyspace->user_types().contains(name)) {
        if (statement.if_exists) return planned_change();
        return invalid("Type '{}.{}' doesn't exist", keyspace_name, name);
    }
    NACRE_CHECK(check_unused(*keyspace, name));
    planned_change planned;
    auto next = *keyspace;
    next.remove_type(name);
    planned.next = with_keyspace(environment.schema, std::move(next));
    planned.change = type_change(kind::dropped, keyspace_name, name);
    return planned;
}

}  // namespace nacre::catalog
