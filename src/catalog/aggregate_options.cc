#include "catalog/aggregate_options.h"

#include <algorithm>

namespace nacre::catalog {

status check_aggregate_options(const std::vector<cql::property>& properties) {
    for (const auto& [name, value] : properties) {
        if (name != check_merge_laws_option) {
            return invalid("Unknown option '{}' of an aggregate; there is: {}", name,
                           check_merge_laws_option);
        }
        const auto* text = std::get_if<std::string>(&value);
        if (text == nullptr || (*text != "true" && *text != "false")) {
            return invalid("The option '{}' of an aggregate must be true or false", name);
        }
    }
    if (properties.size() <= 1) return {};
    return invalid("Multiple definitions of option '{}'", check_merge_laws_option);
}

bool wants_law_check(const std::vector<cql::property>& properties) {
    return std::ranges::none_of(properties, [](const cql::property& each) {
        const auto* text = std::get_if<std::string>(&each.value);
        return each.name == check_merge_laws_option && text != nullptr && *text == "false";
    });
}

}  // namespace nacre::catalog
