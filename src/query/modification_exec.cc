#include <algorithm>
#include <chrono>

#include "query/modification.h"
#include "types/value.h"

// From a bound write and its values to mutations.
namespace nacre::query {

using schema::column_kind;
using types::type_kind;

namespace {

using action = column_operation::action;

constexpr std::int32_t ttl_seconds_max = 20 * 365 * 24 * 3600;

struct cell_times {
    std::int64_t timestamp_us = 0;
    std::int32_t ttl_seconds = 0;
    std::int32_t now_seconds = 0;
};

runtime::task<result<cell_times>> evaluate_times(const modification_plan& plan, evaluation& state,
                                                 const write_time& time) {
    cell_times times{time.timestamp_us, 0, time.now_seconds};
    if (plan.timestamp) {
        NACRE_CO_TRY(const auto value, co_await evaluate_single(*plan.timestamp, state));
        if (value.is_null()) co_return invalid("Invalid null value of timestamp");
        if (!value.is_unset())
            times.timestamp_us = load_big_endian<std::int64_t>(value.data.data());
        if (times.timestamp_us == data::no_timestamp) {
            co_return invalid("Out of bound timestamp, must be in [{}, {}]", INT64_MIN + 1,
                              INT64_MAX);
        }
    }
    times.ttl_seconds = plan.table->options().default_time_to_live_seconds;
    if (plan.ttl) {
        NACRE_CO_TRY(const auto value, co_await evaluate_single(*plan.ttl, state));
        if (value.is_null()) co_return invalid("Invalid null value of ttl");
        if (!value.is_unset()) times.ttl_seconds = load_big_endian<std::int32_t>(value.data.data());
        if (times.ttl_seconds < 0) {
            co_return invalid("A TTL must be greater or equal to 0, but was {}", times.ttl_seconds);
        }
        if (times.ttl_seconds > ttl_seconds_max) {
            co_return invalid("ttl is too large. requested ({}) maximum ({})", times.ttl_seconds,
                              ttl_seconds_max);
        }
    }
    co_return times;
}

// Builds the cells of one row (or of the static row, of which the same operations make the rest).
class row_builder {
  public:
    row_builder(data::row& into, const cell_times& times) : _row(into), _times(times) {}

    void put(std::uint32_t column_id, std::optional<bytes> path, std::optional<bytes> value) {
        data::cell cell;
        cell.column_id = column_id;
        cell.path = std::move(path);
        cell.value = std::move(value);
        cell.write_timestamp_us = _times.timestamp_us;
        if (!cell.value) {
            cell.expires_or_deleted_at = _times.now_seconds;
        } else if (_times.ttl_seconds != 0) {
            cell.ttl_seconds = _times.ttl_seconds;
            cell.expires_or_deleted_at = _times.now_seconds + _times.ttl_seconds;
        }
        _row.cells.push_back(std::move(cell));
    }

    // What was there is gone; `before` lets what this very statement writes survive.
    enum class reach : std::uint8_t { before_now, until_now };
    void delete_all(std::uint32_t column_id, reach what) {
        const auto timestamp = _times.timestamp_us - (what == reach::before_now ? 1 : 0);
        _row.complex_deletions.push_back({column_id, {timestamp, _times.now_seconds}});
    }

    // The elements of a serialised collection or user type as cells.
    status put_elements(const schema::column_definition& column, const types::type& type,
                        bytes_view value) {
        if (type.kind() == type_kind::user) {
            NACRE_TRY(const auto fields, types::split_fields(type, value));
            for (std::uint16_t i = 0; i < fields.size(); ++i) {
                if (fields[i]) put(column.id, to_big_endian(i), bytes(*fields[i]));
            }
            return {};
        }
        NACRE_TRY(const auto parts, types::split_collection(type, value));
        const bool is_map = type.kind() == type_kind::map;
        for (std::size_t i = 0; i < parts.size(); i += is_map ? 2 : 1) {
            switch (type.kind()) {
                case type_kind::list:
                    put(column.id, uuid::time_based().to_bytes(), bytes(*parts[i]));
                    break;
                case type_kind::set:
                    put(column.id, bytes(*parts[i]), bytes());
                    break;
                default:
                    put(column.id, bytes(*parts[i]), bytes(*parts[i + 1]));
            }
        }
        return {};
    }

    status prepend(const schema::column_definition& column, bytes_view list) {
        NACRE_TRY(const auto parts, types::split_collection(*column.type, list));
        for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
            put(column.id, uuid::time_based_descending().to_bytes(), bytes(**part));
        }
        return {};
    }

    status remove_elements(const schema::column_definition& column, const types::type& value_type,
                           bytes_view value) {
        NACRE_TRY(const auto parts, types::split_collection(value_type, value));
        const std::size_t step = value_type.kind() == type_kind::map ? 2 : 1;
        for (std::size_t i = 0; i < parts.size(); i += step) {
            put(column.id, bytes(*parts[i]), std::nullopt);
        }
        return {};
    }

    void sort() {
        const auto key = [](const data::cell& cell) {
            return std::pair(cell.column_id, cell.path.value_or(bytes()));
        };
        std::ranges::stable_sort(_row.cells, {}, key);
        std::ranges::stable_sort(_row.complex_deletions, {}, &data::complex_deletion::column_id);
    }

  private:
    data::row& _row;
    const cell_times& _times;
};

// An operation with its values, evaluated once for all rows that the statement touches.
struct ready_operation {
    const column_operation* operation;
    single_value value;
    single_value element;
};

status apply_operation(const ready_operation& ready, const schema::column_definition& column,
                       row_builder& row) {
    const auto& type = *column.type;
    const auto& value = ready.value;
    const bool list_by_place =
        type.kind() == type_kind::list && (ready.operation->what == action::set_element ||
                                           ready.operation->what == action::remove_element ||
                                           ready.operation->what == action::subtract);
    if (list_by_place) {
        return invalid("Changing elements of list {} by index or by value is not supported",
                       column.name);
    }
    switch (ready.operation->what) {
        case action::set:
            if (value.is_unset()) return {};
            if (!type.is_multi_cell()) {
                row.put(column.id, std::nullopt, value.optional());
                return {};
            }
            row.delete_all(column.id, value.is_null() ? row_builder::reach::until_now
                                                      : row_builder::reach::before_now);
            return value.is_null() ? status{} : row.put_elements(column, type, value.data);
        case action::add:
            if (value.is_unset() || value.is_null()) return {};
            return row.put_elements(column, type, value.data);
        case action::prepend:
            if (value.is_unset() || value.is_null()) return {};
            return row.prepend(column, value.data);
        case action::subtract:
            if (value.is_unset() || value.is_null()) return {};
            return row.remove_elements(column, *ready.operation->value->type(), value.data);
        case action::set_element:
        case action::remove_element: {
            if (value.is_unset() && ready.operation->what == action::set_element) return {};
            bytes path;
            if (ready.operation->field) {
                path = to_big_endian(*ready.operation->field);
            } else if (ready.element.is_null() || ready.element.is_unset()) {
                return invalid("Invalid null map key for column {}", column.name);
            } else {
                path = ready.element.data;
            }
            row.put(column.id, std::move(path), value.optional());
            return {};
        }
    }
    return {};
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

result<data::row_change> make_row(const modification_plan& plan,
                                  const std::vector<ready_operation>& operations,
                                  const cell_times& times, column_kind which,
                                  std::optional<data::clustering_key> clustering) {
    data::row_change change;
    change.clustering = std::move(clustering);
    row_builder builder(change.content, times);
    for (const auto& ready : operations) {
        const auto& column = plan.table->columns()[ready.operation->ordinal];
        if (column.kind == which) NACRE_CHECK(apply_operation(ready, column, builder));
    }
    builder.sort();
    if (which == column_kind::regular && plan.what == modification_plan::sort::insert) {
        change.content.marker.write_timestamp_us = times.timestamp_us;
        if (times.ttl_seconds != 0) {
            change.content.marker.ttl_seconds = times.ttl_seconds;
            change.content.marker.expires_at = times.now_seconds + times.ttl_seconds;
        }
    }
    return change;
}

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

runtime::task<status> make_mutations(const modification_plan& plan,
                                     const std::vector<bound_value>& values, const write_time& time,
                                     std::vector<data::mutation>& out) {
    evaluation state(values);
    NACRE_CO_TRY(const auto times, co_await evaluate_times(plan, state, time));
    NACRE_CO_TRY(auto partitions, co_await evaluate_partitions(plan.where, state));
    NACRE_CO_TRY(const auto slices, co_await evaluate_slices(plan.where, *plan.table, state));
    NACRE_CO_TRY(const auto operations, co_await evaluate_operations(plan, state));
    if (!slices) co_return status{};

    const bool writes_static = std::ranges::any_of(plan.operations, [&](const auto& operation) {
        return plan.table->columns()[operation.ordinal].kind == column_kind::static_;
    });
    for (auto& key : partitions) {
        data::mutation mutation;
        mutation.table = plan.table;
        mutation.key = std::move(key);
        if (writes_static) {
            NACRE_CO_TRY(auto change,
                         make_row(plan, operations, times, column_kind::static_, std::nullopt));
            mutation.rows.push_back(std::move(change));
        }
        if (plan.what == modification_plan::sort::remove && plan.operations.empty()) {
            delete_rows(plan, *slices, times, mutation);
        } else if (!plan.static_only) {
            std::vector<data::clustering_key> keys;
            for (const auto& slice : *slices) keys.push_back(slice.start.prefix);
            if (slices->empty()) keys.emplace_back();
            for (auto& clustering : keys) {
                NACRE_CO_TRY(auto change, make_row(plan, operations, times, column_kind::regular,
                                                   std::move(clustering)));
                const auto& content = change.content;
                const bool empty = content.cells.empty() && content.complex_deletions.empty() &&
                                   !content.marker.exists();
                if (!empty) mutation.rows.push_back(std::move(change));
            }
        }
        out.push_back(std::move(mutation));
    }
    co_return status{};
}

std::int64_t next_timestamp_us() {
    static thread_local std::int64_t last = 0;
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    last = std::max(now, last + 1);
    return last;
}

}  // namespace nacre::query
