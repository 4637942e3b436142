#include "storage/row_codec.h"

#include "base/byte_reader.h"

namespace nacre::storage {

namespace {

std::int64_t base_of(const data::row_view& row) {
    if (row.marker.exists()) return row.marker.write_timestamp_us;
    if (row.deletion.exists()) return row.deletion.write_timestamp_us;
    if (!row.complex_deletions.empty()) {
        return row.complex_deletions.front().deletion.write_timestamp_us;
    }
    return row.cells.empty() ? 0 : row.cells.front().write_timestamp_us;
}

std::int64_t difference(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
std::int64_t sum(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

class row_writer {
  public:
    row_writer(bytes& out, std::int64_t base) : _out(out), _base(base) {}

    void time_us(std::int64_t t) { append_signed_varint(_out, difference(t, _base)); }
    void time_seconds(std::int32_t s) { append_signed_varint(_out, s - _base / 1'000'000); }
    void number(std::uint64_t n) { append_varint(_out, n); }
    void ttl(std::int32_t seconds) { number(static_cast<std::uint32_t>(seconds)); }
    void sized(bytes_view data) {
        number(data.size());
        _out += data;
    }
    void deletion(const data::tombstone& t) {
        time_us(t.write_timestamp_us);
        time_seconds(t.deleted_at);
    }
    void cell(const data::cell_view& each) {
        namespace format = row_format;
        const bool expires = each.has_value && each.ttl_seconds != 0;
        std::uint8_t flags = 0;
        if (each.has_value) flags |= format::value;
        if (expires) flags |= format::expires;
        if (each.has_path) flags |= format::path;
        if (each.write_timestamp_us != _base) flags |= format::own_timestamp;
        number(each.column_id);
        _out.push_back(static_cast<char>(flags));
        if ((flags & format::own_timestamp) != 0) time_us(each.write_timestamp_us);
        if (expires) {
            ttl(each.ttl_seconds);
            time_seconds(each.expires_or_deleted_at);
        }
        if (!each.has_value) time_seconds(each.expires_or_deleted_at);
        if (each.has_path) sized(each.path);
        if (each.has_value) sized(each.value);
    }

  private:
    bytes& _out;
    std::int64_t _base;
};

}  // namespace

void encode_row(const data::row_view& row, bytes& out) {
    namespace format = row_format;
    const auto base = base_of(row);
    std::uint8_t header = 0;
    if (row.marker.exists()) header |= format::marker;
    if (row.marker.exists() && row.marker.ttl_seconds != 0) header |= format::marker_expires;
    if (row.deletion.exists()) header |= format::deletion;
    if (!row.complex_deletions.empty()) header |= format::complex;
    if (row.spelling) header |= format::spelling;
    out.push_back(static_cast<char>(header));
    append_big_endian(out, base);

    row_writer write(out, base);
    if ((header & format::marker_expires) != 0) {
        write.ttl(row.marker.ttl_seconds);
        write.time_seconds(row.marker.expires_at);
    }
    if ((header & format::deletion) != 0) write.deletion(row.deletion);
    if ((header & format::complex) != 0) {
        write.number(row.complex_deletions.size());
        for (const auto& each : row.complex_deletions) {
            write.number(each.column_id);
            write.deletion(each.deletion);
        }
    }
    if (row.spelling) write.sized(*row.spelling);
    for (const auto& each : row.cells) write.cell(each);
}

bool row_reader::take_long_varint(std::uint64_t& value) {
    value &= 0x7f;
    for (unsigned shift = 7; shift < 64 && _at != _end; shift += 7) {
        const auto byte = static_cast<unsigned char>(*_at++);
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) return true;
    }
    return false;
}

bool row_reader::take_signed(std::int64_t& value) {
    std::uint64_t raw;
    if (!take_varint(raw)) return false;
    value = static_cast<std::int64_t>(raw >> 1) ^ -static_cast<std::int64_t>(raw & 1);
    return true;
}

bool row_reader::take_time_us(std::int64_t& value) {
    std::int64_t delta;
    if (!take_signed(delta)) return false;
    value = sum(_base, delta);
    return true;
}

bool row_reader::take_time_seconds(std::int32_t& value) {
    std::int64_t delta;
    if (!take_signed(delta)) return false;
    value = static_cast<std::int32_t>(sum(delta, _base / 1'000'000));
    return true;
}

bool row_reader::take_ttl(std::int32_t& value) {
    std::uint64_t raw;
    if (!take_varint(raw)) return false;
    value = static_cast<std::int32_t>(raw);
    return true;
}

bool row_reader::take_unusual(std::uint8_t flags, data::cell_view& cell) {
    namespace format = row_format;
    if ((flags & format::unknown_cell) != 0) return false;
    cell.has_value = (flags & format::value) != 0;
    cell.has_path = (flags & format::path) != 0;
    if ((flags & format::own_timestamp) != 0 && !take_time_us(cell.write_timestamp_us)) {
        return false;
    }
    if ((flags & format::expires) != 0 &&
        !(take_ttl(cell.ttl_seconds) && take_time_seconds(cell.expires_or_deleted_at))) {
        return false;
    }
    if (!cell.has_value && !take_time_seconds(cell.expires_or_deleted_at)) return false;
    return !cell.has_path || take_sized(cell.path);
}

bool row_reader::open_slowly(std::vector<data::complex_deletion>* complex) {
    namespace format = row_format;
    if ((_header & format::unknown) != 0) return damaged();
    if ((_header & format::marker_expires) != 0 &&
        !(take_ttl(marker.ttl_seconds) && take_time_seconds(marker.expires_at))) {
        return damaged();
    }
    const auto take_deletion = [this](data::tombstone& t) {
        return take_time_us(t.write_timestamp_us) && take_time_seconds(t.deleted_at);
    };
    if ((_header & format::deletion) != 0 && !take_deletion(deletion)) return damaged();
    if ((_header & format::complex) != 0) {
        std::uint64_t count;
        if (!take_varint(count)) return damaged();
        for (; count != 0; --count) {
            std::uint64_t id;
            data::tombstone each;
            if (!take_varint(id) || !take_deletion(each)) return damaged();
            if (complex != nullptr) complex->push_back({static_cast<std::uint32_t>(id), each});
        }
    }
    if ((_header & format::spelling) != 0) {
        bytes_view raw;
        if (!take_sized(raw)) return damaged();
        spelling = raw;
    }
    return true;
}

bool parse_row(bytes_view encoded, data::row_view& row) {
    row.complex_deletions.clear();
    row.cells.clear();
    row_reader reader;
    if (!reader.open(encoded, &row.complex_deletions)) return false;
    row.marker = reader.marker;
    row.deletion = reader.deletion;
    row.spelling = reader.spelling;
    data::cell_view cell;
    while (reader.next_cell(cell)) {
        if (!cell.has_path) cell.path = {};
        if (!cell.has_value) cell.value = {};
        if (cell.has_value && cell.ttl_seconds == 0) cell.expires_or_deleted_at = 0;
        row.cells.push_back(cell);
    }
    return !reader.malformed();
}

bool merge_rows(const bytes_view* begin, const bytes_view* end, bytes& out) {
    std::vector<data::row_view> states(static_cast<std::size_t>(end - begin));
    for (auto& each : states) {
        if (!parse_row(*begin++, each)) return false;
    }
    if (states.empty()) return false;
    // Neighbours first: a row of n elements that were written one by one costs n log n.
    for (std::size_t stride = 1; stride < states.size(); stride *= 2) {
        for (std::size_t i = 0; i + stride < states.size(); i += 2 * stride) {
            data::reconcile(states[i], states[i + stride]);
            states[i + stride] = {};
        }
    }
    encode_row(states.front(), out);
    return true;
}

}  // namespace nacre::storage
