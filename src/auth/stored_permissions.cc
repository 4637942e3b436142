#include "auth/stored_permissions.h"

#include <set>

#include "types/value.h"

namespace nacre::auth {

bytes to_stored(permission_set permissions) {
    std::set<std::string_view> names;
    for (const auto each : permissions.members()) names.emplace(to_string(each));
    return types::join_list(std::vector<optional_bytes>(names.begin(), names.end()));
}

result<permission_set> permissions_in(bytes_view stored) {
    static const auto texts = types::type::list_of(types::type::native(types::type_kind::text));
    if (stored.empty()) return permission_set();
    NACRE_TRY(const auto parts, types::split_collection(*texts, stored));
    permission_set permissions;
    for (const auto& part : parts) {
        const auto known = permission_by_name(part.value_or(bytes_view()));
        if (known) permissions.add(*known);
    }
    return permissions;
}

}  // namespace nacre::auth
