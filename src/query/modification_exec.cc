#include <algorithm>

#include "data/write_clock.h"
#include "query/large_rows.h"
#include "query/modification.h"
#include "query/row_changes.h"
#include "runtime/shard.h"

// From a bound write and its values to mutations.
namespace nacre::query {

using schema::column_kind;
namespace {

constexpr std::int32_t ttl_seconds_max = 20 * 365 * 24 * 3600;

// The last second that a stored expiry can name, as in Cassandra with its default settings.
constexpr std::int64_t expiry_seconds_max = INT32_MAX - 1;

status check_expiry(const schema::table& table, const cell_times& times, bool is_default) {
    if (std::int64_t{times.now_seconds} + times.ttl_seconds <= expiry_seconds_max) return {};
    return invalid(
        "Request on table {}.{} with {}ttl of {} seconds exceeds maximum supported expiration date "
        "of 2038-01-19T03:14:06+00:00. In order to avoid this use a lower TTL, change the "
        "expiration date overflow policy or upgrade to a version where this limitation is fixed. "
        "See CASSANDRA-14092 and CASSANDRA-14227 for more details.",
        table.keyspace(), table.name(), is_default ? "default " : "", times.ttl_seconds);
}

runtime::task<result<cell_times>> evaluate_times(const modification_plan& plan, evaluation& state,
                                                 const write_time& time) {
    cell_times times{time.timestamp_us, 0, time.now_seconds};
    NACRE_CO_TRY(times.timestamp_us,
                 co_await evaluate_timestamp(plan.timestamp, time.timestamp_us, state));
    times.ttl_seconds = plan.table->options().default_time_to_live_seconds;
    bool is_default = true;
    if (plan.ttl) {
        NACRE_CO_TRY(const auto value, co_await evaluate_single(*plan.ttl, state));
        is_default = value.is_unset();
        if (value.is_null()) {
            times.ttl_seconds = 0;
        } else if (!value.is_unset()) {
            times.ttl_seconds = load_big_endian<std::int32_t>(value.data.data());
        }
        if (times.ttl_seconds < 0) {
            co_return invalid("A TTL must be greater or equal to 0, but was {}", times.ttl_seconds);
        }
        if (times.ttl_seconds > ttl_seconds_max) {
            co_return invalid("ttl is too large. requested ({}) maximum ({})", times.ttl_seconds,
                              ttl_seconds_max);
        }
    }
    NACRE_CO_CHECK(check_expiry(*plan.table, times, is_default));
    co_return times;
}

runtime::task<result<std::vector<ready_operation>>> evaluate_operations(
    const modification_plan& plan, evaluation& state) {
    std::vector<ready_operation> ready;
    for (const auto& operation : plan.operations) {
        ready_operation one{&operation, {}, {}};
        if (operation.value) {
            NACRE_CO_TRY(one.value, co_await evaluate_single(*operation.value, state));
        }
        if (operation.element) {
            NACRE_CO_TRY(one.element, co_await evaluate_single(*operation.element, state));
        }
        ready.push_back(std::move(one));
    }
    co_return ready;
}

bool is_of(const schema::column_definition& column, bool static_row) {
    return (column.kind == column_kind::static_) == static_row;
}

// What one statement writes, once its values are known.
class mutation_maker {
  public:
    mutation_maker(const modification_plan& plan, const std::vector<ready_operation>& operations,
                   const cell_times& times, const execution_context& context)
        : _plan(plan), _operations(operations), _times(times), _context(context) {
        for (const auto& ready : operations) {
            const auto ordinal = ready.operation->ordinal;
            const bool static_row = plan.table->columns()[ordinal].kind == column_kind::static_;
            auto& read = static_row ? _static_read : _regular_read;
            if (ready.operation->reads(*plan.table) &&
                std::ranges::find(read, ordinal) == read.end()) {
                read.push_back(ordinal);
            }
        }
    }

    // A row of the partition, or its static row.
    runtime::task<result<data::row_change>> make_row(
        const data::partition_key& key, std::optional<data::clustering_key> clustering) const {
        const auto& read = clustering ? _regular_read : _static_read;
        if (read.empty()) co_return change_row(std::move(clustering), nullptr);
        NACRE_CO_TRY(const auto stored, co_await read_lists(*_context.store, _plan.table, read, key,
                                                            clustering, _times.now_seconds));
        auto change = [&]() -> runtime::task<result<data::row_change>> {
            NACRE_CO_TRY(const auto row,
                         row_of_lists(stored, *_plan.table, read, _times.now_seconds));
            co_return change_row(std::move(clustering), row ? &*row : nullptr);
        };
        co_return co_await where_it_fits(_context, stored, change);
    }

  private:
    // `stored`: the lists that are changed by what they contain; null if the row is not there.
    result<data::row_change> change_row(std::optional<data::clustering_key> clustering,
                                        const data::row* stored) const {
        data::row_change change;
        change.clustering = std::move(clustering);
        const bool static_row = !change.clustering;
        row_changes changes(change.content, _times, stored);
        for (const auto& ready : _operations) {
            const auto& column = _plan.table->columns()[ready.operation->ordinal];
            if (is_of(column, static_row)) NACRE_CHECK(changes.apply(ready, column));
        }
        if (!static_row && _plan.what == modification_plan::sort::insert) {
            auto& marker = change.content.marker;
            marker.write_timestamp_us = _times.timestamp_us;
            if (_times.ttl_seconds != 0) {
                marker.ttl_seconds = _times.ttl_seconds;
                marker.expires_at = _times.now_seconds + _times.ttl_seconds;
            }
        }
        return change;
    }

    const modification_plan& _plan;
    const std::vector<ready_operation>& _operations;
    const cell_times& _times;
    const execution_context& _context;
    std::vector<std::uint32_t> _static_read;
    std::vector<std::uint32_t> _regular_read;
};

// DELETE without columns: of rows, of ranges, of whole partitions.
void delete_rows(const modification_plan& plan, const std::vector<data::clustering_range>& slices,
                 const cell_times& times, data::mutation& mutation) {
    const data::tombstone deletion{times.timestamp_us, times.now_seconds};
    if (slices.empty()) {
        mutation.partition_deletion = deletion;
        return;
    }
    const bool rows = plan.where.has_full_clustering(*plan.table);
    for (const auto& slice : slices) {
        if (!rows) {
            mutation.range_tombstones.push_back({slice, deletion});
            continue;
        }
        data::row_change change;
        change.clustering = slice.start.prefix;
        change.content.deletion = deletion;
        mutation.rows.push_back(std::move(change));
    }
}

}  // namespace

runtime::task<result<std::int64_t>> evaluate_timestamp(const expression_ptr& given,
                                                       std::int64_t otherwise, evaluation& state) {
    if (!given) co_return otherwise;
    NACRE_CO_TRY(const auto value, co_await evaluate_single(*given, state));
    if (value.is_null()) co_return invalid("Invalid null value of timestamp");
    if (value.is_unset()) co_return otherwise;
    const auto timestamp_us = load_big_endian<std::int64_t>(value.data.data());
    if (timestamp_us == data::no_timestamp) {
        co_return invalid("Out of bound timestamp, must be in [{}, {}]", INT64_MIN + 1, INT64_MAX);
    }
    co_return timestamp_us;
}

namespace {

// A write whose partitions are known.
struct located_write {
    bound_write source;
    std::vector<bound_value> of_json;
    std::vector<data::partition_key> partitions;

    [[nodiscard]] const std::vector<bound_value>& values() const {
        return source.plan->json ? of_json : *source.values;
    }
};

runtime::task<result<located_write>> locate(const bound_write& write,
                                            const runtime::cancellation_ptr& until) {
    const auto& plan = *write.plan;
    located_write located{write, {}, {}};
    if (plan.json) {
        NACRE_CO_TRY(located.of_json,
                     co_await read_json_document(*plan.json, *plan.table, *write.values, until));
    }
    evaluation state(located.values(), until);
    NACRE_CO_TRY(located.partitions, co_await evaluate_partitions(plan.where, *plan.table, state));
    NACRE_CO_CHECK(check_keys(located.partitions));
    co_return located;
}

// How often a statement that names `rows` rows changes the static row: once, but lists get their
// new elements with each of the rows, as in Cassandra.
std::size_t static_changes(const modification_plan& plan, std::size_t rows) {
    std::size_t changes = 0;
    for (const auto& operation : plan.operations) {
        const auto& column = plan.table->columns()[operation.ordinal];
        if (column.kind != column_kind::static_) continue;
        using action = column_operation::action;
        const bool adds = column.type->kind() == types::type_kind::list &&
                          column.type->is_multi_cell() &&
                          (operation.what == action::set || operation.what == action::add ||
                           operation.what == action::prepend);
        changes = std::max(changes, adds ? rows : 1);
    }
    return changes;
}

runtime::task<status> make_mutations_of(located_write write, const write_time& time,
                                        const runtime::cancellation_ptr& until,
                                        const execution_context& context,
                                        std::vector<data::mutation>& out) {
    const auto& plan = *write.source.plan;
    evaluation state(write.values(), until);
    NACRE_CO_TRY(const auto slices,
                 co_await evaluate_slices(plan.where, *plan.table, state, nulls::refused));
    if (!slices) co_return status{};
    NACRE_CO_TRY(const auto times, co_await evaluate_times(plan, state, time));
    if (write.partitions.empty()) co_return status{};
    if (plan.names_ranges) {
        co_return invalid("Range deletions are not supported for specific columns");
    }
    NACRE_CO_TRY(const auto operations, co_await evaluate_operations(plan, state));

    const mutation_maker maker(plan, operations, times, context);
    const auto changes_of_static = static_changes(plan, std::max<std::size_t>(slices->size(), 1));
    for (auto& key : write.partitions) {
        if (runtime::turn_is_over()) co_await runtime::yield();
        data::mutation mutation;
        mutation.table = plan.table;
        mutation.key = std::move(key);
        if (plan.what == modification_plan::sort::remove && plan.operations.empty()) {
            delete_rows(plan, *slices, times, mutation);
        } else if (!plan.static_only) {
            std::vector<data::clustering_key> keys;
            for (const auto& slice : *slices) keys.push_back(slice.start.prefix);
            if (slices->empty()) keys.emplace_back();
            for (auto& clustering : keys) {
                NACRE_CO_TRY(auto change,
                             co_await maker.make_row(mutation.key, std::move(clustering)));
                const auto& content = change.content;
                const bool empty = content.cells.empty() && content.complex_deletions.empty() &&
                                   !content.marker.exists();
                if (!empty) mutation.rows.push_back(std::move(change));
            }
        }
        // Behind the rows, so that an error of a regular column is the one that is told.
        for (std::size_t i = 0; i < changes_of_static; ++i) {
            NACRE_CO_TRY(auto change, co_await maker.make_row(mutation.key, std::nullopt));
            mutation.rows.push_back(std::move(change));
        }
        out.push_back(std::move(mutation));
    }
    co_return status{};
}

}  // namespace

runtime::task<status> make_mutations(const std::vector<bound_write>& writes, const write_time& time,
                                     const runtime::cancellation_ptr& until,
                                     const execution_context& context,
                                     std::vector<data::mutation>& out) {
    // The keys of all statements are looked at before anything else of the first.
    std::vector<located_write> located;
    for (const auto& write : writes) {
        if (runtime::turn_is_over()) co_await runtime::yield();
        NACRE_CO_TRY(auto one, co_await locate(write, until));
        located.push_back(std::move(one));
        if (runtime::turn_is_over()) co_await runtime::yield();
    }
    for (auto& write : located) {
        NACRE_CO_CHECK(co_await make_mutations_of(std::move(write), time, until, context, out));
        if (runtime::turn_is_over()) co_await runtime::yield();
    }
    co_return status{};
}

std::int64_t next_timestamp_us() {
    static thread_local data::write_clock clock(1);
    return clock.next_us();
}

}  // namespace nacre::query
