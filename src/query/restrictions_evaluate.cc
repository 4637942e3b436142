#include <algorithm>
#include <span>

#include "function/in_turns.h"
#include "query/restrictions.h"
#include "types/value.h"

// From restrictions and bound values to keys, ranges and slices.
namespace nacre::query {

using cql::relation_operator;

namespace {

using tuple_values = std::vector<std::vector<bytes>>;

std::string listed(const std::vector<std::string>& columns, const char* separator = ",") {
    std::string names;
    for (const auto& each : columns) names += (names.empty() ? "" : separator) + each;
    return names;
}

// A list for IN ? is read as one of native values: what has no bytes where its type needs some is
// a null.
bool is_null_element(const types::type& type, const std::optional<bytes_view>& element) {
    if (!element) return true;
    using types::type_kind;
    const auto kind = type.kind();
    return element->empty() && kind != type_kind::text && kind != type_kind::ascii &&
           kind != type_kind::blob;
}

error null_in_tuple(const std::vector<std::string>& columns) {
    return invalid("Invalid null value in condition for columns: [{}]", listed(columns, ", "));
}

// One tuple's values, one for each column.
using maybe_tuple = std::vector<optional_bytes>;
runtime::task<result<maybe_tuple>> evaluate_tuple(const key_value& source, const value_list& list,
                                                  evaluation& state, bool& has_unset) {
    maybe_tuple values;
    if (source.is_tuple) {
        NACRE_CO_TRY(const auto whole, co_await evaluate_single(*source.parts[0], state));
        if (whole.is_unset()) {
            co_return invalid("Invalid unset value for tuple ({})", listed(list.columns));
        }
        if (whole.is_null()) co_return null_in_tuple(list.columns);
        NACRE_CO_TRY(const auto fields, types::split_fields(*source.parts[0]->type(), whole.data));
        for (std::size_t i = 0; i < list.columns.size(); ++i) {
            if (i >= fields.size() || !fields[i]) {
                co_return invalid("Invalid null value for column {}", list.columns[i]);
            }
            values.emplace_back(bytes(*fields[i]));
        }
        co_return values;
    }
    for (std::size_t i = 0; i < source.parts.size(); ++i) {
        NACRE_CO_TRY(auto value, co_await evaluate_single(*source.parts[i], state));
        if (value.is_unset()) {
            if (list.is_multi) {
                co_return invalid("Invalid unset value for tuple field number {}", i);
            }
            has_unset = true;
            continue;
        }
        if (value.is_null()) {
            values.emplace_back();
        } else {
            values.emplace_back(std::move(value.data));
        }
    }
    co_return values;
}

// For one null an error.
result<tuple_values> without_nulls(std::vector<maybe_tuple> tuples, const value_list& list) {
    tuple_values values;
    for (auto& tuple : tuples) {
        auto& row = values.emplace_back();
        for (std::size_t i = 0; i < tuple.size(); ++i) {
            if (!tuple[i]) {
                if (list.is_multi && list.is_in) return null_in_tuple(list.columns);
                return invalid("Invalid null value {}for column {}",
                               list.is_multi ? "" : "in condition ", list.columns[i]);
            }
            row.push_back(*std::move(tuple[i]));
        }
    }
    return values;
}

// The tuples of IN ?.
runtime::task<result<tuple_values>> evaluate_list(const value_list& list, evaluation& state) {
    const auto& node = *list.values[0].parts[0];
    NACRE_CO_TRY(const auto whole, co_await evaluate_single(node, state));
    if (whole.is_unset()) {
        if (list.is_multi) {
            co_return invalid("Invalid unset value for in({})", listed(list.columns));
        }
        co_return invalid("Invalid unset value for column {}", list.columns[0]);
    }
    if (whole.is_null()) {
        if (list.is_multi) co_return invalid("Invalid null value for IN restriction");
        co_return invalid("Invalid null value for column {}", list.columns[0]);
    }
    NACRE_CO_TRY(const auto parts, types::split_collection(*node.type(), whole.data));
    tuple_values tuples;
    for (const auto& part : parts) {
        if (!list.is_multi) {
            if (is_null_element(*node.type()->element(), part)) {
                co_return invalid("Invalid null value in condition for column {}", list.columns[0]);
            }
            tuples.push_back({bytes(*part)});
            continue;
        }
        // A null tuple is no row's.
        if (is_null_element(*node.type()->element(), part)) continue;
        NACRE_CO_TRY(const auto fields, types::split_fields(*node.type()->element(), *part));
        auto& tuple = tuples.emplace_back();
        for (const auto& field : fields) {
            if (!field) co_return null_in_tuple(list.columns);
            tuple.emplace_back(*field);
        }
    }
    co_return tuples;
}

runtime::task<result<tuple_values>> evaluate_values(const value_list& list, evaluation& state) {
    if (list.is_one_list) co_return co_await evaluate_list(list, state);
    // Cassandra tells of what is unset in tuples before it tells of a null, in single values after.
    std::vector<maybe_tuple> tuples;
    bool has_unset = false;
    for (const auto& source : list.values) {
        NACRE_CO_TRY(auto tuple, co_await evaluate_tuple(source, list, state, has_unset));
        tuples.push_back(std::move(tuple));
    }
    NACRE_CO_TRY(auto values, without_nulls(std::move(tuples), list));
    if (has_unset) co_return invalid("Invalid unset value for column {}", list.columns[0]);
    co_return values;
}

// One end of a slice: the values of its columns.
struct evaluated_bound {
    std::vector<bytes> values;
    bool inclusive = true;
    /// A null that is an error unless the other end is unset, or the end of a slice of one column.
    std::optional<std::string> null_column;
};

runtime::task<result<evaluated_bound>> evaluate_bound(const slice_bound& source,
                                                      const schema::table& table,
                                                      const clustering_restriction& slice,
                                                      evaluation& state) {
    evaluated_bound bound;
    bound.inclusive = source.inclusive;
    const auto name = [&](std::size_t i) -> const std::string& {
        return table.clustering_column(slice.first + static_cast<std::uint32_t>(i)).name;
    };
    const auto& parts = source.value.parts;
    if (source.value.is_tuple) {
        NACRE_CO_TRY(const auto whole, co_await evaluate_single(*parts[0], state));
        const auto& fields_of = parts[0]->type()->parameters();
        std::vector<std::string> names;
        for (std::size_t i = 0; i < fields_of.size(); ++i) names.push_back(name(i));
        if (whole.is_unset())
            co_return invalid("Invalid unset value for tuple ({})", listed(names));
        if (whole.is_null()) co_return null_in_tuple(names);
        NACRE_CO_TRY(const auto fields, types::split_fields(*parts[0]->type(), whole.data));
        for (std::size_t i = 0; i < fields_of.size(); ++i) {
            if (i >= fields.size() || !fields[i]) {
                co_return invalid("Invalid null value in condition for column {}", name(i));
            }
            bound.values.emplace_back(*fields[i]);
        }
        co_return bound;
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        NACRE_CO_TRY(auto value, co_await evaluate_single(*parts[i], state));
        if (value.is_unset()) {
            if (slice.is_multi) {
                co_return invalid("Invalid unset value for tuple field number {}", i);
            }
            co_return invalid("Invalid unset value for column {}", name(i));
        }
        if (value.is_null() && !bound.null_column) bound.null_column = name(i);
        bound.values.push_back(std::move(value.data));
    }
    co_return bound;
}

struct evaluated_slice {
    std::optional<evaluated_bound> lower;
    std::optional<evaluated_bound> upper;
    bool is_empty = false;
};

runtime::task<result<evaluated_slice>> evaluate_slice(const clustering_restriction& source,
                                                      const schema::table& table, evaluation& state,
                                                      nulls slice_ends) {
    evaluated_slice slice;
    if (source.lower) {
        NACRE_CO_TRY(slice.lower, co_await evaluate_bound(*source.lower, table, source, state));
    }
    if (source.upper) {
        NACRE_CO_TRY(slice.upper, co_await evaluate_bound(*source.upper, table, source, state));
    }
    const bool descending =
        table.clustering_column(source.first).order == schema::clustering_order::descending;
    for (auto* end : {&slice.lower, &slice.upper}) {
        if (!*end || !(*end)->null_column) continue;
        if (source.is_multi || slice_ends == nulls::refused) {
            co_return invalid("Invalid null value in condition for column {}",
                              *(*end)->null_column);
        }
        // Null stands first in stored order: nothing comes before it, everything after.
        const bool is_start = (end == &slice.lower) != descending;
        if (!is_start) slice.is_empty = true;
        end->reset();
    }
    co_return slice;
}

// -1, 0, 1: how two rows of values of the clustering columns from `first` stand in stored order.
int compare_stored(const schema::table& table, std::uint32_t first, const std::vector<bytes>& a,
                   const std::vector<bytes>& b) {
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        const auto& column = table.clustering_column(first + static_cast<std::uint32_t>(i));
        const auto order = types::compare(*column.type, a[i], b[i]);
        if (order == 0) continue;
        const bool less = (order < 0) != (column.order == schema::clustering_order::descending);
        return less ? -1 : 1;
    }
    return 0;
}

// Cuts a slice, which is an interval in the order of values, into ranges of the stored order, which
// differs from it where columns descend.
class slice_cutter {
  public:
    using tail = std::optional<std::span<const bytes>>;

    slice_cutter(const schema::table& table, const std::optional<evaluated_bound>& lower,
                 const std::optional<evaluated_bound>& upper)
        : _table(table),
          _lower_inclusive(!lower || lower->inclusive),
          _upper_inclusive(!upper || upper->inclusive) {}

    void cut(std::vector<bytes> prefix, tail lower, tail upper) {
        if (lower && lower->empty()) {
            if (!_lower_inclusive) return;
            lower.reset();
        }
        if (upper && upper->empty()) {
            if (!_upper_inclusive) return;
            upper.reset();
        }
        if (!lower && !upper) return add({{prefix, true}, {prefix, true}});
        const auto& column = _table.clustering_column(static_cast<std::uint32_t>(prefix.size()));
        if (lower && upper) {
            const auto order = types::compare(*column.type, lower->front(), upper->front());
            if (order > 0) return;
            if (order == 0) {
                auto deeper = prefix;
                deeper.push_back(lower->front());
                return cut(std::move(deeper), lower->subspan(1), upper->subspan(1));
            }
        }
        const bool descending = column.order == schema::clustering_order::descending;
        cut_end(prefix, descending ? upper : lower, !descending);
        cut_middle(prefix, lower, upper, descending);
        cut_end(prefix, descending ? lower : upper, descending);
    }

    std::vector<data::clustering_range> take() { return std::move(_ranges); }

  private:
    // Rows that share the end's first value and are decided by the columns behind it.
    void cut_end(const std::vector<bytes>& prefix, const tail& end, bool is_lower) {
        if (!end || end->size() < 2) return;
        auto deeper = prefix;
        deeper.push_back(end->front());
        if (is_lower) {
            cut(std::move(deeper), end->subspan(1), std::nullopt);
        } else {
            cut(std::move(deeper), std::nullopt, end->subspan(1));
        }
    }

    void cut_middle(const std::vector<bytes>& prefix, const tail& lower, const tail& upper,
                    bool descending) {
        data::clustering_range range{{prefix, true}, {prefix, true}};
        const auto set = [&](data::clustering_bound& side, const tail& end, bool inclusive) {
            if (!end) return;
            side.prefix.push_back(end->front());
            side.inclusive = end->size() == 1 && inclusive;
        };
        set(descending ? range.end : range.start, lower, _lower_inclusive);
        set(descending ? range.start : range.end, upper, _upper_inclusive);
        add(std::move(range));
    }

    // Neighbours become one range.
    void add(data::clustering_range range) {
        if (!_ranges.empty()) {
            auto& last = _ranges.back().end;
            if (last.prefix == range.start.prefix && last.inclusive != range.start.inclusive) {
                last = std::move(range.end);
                return;
            }
        }
        _ranges.push_back(std::move(range));
    }

    const schema::table& _table;
    bool _lower_inclusive;
    bool _upper_inclusive;
    std::vector<data::clustering_range> _ranges;
};

runtime::task<result<data::token_range>> evaluate_token_range(const restrictions& where,
                                                              evaluation& state) {
    data::token_range range;
    for (const bool lower : {true, false}) {
        const auto& source = lower ? where.token_lower : where.token_upper;
        if (!source) continue;
        NACRE_CO_TRY(const auto value, co_await evaluate_single(*source->value, state));
        if (value.is_unset()) co_return invalid("Invalid unset value for partition key token");
        if (value.is_null() || value.data.empty()) co_return invalid("Invalid null token value");
        const auto bound = load_big_endian<std::int64_t>(value.data.data());
        if (lower) {
            range.after.value = source->inclusive && bound != INT64_MIN ? bound - 1 : bound;
        } else if (bound != INT64_MIN) {
            // As in Cassandra, an upper bound of the minimum token means the end of the ring.
            range.up_to.value = source->inclusive ? bound : bound - 1;
        }
    }
    co_return range;
}

}  // namespace

runtime::task<result<std::vector<data::partition_key>>> evaluate_partitions(
    const restrictions& where, const schema::table& table, evaluation& state) {
    std::vector<data::partition_key> keys{{}};
    for (const auto& list : where.partition_key) {
        if (keys.empty()) break;
        NACRE_CO_TRY(const auto values, co_await evaluate_values(list, state));
        std::vector<data::partition_key> extended;
        for (const auto& key : keys) {
            for (const auto& value : values) {
                extended.push_back(key);
                extended.back().push_back(value[0]);
            }
        }
        keys = std::move(extended);
    }
    if (keys.size() > 1) {
        const auto less = [&table](const data::partition_key& a, const data::partition_key& b) {
            for (std::uint32_t i = 0; i < a.size(); ++i) {
                const auto order = types::compare(*table.partition_key_column(i).type, a[i], b[i]);
                if (order != 0) return order < 0;
            }
            return false;
        };
        // Of keys that are equal but written differently (decimals 1 and 1.0) the first counts, as
        // in Cassandra.
        std::ranges::stable_sort(keys, less);
        const auto repeated = std::ranges::unique(
            keys, [&less](const auto& a, const auto& b) { return !less(a, b) && !less(b, a); });
        keys.erase(repeated.begin(), repeated.end());
    }
    if (where.token_lower || where.token_upper) {
        NACRE_CO_TRY(const auto range, co_await evaluate_token_range(where, state));
        // A start behind the end excludes nothing but what lies between: as in Cassandra, which
        // reads such a range as one that goes over the end of the ring, but only for named keys.
        const bool wraps =
            range.after.value > range.up_to.value && range.after.value - 1 > range.up_to.value;
        std::erase_if(keys, [&](const data::partition_key& key) {
            const auto position = data::token_of(data::serialise_partition_key(key));
            const bool before = position <= range.after;
            const bool behind = position > range.up_to;
            return wraps ? before && behind : before || behind;
        });
    }
    co_return keys;
}

status check_keys(const std::vector<data::partition_key>& keys) {
    for (const auto& key : keys) {
        if (key.size() == 1 && key[0].empty()) return invalid("Key may not be empty");
    }
    return {};
}

runtime::task<result<std::vector<data::token_range>>> evaluate_token_ranges(
    const restrictions& where, evaluation& state) {
    NACRE_CO_TRY(const auto range, co_await evaluate_token_range(where, state));
    if (range.up_to <= range.after) co_return std::vector<data::token_range>{};
    co_return std::vector<data::token_range>{range};
}

runtime::task<result<std::optional<std::vector<data::clustering_range>>>> evaluate_slices(
    const restrictions& where, const schema::table& table, evaluation& state, nulls slice_ends) {
    using slices = std::vector<data::clustering_range>;
    tuple_values prefixes{{}};
    evaluated_slice slice;
    for (const auto& each : where.clustering) {
        if (prefixes.empty()) break;
        if (!each.equal) {
            NACRE_CO_TRY(slice, co_await evaluate_slice(each, table, state, slice_ends));
            break;
        }
        NACRE_CO_TRY(auto values, co_await evaluate_values(*each.equal, state));
        std::ranges::stable_sort(values, [&](const auto& a, const auto& b) {
            return compare_stored(table, each.first, a, b) < 0;
        });
        const auto repeated = std::ranges::unique(values, [&](const auto& a, const auto& b) {
            return compare_stored(table, each.first, a, b) == 0;
        });
        values.erase(repeated.begin(), repeated.end());
        tuple_values extended;
        for (const auto& prefix : prefixes) {
            for (const auto& value : values) {
                extended.push_back(prefix);
                extended.back().insert(extended.back().end(), value.begin(), value.end());
            }
        }
        prefixes = std::move(extended);
    }
    if (slice.is_empty) co_return std::optional<slices>();
    const auto& [lower, upper, is_empty] = slice;
    slices ranges;
    for (auto& prefix : prefixes) {
        slice_cutter cutter(table, lower, upper);
        using tail = slice_cutter::tail;
        cutter.cut(std::move(prefix), lower ? tail(lower->values) : tail(),
                   upper ? tail(upper->values) : tail());
        for (auto& range : cutter.take()) ranges.push_back(std::move(range));
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
        if (parts[i] && types::compare(part_type, *parts[i], wanted) == 0) return true;
    }
    return false;
}

result<bool> has_entry(const types::type& map, bytes_view whole, bytes_view key, bytes_view value) {
    NACRE_TRY(const auto parts, types::split_collection(map, whole));
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
        if (types::compare(*map.key(), *parts[i], key) != 0) continue;
        return types::compare(*map.mapped(), *parts[i + 1], value) == 0;
    }
    return false;
}

result<bool> passes(const ready_filter& filter, bytes_view left) {
    const auto& type = *filter.source->left->type();
    const auto& right = filter.right;
    if (filter.source->map_key) return has_entry(type, left, filter.map_key, *right[0]);
    switch (filter.source->op) {
        case relation_operator::in:
            return std::ranges::any_of(right, [&](const optional_bytes& value) {
                return types::compare(type, left, *value) == 0;
            });
        case relation_operator::contains:
        case relation_operator::contains_key:
            return contains(type, left, *right[0],
                            filter.source->op == relation_operator::contains_key);
        default:
            return holds(filter.source->op, types::compare(type, left, *right[0]));
    }
}

// The values of an IN, in which null and unset are nobody's.
runtime::task<result<std::vector<optional_bytes>>> evaluate_in(const row_filter& filter,
                                                               evaluation& state) {
    std::vector<optional_bytes> values;
    for (const auto& node : filter.right) {
        NACRE_CO_TRY(auto value, co_await evaluate_single(*node, state));
        if (!filter.right_is_list) {
            if (!value.is_null() && !value.is_unset()) values.emplace_back(std::move(value.data));
            continue;
        }
        if (value.is_unset()) co_return invalid("Invalid unset value for column {}", filter.column);
        if (value.is_null()) co_return invalid("Invalid null value for column {}", filter.column);
        NACRE_CO_TRY(const auto parts, types::split_collection(*node->type(), value.data));
        for (const auto& part : parts) {
            if (part) values.emplace_back(bytes(*part));
        }
    }
    co_return values;
}

runtime::task<result<bytes>> evaluate_operand(const expression& node, evaluation& state,
                                              const char* what, const std::string& column) {
    NACRE_CO_TRY(auto value, co_await evaluate_single(node, state));
    if (value.is_unset()) co_return invalid("Unsupported unset {} for column {}", what, column);
    if (value.is_null()) co_return invalid("Unsupported null {} for column {}", what, column);
    co_return std::move(value.data);
}

}  // namespace

runtime::task<result<std::vector<ready_filter>>> evaluate_filters(const restrictions& where,
                                                                  evaluation& state) {
    if (where.unfilterable) co_return error(*where.unfilterable);
    std::vector<ready_filter> filters;
    for (const auto& source : where.filters) {
        ready_filter filter;
        filter.source = &source;
        if (source.op == relation_operator::in) {
            NACRE_CO_TRY(filter.right, co_await evaluate_in(source, state));
        } else {
            const bool entry = source.map_key != nullptr;
            if (entry) {
                NACRE_CO_TRY(filter.map_key, co_await evaluate_operand(*source.map_key, state,
                                                                       "map key", source.column));
            }
            NACRE_CO_TRY(auto value,
                         co_await evaluate_operand(*source.right[0], state,
                                                   entry ? "map value" : "value", source.column));
            filter.right.emplace_back(std::move(value));
        }
        filters.push_back(std::move(filter));
    }
    co_return filters;
}

runtime::task<result<data::selection>> apply_filters(const std::vector<ready_filter>& filters,
                                                     evaluation& state,
                                                     const data::row_batch& batch) {
    auto rows = data::all_rows(batch.row_count);
    for (const auto& filter : filters) {
        NACRE_CO_TRY(const auto left, co_await filter.source->left->evaluate(state, batch));
        const auto* column = &left.column();
        data::selection kept;
        NACRE_CO_CHECK(co_await function::in_turns(
            {&column, 1}, rows, [&](std::span<const std::uint32_t> some) -> status {
                for (const auto row : some) {
                    const auto value = column->serialised(row);
                    if (!value) continue;
                    NACRE_TRY(const bool pass, passes(filter, *value));
                    if (pass) kept.push_back(row);
                }
                return {};
            }));
        rows = std::move(kept);
    }
    co_return rows;
}

}  // namespace nacre::query
