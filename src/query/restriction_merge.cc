#include <algorithm>

#include "query/restriction.h"

// Several relations about one column, and what checks them row by row.
namespace nacre::query {

using cql::relation_operator;

namespace {

std::string common_columns(const restriction& a, const restriction& b, const schema::table& table) {
    std::string names;
    for (const auto ordinal : a.columns) {
        if (std::ranges::find(b.columns, ordinal) == b.columns.end()) continue;
        names += (names.empty() ? "" : " ,") + table.columns()[ordinal].name;
    }
    return names;
}

}  // namespace

result<restriction> merge(const restriction& existing, const restriction& added,
                          const schema::table& table) {
    using sort = restriction::sort;
    const auto names = common_columns(existing, added, table);
    if (existing.what == sort::equal || existing.what == sort::in) {
        return invalid("{} cannot be restricted by more than one relation if it includes {}", names,
                       existing.what == sort::in ? "a IN" : "an Equal");
    }
    auto merged = existing;
    if (existing.what == sort::contains) {
        if (added.what != sort::contains) {
            return invalid(
                "Collection column {} can only be restricted by CONTAINS, CONTAINS KEY, or "
                "map-entry equality",
                names);
        }
        merged.contains.insert(merged.contains.end(), added.contains.begin(), added.contains.end());
        return merged;
    }
    if (!added.is_slice()) {
        return invalid(
            "Column \"{}\" cannot be restricted by both an equality and an inequality relation",
            names);
    }
    if (existing.columns.front() != added.columns.front()) {
        const auto later = std::max(existing.columns.front(), added.columns.front());
        return invalid(
            "Column \"{}\" cannot be restricted by two inequalities not starting with the same "
            "column",
            table.columns()[later].name);
    }
    for (const bool lower : {true, false}) {
        const auto& from = lower ? added.lower : added.upper;
        auto& into = lower ? merged.lower : merged.upper;
        if (!from) continue;
        if (into) {
            return invalid("More than one restriction was found for the {} bound on {}",
                           lower ? "start" : "end", names);
        }
        into = from;
    }
    merged.is_multi = existing.is_multi || added.is_multi;
    if (added.columns.size() > merged.columns.size()) merged.columns = added.columns;
    return merged;
}

status append_filters(const restriction& source, binder& names, std::vector<row_filter>& filters) {
    const auto& table = *names.table();
    const auto make = [&](std::uint32_t ordinal, relation_operator op) {
        const auto& column = table.columns()[ordinal];
        row_filter filter;
        filter.left = names.column_value(ordinal);
        filter.op = op;
        filter.column = column.name;
        return filter;
    };
    const auto part_of = [&](const key_value& value, std::size_t i) -> expression_ptr {
        if (!value.is_tuple) return value.parts[i];
        return std::make_shared<field_expression>(table.columns()[source.columns[i]].type,
                                                  value.parts[0], static_cast<std::uint32_t>(i));
    };
    switch (source.what) {
        case restriction::sort::contains:
            filters.insert(filters.end(), source.contains.begin(), source.contains.end());
            return {};
        case restriction::sort::equal:
            for (std::size_t i = 0; i < source.columns.size(); ++i) {
                auto filter = make(source.columns[i], relation_operator::equal);
                filter.right.push_back(part_of(source.values.values[0], i));
                filters.push_back(std::move(filter));
            }
            return {};
        case restriction::sort::in: {
            const bool tuples = source.is_multi && source.values.is_one_list;
            if (source.columns.size() > 1 || tuples) {
                return invalid("Multicolumn IN filters are not supported");
            }
            auto filter = make(source.columns[0], relation_operator::in);
            filter.right_is_list = source.values.is_one_list;
            for (const auto& value : source.values.values) {
                filter.right.push_back(part_of(value, 0));
            }
            filters.push_back(std::move(filter));
            return {};
        }
        case restriction::sort::slice:
            break;
    }
    if (source.is_multi) {
        return invalid("Multi-column slice restrictions cannot be used for filtering.");
    }
    for (const bool lower : {true, false}) {
        const auto& bound = lower ? source.lower : source.upper;
        if (!bound) continue;
        const auto op =
            lower ? (bound->inclusive ? relation_operator::greater_or_equal
                                      : relation_operator::greater)
                  : (bound->inclusive ? relation_operator::less_or_equal : relation_operator::less);
        auto filter = make(source.columns[0], op);
        filter.right.push_back(bound->value.parts[0]);
        filters.push_back(std::move(filter));
    }
    return {};
}

}  // namespace nacre::query
