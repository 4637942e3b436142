#include "types/ordered_collection.h"

#include <algorithm>

#include "types/value.h"

namespace nacre::types {

bytes make_set(const type& element, std::vector<optional_bytes> elements) {
    std::ranges::stable_sort(elements, [&](const auto& left, const auto& right) {
        return compare(element, *left, *right) < 0;
    });
    const auto repeated = std::ranges::unique(elements, [&](const auto& left, const auto& right) {
        return compare(element, *left, *right) == 0;
    });
    elements.erase(repeated.begin(), repeated.end());
    return join_list(elements);
}

bytes make_map(const type& key, std::vector<std::pair<bytes, bytes>> entries) {
    std::ranges::stable_sort(entries, [&](const auto& left, const auto& right) {
        return compare(key, left.first, right.first) < 0;
    });
    std::vector<std::pair<bytes, bytes>> distinct;
    for (auto& entry : entries) {
        if (!distinct.empty() && compare(key, distinct.back().first, entry.first) == 0) {
            distinct.back().second = std::move(entry.second);
        } else {
            distinct.push_back(std::move(entry));
        }
    }
    return join_map(distinct);
}

result<bytes> canonical(const type& t, bytes_view value) {
    if (t.kind() != type_kind::set && t.kind() != type_kind::map) return bytes(value);
    NACRE_TRY(const auto parts, split_collection(t, value));
    if (t.kind() == type_kind::set) {
        std::vector<optional_bytes> elements;
        for (const auto& part : parts) elements.emplace_back(bytes(*part));
        return make_set(*t.element(), std::move(elements));
    }
    std::vector<std::pair<bytes, bytes>> entries;
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
        entries.emplace_back(bytes(*parts[i]), bytes(*parts[i + 1]));
    }
    return make_map(*t.key(), std::move(entries));
}

}  // namespace nacre::types
