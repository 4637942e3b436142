#include "query/row_changes.h"

#include <algorithm>
#include <utility>

#include "data/reconcile.h"
#include "types/value.h"

namespace nacre::query {

using types::type_kind;

namespace {

using action = column_operation::action;

}  // namespace

status row_changes::apply(const ready_operation& ready, const schema::column_definition& column) {
    const auto& value = ready.value;
    const bool nothing = value.is_unset() || value.is_null();
    switch (ready.operation->what) {
        case action::set:
            return set(column, value);
        case action::remove:
            if (column.type->is_multi_cell()) {
                delete_all(column.id, reach::until_now);
            } else {
                put(column.id, std::nullopt, std::nullopt);
            }
            return {};
        case action::add:
            return nothing ? status{} : put_elements(column, value.data);
        case action::prepend:
            return nothing ? status{} : prepend(column, value.data);
        case action::subtract:
            return nothing ? status{}
                           : subtract(column, *ready.operation->value->type(), value.data);
        case action::set_element:
        case action::remove_element:
            return column.type->kind() == type_kind::list ? change_list_element(ready, column)
                                                          : change_element(ready, column);
    }
    return {};
}

void row_changes::put(std::uint32_t column_id, optional_bytes path, optional_bytes value) {
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

// What was there is gone; `before_now` lets what this very statement writes survive.
void row_changes::delete_all(std::uint32_t column_id, reach what) {
    const auto timestamp = _times.timestamp_us - (what == reach::before_now ? 1 : 0);
    _row.complex_deletions.push_back({column_id, {timestamp, _times.now_seconds}});
}

status row_changes::set(const schema::column_definition& column, const single_value& value) {
    if (value.is_unset()) return {};
    if (!column.type->is_multi_cell()) {
        put(column.id, std::nullopt, value.optional());
        return {};
    }
    delete_all(column.id, reach::before_now);
    return value.is_null() ? status{} : put_elements(column, value.data);
}

// The elements of a serialised collection or user type as cells.
status row_changes::put_elements(const schema::column_definition& column, bytes_view value) {
    const auto& type = *column.type;
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

status row_changes::prepend(const schema::column_definition& column, bytes_view list) {
    NACRE_TRY(const auto parts, types::split_collection(*column.type, list));
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        put(column.id, uuid::time_based_descending().to_bytes(), bytes(**part));
    }
    return {};
}

status row_changes::subtract(const schema::column_definition& column, const types::type& value_type,
                             bytes_view value) {
    NACRE_TRY(const auto parts, types::split_collection(value_type, value));
    if (column.type->kind() == type_kind::list) {
        for (auto& cell : list_now(column)) {
            if (!cell.value) continue;
            const bool named = std::ranges::any_of(
                parts, [&](const auto& part) { return *part == bytes_view(*cell.value); });
            if (named) put(column.id, std::move(cell.path), std::nullopt);
        }
        return {};
    }
    for (const auto& part : parts) put(column.id, bytes(*part), std::nullopt);
    return {};
}

// Of a map, set or user type.
status row_changes::change_element(const ready_operation& ready,
                                   const schema::column_definition& column) {
    bytes path;
    if (ready.operation->field) {
        path = to_big_endian(*ready.operation->field);
    } else {
        const auto* what = column.type->kind() == type_kind::map ? "map key" : "set element";
        if (ready.element.is_null()) return invalid("Invalid null {}", what);
        if (ready.element.is_unset()) {
            // As in Cassandra: only a map insists.
            if (column.type->kind() == type_kind::set) return {};
            return invalid("Invalid unset {}", what);
        }
        path = ready.element.data;
    }
    if (ready.value.is_unset()) return {};
    put(column.id, std::move(path), ready.value.optional());
    return {};
}

status row_changes::change_list_element(const ready_operation& ready,
                                        const schema::column_definition& column) {
    const bool sets = ready.operation->what == action::set_element;
    if (ready.element.is_null()) return invalid("Invalid null value for list index");
    if (ready.element.is_unset()) {
        return sets ? invalid("Invalid unset value for list index") : status{};
    }
    auto list = list_now(column);
    if (list.empty()) {
        return sets ? invalid("Attempted to set an element on a list which is null")
                    : invalid("Attempted to delete an element from a list which is null");
    }
    const auto index = load_big_endian<std::int32_t>(ready.element.data.data());
    if (index < 0 || static_cast<std::size_t>(index) >= list.size()) {
        return invalid("List index {} out of bound, list has size {}", index, list.size());
    }
    if (sets && ready.value.is_unset()) return {};
    put(column.id, std::move(list[static_cast<std::size_t>(index)].path), ready.value.optional());
    return {};
}

std::vector<data::cell> row_changes::list_now(const schema::column_definition& column) const {
    auto now = data::view_of(_row);
    if (_stored != nullptr) {
        data::reconcile(now, data::view_of(*_stored));
        std::erase_if(now.cells, [&](const data::cell_view& cell) {
            return !data::is_live(cell, _times.now_seconds);
        });
    }
    std::erase_if(now.cells,
                  [&](const data::cell_view& cell) { return cell.column_id != column.id; });
    auto cells = data::to_row(now).cells;
    const auto& order = *types::type::native(type_kind::timeuuid);
    std::ranges::sort(cells, [&](const data::cell& a, const data::cell& b) {
        return types::compare(order, *a.path, *b.path) < 0;
    });
    return cells;
}

namespace {

// One column of a batch's row, a list, by element.
result<std::vector<optional_bytes>> elements_of(const data::column_vector& column,
                                                std::uint32_t row) {
    std::vector<optional_bytes> elements;
    if (column.is_null(row)) return elements;
    NACRE_TRY(const auto parts, types::split_collection(*column.type(), column.view(row)));
    for (const auto& part : parts) {
        elements.push_back(part ? optional_bytes(bytes(*part)) : std::nullopt);
    }
    return elements;
}

status append_list_cells(const data::row_batch& batch, std::size_t first_slot,
                         std::uint32_t column_id, std::int64_t now_seconds, data::row& out) {
    NACRE_TRY(auto values, elements_of(batch.columns[first_slot], 0));
    NACRE_TRY(auto paths, elements_of(batch.columns[first_slot + 1], 0));
    NACRE_TRY(const auto timestamps, elements_of(batch.columns[first_slot + 2], 0));
    NACRE_TRY(const auto ttls, elements_of(batch.columns[first_slot + 3], 0));
    for (std::size_t i = 0; i < values.size(); ++i) {
        data::cell cell;
        cell.column_id = column_id;
        cell.path = std::move(paths[i]);
        cell.value = std::move(values[i]);
        cell.write_timestamp_us = load_big_endian<std::int64_t>(timestamps[i]->data());
        if (ttls[i]) {
            cell.ttl_seconds = load_big_endian<std::int32_t>(ttls[i]->data());
            cell.expires_or_deleted_at = static_cast<std::int32_t>(now_seconds + cell.ttl_seconds);
        }
        out.cells.push_back(std::move(cell));
    }
    return {};
}

}  // namespace

runtime::task<result<data::row_batch>> read_lists(
    storage::table_store& store, const schema::table_ptr& table,
    const std::vector<std::uint32_t>& ordinals, const data::partition_key& key,
    const std::optional<data::clustering_key>& clustering, std::int64_t now_seconds) {
    using part = storage::wanted_column::part;
    storage::scan_request request;
    request.table = table;
    for (const auto ordinal : ordinals) {
        for (const auto what : {part::value, part::path, part::write_timestamp, part::ttl}) {
            request.columns.push_back({ordinal, what});
        }
    }
    request.partitions = std::vector<data::partition_key>{key};
    request.now_seconds = now_seconds;
    request.batch_rows_max = 1;
    if (!clustering) {
        request.partitions_only = true;
    } else if (!clustering->empty()) {
        request.slices.push_back({{*clustering, true}, {*clustering, true}});
    }
    NACRE_CO_TRY(auto cursor, store.scan(std::move(request)));
    data::row_batch batch;
    NACRE_CO_CHECK(co_await cursor->next(batch));
    co_return batch;
}

result<std::optional<data::row>> row_of_lists(const data::row_batch& read,
                                              const schema::table& table,
                                              const std::vector<std::uint32_t>& ordinals,
                                              std::int64_t now_seconds) {
    if (read.row_count == 0) return std::optional<data::row>();
    data::row row;
    for (std::size_t i = 0; i < ordinals.size(); ++i) {
        NACRE_CHECK(
            append_list_cells(read, i * 4, table.columns()[ordinals[i]].id, now_seconds, row));
    }
    return std::optional<data::row>(std::move(row));
}

}  // namespace nacre::query
