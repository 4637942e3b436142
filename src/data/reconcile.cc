#include "data/reconcile.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace nacre::data {

namespace {

auto cell_order(const cell_view& cell) {
    return std::tuple(cell.column_id, cell.has_path, cell.path);
}

bool same_cell(const cell_view& left, const cell_view& right) {
    return cell_order(left) == cell_order(right);
}

// Order first, then each cell once.
void arrange(std::vector<cell_view>& cells) {
    const auto before = [](const cell_view& a, const cell_view& b) {
        return cell_order(a) < cell_order(b);
    };
    const bool arranged =
        std::ranges::adjacent_find(cells, [&](const cell_view& a, const cell_view& b) {
            return !before(a, b);
        }) == cells.end();
    if (arranged) return;
    std::ranges::sort(cells, before);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (kept != 0 && same_cell(cells[kept - 1], cells[i])) {
            if (!prevails(cells[kept - 1], cells[i])) cells[kept - 1] = cells[i];
        } else {
            cells[kept++] = cells[i];
        }
    }
    cells.resize(kept);
}

void arrange(std::vector<complex_deletion>& deletions) {
    const auto order = [](const complex_deletion& a, const complex_deletion& b) {
        return a.column_id < b.column_id;
    };
    std::ranges::sort(deletions, order);
    std::size_t kept = 0;
    for (const auto& each : deletions) {
        if (kept != 0 && deletions[kept - 1].column_id == each.column_id) {
            deletions[kept - 1].deletion = reconcile(deletions[kept - 1].deletion, each.deletion);
        } else {
            deletions[kept++] = each;
        }
    }
    deletions.resize(kept);
}

std::vector<cell_view> merge_cells(const std::vector<cell_view>& left,
                                   const std::vector<cell_view>& right) {
    std::vector<cell_view> merged;
    merged.reserve(left.size() + right.size());
    auto a = left.begin();
    auto b = right.begin();
    while (a != left.end() && b != right.end()) {
        const auto order_a = cell_order(*a);
        const auto order_b = cell_order(*b);
        if (order_a < order_b) {
            merged.push_back(*a++);
        } else if (order_b < order_a) {
            merged.push_back(*b++);
        } else {
            merged.push_back(prevails(*a, *b) ? *a : *b);
            ++a;
            ++b;
        }
    }
    merged.insert(merged.end(), a, left.end());
    merged.insert(merged.end(), b, right.end());
    return merged;
}

}  // namespace

tombstone reconcile(const tombstone& left, const tombstone& right) {
    const auto order = [](const tombstone& t) {
        return std::pair(t.write_timestamp_us, t.deleted_at);
    };
    return order(left) < order(right) ? right : left;
}

row_marker reconcile(const row_marker& left, const row_marker& right) {
    const auto order = [](const row_marker& m) {
        const bool expires = m.ttl_seconds != 0;
        return std::tuple(m.write_timestamp_us, expires, expires ? m.expires_at : 0,
                          -m.ttl_seconds);
    };
    return order(left) < order(right) ? right : left;
}

bool prevails(const cell_view& left, const cell_view& right) {
    if (left.write_timestamp_us != right.write_timestamp_us) {
        return left.write_timestamp_us > right.write_timestamp_us;
    }
    const bool left_ends = !left.has_value || left.ttl_seconds != 0;
    const bool right_ends = !right.has_value || right.ttl_seconds != 0;
    if (left_ends != right_ends) return left_ends;
    if (left_ends) {
        if (left.has_value != right.has_value) return !left.has_value;
        if (left.expires_or_deleted_at != right.expires_or_deleted_at) {
            return left.expires_or_deleted_at > right.expires_or_deleted_at;
        }
        if (left.has_value && left.ttl_seconds != right.ttl_seconds) {
            return left.ttl_seconds < right.ttl_seconds;
        }
    }
    return left.value >= right.value;
}

row_view view_of(const row& source) {
    row_view view;
    view.marker = source.marker;
    view.deletion = source.deletion;
    view.complex_deletions = source.complex_deletions;
    arrange(view.complex_deletions);
    view.cells.reserve(source.cells.size());
    for (const auto& each : source.cells) {
        view.cells.push_back({.column_id = each.column_id,
                              .has_path = each.path.has_value(),
                              .has_value = each.value.has_value(),
                              .ttl_seconds = each.value ? each.ttl_seconds : 0,
                              .expires_or_deleted_at = each.expires_or_deleted_at,
                              .write_timestamp_us = each.write_timestamp_us,
                              .path = each.path ? bytes_view(*each.path) : bytes_view(),
                              .value = each.value ? bytes_view(*each.value) : bytes_view()});
    }
    arrange(view.cells);
    remove_shadowed(view);
    return view;
}

row to_row(const row_view& source) {
    row owned{.marker = source.marker,
              .deletion = source.deletion,
              .complex_deletions = source.complex_deletions,
              .cells = {}};
    owned.cells.reserve(source.cells.size());
    for (const auto& each : source.cells) {
        cell copy{.column_id = each.column_id,
                  .path = std::nullopt,
                  .value = std::nullopt,
                  .write_timestamp_us = each.write_timestamp_us,
                  .ttl_seconds = each.ttl_seconds,
                  .expires_or_deleted_at = each.expires_or_deleted_at};
        if (each.has_path) copy.path = bytes(each.path);
        if (each.has_value) copy.value = bytes(each.value);
        owned.cells.push_back(std::move(copy));
    }
    return owned;
}

void reconcile(row_view& into, const row_view& other) {
    into.marker = reconcile(into.marker, other.marker);
    into.deletion = reconcile(into.deletion, other.deletion);
    if (!other.complex_deletions.empty()) {
        into.complex_deletions.insert(into.complex_deletions.end(), other.complex_deletions.begin(),
                                      other.complex_deletions.end());
        arrange(into.complex_deletions);
    }
    if (other.spelling && (!into.spelling || *other.spelling < *into.spelling)) {
        into.spelling = other.spelling;
    }
    if (into.cells.empty()) {
        into.cells = other.cells;
    } else if (!other.cells.empty()) {
        into.cells = merge_cells(into.cells, other.cells);
    }
    remove_shadowed(into);
}

void remove_shadowed(row_view& target, const tombstone& outer) {
    if (shadows(outer, target.deletion.write_timestamp_us)) target.deletion = {};
    const tombstone whole = reconcile(outer, target.deletion);
    if (!whole.exists() && target.complex_deletions.empty()) return;

    if (shadows(whole, target.marker.write_timestamp_us)) target.marker = {};
    std::erase_if(target.complex_deletions, [&](const complex_deletion& each) {
        return shadows(whole, each.deletion.write_timestamp_us);
    });
    auto of_column = target.complex_deletions.begin();
    const auto end = target.complex_deletions.end();
    std::erase_if(target.cells, [&](const cell_view& each) {
        while (of_column != end && of_column->column_id < each.column_id) ++of_column;
        if (shadows(whole, each.write_timestamp_us)) return true;
        return of_column != end && of_column->column_id == each.column_id &&
               shadows(of_column->deletion, each.write_timestamp_us);
    });
}

bool is_live(const row_view& target, std::int64_t now_seconds) {
    return is_live(target.marker, now_seconds) ||
           std::ranges::any_of(target.cells,
                               [&](const cell_view& each) { return is_live(each, now_seconds); });
}

bool expire(row_view& target, std::int64_t now_seconds) {
    bool changed = false;
    for (auto& each : target.cells) {
        if (!each.has_value || is_live(each, now_seconds)) continue;
        each.has_value = false;
        each.value = {};
        each.expires_or_deleted_at -= each.ttl_seconds;
        each.ttl_seconds = 0;
        changed = true;
    }
    return changed;
}

bool purge(row_view& target, std::int64_t deleted_before_seconds) {
    bool changed = false;
    if (target.marker.exists() && target.marker.ttl_seconds != 0 &&
        target.marker.expires_at < deleted_before_seconds) {
        target.marker = {};
        changed = true;
    }
    if (target.deletion.exists() && target.deletion.deleted_at < deleted_before_seconds) {
        target.deletion = {};
        changed = true;
    }
    changed |= std::erase_if(target.complex_deletions, [&](const complex_deletion& each) {
                   return each.deletion.deleted_at < deleted_before_seconds;
               }) != 0;
    changed |= std::erase_if(target.cells, [&](const cell_view& each) {
                   return !each.has_value && each.expires_or_deleted_at < deleted_before_seconds;
               }) != 0;
    return changed;
}

}  // namespace nacre::data
