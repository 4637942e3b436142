#include "function/monotonic.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace nacre::function {

namespace {

constexpr std::array<std::string_view, 7> monotonic_builtins = {
    "floor",       "to_date",           "todate",          "to_timestamp",
    "totimestamp", "to_unix_timestamp", "tounixtimestamp",
};

}  // namespace

bool is_monotonic(const scalar_function& function, std::size_t argument) {
    if (!function.definition) {
        return argument == 0 && std::ranges::find(monotonic_builtins, function.signature.name) !=
                                    monotonic_builtins.end();
    }
    const auto& definition = *function.definition;
    if (!definition.monotonic_on) return definition.is_monotonic;
    return definition.argument_names[argument] == *definition.monotonic_on;
}

}  // namespace nacre::function
