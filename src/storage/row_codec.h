#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "data/reconcile.h"

/// Stored values: docs/internals/storage-format.md, section 4. Scans read them in place with
/// row_reader; merging and compaction parse them whole.
namespace nacre::storage {

namespace row_format {
enum header_bit : std::uint8_t {
    marker = 1,
    marker_expires = 2,
    deletion = 4,
    complex = 8,
    spelling = 16,
    unknown = 0xe0,  ///< a later version's
};
enum cell_bit : std::uint8_t {
    value = 1,
    expires = 2,
    path = 4,
    own_timestamp = 8,
    unknown_cell = 0xf0,
};
}  // namespace row_format

/// Appends the encoding of a normal row.
void encode_row(const data::row_view& row, bytes& out);

/// The whole row, borrowing from `encoded`. False if the bytes are not a row of this version.
[[nodiscard]] bool parse_row(bytes_view encoded, data::row_view& row);

/// Merges encoded states of one key, in any order, into `out`. False if one is malformed.
[[nodiscard]] bool merge_rows(const bytes_view* begin, const bytes_view* end, bytes& out);

/// Reads an encoded row from front to back without building anything: the scan's hot path.
/// Borrows the bytes. After a false from open or next_cell, `malformed` tells an end from damage.
class row_reader {
  public:
    /// Reads what stands before the cells; complex deletions only if asked for.
    [[nodiscard]] bool open(bytes_view encoded,
                            std::vector<data::complex_deletion>* complex = nullptr) {
        _at = encoded.data();
        _end = _at + encoded.size();
        _malformed = false;
        marker = {};
        deletion = {};
        spelling.reset();
        if (encoded.size() < 9) return damaged();
        _header = static_cast<std::uint8_t>(*_at);
        _base = load_big_endian<std::int64_t>(_at + 1);
        _at += 9;
        if ((_header & row_format::marker) != 0) marker.write_timestamp_us = _base;
        if ((_header & ~row_format::marker) == 0) return true;
        return open_slowly(complex);
    }
    data::row_marker marker;
    data::tombstone deletion;
    std::optional<bytes_view> spelling;

    [[nodiscard]] bool next_cell(data::cell_view& cell) {
        if (_at == _end) return false;
        std::uint64_t id;
        if (!take_varint(id) || _at == _end) return damaged();
        const auto flags = static_cast<std::uint8_t>(*_at++);
        cell.column_id = static_cast<std::uint32_t>(id);
        cell.write_timestamp_us = _base;
        cell.has_value = true;
        cell.has_path = false;
        cell.ttl_seconds = 0;
        if (flags != row_format::value && !take_unusual(flags, cell)) return damaged();
        if (!cell.has_value) return true;
        return take_sized(cell.value) || damaged();
    }
    [[nodiscard]] bool malformed() const { return _malformed; }

  private:
    bool damaged() {
        _malformed = true;
        return false;
    }
    bool take_varint(std::uint64_t& value) {
        if (_at == _end) return false;
        value = static_cast<unsigned char>(*_at++);
        return value < 0x80 || take_long_varint(value);
    }
    bool take_sized(bytes_view& value) {
        std::uint64_t size;
        if (!take_varint(size) || size > static_cast<std::uint64_t>(_end - _at)) return false;
        value = {_at, size};
        _at += size;
        return true;
    }
    bool take_long_varint(std::uint64_t& value);
    bool take_signed(std::int64_t& value);
    bool take_time_us(std::int64_t& value);
    bool take_time_seconds(std::int32_t& value);
    bool take_ttl(std::int32_t& value);
    bool take_unusual(std::uint8_t flags, data::cell_view& cell);
    bool open_slowly(std::vector<data::complex_deletion>* complex);

    const char* _at = nullptr;
    const char* _end = nullptr;
    std::int64_t _base = 0;
    std::uint8_t _header = 0;
    bool _malformed = false;
};

}  // namespace nacre::storage
