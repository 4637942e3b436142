#include "auth/resolve_resource.h"

#include <algorithm>

#include "catalog/resolve_type.h"

namespace nacre::auth {

namespace {

constexpr const char* builtin_keyspace = "system";

result<std::string> keyspace_of(const cql::qualified_name& name, const std::string& session) {
    if (!name.keyspace.empty()) return name.keyspace;
    if (!session.empty()) return session;
    return invalid(
        "No keyspace has been specified. USE a keyspace, or explicitly specify "
        "keyspace.tablename");
}

error builtin_functions() {
    return invalid("Altering permissions on builtin functions is not supported");
}

result<resource> named_function(const cql::resource& named,
                                const resource_environment& environment) {
    const auto& [keyspace, name] = named.name;
    if (keyspace.empty()) {
        return invalid("In this context function name must be explictly qualified by a keyspace");
    }
    if (keyspace == builtin_keyspace) return builtin_functions();
    if (!environment.schema.find_keyspace(keyspace)) {
        return error(error_code::config_error, fmt::format("Keyspace {} doesn't exist", keyspace));
    }
    return resolve_function(keyspace, name, named.argument_types, environment.schema);
}

/// The parts of a resource's name behind its root.
std::pair<std::string_view, std::string_view> parts(const resource& what) {
    const std::string_view name = what.name();
    const auto first = name.substr(name.find('/') + 1);
    const auto slash = first.find('/');
    if (slash == std::string_view::npos) return {first, {}};
    return {first.substr(0, slash), first.substr(slash + 1)};
}

}  // namespace

result<resource> resolve_resource(const cql::resource& named,
                                  const resource_environment& environment) {
    using enum cql::resource_kind;
    switch (named.kind) {
        case all_keyspaces:
            return resource::all_keyspaces();
        case keyspace:
            return resource::keyspace(named.name.keyspace);
        case all_tables_in_keyspace:
            return resource::all_tables(named.name.keyspace);
        case table: {
            NACRE_TRY(const auto owner, keyspace_of(named.name, environment.session_keyspace));
            return resource::table(owner, named.name.name);
        }
        case all_roles:
            return resource::all_roles();
        case role:
            return resource::role(named.name.name);
        case all_functions:
            return resource::all_functions();
        case all_functions_in_keyspace:
            if (named.name.keyspace == builtin_keyspace) return builtin_functions();
            return resource::functions(named.name.keyspace);
        case function:
            return named_function(named, environment);
        case all_mbeans:
        case mbean:
        case mbean_pattern:
            break;
    }
    return invalid("There are no MBeans here: they are a part of Java");
}

bool exists(const resource& what, const resource_environment& environment) {
    const auto [first, second] = parts(what);
    switch (what.what()) {
        case resource::sort::all_keyspaces:
        case resource::sort::all_functions:
        case resource::sort::all_roles:
            return true;
        case resource::sort::keyspace:
        case resource::sort::all_tables:
        case resource::sort::functions:
            return environment.schema.find_keyspace(first) != nullptr;
        case resource::sort::table:
            return environment.schema.find_table(first, second) != nullptr;
        case resource::sort::function: {
            const std::string name(second.substr(0, second.find('[')));
            return std::ranges::any_of(
                overloads(std::string(first), name, environment.schema),
                [&](const resource& each) { return each.name() == what.name(); });
        }
        case resource::sort::role:
            break;
    }
    constexpr std::string_view prefix = "roles/";
    return environment.roles.find(what.name().substr(prefix.size())) != nullptr;
}

result<resource> resolve_function(const std::string& keyspace, const std::string& name,
                                  const std::vector<cql::type_name>& arguments,
                                  const schema::snapshot& schema) {
    std::vector<types::type_ptr> types;
    for (const auto& each : arguments) {
        NACRE_TRY(const auto type, catalog::resolve_type(each, keyspace, schema));
        types.push_back(types::type::freeze(type));
    }
    return resource::function(keyspace, name, types);
}

std::vector<resource> overloads(const std::string& keyspace, const std::string& name,
                                const schema::snapshot& schema) {
    std::vector<resource> found;
    const auto owner = schema.find_keyspace(keyspace);
    if (!owner) return found;
    const auto add = [&](const auto& by_name) {
        const auto* named = by_name.find(name);
        if (named == nullptr) return;
        for (const auto& each : *named) {
            found.push_back(resource::function(keyspace, name, each->argument_types));
        }
    };
    add(owner->functions());
    add(owner->aggregates());
    return found;
}

std::optional<resource> resource_of(const schema::change& change, const schema::snapshot& schema) {
    using target = schema::change::target;
    switch (change.on) {
        case target::keyspace:
            return resource::keyspace(change.keyspace);
        case target::table:
            return resource::table(change.keyspace, change.name);
        case target::type:
            return std::nullopt;
        case target::function:
        case target::aggregate:
            break;
    }
    const auto owner = schema.find_keyspace(change.keyspace);
    const auto among = [&](const auto& by_name) -> std::optional<resource> {
        const auto* named = by_name.find(change.name);
        if (named == nullptr) return std::nullopt;
        for (const auto& each : *named) {
            std::vector<std::string> texts;
            for (const auto& type : each->argument_types) {
                texts.push_back(catalog::function_type_text(type));
            }
            if (texts != change.argument_types) continue;
            return resource::function(change.keyspace, change.name, each->argument_types);
        }
        return std::nullopt;
    };
    return change.on == target::function ? among(owner->functions()) : among(owner->aggregates());
}

}  // namespace nacre::auth
