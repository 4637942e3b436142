#include "types/ordered_collection.h"

#include <algorithm>
#include <iterator>

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

namespace {

result<bytes> in_order(const type& t, bytes_view value) {
    const auto kind = t.kind();
    if (!t.is_collection() && kind != type_kind::vector) return bytes(value);
    NACRE_TRY(const auto parts, split_collection(t, value));
    std::vector<bytes> ordered;
    ordered.reserve(parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool is_mapped = kind == type_kind::map && i % 2 == 1;
        NACRE_TRY(auto part, in_order(is_mapped ? *t.mapped() : *t.parameters()[0], *parts[i]));
        ordered.push_back(std::move(part));
    }
    if (kind == type_kind::vector) return join_vector(t, ordered);
    if (kind == type_kind::map) {
        std::vector<std::pair<bytes, bytes>> entries;
        for (std::size_t i = 0; i + 1 < ordered.size(); i += 2) {
            entries.emplace_back(std::move(ordered[i]), std::move(ordered[i + 1]));
        }
        return make_map(*t.key(), std::move(entries));
    }
    std::vector<optional_bytes> elements(std::make_move_iterator(ordered.begin()),
                                         std::make_move_iterator(ordered.end()));
    if (kind == type_kind::list) return join_list(elements);
    return make_set(*t.element(), std::move(elements));
}

}  // namespace

bool has_order(const type& t) {
    switch (t.kind()) {
        case type_kind::set:
        case type_kind::map:
            return true;
        case type_kind::list:
        case type_kind::vector:
            return has_order(*t.element());
        default:
            return false;
    }
}

result<bytes> canonical(const type& t, bytes_view value) {
    if (!t.is_collection()) return bytes(value);
    return in_order(t, value);
}

}  // namespace nacre::types
