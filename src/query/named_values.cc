#include "query/named_values.h"

#include <algorithm>
#include <utility>

namespace nacre::query {

status put_in_order(const std::vector<column_specification>& markers,
                    const std::vector<std::string>& names, std::vector<bound_value>& values) {
    std::vector<bound_value> ordered;
    for (const auto& marker : markers) {
        const auto found = std::ranges::find(names, marker.name);
        if (found == names.end()) {
            return invalid("Invalid unset value for bind variable {}", marker.name);
        }
        ordered.push_back(values[static_cast<std::size_t>(found - names.begin())]);
    }
    values = std::move(ordered);
    return {};
}

}  // namespace nacre::query
