#include "auth/resource.h"

#include <fmt/format.h>

#include "catalog/keyspace_options.h"
#include "protocol/type_option.h"

namespace nacre::auth {

namespace {

constexpr std::string_view data_root = "data";
constexpr std::string_view function_root = "functions";
constexpr std::string_view role_root = "roles";
constexpr char argument_separator = '^';

/// What stands behind "root/", cut at the first slash. Names of functions and roles may have
/// slashes themselves; those of keyspaces and tables have none.
struct parts {
    std::string_view root;
    std::optional<std::string_view> first;
    std::optional<std::string_view> second;
};

parts parts_of(std::string_view name) {
    parts found;
    const auto slash = name.find('/');
    found.root = name.substr(0, slash);
    if (slash == std::string_view::npos) return found;
    const auto rest = name.substr(slash + 1);
    if (found.root == role_root) {
        found.first = rest;
        return found;
    }
    const auto next = rest.find('/');
    found.first = rest.substr(0, next);
    if (next != std::string_view::npos) found.second = rest.substr(next + 1);
    return found;
}

/// "f(int, text)" out of "f[…Int32Type^…UTF8Type]". A class that is not understood is shown as it
/// is: somebody else wrote it.
std::string function_text(std::string_view stored) {
    const auto bracket = stored.find('[');
    std::string text(stored.substr(0, bracket));
    text += '(';
    if (bracket != std::string_view::npos) {
        auto rest = stored.substr(bracket + 1);
        if (rest.ends_with(']')) rest.remove_suffix(1);
        for (bool first = true; !rest.empty(); first = false) {
            const auto end = rest.find(argument_separator);
            const auto class_name = rest.substr(0, end);
            const auto type = protocol::from_class_name(class_name);
            if (!first) text += ", ";
            text += type ? (*type)->to_cql() : std::string(class_name);
            rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        }
    }
    return text + ")";
}

}  // namespace

resource resource::all_keyspaces() {
    return {sort::all_keyspaces, std::string(data_root)};
}

resource resource::keyspace(std::string_view name) {
    return {sort::keyspace, fmt::format("{}/{}", data_root, name)};
}

resource resource::all_tables(std::string_view keyspace) {
    return {sort::all_tables, fmt::format("{}/{}/*", data_root, keyspace)};
}

resource resource::table(std::string_view keyspace, std::string_view name) {
    return {sort::table, fmt::format("{}/{}/{}", data_root, keyspace, name)};
}

resource resource::all_functions() {
    return {sort::all_functions, std::string(function_root)};
}

resource resource::functions(std::string_view keyspace) {
    return {sort::functions, fmt::format("{}/{}", function_root, keyspace)};
}

resource resource::function(std::string_view keyspace, std::string_view name,
                            const std::vector<types::type_ptr>& argument_types) {
    auto stored = fmt::format("{}/{}/{}[", function_root, keyspace, name);
    for (std::size_t i = 0; i < argument_types.size(); ++i) {
        if (i != 0) stored += argument_separator;
        stored += protocol::to_class_name(*types::type::thaw(argument_types[i]),
                                          protocol::frozen_user_types::marked);
    }
    return {sort::function, stored + "]"};
}

resource resource::all_roles() {
    return {sort::all_roles, std::string(role_root)};
}

resource resource::role(std::string_view name) {
    return {sort::role, fmt::format("{}/{}", role_root, name)};
}

std::optional<resource> resource::parse(std::string_view name) {
    const auto [root, first, second] = parts_of(name);
    const auto made = [&](sort what) { return resource(what, std::string(name)); };
    if (root == data_root) {
        if (!first) return made(sort::all_keyspaces);
        if (!second) return made(sort::keyspace);
        return made(*second == "*" ? sort::all_tables : sort::table);
    }
    if (root == function_root) {
        if (!first) return made(sort::all_functions);
        return made(second ? sort::function : sort::functions);
    }
    if (root == role_root) return made(first ? sort::role : sort::all_roles);
    return std::nullopt;
}

std::string resource::to_string() const {
    const auto [root, first, second] = parts_of(_name);
    switch (_what) {
        case sort::all_keyspaces:
            return "<all keyspaces>";
        case sort::keyspace:
            return fmt::format("<keyspace {}>", *first);
        case sort::all_tables:
            return fmt::format("<all tables in {}>", *first);
        case sort::table:
            return fmt::format("<table {}.{}>", *first, *second);
        case sort::all_functions:
            return "<all functions>";
        case sort::functions:
            return fmt::format("<all functions in {}>", *first);
        case sort::function:
            return fmt::format("<function {}.{}>", *first, function_text(*second));
        case sort::all_roles:
            return "<all roles>";
        case sort::role:
            break;
    }
    return fmt::format("<role {}>", *first);
}

std::vector<std::string> resource::chain() const {
    const auto [root, first, second] = parts_of(_name);
    std::vector<std::string> names{_name};
    if (_what == sort::table) names.push_back(fmt::format("{}/{}/*", root, *first));
    if (second) names.push_back(fmt::format("{}/{}", root, *first));
    // What is granted on all keyspaces does not open the system's.
    const bool is_system = root == data_root && first && catalog::is_system_keyspace(*first);
    if (first && !is_system) names.emplace_back(root);
    return names;
}

permission_set resource::applicable() const {
    using enum permission;
    switch (_what) {
        case sort::all_keyspaces:
        case sort::keyspace:
        case sort::all_tables:
            return {create, alter, drop, select, modify, authorize, unmask, select_masked};
        case sort::table:
            return {alter, drop, select, modify, authorize, unmask, select_masked};
        case sort::all_functions:
        case sort::functions:
            return {create, alter, drop, authorize, execute};
        case sort::function:
            return {alter, drop, authorize, execute};
        case sort::all_roles:
            return {create, alter, drop, authorize, describe};
        case sort::role:
            break;
    }
    return {alter, drop, authorize, describe};
}

std::string_view resource::class_name() const {
    switch (_what) {
        case sort::all_keyspaces:
        case sort::keyspace:
        case sort::all_tables:
        case sort::table:
            return "DataResource";
        case sort::all_functions:
        case sort::functions:
        case sort::function:
            return "FunctionResource";
        case sort::all_roles:
        case sort::role:
            break;
    }
    return "RoleResource";
}

}  // namespace nacre::auth
