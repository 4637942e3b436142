#include "auth/permission.h"

#include <algorithm>

namespace nacre::auth {

std::optional<permission> permission_by_name(std::string_view name) {
    const auto* found = std::ranges::find(permission_names, name);
    if (found == permission_names.end()) return std::nullopt;
    return static_cast<permission>(found - permission_names.begin());
}

std::vector<permission> permission_set::members() const {
    std::vector<permission> found;
    for (std::size_t i = 0; i < permission_names.size(); ++i) {
        const auto one = static_cast<permission>(i);
        if (has(one)) found.push_back(one);
    }
    return found;
}

}  // namespace nacre::auth
