#include "storage/row_assembler.h"

#include <algorithm>
#include <utility>

#include "base/byte_reader.h"
#include "storage/key_codec.h"
#include "types/value.h"

namespace nacre::storage {

namespace {

using types::physical_type;
using types::type_kind;

// Whether the elements' paths, sorted bytewise as stored, are in CQL's order already.
bool is_bytewise(const types::type& t) {
    switch (t.kind()) {
        case type_kind::ascii:
        case type_kind::text:
        case type_kind::blob:
        case type_kind::inet:
        case type_kind::date:
        case type_kind::time:
            return true;
        default:
            return false;
    }
}

const types::type& path_type(const types::type& column) {
    if (column.kind() == type_kind::list) return *types::type::native(type_kind::timeuuid);
    if (column.kind() == type_kind::user) return *types::type::native(type_kind::blob);
    return *column.key();
}

template <typename Native>
bool append_fixed(data::column_vector& to, bytes_view value) {
    if (value.size() != sizeof(Native)) return false;
    to.append_native(load_big_endian<Native>(value.data()));
    return true;
}

void append_value(data::column_vector& to, bytes_view value) {
    bool done = false;
    switch (to.physical()) {
        case physical_type::int64:
        case physical_type::float64:
            done = append_fixed<std::int64_t>(to, value);
            break;
        case physical_type::int32:
        case physical_type::float32:
            done = append_fixed<std::int32_t>(to, value);
            break;
        default:
            break;
    }
    if (!done) to.append_serialised(value);
}

void append_sized(bytes& out, bytes_view value) {
    append_big_endian(out, static_cast<std::int32_t>(value.size()));
    out += value;
}

template <typename Integer>
void append_sized_integer(bytes& out, Integer value) {
    append_big_endian(out, static_cast<std::int32_t>(sizeof(Integer)));
    append_big_endian(out, value);
}

// What is wanted of one element beside its value, as an entry of a list.
void append_figure(bytes& out, wanted_column::part what, const data::cell_view& cell,
                   std::int64_t now_seconds) {
    if (what == wanted_column::part::path) return append_sized(out, cell.path);
    if (what == wanted_column::part::write_timestamp) {
        return append_sized_integer(out, cell.write_timestamp_us);
    }
    if (cell.ttl_seconds == 0) return append_big_endian(out, std::int32_t{-1});
    append_sized_integer(out, static_cast<std::int32_t>(cell.expires_or_deleted_at - now_seconds));
}

}  // namespace

types::type_ptr wanted_column::type_in(const schema::table& table) const {
    const auto& column = table.columns()[ordinal];
    if (what == part::value) return column.type;
    const auto& single = types::type::native(what == part::ttl    ? type_kind::int_
                                             : what == part::path ? type_kind::blob
                                                                  : type_kind::bigint);
    return column.type->is_multi_cell() ? types::type::list_of(single, true) : single;
}

row_assembler::row_assembler(schema::table_ptr table, const std::vector<wanted_column>& wanted,
                             std::int64_t now_seconds)
    : _table(std::move(table)), _now_seconds(now_seconds) {
    _clustering.resize(_table->clustering_key_size());
    for (const auto& column : _table->columns()) {
        using enum schema::column_kind;
        if (column.kind != static_ && column.kind != regular) continue;
        auto& group = column.kind == static_ ? _static : _regular;
        if (group.slot_of_id.size() <= column.id) {
            group.slot_of_id.resize(column.id + 1, cell_group::unknown);
        }
        group.slot_of_id[column.id] = cell_group::unwanted;
    }
    for (const auto& each : wanted) {
        const auto& column = _table->columns()[each.ordinal];
        output out{.from = origin::none,
                   .what = each.what,
                   .index = column.position,
                   .type = each.type_in(*_table),
                   .column_type = column.type};
        switch (column.kind) {
            case schema::column_kind::partition_key:
                if (each.what != wanted_column::part::value) break;
                out.from = origin::partition_key;
                _wants_partition_key = true;
                break;
            case schema::column_kind::clustering:
                if (each.what != wanted_column::part::value) break;
                out.from = origin::clustering;
                _clustering_wanted = std::max(_clustering_wanted, column.position + 1);
                break;
            case schema::column_kind::static_:
            case schema::column_kind::regular: {
                const bool is_static = column.kind == schema::column_kind::static_;
                out.from = is_static ? origin::static_cell : origin::regular_cell;
                out.index =
                    static_cast<std::uint32_t>(slot_for(is_static ? _static : _regular, column));
                out.multi_cell = column.type->is_multi_cell();
                out.path_order_is_bytewise = out.multi_cell && is_bytewise(path_type(*column.type));
                break;
            }
        }
        _outputs.push_back(std::move(out));
    }
}

std::int16_t row_assembler::slot_for(cell_group& group, const schema::column_definition& column) {
    auto& slot = group.slot_of_id[column.id];
    if (slot == cell_group::unwanted) {
        slot = static_cast<std::int16_t>(group.slots.size());
        group.slots.emplace_back();
        group.elements.emplace_back();
        group.multi_cell.push_back(column.type->is_multi_cell() ? 1 : 0);
        group.has_multi_cell |= column.type->is_multi_cell();
        // Of a multi-cell column there are several cells: the first one behind them is the end.
        const auto last = std::int64_t{column.id} + (column.type->is_multi_cell() ? 1 : 0);
        group.last_wanted_id = std::max(group.last_wanted_id, last);
    }
    return slot;
}

void row_assembler::prepare(data::row_batch& batch) const {
    if (batch.columns.size() != _outputs.size()) {
        batch.columns.clear();
        for (const auto& each : _outputs) batch.columns.emplace_back(each.type);
    }
    if (!batch.positions.type()) {
        batch.positions = data::column_vector(types::type::native(type_kind::blob));
    }
    batch.clear();
}

bool row_assembler::begin_partition(bytes_view prefix) {
    _static.forget();
    return !_wants_partition_key ||
           decode_partition(prefix, *_table, _partition_scratch, _partition_key);
}

row_assembler::verdict row_assembler::read_static(bytes_view encoded,
                                                  const data::tombstone& outer) {
    _static_row.assign(encoded);
    row_reader reader;
    return read_cells(_static, _static_row, outer, reader);
}

row_assembler::verdict row_assembler::read_row(bytes_view suffix, bytes_view encoded,
                                               const data::tombstone& outer) {
    _suffix = suffix;
    row_reader reader;
    const auto found = read_cells(_regular, encoded, outer, reader);
    _spelling = reader.spelling;
    return found;
}

row_assembler::verdict row_assembler::read_cells(cell_group& group, bytes_view encoded,
                                                 const data::tombstone& outer, row_reader& reader) {
    group.forget();
    if (!reader.open(encoded)) return verdict::malformed;
    // Nothing is written at no_timestamp, so without an outer deletion this shadows nothing.
    const auto shadowed_until = outer.write_timestamp_us;
    bool live = data::is_live(reader.marker, _now_seconds) &&
                reader.marker.write_timestamp_us > shadowed_until;
    data::cell_view cell;
    std::int64_t seen = -1;
    // Once it is known to be live, what is behind the last wanted cell tells nothing.
    while (!(live && seen >= group.last_wanted_id) && reader.next_cell(cell)) {
        seen = cell.column_id;
        const auto slot = cell.column_id < group.slot_of_id.size()
                              ? group.slot_of_id[cell.column_id]
                              : cell_group::unknown;
        if (slot == cell_group::unknown || !data::is_live(cell, _now_seconds) ||
            cell.write_timestamp_us <= shadowed_until) {
            continue;
        }
        live = true;
        if (slot == cell_group::unwanted) continue;
        const auto at = static_cast<std::size_t>(slot);
        if (group.multi_cell[at] != 0) {
            group.elements[at].push_back(cell);
        } else {
            group.slots[at].cell = cell;
            group.slots[at].present = true;
        }
    }
    if (reader.malformed()) return verdict::malformed;
    return live ? verdict::live : verdict::dead;
}

bool row_assembler::decode_clustering() {
    if (_spelling) {
        byte_reader in(*_spelling);
        for (auto& value : _clustering) {
            const auto size = in.take_varint();
            const auto raw = size ? in.take(*size) : std::nullopt;
            if (!raw) return false;
            value.assign(*raw);
        }
        return true;
    }
    bytes_view rest = _suffix;
    for (std::uint32_t i = 0; i < _clustering_wanted; ++i) {
        const auto& column = _table->clustering_column(i);
        _clustering[i].clear();
        if (!take_ordered(rest, *column.type, direction_of(column), _clustering[i])) return false;
    }
    return true;
}

bool row_assembler::append_row(data::row_batch& batch) {
    if (_clustering_wanted != 0 && !decode_clustering()) return false;
    for (std::size_t i = 0; i < _outputs.size(); ++i) {
        const auto& which = _outputs[i];
        auto& to = batch.columns[i];
        switch (which.from) {
            case origin::regular_cell:
                append_cell(to, which, _regular);
                break;
            case origin::clustering:
                append_value(to, _clustering[which.index]);
                break;
            case origin::partition_key:
                append_value(to, _partition_key[which.index]);
                break;
            case origin::static_cell:
                append_cell(to, which, _static);
                break;
            case origin::none:
                to.append_null();
                break;
        }
    }
    ++batch.row_count;
    return true;
}

void row_assembler::append_without_row(data::row_batch& batch) {
    for (std::size_t i = 0; i < _outputs.size(); ++i) {
        const auto& which = _outputs[i];
        auto& to = batch.columns[i];
        if (which.from == origin::partition_key) {
            append_value(to, _partition_key[which.index]);
        } else if (which.from == origin::static_cell) {
            append_cell(to, which, _static);
        } else {
            to.append_null();
        }
    }
    ++batch.row_count;
}

void row_assembler::append_cell(data::column_vector& to, const output& which, cell_group& group) {
    if (which.multi_cell) return append_elements(to, which, group.elements[which.index]);
    const auto& slot = group.slots[which.index];
    if (!slot.present) return to.append_null();
    switch (which.what) {
        case wanted_column::part::value:
            return append_value(to, slot.cell.value);
        case wanted_column::part::path:
            return to.append_null();
        case wanted_column::part::write_timestamp:
            return to.append_native(slot.cell.write_timestamp_us);
        case wanted_column::part::ttl:
            if (slot.cell.ttl_seconds == 0) return to.append_null();
            return to.append_native(
                static_cast<std::int32_t>(slot.cell.expires_or_deleted_at - _now_seconds));
    }
}

void row_assembler::append_elements(data::column_vector& to, const output& which,
                                    std::vector<data::cell_view>& elements) {
    if (elements.empty()) return to.append_null();
    const auto& t = *which.column_type;
    if (!which.path_order_is_bytewise) {
        const auto& order = path_type(t);
        std::ranges::sort(elements, [&](const data::cell_view& a, const data::cell_view& b) {
            return types::compare(order, a.path, b.path) < 0;
        });
    }
    _scratch.clear();
    if (t.kind() == type_kind::user) {
        gather_fields(which, elements);
        return to.append_serialised(_scratch);
    }
    append_big_endian(_scratch, static_cast<std::int32_t>(elements.size()));
    for (const auto& each : elements) {
        if (which.what != wanted_column::part::value) {
            append_figure(_scratch, which.what, each, _now_seconds);
            continue;
        }
        if (t.kind() != type_kind::list) append_sized(_scratch, each.path);
        if (t.kind() != type_kind::set) append_sized(_scratch, each.value);
    }
    to.append_serialised(_scratch);
}

// Fields by position, null where there is no cell; of figures a list.
void row_assembler::gather_fields(const output& which,
                                  const std::vector<data::cell_view>& elements) {
    const auto count = which.column_type->parameters().size();
    const bool values = which.what == wanted_column::part::value;
    if (!values) append_big_endian(_scratch, static_cast<std::int32_t>(count));
    auto next = elements.begin();
    for (std::size_t field = 0; field < count; ++field) {
        if (next == elements.end() ||
            next->path != to_big_endian(static_cast<std::uint16_t>(field))) {
            append_big_endian(_scratch, std::int32_t{-1});
            continue;
        }
        if (values) {
            append_sized(_scratch, next->value);
        } else {
            append_figure(_scratch, which.what, *next, _now_seconds);
        }
        ++next;
    }
}

}  // namespace nacre::storage
