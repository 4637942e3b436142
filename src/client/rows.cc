#include "client/rows.h"

#include "types/value.h"

namespace nacre::client {

using types::type_kind;

const protocol::column* rows::find(std::string_view name, std::size_t& at) const {
    for (at = 0; at < _columns.size(); ++at) {
        if (_columns[at].name == name) return &_columns[at];
    }
    return nullptr;
}

optional_bytes rows::cell(std::size_t row, std::string_view column) const {
    std::size_t at = 0;
    return find(column, at) == nullptr ? optional_bytes() : _cells[row][at];
}

std::optional<std::string> rows::text(std::size_t row, std::string_view column) const {
    std::size_t at = 0;
    const auto* found = find(column, at);
    if (found == nullptr || !_cells[row][at]) return std::nullopt;
    const auto kind = found->type->kind();
    if (kind == type_kind::text || kind == type_kind::ascii) return *_cells[row][at];
    auto literal = types::to_cql_literal(*found->type, *_cells[row][at]);
    const bool is_quoted = kind == type_kind::timestamp || kind == type_kind::inet;
    if (is_quoted && literal.size() >= 2) literal = literal.substr(1, literal.size() - 2);
    return literal;
}

std::optional<double> rows::number(std::size_t row, std::string_view column) const {
    std::size_t at = 0;
    const auto* found = find(column, at);
    if (found == nullptr || !_cells[row][at]) return std::nullopt;
    const auto& value = *_cells[row][at];
    switch (found->type->kind()) {
        case type_kind::int_:
            if (value.size() == 4) return load_big_endian<std::int32_t>(value.data());
            break;
        case type_kind::bigint:
        case type_kind::timestamp:
            if (value.size() == 8) {
                return static_cast<double>(load_big_endian<std::int64_t>(value.data()));
            }
            break;
        case type_kind::double_:
            if (value.size() == 8) return types::load_double(value);
            break;
        default:
            break;
    }
    return std::nullopt;
}

std::vector<std::string> rows::texts(std::size_t row, std::string_view column) const {
    std::size_t at = 0;
    const auto* found = find(column, at);
    std::vector<std::string> all;
    if (found == nullptr || !_cells[row][at] || !found->type->is_collection()) return all;
    const auto parts = types::split_collection(*found->type, *_cells[row][at]);
    if (!parts) return all;
    for (const auto& part : *parts) all.emplace_back(part.value_or(""));
    return all;
}

status rows::add(const protocol::rows_response& page) {
    if (_columns.empty()) _columns = page.metadata.columns;
    protocol::wire_reader reader(page.content);
    for (std::int32_t i = 0; i < page.row_count && !reader.failed(); ++i) {
        auto& row = _cells.emplace_back();
        for (std::size_t column = 0; column < _columns.size(); ++column) {
            const auto value = reader.take_bytes();
            row.push_back(value ? optional_bytes(*value) : std::nullopt);
        }
    }
    return reader.finish();
}

}  // namespace nacre::client
