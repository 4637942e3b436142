#include "catalog/function_options.h"

#include <algorithm>
#include <string_view>

#include "base/limits.h"

namespace nacre::catalog {

namespace {

std::string names_of_options() {
    std::string names = export_option;
    for (const auto& limit : function_limit_table) {
        if (limit.scope != limit_scope::function) continue;
        names += ", ";
        names += limit.name;
    }
    return names + ", " + real_time_option + ", " + real_random_option;
}

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

status check_option(const std::string& name, const std::string& value) {
    if (name == export_option) {
        if (value.empty()) return invalid("The option 'export' of a function can't be empty");
        return {};
    }
    if (name == real_time_option || name == real_random_option) {
        if (value == "true" || value == "false") return {};
        return invalid("The option '{}' of a function must be true or false, got '{}'", name,
                       value);
    }
    const auto* limit = find_function_limit(name);
    if (limit == nullptr || limit->scope != limit_scope::function) {
        return invalid("Unknown option '{}' of a function; there are: {}", name,
                       names_of_options());
    }
    if (!is_number(value)) {
        return invalid("The option '{}' of a function must be a whole number, got '{}'", name,
                       value);
    }
    return {};
}

}  // namespace

result<std::map<std::string, std::string>> read_function_options(
    const std::vector<cql::property>& properties) {
    std::map<std::string, std::string> options;
    for (const auto& [name, value] : properties) {
        const auto* text = std::get_if<std::string>(&value);
        if (text == nullptr) {
            return invalid("The option '{}' of a function must be a name or a number, not a map",
                           name);
        }
        NACRE_CHECK(check_option(name, *text));
        if (!options.emplace(name, *text).second) {
            return invalid("Multiple definition for property '{}'", name);
        }
    }
    return options;
}

}  // namespace nacre::catalog
