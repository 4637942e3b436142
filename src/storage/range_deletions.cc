#include "storage/range_deletions.h"

#include <algorithm>
#include <set>
#include <utility>

namespace nacre::storage {

void range_deletions::add(position_range range, const data::tombstone& deletion) {
    if (range.first >= range.second) return;
    _collected.emplace_back(std::move(range), deletion);
    _settled = false;
}

void range_deletions::settle() {
    using order = std::pair<std::int64_t, std::int32_t>;
    struct edge {
        bytes_view at;
        order deletion;
        bool opens;
    };
    std::vector<edge> edges;
    edges.reserve(_collected.size() * 2);
    for (const auto& [range, deletion] : _collected) {
        const order key{deletion.write_timestamp_us, deletion.deleted_at};
        edges.push_back({range.first, key, true});
        edges.push_back({range.second, key, false});
    }
    std::ranges::sort(edges, {}, [](const edge& each) { return each.at; });

    _pieces.clear();
    std::multiset<order> open;
    for (std::size_t i = 0; i < edges.size();) {
        const bytes_view at = edges[i].at;
        for (; i < edges.size() && edges[i].at == at; ++i) {
            if (edges[i].opens) {
                open.insert(edges[i].deletion);
            } else {
                open.erase(open.find(edges[i].deletion));
            }
        }
        data::tombstone strongest;
        if (!open.empty()) strongest = {open.rbegin()->first, open.rbegin()->second};
        if (!_pieces.empty() && _pieces.back().deletion == strongest) continue;
        _pieces.push_back({bytes(at), strongest});
    }
    _settled = true;
}

data::tombstone range_deletions::covering(bytes_view suffix) {
    if (_collected.empty()) return {};
    if (!_settled) settle();
    const auto after = std::ranges::upper_bound(
        _pieces, suffix, {}, [](const piece& each) { return bytes_view(each.begin); });
    if (after == _pieces.begin()) return {};
    return std::prev(after)->deletion;
}

}  // namespace nacre::storage
