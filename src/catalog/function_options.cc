#include "catalog/function_options.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace nacre::catalog {

namespace {

constexpr std::array<std::string_view, 8> limit_names = {
    "memory_bytes_max",    "table_elements_max",
    "cpu_per_call_ms_max", "cpu_per_statement_ms_max",
    "batch_rows_max",      "batch_argument_bytes_max",
    "output_bytes_max",    "log_bytes_per_statement_max",
};

bool is_number(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

status check_option(const std::string& name, const std::string& value) {
    if (name == export_option) {
        if (value.empty()) return invalid("The option 'export' of a function can't be empty");
        return {};
    }
    if (std::ranges::find(limit_names, name) == limit_names.end()) {
        return invalid("Unknown option '{}' of a function; there are: {}, {}", name, export_option,
                       fmt::join(limit_names, ", "));
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
