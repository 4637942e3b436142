#include "query/named_values.h"

#include <algorithm>
#include <utility>

namespace nacre::query {

namespace {

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

}  // namespace

status arrange_values(const std::vector<column_specification>& markers, std::size_t count,
                      const std::vector<std::string>& names, std::vector<bound_value>& values,
                      sender from) {
    status ordered;
    if (!names.empty()) ordered = put_in_order(markers, names, values);
    if (ordered && values.size() == count) return {};
    if (from == sender::query) return invalid("Invalid amount of bind variables");
    if (!ordered) return ordered;
    return invalid("{}here were {} markers(?) in CQL but {} bound variables",
                   from == sender::batch ? 'T' : 't', count, values.size());
}

}  // namespace nacre::query
