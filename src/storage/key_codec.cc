#include "storage/key_codec.h"

#include <algorithm>

#include "base/byte_reader.h"

namespace nacre::storage {

namespace {

void append_token(bytes& out, data::token at) {
    append_big_endian(out, static_cast<std::uint64_t>(at.value) ^ (std::uint64_t{1} << 63));
}

bytes position_of(const schema::table& table, const data::clustering_bound& bound) {
    bytes position;
    const auto size = std::min<std::size_t>(bound.prefix.size(), table.clustering_key_size());
    for (std::uint32_t i = 0; i < size; ++i) {
        const auto& column = table.clustering_column(i);
        append_ordered(position, *column.type, bound.prefix[i], direction_of(column));
    }
    return position;
}

}  // namespace

bytes table_position(std::uint32_t storage_id, data::token from) {
    bytes key;
    append_big_endian(key, storage_id);
    append_token(key, from);
    return key;
}

bytes table_end(std::uint32_t storage_id) {
    bytes key;
    append_big_endian(key, storage_id);
    return after_prefix(key);
}

bytes partition_prefix(const schema::table& table, const data::partition_key& key) {
    const bytes serialised = data::serialise_partition_key(key);
    bytes prefix = table_position(table.storage_id(), data::token_of(serialised));
    append_terminated(prefix, serialised);
    return prefix;
}

void append_clustering(bytes& out, const schema::table& table,
                       const data::clustering_key& clustering) {
    for (std::uint32_t i = 0; i < table.clustering_key_size(); ++i) {
        const auto& column = table.clustering_column(i);
        append_ordered(out, *column.type, clustering.at(i), direction_of(column));
    }
}

position_range positions_of(const schema::table& table, const data::clustering_range& range) {
    bytes start = position_of(table, range.start);
    const bool same = range.start.prefix == range.end.prefix;
    bytes end = same ? start : position_of(table, range.end);
    if (!range.start.inclusive) start += after_all_rows;
    if (range.end.inclusive) end += after_all_rows;
    return {std::move(start), std::move(end)};
}

void append_positions(bytes& out, const position_range& range) {
    append_terminated(out, range.first);
    out += range.second;
}

std::optional<position_range> parse_positions(bytes_view suffix) {
    position_range range;
    if (!take_terminated(suffix, range.first)) return std::nullopt;
    range.second = suffix;
    return range;
}

bool decode_partition(bytes_view prefix, const schema::table& table, bytes& scratch,
                      std::vector<bytes_view>& key) {
    key.clear();
    if (prefix.size() < key_head_bytes) return false;
    prefix.remove_prefix(key_head_bytes);
    const auto serialised = view_terminated(prefix, scratch);
    if (!serialised) return false;
    if (table.partition_key_size() == 1) {
        key.push_back(*serialised);
        return true;
    }
    byte_reader in(*serialised);
    for (std::uint32_t i = 0; i < table.partition_key_size(); ++i) {
        const auto size = in.take_big_endian<std::uint16_t>();
        if (!size) return false;
        const auto component = in.take(*size);
        if (!component || !in.take(1)) return false;
        key.push_back(*component);
    }
    return in.at_end();
}

bool has_spellings(const schema::table& table) {
    for (std::uint32_t i = 0; i < table.clustering_key_size(); ++i) {
        if (has_spellings(*table.clustering_column(i).type)) return true;
    }
    return false;
}

std::optional<bytes> spelling_of(const schema::table& table, const data::clustering_key& clustering,
                                 bytes_view suffix) {
    bytes spelling;
    bool differs = false;
    bytes canonical;
    for (std::uint32_t i = 0; i < table.clustering_key_size(); ++i) {
        const auto& column = table.clustering_column(i);
        canonical.clear();
        differs |= !take_ordered(suffix, *column.type, direction_of(column), canonical) ||
                   canonical != clustering[i];
        append_varint(spelling, clustering[i].size());
        spelling += clustering[i];
    }
    if (!differs) return std::nullopt;
    return spelling;
}

bytes after_prefix(bytes_view prefix) {
    bytes after(prefix);
    while (!after.empty() && after.back() == '\xff') after.pop_back();
    if (!after.empty()) ++after.back();
    return after;
}

}  // namespace nacre::storage
