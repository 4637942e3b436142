#include "protocol/frame_writer.h"

#include <algorithm>

#include "protocol/checksum.h"
#include "protocol/limits.h"

namespace nacre::protocol {

namespace {

// Below this a copy is cheaper than one more slice of a gathering write.
constexpr std::size_t reference_min_bytes = 16 << 10;
constexpr std::size_t kept_room_bytes = 1 << 20;

}  // namespace

void frame_writer::negotiated(version v, compression how) {
    _version = v;
    _compression = how;
    _segments = v >= version::v5;
}

void frame_writer::copy(bytes_view data) {
    if (data.empty()) return;
    if (!_pieces.empty() && _pieces.back().external == nullptr) {
        _pieces.back().size += data.size();
    } else {
        _pieces.push_back({nullptr, _copied.size(), data.size()});
    }
    _copied.append(data);
}

void frame_writer::reference(bytes_view data) {
    if (!data.empty()) _pieces.push_back({data.data(), 0, data.size()});
}

void frame_writer::add(message m) {
    if (_segments) {
        add_segmented(std::move(m));
    } else {
        add_plain(std::move(m));
    }
}

void frame_writer::add_raw(bytes_view raw) {
    copy(raw);
}

frame_writer frame_writer::another() const {
    frame_writer made(_sent);
    made._version = _version;
    made._compression = _compression;
    made._segments = _segments;
    return made;
}

void frame_writer::add_finished(std::shared_ptr<frame_writer> other) {
    if (_segment_bytes != 0) close_segment(true);
    for (const auto slice : other->finish()) reference(slice);
    _others.push_back(std::move(other));
}

void frame_writer::add_plain(message m) {
    frame_header header{_version, _sent, m.flags,
                        m.stream, m.op,  static_cast<std::uint32_t>(m.body_bytes())};
    if (_compression != compression::none && m.body_bytes() >= compression_min_bytes) {
        m.head.append(m.tail);
        bytes compressed;
        append_compressed_body(compressed, _compression, m.head);
        if (compressed.size() < m.head.size()) {
            header.flags |= frame_flag::compressed;
            header.body_bytes = static_cast<std::uint32_t>(compressed.size());
            m.head.clear();
            m.tail = std::move(compressed);
        } else {
            m.tail.clear();
        }
    }
    bytes raw;
    append_frame_header(raw, header);
    copy(raw);
    copy(m.head);
    if (m.tail.size() < reference_min_bytes) {
        copy(m.tail);
    } else {
        reference(_tails.emplace_back(std::move(m.tail)));
    }
}

void frame_writer::add_segmented(message m) {
    bytes head;
    append_frame_header(head, {_version, _sent, m.flags, m.stream, m.op,
                               static_cast<std::uint32_t>(m.body_bytes())});
    head.append(m.head);
    const auto size = head.size() + m.tail.size();
    if (_segment_bytes != 0 && _segment_bytes + size > segment_payload_max_bytes) {
        close_segment(true);
    }
    const bool may_reference = m.tail.size() >= reference_min_bytes;
    bytes_view tail = m.tail;
    if (may_reference && _compression == compression::none) {
        tail = _tails.emplace_back(std::move(m.tail));
    }
    if (size <= segment_payload_max_bytes) {
        put_payload(head, false);
        put_payload(tail, may_reference);
        return;
    }
    // A frame larger than a segment: pieces of it, in segments of their own.
    put_pieces(head, false);
    put_pieces(tail, may_reference);
    if (_segment_bytes != 0) close_segment(false);
}

void frame_writer::put_pieces(bytes_view data, bool may_reference) {
    while (!data.empty()) {
        const auto piece = data.substr(0, segment_payload_max_bytes - _segment_bytes);
        put_payload(piece, may_reference);
        data.remove_prefix(piece.size());
        if (_segment_bytes == segment_payload_max_bytes) close_segment(false);
    }
}

void frame_writer::open_segment() {
    _segment_crc = crc32_start;
    if (_compression != compression::none) return;
    const char room[segment_header_bytes(segment_format::plain)] = {};
    _segment_header_at = _copied.size();
    copy({room, sizeof(room)});
}

void frame_writer::put_payload(bytes_view data, bool may_reference) {
    if (data.empty()) return;
    if (_segment_bytes == 0) open_segment();
    _segment_bytes += data.size();
    if (_compression != compression::none) {
        _uncompressed.append(data);
        return;
    }
    _segment_crc = crc32_update(_segment_crc, data);
    if (may_reference && data.size() >= reference_min_bytes) {
        reference(data);
    } else {
        copy(data);
    }
}

void frame_writer::close_segment(bool self_contained) {
    segment_header header{static_cast<std::uint32_t>(_segment_bytes), 0, self_contained};
    bytes trailer;
    if (_compression == compression::none) {
        store_segment_header(_copied.data() + _segment_header_at, segment_format::plain, header);
    } else {
        bytes compressed;
        bytes_view payload = _uncompressed;
        if (payload.size() >= compression_min_bytes) {
            append_lz4_block(compressed, payload);
            if (compressed.size() < payload.size()) {
                header.uncompressed_bytes = header.payload_bytes;
                header.payload_bytes = static_cast<std::uint32_t>(compressed.size());
                payload = compressed;
            }
        }
        char raw[segment_header_bytes(segment_format::lz4)];
        store_segment_header(raw, segment_format::lz4, header);
        copy({raw, sizeof(raw)});
        copy(payload);
        _segment_crc = crc32_update(_segment_crc, payload);
        _uncompressed.clear();
    }
    append_segment_trailer(trailer, _segment_crc);
    copy(trailer);
    _segment_bytes = 0;
}

std::span<const bytes_view> frame_writer::finish() {
    if (_segment_bytes != 0) close_segment(true);
    _slices.clear();
    _slices.reserve(_pieces.size());
    for (const auto& each : _pieces) {
        const char* const from =
            each.external != nullptr ? each.external : _copied.data() + each.offset;
        _slices.emplace_back(from, each.size);
    }
    return _slices;
}

void frame_writer::clear() {
    if (_copied.capacity() > kept_room_bytes) bytes().swap(_copied);
    _copied.clear();
    _pieces.clear();
    _tails.clear();
    _others.clear();
    _slices.clear();
    _uncompressed.clear();
    _segment_bytes = 0;
}

}  // namespace nacre::protocol
