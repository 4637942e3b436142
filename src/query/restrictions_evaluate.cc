#include <algorithm>
#include <set>

#include "query/restrictions.h"
#include "types/value.h"

// From restrictions and bound values to keys, ranges and slices.
namespace nacre::query {

using cql::relation_operator;

namespace {

runtime::task<result<bytes>> evaluate_key_value(const expression& node, evaluation& state,
                                                const std::string& column) {
    NACRE_CO_TRY(auto value, co_await evaluate_single(node, state));
    if (value.is_unset()) co_return invalid("Invalid unset value for column {}", column);
    if (value.is_null()) co_return invalid("Invalid null value in condition for column {}", column);
    co_return std::move(value.data);
}

runtime::task<result<std::vector<bytes>>> evaluate_values(const value_list& list,
                                                          evaluation& state) {
    std::vector<bytes> values;
    if (!list.is_one_list) {
        for (const auto& node : list.values) {
            NACRE_CO_TRY(auto value, co_await evaluate_key_value(*node, state, list.column));
            values.push_back(std::move(value));
        }
        co_return values;
    }
    NACRE_CO_TRY(const auto whole,
                 co_await evaluate_key_value(*list.values[0], state, list.column));
    NACRE_CO_TRY(const auto parts, types::split_collection(*list.values[0]->type(), whole));
    for (const auto& part : parts) {
        if (!part) co_return invalid("Invalid null value in condition for column {}", list.column);
        values.emplace_back(*part);
    }
    co_return values;
}

// Sorts clustering values as stored and drops repetitions.
void sort_as_stored(std::vector<bytes>& values, const schema::column_definition& column) {
    const bool descending = column.order == schema::clustering_order::descending;
    std::ranges::sort(values, [&](const bytes& a, const bytes& b) {
        const auto order = types::compare(*column.type, a, b);
        return descending ? order > 0 : order < 0;
    });
    const auto repeated = std::ranges::unique(values);
    values.erase(repeated.begin(), repeated.end());
}

bool all_same_order(const schema::table& table, std::uint32_t first, std::size_t count) {
    for (std::size_t i = 1; i < count; ++i) {
        if (table.clustering_column(static_cast<std::uint32_t>(first + i)).order !=
            table.clustering_column(first).order) {
            return false;
        }
    }
    return true;
}

struct slice_bounds {
    std::optional<data::clustering_bound> start;
    std::optional<data::clustering_bound> end;
};

// -1, 0, 1: how two prefixes stand in stored order; a shorter equal prefix is equal.
int compare_prefixes(const schema::table& table, const std::vector<bytes>& a,
                     const std::vector<bytes>& b) {
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        const auto& column = table.clustering_column(static_cast<std::uint32_t>(i));
        auto order = types::compare(*column.type, a[i], b[i]);
        if (order == 0) continue;
        const bool less = (order < 0) != (column.order == schema::clustering_order::descending);
        return less ? -1 : 1;
    }
    return 0;
}

void narrow(slice_bounds& bounds, data::clustering_bound bound, bool is_start,
            const schema::table& table) {
    auto& side = is_start ? bounds.start : bounds.end;
    if (!side) {
        side = std::move(bound);
        return;
    }
    const int order = compare_prefixes(table, bound.prefix, side->prefix);
    const bool tighter = is_start ? order > 0 : order < 0;
    if (tighter ||
        (order == 0 && (!bound.inclusive || bound.prefix.size() > side->prefix.size()))) {
        side = std::move(bound);
    }
}

}  // namespace

runtime::task<result<std::vector<data::partition_key>>> evaluate_partitions(
    const restrictions& where, evaluation& state) {
    std::vector<data::partition_key> keys{{}};
    bool may_repeat = false;
    for (const auto& list : where.partition_key) {
        NACRE_CO_TRY(const auto values, co_await evaluate_values(list, state));
        may_repeat = may_repeat || values.size() > 1;
        std::vector<data::partition_key> extended;
        for (const auto& key : keys) {
            for (const auto& value : values) {
                extended.push_back(key);
                extended.back().push_back(value);
            }
        }
        keys = std::move(extended);
    }
    for (const auto& key : keys) {
        if (key.size() == 1 && key[0].empty()) co_return invalid("Key may not be empty");
    }
    if (!may_repeat) co_return keys;
    std::set<std::pair<data::token, data::partition_key>> ordered;
    for (auto& key : keys) {
        const auto position = data::token_of(data::serialise_partition_key(key));
        ordered.emplace(position, std::move(key));
    }
    keys.clear();
    for (const auto& [position, key] : ordered) keys.push_back(key);
    co_return keys;
}

runtime::task<result<std::vector<data::token_range>>> evaluate_token_ranges(
    const restrictions& where, evaluation& state) {
    data::token_range range;
    const std::string name = "partition key token";
    if (where.token_lower) {
        NACRE_CO_TRY(const auto value,
                     co_await evaluate_key_value(*where.token_lower->value, state, name));
        const auto bound = load_big_endian<std::int64_t>(value.data());
        range.after.value = where.token_lower->inclusive && bound != INT64_MIN ? bound - 1 : bound;
    }
    if (where.token_upper) {
        NACRE_CO_TRY(const auto value,
                     co_await evaluate_key_value(*where.token_upper->value, state, name));
        const auto bound = load_big_endian<std::int64_t>(value.data());
        // As in Cassandra, an upper bound of the minimum token means the end of the ring.
        if (bound != INT64_MIN) {
            range.up_to.value = where.token_upper->inclusive ? bound : bound - 1;
        }
    }
    if (range.up_to <= range.after) co_return std::vector<data::token_range>{};
    co_return std::vector<data::token_range>{range};
}

namespace {

runtime::task<result<std::vector<data::clustering_range>>> tuple_in_slices(
    const value_list& list, const schema::table& table, evaluation& state) {
    NACRE_CO_TRY(const auto tuples, co_await evaluate_values(list, state));
    const auto type = list.is_one_list ? list.values[0]->type()->element() : list.values[0]->type();
    std::vector<std::vector<bytes>> prefixes;
    for (const auto& tuple : tuples) {
        NACRE_CO_TRY(const auto fields, types::split_fields(*type, tuple));
        std::vector<bytes> prefix;
        for (const auto& field : fields) {
            if (!field) {
                co_return invalid("Invalid null value in condition for column {}", list.column);
            }
            prefix.emplace_back(*field);
        }
        prefixes.push_back(std::move(prefix));
    }
    std::ranges::sort(
        prefixes, [&](const auto& a, const auto& b) { return compare_prefixes(table, a, b) < 0; });
    const auto repeated = std::ranges::unique(prefixes);
    prefixes.erase(repeated.begin(), repeated.end());
    std::vector<data::clustering_range> ranges;
    for (auto& prefix : prefixes) ranges.push_back({{prefix, true}, {prefix, true}});
    co_return ranges;
}

runtime::task<status> narrow_by_tuples(const restrictions& where, const schema::table& table,
                                       evaluation& state, slice_bounds& bounds) {
    for (const auto& slice : where.tuple_slices) {
        if (slice.first_column != 0 || !all_same_order(table, 0, slice.values.size())) {
            co_return invalid(
                "Multi-column slices over clustering columns of mixed order, or not from the first "
                "clustering column, are not supported");
        }
        data::clustering_bound bound;
        bound.inclusive = slice.op == relation_operator::less_or_equal ||
                          slice.op == relation_operator::greater_or_equal;
        for (std::size_t i = 0; i < slice.values.size(); ++i) {
            const auto& name = table.clustering_column(static_cast<std::uint32_t>(i)).name;
            NACRE_CO_TRY(auto value, co_await evaluate_key_value(*slice.values[i], state, name));
            bound.prefix.push_back(std::move(value));
        }
        const bool lower = slice.op == relation_operator::greater ||
                           slice.op == relation_operator::greater_or_equal;
        const bool descending =
            table.clustering_column(0).order == schema::clustering_order::descending;
        narrow(bounds, std::move(bound), lower != descending, table);
    }
    co_return status{};
}

}  // namespace

runtime::task<result<std::optional<std::vector<data::clustering_range>>>> evaluate_slices(
    const restrictions& where, const schema::table& table, evaluation& state) {
    using slices = std::vector<data::clustering_range>;
    if (!where.tuple_in.empty()) {
        NACRE_CO_TRY(auto ranges, co_await tuple_in_slices(where.tuple_in.front(), table, state));
        if (ranges.empty()) co_return std::optional<slices>();
        co_return std::optional<slices>(std::move(ranges));
    }
    std::vector<std::vector<bytes>> prefixes{{}};
    slice_bounds bounds;
    for (std::uint32_t i = 0; i < where.clustering.size(); ++i) {
        const auto& column = table.clustering_column(i);
        const auto& place = where.clustering[i];
        if (place.equal) {
            NACRE_CO_TRY(auto values, co_await evaluate_values(*place.equal, state));
            sort_as_stored(values, column);
            std::vector<std::vector<bytes>> extended;
            for (const auto& prefix : prefixes) {
                for (const auto& value : values) {
                    extended.push_back(prefix);
                    extended.back().push_back(value);
                }
            }
            prefixes = std::move(extended);
            continue;
        }
        const bool descending = column.order == schema::clustering_order::descending;
        for (const bool lower : {true, false}) {
            const auto& source = lower ? place.lower : place.upper;
            if (!source) continue;
            NACRE_CO_TRY(auto value,
                         co_await evaluate_key_value(*source->value, state, column.name));
            data::clustering_bound bound{{std::move(value)}, source->inclusive};
            (lower != descending ? bounds.start : bounds.end) = std::move(bound);
        }
    }
    NACRE_CO_CHECK(co_await narrow_by_tuples(where, table, state, bounds));
    if (prefixes.empty()) co_return std::optional<slices>();

    slices ranges;
    for (const auto& prefix : prefixes) {
        data::clustering_range range{{prefix, true}, {prefix, true}};
        const auto set = [&](data::clustering_bound& side,
                             const std::optional<data::clustering_bound>& bound) {
            if (!bound) return;
            side.prefix.insert(side.prefix.end(), bound->prefix.begin(), bound->prefix.end());
            side.inclusive = bound->inclusive;
        };
        set(range.start, bounds.start);
        set(range.end, bounds.end);
        const int order = compare_prefixes(table, range.start.prefix, range.end.prefix);
        const bool same = range.start.prefix.size() == range.end.prefix.size();
        if (order > 0) continue;
        if (order == 0 && same && !(range.start.inclusive && range.end.inclusive)) continue;
        ranges.push_back(std::move(range));
    }
    if (ranges.empty()) co_return std::optional<slices>();
    const bool everything =
        ranges.size() == 1 && ranges[0].start.prefix.empty() && ranges[0].end.prefix.empty();
    if (everything) ranges.clear();
    co_return std::optional<slices>(std::move(ranges));
}

namespace {

bool holds(relation_operator op, std::strong_ordering order) {
    switch (op) {
        case relation_operator::equal:
            return order == 0;
        case relation_operator::not_equal:
            return order != 0;
        case relation_operator::less:
            return order < 0;
        case relation_operator::less_or_equal:
            return order <= 0;
        case relation_operator::greater:
            return order > 0;
        default:
            return order >= 0;
    }
}

result<bool> contains(const types::type& type, bytes_view whole, bytes_view wanted, bool keys) {
    NACRE_TRY(const auto parts, types::split_collection(type, whole));
    const bool is_map = type.kind() == types::type_kind::map;
    const auto& part_type = is_map && !keys ? *type.mapped() : *type.element();
    for (std::size_t i = is_map && !keys ? 1 : 0; i < parts.size(); i += is_map ? 2 : 1) {
        if (types::compare(part_type, *parts[i], wanted) == 0) return true;
    }
    return false;
}

result<bool> passes(const row_filter& filter, const types::type& type, bytes_view left,
                    const std::vector<optional_bytes>& right) {
    switch (filter.op) {
        case relation_operator::in:
        case relation_operator::not_in: {
            bool found = false;
            for (const auto& value : right) {
                found = found || (value && types::compare(type, left, *value) == 0);
            }
            return found == (filter.op == relation_operator::in);
        }
        case relation_operator::between:
            return right[0] && right[1] && types::compare(type, left, *right[0]) >= 0 &&
                   types::compare(type, left, *right[1]) <= 0;
        case relation_operator::contains:
        case relation_operator::contains_key:
            if (!right[0]) return false;
            return contains(type, left, *right[0], filter.op == relation_operator::contains_key);
        case relation_operator::not_contains:
        case relation_operator::not_contains_key: {
            if (!right[0]) return false;
            NACRE_TRY(const bool found, contains(type, left, *right[0],
                                                 filter.op == relation_operator::not_contains_key));
            return !found;
        }
        default:
            return right[0] && holds(filter.op, types::compare(type, left, *right[0]));
    }
}

// The values on the right, once a batch: they do not depend on the row unless they name columns.
runtime::task<result<std::vector<optional_bytes>>> right_values(const row_filter& filter,
                                                                evaluation& state) {
    std::vector<optional_bytes> values;
    for (const auto& node : filter.right) {
        NACRE_CO_TRY(auto value, co_await evaluate_single(*node, state));
        if (value.is_unset()) co_return invalid("Invalid unset value in condition");
        if (value.is_null()) co_return invalid("Invalid null value in condition");
        values.push_back(std::move(value.data));
    }
    if (!filter.right_is_list) co_return values;
    NACRE_CO_TRY(const auto parts, types::split_collection(*filter.right[0]->type(), *values[0]));
    std::vector<optional_bytes> elements;
    for (const auto& part : parts) elements.push_back(part ? optional_bytes(*part) : std::nullopt);
    co_return elements;
}

}  // namespace

runtime::task<result<data::selection>> apply_filters(const std::vector<row_filter>& filters,
                                                     evaluation& state,
                                                     const data::row_batch& batch) {
    data::selection rows(batch.row_count);
    for (std::uint32_t row = 0; row < batch.row_count; ++row) rows[row] = row;
    for (const auto& filter : filters) {
        NACRE_CO_TRY(const auto left, co_await filter.left->evaluate(state, batch));
        NACRE_CO_TRY(const auto right, co_await right_values(filter, state));
        data::selection kept;
        for (const auto row : rows) {
            const auto value = left.column().serialised(row);
            if (!value) continue;
            NACRE_CO_TRY(const bool pass, passes(filter, *filter.left->type(), *value, right));
            if (pass) kept.push_back(row);
        }
        rows = std::move(kept);
    }
    co_return rows;
}

}  // namespace nacre::query
