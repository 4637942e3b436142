#include "cluster/base_read.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/identifier.h"
#include "types/value.h"

namespace nacre::cluster {

namespace {

using part = storage::wanted_column::part;

std::string selector_of(const schema::column_definition& column, part what) {
    const auto name = quote_identifier(column.name);
    if (what == part::write_timestamp) return "writetime(" + name + ")";
    if (what == part::ttl) return "ttl(" + name + ")";
    return name;
}

std::string_view relation_text(storage::row_condition::relation what) {
    using enum storage::row_condition::relation;
    switch (what) {
        case equal:
            return " =";
        case less:
            return " <";
        case less_or_equal:
            return " <=";
        case greater:
            return " >";
        case greater_or_equal:
            return " >=";
        case contains:
            return " CONTAINS";
        case contains_key:
            return " CONTAINS KEY";
        case has_entry:
            return "[?] =";
    }
    return {};
}

std::string partition_key_names(const schema::table& table) {
    std::string names;
    for (std::uint32_t i = 0; i < table.partition_key_size(); ++i) {
        if (i != 0) names += ", ";
        names += quote_identifier(table.partition_key_column(i).name);
    }
    return names;
}

// From the first value that the bounds do not share on: the rows behind `bound`, from the deepest
// prefix to the shallowest but one.
void add_behind(const data::clustering_bound& bound, std::size_t common,
                std::vector<simple_slice>& out) {
    for (auto depth = bound.prefix.size(); depth > common + 1; --depth) {
        const bool last = depth == bound.prefix.size();
        simple_slice slice;
        slice.equal.assign(bound.prefix.begin(),
                           bound.prefix.begin() + static_cast<std::ptrdiff_t>(depth - 1));
        slice.from = {bound.prefix[depth - 1], last && bound.inclusive};
        out.push_back(std::move(slice));
    }
}

void add_before(const data::clustering_bound& bound, std::size_t common,
                std::vector<simple_slice>& out) {
    for (auto depth = common + 2; depth <= bound.prefix.size(); ++depth) {
        const bool last = depth == bound.prefix.size();
        simple_slice slice;
        slice.equal.assign(bound.prefix.begin(),
                           bound.prefix.begin() + static_cast<std::ptrdiff_t>(depth - 1));
        slice.to = {bound.prefix[depth - 1], last && bound.inclusive};
        out.push_back(std::move(slice));
    }
}

}  // namespace

std::vector<simple_slice> simple_slices(const data::clustering_range& slice) {
    const auto& start = slice.start;
    const auto& end = slice.end;
    const auto shorter = std::min(start.prefix.size(), end.prefix.size());
    std::size_t common = 0;
    while (common < shorter && start.prefix[common] == end.prefix[common]) ++common;
    // All that begins with the whole of a bound lies on one side of it.
    if (common == start.prefix.size() && common != 0 && !start.inclusive) return {};
    if (common == end.prefix.size() && common != 0 && !end.inclusive) return {};

    std::vector<simple_slice> out;
    add_behind(start, common, out);
    simple_slice middle;
    middle.equal.assign(start.prefix.begin(),
                        start.prefix.begin() + static_cast<std::ptrdiff_t>(common));
    if (start.prefix.size() > common) {
        middle.from = {start.prefix[common], start.prefix.size() == common + 1 && start.inclusive};
    }
    if (end.prefix.size() > common) {
        middle.to = {end.prefix[common], end.prefix.size() == common + 1 && end.inclusive};
    }
    out.push_back(std::move(middle));
    add_before(end, common, out);
    return out;
}

simple_slice cover(const std::vector<data::clustering_range>& slices) {
    const auto& start = slices.front().start.prefix;
    const auto& end = slices.back().end.prefix;
    const auto shorter = std::min(start.size(), end.size());
    std::size_t common = 0;
    while (common < shorter && start[common] == end[common]) ++common;
    simple_slice covering;
    covering.equal.assign(start.begin(), start.begin() + static_cast<std::ptrdiff_t>(common));
    if (start.size() > common) covering.from = {start[common], true};
    if (end.size() > common) covering.to = {end[common], true};
    return covering;
}

bool lies_in(const std::vector<data::clustering_range>& slices, const schema::table& table,
             const std::vector<bytes_view>& key) {
    const auto compared = [&](const data::clustering_bound& bound) {
        for (std::uint32_t i = 0; i < bound.prefix.size(); ++i) {
            const auto& column = table.clustering_column(i);
            const auto order = types::compare(*column.type, key[i], bound.prefix[i]);
            if (order == 0) continue;
            const bool descending = column.order == schema::clustering_order::descending;
            return (order < 0) != descending ? -1 : 1;
        }
        return 0;
    };
    return std::ranges::any_of(slices, [&](const data::clustering_range& slice) {
        const auto from = compared(slice.start);
        if (from < 0 || (from == 0 && !slice.start.inclusive)) return false;
        const auto to = compared(slice.end);
        return to < 0 || (to == 0 && slice.end.inclusive);
    });
}

result<base_read> base_read::make(const storage::scan_request& request) {
    const auto& table = *request.table;
    base_read made(request);
    std::vector<std::string> selectors;
    made._partition_key.assign(table.partition_key_size(), SIZE_MAX);
    std::vector<std::size_t> clustering(table.clustering_key_size(), SIZE_MAX);
    const auto note = [&](std::uint32_t ordinal, std::size_t at) {
        const auto& column = table.columns()[ordinal];
        if (column.kind == schema::column_kind::partition_key) {
            made._partition_key[column.position] = at;
        }
        if (column.kind == schema::column_kind::clustering) clustering[column.position] = at;
    };
    for (const auto& wanted : request.columns) {
        const auto& column = table.columns()[wanted.ordinal];
        if (wanted.what == part::path) {
            return invalid(
                "Parts of the collection {} can't be selected beside functions in a cluster",
                column.name);
        }
        if (wanted.what == part::value) note(wanted.ordinal, selectors.size());
        selectors.push_back(selector_of(column, wanted.what));
    }
    for (std::uint32_t i = 0; i < table.partition_key_size(); ++i) {
        if (made._partition_key[i] != SIZE_MAX) continue;
        made._partition_key[i] = selectors.size();
        selectors.push_back(selector_of(table.partition_key_column(i), part::value));
    }
    const bool drops_static = !request.static_rows && table.has_static_columns() &&
                              table.clustering_key_size() != 0 && !request.partitions_only;
    made.cut_for_ring();
    const std::size_t needed = made._covers_slices ? clustering.size() : drops_static ? 1 : 0;
    for (std::uint32_t i = 0; i < needed; ++i) {
        if (clustering[i] == SIZE_MAX) {
            clustering[i] = selectors.size();
            selectors.push_back(selector_of(table.clustering_column(i), part::value));
        }
        made._clustering_key.push_back(clustering[i]);
    }
    made._column_count = selectors.size();
    made._select =
        fmt::format("SELECT {}{} FROM {}.{} WHERE ", request.partitions_only ? "DISTINCT " : "",
                    fmt::join(selectors, ", "), quote_identifier(table.keyspace()),
                    quote_identifier(table.name()));
    return made;
}

// Rows of a partition come together: over ranges of tokens one statement has to say all.
void base_read::cut_for_ring() {
    const auto& slices = _request->slices;
    if (!std::holds_alternative<std::vector<data::token_range>>(_request->partitions)) return;
    if (slices.empty()) return;
    if (slices.size() == 1) {
        auto simple = simple_slices(slices.front());
        if (simple.empty()) _is_empty = true;
        if (simple.size() == 1) _ring_slice = std::move(simple.front());
        if (simple.size() < 2) return;
    }
    _ring_slice = cover(slices);
    _covers_slices = true;
}

void base_read::add_slice(base_statement& statement, const simple_slice& slice) const {
    const auto& table = *_request->table;
    const auto name = [&table](std::size_t i) {
        return quote_identifier(table.clustering_column(static_cast<std::uint32_t>(i)).name);
    };
    for (std::size_t i = 0; i < slice.equal.size(); ++i) {
        statement.text += fmt::format(" AND {} = ?", name(i));
        statement.values.add(slice.equal[i]);
    }
    const auto next = slice.equal.size();
    const auto add_limit = [&](const simple_slice::limit& limit, bool lower) {
        const auto& column = table.clustering_column(static_cast<std::uint32_t>(next));
        const bool descending = column.order == schema::clustering_order::descending;
        statement.text += fmt::format(" AND {} {}{} ?", name(next), lower != descending ? '>' : '<',
                                      limit.inclusive ? "=" : "");
        statement.values.add(limit.value);
    };
    if (slice.from) add_limit(*slice.from, true);
    if (slice.to) add_limit(*slice.to, false);
}

bool base_read::add_conditions(base_statement& statement) const {
    using relation = storage::row_condition::relation;
    const auto& table = *_request->table;
    bool added = false;
    for (const auto& each : _request->conditions) {
        const auto& column = table.columns()[each.ordinal];
        const auto kind = column.type->kind();
        const bool of_parts = each.what == relation::contains ||
                              each.what == relation::contains_key ||
                              each.what == relation::has_entry;
        const bool unfit =
            // Beside token() nothing else may be said of it.
            column.kind == schema::column_kind::partition_key ||
            (_request->partitions_only && column.kind != schema::column_kind::static_) ||
            kind == types::type_kind::counter || kind == types::type_kind::duration ||
            (!of_parts && column.type->is_multi_cell());
        if (unfit) continue;
        added = true;
        statement.text +=
            fmt::format(" AND {}{} ?", quote_identifier(column.name), relation_text(each.what));
        if (each.what == relation::has_entry) statement.values.add(each.key);
        statement.values.add(each.value);
    }
    return added;
}

void base_read::end(base_statement& statement, bool ordered, bool filtered) const {
    const auto& table = *_request->table;
    if (ordered && _request->reversed && table.clustering_key_size() != 0) {
        const auto& first = table.clustering_column(0);
        statement.text +=
            fmt::format(" ORDER BY {} {}", quote_identifier(first.name),
                        first.order == schema::clustering_order::descending ? "ASC" : "DESC");
    }
    if (_request->rows_per_partition_max != 0 && !(_covers_slices && !ordered)) {
        statement.text += fmt::format(" PER PARTITION LIMIT {}", _request->rows_per_partition_max);
    }
    if (filtered) statement.text += " ALLOW FILTERING";
}

base_statement base_read::of_partition(const data::partition_key& key,
                                       const simple_slice& slice) const {
    base_statement statement{_select, {}};
    for (std::uint32_t i = 0; i < key.size(); ++i) {
        if (i != 0) statement.text += " AND ";
        statement.text += quote_identifier(_request->table->partition_key_column(i).name) + " = ?";
        statement.values.add(key[i]);
    }
    add_slice(statement, slice);
    const bool filtered = add_conditions(statement);
    end(statement, true, filtered);
    return statement;
}

base_statement base_read::of_range(const data::token_range& range) const {
    base_statement statement{_select, {}};
    const auto names = partition_key_names(*_request->table);
    statement.text += fmt::format("token({0}) > ? AND token({0}) <= ?", names);
    statement.values.add(types::serialise_integer(range.after.value));
    statement.values.add(types::serialise_integer(range.up_to.value));
    add_slice(statement, _ring_slice);
    const bool conditional = add_conditions(statement);
    const bool sliced = !_ring_slice.equal.empty() || _ring_slice.from || _ring_slice.to;
    end(statement, false, sliced || conditional);
    return statement;
}

}  // namespace nacre::cluster
