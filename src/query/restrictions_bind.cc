#include <algorithm>
#include <map>

#include "query/restriction.h"

// From relations to restrictions: which of them the keys can serve.
namespace nacre::query {

using cql::relation_operator;
using schema::column_kind;
using statement = where_place::statement;

namespace {

// Collects the relations while they are bound, column by column.
class where_binder {
  public:
    where_binder(binder& names, const where_place& place)
        : _names(names), _table(*names.table()), _place(place) {}

    status add(const cql::relation& relation);
    result<restrictions> finish();

  private:
    using by_ordinal = std::map<std::uint32_t, restriction_ptr>;

    status add_token(const cql::relation& relation, const cql::function_call& call);
    status add_to(by_ordinal& group, restriction added);
    status check_clustering_order(const restriction& before, const restriction& added);
    [[nodiscard]] std::vector<restriction_ptr> clustering() const;
    [[nodiscard]] const schema::column_definition& first_of(const restriction& each) const {
        return _table.columns()[each.columns.front()];
    }

    status finish_partition_key();
    status finish_clustering();
    status finish_others();
    [[nodiscard]] bool index_serves(const restriction& each) const;
    status check_partition_of_write() const;
    status check_clustering_without_filtering(const std::vector<restriction_ptr>& all) const;
    clustering_restriction for_store(const restriction& each) const;
    [[nodiscard]] const char* statement_name() const;

    binder& _names;
    const schema::table& _table;
    const where_place& _place;
    by_ordinal _partition;
    by_ordinal _clustering;
    by_ordinal _others;
    bool _token_equal = false;
    restrictions _result;
};

const char* where_binder::statement_name() const {
    switch (_place.what) {
        case statement::select:
            return "SELECT";
        case statement::insert:
            return "INSERT";
        case statement::update:
            return "UPDATE";
        case statement::remove:
            break;
    }
    return "DELETE";
}

status where_binder::add(const cql::relation& relation) {
    if (const auto* call = relation.left.as<cql::function_call>();
        call != nullptr && call->function.keyspace.empty() && call->function.name == "token" &&
        !call->star) {
        return add_token(relation, *call);
    }
    const bool over_parts = relation.op == relation_operator::contains ||
                            relation.op == relation_operator::contains_key;
    if (over_parts && _place.what != statement::select) {
        return invalid("Cannot use {} with {}", statement_name(), operator_text(relation.op));
    }
    NACRE_TRY(auto bound, bind_relation(_names, relation));
    switch (_table.columns()[bound.columns.front()].kind) {
        case column_kind::partition_key:
            return add_to(_partition, std::move(bound));
        case column_kind::clustering: {
            const auto before = _clustering.empty() ? nullptr : _clustering.rbegin()->second;
            const auto added = bound;
            NACRE_CHECK(add_to(_clustering, std::move(bound)));
            return before ? check_clustering_order(*before, added) : status{};
        }
        default:
            return add_to(_others, std::move(bound));
    }
}

status where_binder::add_to(by_ordinal& group, restriction added) {
    std::vector<restriction_ptr> existing;
    for (const auto ordinal : added.columns) {
        const auto there = group.find(ordinal);
        const bool known =
            there == group.end() || std::ranges::find(existing, there->second) != existing.end();
        if (!known) existing.push_back(there->second);
    }
    const auto put = [&group](restriction whole) {
        const auto shared = std::make_shared<const restriction>(std::move(whole));
        for (const auto ordinal : shared->columns) group[ordinal] = shared;
    };
    if (existing.empty()) put(added);
    for (const auto& each : existing) {
        NACRE_TRY(auto merged, merge(*each, added, _table));
        put(std::move(merged));
    }
    return {};
}

// Only ALLOW FILTERING lets a column be restricted behind a slice.
status where_binder::check_clustering_order(const restriction& before, const restriction& added) {
    if (_place.allow_filtering) return {};
    const auto& earlier = first_of(before);
    const auto& later = first_of(added);
    if (before.is_slice() && later.position > earlier.position) {
        return invalid(
            "Clustering column \"{}\" cannot be restricted (preceding column \"{}\" is restricted "
            "by a non-EQ relation)",
            later.name, earlier.name);
    }
    if (later.position < earlier.position && added.is_slice()) {
        const auto next = _clustering.upper_bound(added.columns.back());
        return invalid(
            "PRIMARY KEY column \"{}\" cannot be restricted (preceding column \"{}\" is restricted "
            "by a non-EQ relation)",
            _table.columns()[next->first].name, later.name);
    }
    return {};
}

status where_binder::add_token(const cql::relation& relation, const cql::function_call& call) {
    std::vector<std::uint32_t> ordinals;
    std::string key;
    for (std::uint32_t i = 0; i < _table.partition_key_size(); ++i) {
        key += (key.empty() ? "" : ", ") + _table.partition_key_column(i).name;
    }
    for (const auto& argument : call.arguments) {
        const auto* column = argument.as<cql::column_ref>();
        if (column == nullptr)
            return syntax_error("token() takes columns: {}", relation_text(relation));
        NACRE_TRY(const auto ordinal, _names.find_column(column->name));
        ordinals.push_back(ordinal);
    }
    const bool is_comparison = relation.op == relation_operator::equal ||
                               relation.op == relation_operator::not_equal ||
                               is_slice_operator(relation.op);
    if (ordinals.empty() || !is_comparison) {
        return syntax_error("token() can't be compared so: {}", relation_text(relation));
    }
    if (relation.op == relation_operator::not_equal) {
        return invalid("Unsupported \"!=\" relation: {}", relation_text(relation));
    }
    std::vector<std::uint32_t> sorted = ordinals;
    std::ranges::sort(sorted);
    const auto repeated = std::ranges::unique(sorted);
    const bool repeats = !repeated.empty();
    sorted.erase(repeated.begin(), repeated.end());
    const auto size = _table.partition_key_size();
    const bool whole = sorted.size() >= size && sorted[size - 1] == size - 1;
    if (!whole) {
        return invalid(
            "The token() function must be applied to all partition key components or none of them");
    }
    if (repeats) {
        return invalid("The token() function contains duplicate partition key components");
    }
    if (sorted.size() != size) {
        return invalid("The token() function must contains only partition key components");
    }
    if (sorted != ordinals) {
        return invalid("The token function arguments must be in the partition key order: {}", key);
    }
    NACRE_TRY(auto value,
              _names.bind_value(relation.right[0], types::type::native(types::type_kind::bigint),
                                "partition key token"));
    const bool equal = relation.op == relation_operator::equal;
    if (_token_equal) {
        return invalid("{} cannot be restricted by more than one relation if it includes an Equal",
                       key);
    }
    if (equal && (_result.token_lower || _result.token_upper)) {
        return invalid(
            "Columns \"{}\" cannot be restricted by both an equality and an inequality relation",
            key);
    }
    _token_equal = equal;
    const bool inclusive = equal || relation.op == relation_operator::less_or_equal ||
                           relation.op == relation_operator::greater_or_equal;
    for (const bool lower : {true, false}) {
        const bool wanted = equal || lower == (relation.op == relation_operator::greater ||
                                               relation.op == relation_operator::greater_or_equal);
        auto& side = lower ? _result.token_lower : _result.token_upper;
        if (!wanted) continue;
        if (side) {
            return invalid("More than one restriction was found for the {} bound on {}",
                           lower ? "start" : "end", key);
        }
        side = token_bound{value, inclusive};
    }
    return {};
}

// The restrictions on clustering columns in the order of their first columns, each once.
std::vector<restriction_ptr> where_binder::clustering() const {
    std::vector<restriction_ptr> all;
    for (const auto& [ordinal, each] : _clustering) {
        if (all.empty() || all.back() != each) all.push_back(each);
    }
    return all;
}

status where_binder::check_partition_of_write() const {
    if (_result.token_lower || _result.token_upper) {
        return invalid("The token function cannot be used in WHERE clauses for {} statements",
                       statement_name());
    }
    std::string missing;
    bool slices = false;
    for (std::uint32_t i = 0; i < _table.partition_key_size(); ++i) {
        const auto found = _partition.find(i);
        if (found == _partition.end()) {
            missing += (missing.empty() ? "" : ", ") + _table.partition_key_column(i).name;
        } else {
            slices = slices || found->second->is_slice();
        }
    }
    if (!missing.empty()) return invalid("Some partition key parts are missing: {}", missing);
    if (slices) {
        return invalid(
            "Only EQ and IN relation are supported on the partition key (unless you use the "
            "token() function) for {} statements",
            statement_name());
    }
    return {};
}

status where_binder::finish_partition_key() {
    if (_place.what != statement::select) NACRE_CHECK(check_partition_of_write());
    const bool given = _partition.size() == _table.partition_key_size() &&
                       std::ranges::all_of(_partition, [](const auto& each) {
                           return each.second->what == restriction::sort::equal ||
                                  each.second->what == restriction::sort::in;
                       });
    if (given) {
        for (const auto& [ordinal, each] : _partition) {
            _result.partition_key.push_back(each->values);
        }
        return {};
    }
    if (!_partition.empty() && !_place.allow_filtering) return filtering_needed();
    for (const auto& [ordinal, each] : _partition) {
        NACRE_CHECK(append_filters(*each, _names, _result.filters));
    }
    return {};
}

clustering_restriction where_binder::for_store(const restriction& each) const {
    clustering_restriction stored;
    stored.first = first_of(each).position;
    stored.count = static_cast<std::uint32_t>(each.columns.size());
    if (each.is_slice()) {
        stored.lower = each.lower;
        stored.upper = each.upper;
        stored.is_multi = each.is_multi;
    } else {
        stored.equal = each.values;
    }
    return stored;
}

status where_binder::check_clustering_without_filtering(
    const std::vector<restriction_ptr>& all) const {
    if (_place.allow_filtering) return {};
    for (const auto& each : all) {
        if (each->what == restriction::sort::contains) {
            return invalid(
                "Clustering columns can only be restricted with CONTAINS with a secondary index or "
                "filtering");
        }
    }
    std::uint32_t expected = 0;
    for (const auto& [ordinal, each] : _clustering) {
        const auto& column = _table.columns()[ordinal];
        if (column.position != expected) {
            return invalid(
                "PRIMARY KEY column \"{}\" cannot be restricted as preceding column \"{}\" is not "
                "restricted",
                column.name, _table.clustering_column(expected).name);
        }
        ++expected;
    }
    return {};
}

// Leading equalities and one slice are the store's; what comes after a gap or a slice is filtered.
status where_binder::finish_clustering() {
    const auto all = clustering();
    if (_place.selects_only_static && !all.empty()) {
        return invalid("Cannot restrict clustering columns when selecting only static columns");
    }
    const bool served = all.size() == 1 && _others.empty() && index_serves(*all.front());
    const bool writes = _place.what == statement::insert || _place.what == statement::update;
    const bool slices =
        std::ranges::any_of(all, [](const restriction_ptr& each) { return each->is_slice(); });
    if (slices && writes) {
        return invalid(
            "Slice restrictions are not supported on the clustering columns in {} statements",
            statement_name());
    }
    // Which clustering columns a write may leave out is its own to say.
    if (!writes && !served) {
        NACRE_CHECK(check_clustering_without_filtering(all));
    }
    std::uint32_t position = 0;
    bool sliced = false;
    for (const auto& each : all) {
        const bool stored = !sliced && each->what != restriction::sort::contains &&
                            first_of(*each).position == position;
        if (!stored) {
            auto filtered = append_filters(*each, _names, _result.filters);
            if (!filtered) _result.unfilterable = std::move(filtered).error();
            continue;
        }
        _result.clustering.push_back(for_store(*each));
        sliced = each->is_slice();
        position += static_cast<std::uint32_t>(each->columns.size());
    }
    const bool scans = _result.partition_key.empty();
    _result.needs_filtering = scans && !all.empty() && !_place.allow_filtering && !served;
    return {};
}

// One restriction beside those of the primary key can be an index's.
bool where_binder::index_serves(const restriction& each) const {
    const auto index = first_of(each).index;
    if (_place.what != statement::select || each.columns.size() != 1) return false;
    switch (each.what) {
        case restriction::sort::equal:
            return index != schema::column_index::none;
        case restriction::sort::contains:
            return index != schema::column_index::none && each.contains.size() == 1;
        case restriction::sort::slice:
            return index == schema::column_index::ranges;
        case restriction::sort::in:
            return false;
    }
    return false;
}

status where_binder::finish_others() {
    if (_others.empty()) return {};
    if (_place.what != statement::select) {
        std::string columns;
        for (const auto& [ordinal, each] : _others) {
            columns += (columns.empty() ? "" : ", ") + _table.columns()[ordinal].name;
        }
        return invalid("Non PRIMARY KEY columns found in where clause: {} ", columns);
    }
    const bool served = _others.size() == 1 && index_serves(*_others.begin()->second);
    if (!_place.allow_filtering && !served) return filtering_needed();
    for (const auto& [ordinal, each] : _others) {
        NACRE_CHECK(append_filters(*each, _names, _result.filters));
    }
    return {};
}

result<restrictions> where_binder::finish() {
    _result.touches_partition_key =
        !_partition.empty() || _result.token_lower || _result.token_upper;
    for (const auto& [ordinal, each] : _partition) {
        if (each->what == restriction::sort::in) _result.lists_partition_key = true;
    }
    for (const auto* group : {&_partition, &_clustering}) {
        for (const auto& [ordinal, each] : *group) {
            if (each->what == restriction::sort::equal) _result.fixed.push_back(ordinal);
        }
    }
    NACRE_CHECK(finish_partition_key());
    NACRE_CHECK(finish_clustering());
    NACRE_CHECK(finish_others());
    return std::move(_result);
}

}  // namespace

error filtering_needed() {
    return invalid(
        "Cannot execute this query as it might involve data filtering and thus may have "
        "unpredictable performance. If you want to execute this query despite the performance "
        "unpredictability, use ALLOW FILTERING");
}

bool restrictions::has_partition_list() const {
    return std::ranges::any_of(partition_key, [](const value_list& list) { return list.is_in; });
}

bool restrictions::gives_clustering(std::uint32_t position) const {
    return std::ranges::any_of(clustering, [position](const clustering_restriction& each) {
        return each.equal && each.first <= position && position < each.first + each.count;
    });
}

bool restrictions::has_full_clustering(const schema::table& table) const {
    const auto size = table.clustering_key_size();
    return size == 0 || gives_clustering(size - 1);
}

bool restrictions::fixes(std::uint32_t ordinal) const {
    return std::ranges::find(fixed, ordinal) != fixed.end();
}

result<restrictions> bind_where(binder& names, const std::vector<cql::relation>& relations,
                                const where_place& place) {
    where_binder binding(names, place);
    for (const auto& relation : relations) NACRE_CHECK(binding.add(relation));
    return binding.finish();
}

}  // namespace nacre::query
