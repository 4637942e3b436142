#include "schema/table.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace nacre::schema {

table::table(std::string keyspace, std::string name, uuid id, std::uint32_t storage_id,
             std::uint32_t next_column_id, std::vector<column_definition> columns,
             table_options options, std::vector<dropped_column> dropped)
    : _keyspace(std::move(keyspace)),
      _name(std::move(name)),
      _id(id),
      _storage_id(storage_id),
      _next_column_id(next_column_id),
      _columns(std::move(columns)),
      _options(std::move(options)),
      _dropped(std::move(dropped)) {
    std::ranges::sort(_dropped, {}, &dropped_column::name);
    std::ranges::sort(_columns, [](const column_definition& a, const column_definition& b) {
        if (a.kind != b.kind) return a.kind < b.kind;
        const bool is_key =
            a.kind == column_kind::partition_key || a.kind == column_kind::clustering;
        return is_key ? a.position < b.position : a.name < b.name;
    });
    for (std::uint32_t ordinal = 0; ordinal < _columns.size(); ++ordinal) {
        const auto& column = _columns[ordinal];
        _by_name.emplace(column.name, ordinal);
        switch (column.kind) {
            case column_kind::partition_key:
                ++_partition_key_size;
                break;
            case column_kind::clustering:
                ++_clustering_key_size;
                break;
            case column_kind::static_:
                _has_static = true;
                [[fallthrough]];
            case column_kind::regular:
                _by_id.emplace(column.id, ordinal);
                if (column.type->kind() == types::type_kind::counter) _is_counter = true;
        }
    }
}

std::optional<std::uint32_t> table::find(std::string_view column) const {
    const auto found = _by_name.find(column);
    if (found == _by_name.end()) return std::nullopt;
    return found->second;
}

std::optional<std::uint32_t> table::find_by_id(std::uint32_t column_id) const {
    const auto found = _by_id.find(column_id);
    if (found == _by_id.end()) return std::nullopt;
    return found->second;
}

}  // namespace nacre::schema
