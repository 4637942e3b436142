#include "schema/keyspace.h"

#include <algorithm>
#include <utility>

namespace nacre::schema {

namespace {

using type_names = std::set<std::string>;

type_names user_types_of(const std::vector<types::type_ptr>& list) {
    type_names names;
    for (const auto& type : list) add_user_types_of(*type, names);
    return names;
}

std::string signature_of(const std::vector<types::type_ptr>& arguments) {
    std::string text;
    for (const auto& argument : arguments) text += argument->to_cql() + ", ";
    return text;
}

template <typename Definition>
std::shared_ptr<const Definition> find_overload(
    const by_name<std::vector<std::shared_ptr<const Definition>>>& all, const std::string& name,
    const std::vector<types::type_ptr>& arguments) {
    const auto* overloads = all.find(name);
    if (overloads == nullptr) return nullptr;
    for (const auto& overload : *overloads) {
        if (same_arguments(overload->argument_types, arguments)) return overload;
    }
    return nullptr;
}

}  // namespace

bool same_arguments(const std::vector<types::type_ptr>& left,
                    const std::vector<types::type_ptr>& right) {
    return std::ranges::equal(left, right,
                              [](const auto& l, const auto& r) { return l->same_values(*r); });
}

function_ptr find_function(const keyspace& keyspace, const std::string& name,
                           const std::vector<types::type_ptr>& arguments) {
    return find_overload(keyspace.functions(), name, arguments);
}

aggregate_ptr find_aggregate(const keyspace& keyspace, const std::string& name,
                             const std::vector<types::type_ptr>& arguments) {
    return find_overload(keyspace.aggregates(), name, arguments);
}

void add_user_types_of(const types::type& type, type_names& names) {
    // Types may be made of each other many times over; each is looked into once.
    if (type.kind() == types::type_kind::user && !names.insert(type.name()).second) return;
    for (const auto& part : type.parameters()) add_user_types_of(*part, names);
}

// ---- Who refers to whom -------------------------------------------------------------------------

std::vector<keyspace::reference> keyspace::made_by(const types::type& user_type) {
    std::vector<reference> made;
    for (const auto& name : user_types_of(user_type.parameters())) {
        made.push_back({reference::what::type, name, object_kind::type, user_type.name(), ""});
    }
    return made;
}

std::vector<keyspace::reference> keyspace::made_by(const table& table) {
    type_names names;
    for (const auto& column : table.columns()) add_user_types_of(*column.type, names);
    std::vector<reference> made;
    for (const auto& name : names) {
        made.push_back({reference::what::type, name, object_kind::table, table.name(), ""});
    }
    return made;
}

std::vector<keyspace::reference> keyspace::made_by(const function_definition& function) {
    auto names = user_types_of(function.argument_types);
    add_user_types_of(*function.return_type, names);
    const auto signature = signature_of(function.argument_types);
    std::vector<reference> made;
    for (const auto& name : names) {
        made.push_back(
            {reference::what::type, name, object_kind::function, function.name, signature});
    }
    made.push_back(
        {function.shared_source ? reference::what::shared_source : reference::what::own_source,
         function.source_digest, object_kind::function, function.name, signature});
    return made;
}

std::vector<keyspace::reference> keyspace::made_by(const aggregate_definition& aggregate) {
    auto names = user_types_of(aggregate.argument_types);
    add_user_types_of(*aggregate.state_type, names);
    add_user_types_of(*aggregate.return_type, names);
    const auto signature = signature_of(aggregate.argument_types);
    std::vector<reference> made;
    const auto add = [&](reference::what to, const std::string& target) {
        made.push_back({to, target, object_kind::aggregate, aggregate.name, signature});
    };
    for (const auto& name : names) add(reference::what::type, name);
    add(reference::what::part, aggregate.state_function);
    if (aggregate.reduce_function) add(reference::what::part, *aggregate.reduce_function);
    if (aggregate.final_function) add(reference::what::part, *aggregate.final_function);
    return made;
}

template <typename Object>
void keyspace::note(const Object& object) {
    for (auto& each : made_by(object)) _references.insert_or_assign(std::move(each), {});
}

template <typename Object>
void keyspace::forget(const Object& object) {
    for (const auto& each : made_by(object)) _references.erase(each);
}

std::vector<std::string> keyspace::users(reference::what to, const std::string& target,
                                         object_kind by) const {
    std::vector<std::string> names;
    for (auto each = _references.lower_bound(reference{to, target, by, "", ""});
         each != _references.end(); ++each) {
        const auto& found = each->first;
        if (found.to != to || found.target != target || found.by != by) break;
        if (names.empty() || names.back() != found.user) names.push_back(found.user);
    }
    return names;
}

std::vector<std::string> keyspace::users_of_type(const std::string& type_name,
                                                 object_kind by) const {
    return users(reference::what::type, type_name, by);
}

std::vector<std::string> keyspace::aggregates_of(const std::string& function_name) const {
    return users(reference::what::part, function_name, object_kind::aggregate);
}

function_ptr keyspace::find_by_source(const std::string& source_digest) const {
    for (const auto kind : {reference::what::shared_source, reference::what::own_source}) {
        const auto found =
            _references.lower_bound(reference{kind, source_digest, object_kind::function, "", ""});
        if (found == _references.end()) continue;
        const auto& [to, target, by, user, signature] = found->first;
        if (to != kind || target != source_digest) continue;
        for (const auto& overload : *_functions.find(user)) {
            if (overload->source_digest == source_digest &&
                (overload->shared_source != nullptr) == (kind == reference::what::shared_source)) {
                return overload;
            }
        }
    }
    return nullptr;
}

// ---- Changes ------------------------------------------------------------------------------------

void keyspace::put(types::type_ptr user_type) {
    remove_type(user_type->name());
    note(*user_type);
    auto type_name = user_type->name();
    _user_types.insert_or_assign(std::move(type_name), std::move(user_type));
}

void keyspace::put(table_ptr table) {
    remove_table(table->name());
    note(*table);
    auto table_name = table->name();
    _tables.insert_or_assign(std::move(table_name), std::move(table));
}

/// Puts `after` in the place of `before`, either of which may be null. Whether something changed.
template <typename Definition>
bool keyspace::replace_overload(by_name<std::vector<std::shared_ptr<const Definition>>>& all,
                                const std::shared_ptr<const Definition>& before,
                                std::shared_ptr<const Definition> after) {
    const auto overload_name = before ? before->name : after->name;
    const auto* found = all.find(overload_name);
    auto overloads = found ? *found : std::vector<std::shared_ptr<const Definition>>();
    const auto place = std::ranges::find(overloads, before);
    if (before && place == overloads.end()) return false;
    if (!before) {
        overloads.push_back(std::move(after));
    } else if (after) {
        *place = std::move(after);
    } else {
        overloads.erase(place);
    }
    if (overloads.empty()) {
        all.erase(overload_name);
    } else {
        all.insert_or_assign(overload_name, std::move(overloads));
    }
    return true;
}

void keyspace::replace(const function_ptr& before, function_ptr after) {
    forget(*before);
    note(*after);
    replace_overload(_functions, before, std::move(after));
}

void keyspace::replace(const aggregate_ptr& before, aggregate_ptr after) {
    forget(*before);
    note(*after);
    replace_overload(_aggregates, before, std::move(after));
}

void keyspace::put(function_ptr function) {
    if (const auto before = find_function(*this, function->name, function->argument_types)) {
        return replace(before, std::move(function));
    }
    note(*function);
    replace_overload(_functions, {}, std::move(function));
    ++_function_count;
}

void keyspace::put(aggregate_ptr aggregate) {
    if (const auto before = find_aggregate(*this, aggregate->name, aggregate->argument_types)) {
        return replace(before, std::move(aggregate));
    }
    note(*aggregate);
    replace_overload(_aggregates, {}, std::move(aggregate));
}

void keyspace::remove_type(const std::string& type_name) {
    const auto* found = _user_types.find(type_name);
    if (found == nullptr) return;
    forget(**found);
    _user_types.erase(type_name);
}

void keyspace::remove_table(const std::string& table_name) {
    const auto* found = _tables.find(table_name);
    if (found == nullptr) return;
    forget(**found);
    _tables.erase(table_name);
}

void keyspace::remove(const function_ptr& function) {
    if (!replace_overload(_functions, function, function_ptr())) return;
    forget(*function);
    --_function_count;
}

void keyspace::remove(const aggregate_ptr& aggregate) {
    if (replace_overload(_aggregates, aggregate, aggregate_ptr())) forget(*aggregate);
}

}  // namespace nacre::schema
