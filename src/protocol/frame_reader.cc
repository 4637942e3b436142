#include "protocol/frame_reader.h"

#include <algorithm>

#include "protocol/checksum.h"
#include "protocol/limits.h"

namespace nacre::protocol {

namespace {

// A buffer that grew for one large frame does not stay for the life of the connection.
constexpr std::size_t kept_room_bytes = 1 << 20;

// What is copied in some ten microseconds.
constexpr std::size_t quick_bytes_max = 256 << 10;

}  // namespace

bool frame_reader::next_is_long() const {
    if (_segments) return _in_large_frame && _payload.size() > quick_bytes_max;
    if (unread().size() < frame_header_bytes) return false;
    const auto body = load_big_endian<std::uint32_t>(unread().data() + 5);
    return body > quick_bytes_max && unread().size() >= frame_header_bytes + std::uint64_t{body};
}

bool frame_reader::prepare_is_long(std::size_t size) const {
    if (_begin == _end) return _buffer.size() > kept_room_bytes;
    return _end - _begin > quick_bytes_max && _buffer.size() - _end < size;
}

std::span<char> frame_reader::prepare(std::size_t size) {
    if (_begin == _end) {
        _begin = _end = 0;
        if (_buffer.size() > kept_room_bytes) bytes().swap(_buffer);
    }
    if (_buffer.size() - _end < size && _begin >= _end - _begin) {
        // Moving what is unread costs no more than was consumed since the last move.
        std::memmove(_buffer.data(), _buffer.data() + _begin, _end - _begin);
        _end -= _begin;
        _begin = 0;
    }
    if (_buffer.size() - _end < size) {
        _buffer.resize(std::max(_end + size, _buffer.size() + _buffer.size() / 2));
    }
    return {_buffer.data() + _end, _buffer.size() - _end};
}

void frame_reader::commit(std::size_t size) {
    _end += size;
}

void frame_reader::append(bytes_view data) {
    if (data.empty()) return;
    std::memcpy(prepare(data.size()).data(), data.data(), data.size());
    commit(data.size());
}

void frame_reader::negotiated(version v, compression how) {
    _version = v;
    _compression = how;
    _segments = v >= version::v5;
}

std::uint64_t frame_reader::buffered_bytes() const {
    return (_end - _begin) + (_payload.size() - _payload_begin);
}

broken_framing frame_reader::broken(error failure, std::int16_t stream) const {
    return {std::move(failure), stream, static_cast<std::uint8_t>(_version.value_or(version_max))};
}

std::expected<std::optional<frame_header>, broken_framing> frame_reader::load_header(
    bytes_view data) const {
    if (data.empty()) return std::nullopt;
    const auto first = static_cast<std::uint8_t>(data[0]);
    const std::uint8_t number = first & 0x7f;
    const auto came = (first & 0x80) != 0 ? direction::response : direction::request;
    const auto known = known_version(number);
    if (!known) {
        // Versions 1 and 2 are answered in their own form, later ones in our latest; the stream id
        // of later ones is where it always was.
        const bool old = number == 1 || number == 2;
        if (!old && data.size() < frame_header_bytes) return std::nullopt;
        const auto stream = old ? std::int16_t{0} : load_big_endian<std::int16_t>(data.data() + 2);
        return std::unexpected(
            broken_framing{protocol_error("{}", unsupported_version_message(number)), stream,
                           old ? number : static_cast<std::uint8_t>(version_max)});
    }
    if (came != _expected) {
        return std::unexpected(broken(
            protocol_error("A message of the wrong direction, version byte {:#04x}", first)));
    }
    if (_version && *known != *_version) {
        return std::unexpected(broken(protocol_error(
            "Invalid message version. Got {}/v{} but previous messages on this connection had "
            "version {}/v{}",
            number, number, static_cast<int>(*_version), static_cast<int>(*_version))));
    }
    if (data.size() < frame_header_bytes) return std::nullopt;
    frame_header header;
    header.version = *known;
    header.direction = came;
    header.flags = static_cast<std::uint8_t>(data[1]);
    header.stream = load_big_endian<std::int16_t>(data.data() + 2);
    header.op = static_cast<opcode>(data[4]);
    header.body_bytes = load_big_endian<std::uint32_t>(data.data() + 5);
    if (header.body_bytes > _body_max_bytes) {
        auto failure =
            broken(protocol_error("Wrong length: a frame body of {} bytes; the limit is {} bytes",
                                  header.body_bytes, _body_max_bytes),
                   header.stream);
        failure.version = number;
        return std::unexpected(std::move(failure));
    }
    return header;
}

std::expected<std::optional<frame>, broken_framing> frame_reader::next() {
    if (!_segments) return next_plain();
    for (;;) {
        auto from_payload = next_from_payload();
        if (!from_payload || *from_payload) return from_payload;
        const auto taken = take_segment();
        if (!taken) return std::unexpected(taken.error());
        if (!*taken) return std::nullopt;
    }
}

frame_reader::next_frame frame_reader::next_plain() {
    auto header = load_header(unread());
    if (!header) return std::unexpected(std::move(header.error()));
    if (!*header) return std::nullopt;
    const auto size = frame_header_bytes + (*header)->body_bytes;
    if (unread().size() < size) return std::nullopt;
    frame whole{**header, bytes(unread().substr(frame_header_bytes, (*header)->body_bytes))};
    _begin += size;
    if ((whole.header.flags & frame_flag::compressed) != 0) {
        auto body = decompress_body(_compression, whole.body);
        if (!body) return std::unexpected(broken(body.error(), whole.header.stream));
        whole.body = std::move(*body);
        whole.header.body_bytes = static_cast<std::uint32_t>(whole.body.size());
        whole.header.flags &= static_cast<std::uint8_t>(~frame_flag::compressed);
    }
    return whole;
}

frame_reader::next_frame frame_reader::next_from_payload() {
    const auto left = bytes_view(_payload).substr(_payload_begin);
    if (left.empty()) {
        _payload.clear();
        _payload_begin = 0;
        return std::nullopt;
    }
    auto header = load_header(left);
    if (!header) return std::unexpected(std::move(header.error()));
    const bool whole = *header && left.size() >= frame_header_bytes + (*header)->body_bytes;
    if (!whole) {
        if (_in_large_frame) return std::nullopt;
        return std::unexpected(
            broken(protocol_error("Wrong length: a self-contained segment with a part of a frame"),
                   *header ? (*header)->stream : std::int16_t{0}));
    }
    const auto size = frame_header_bytes + (*header)->body_bytes;
    if (_in_large_frame && left.size() != size) {
        return std::unexpected(
            broken(protocol_error("Wrong length: a segment goes on past the end of its frame"),
                   (*header)->stream));
    }
    frame taken{**header, {}};
    // The flag is left over from v4; segments are what is compressed.
    taken.header.flags &= static_cast<std::uint8_t>(~frame_flag::compressed);
    if (_in_large_frame) {
        taken.body = std::move(_payload);
        taken.body.erase(0, frame_header_bytes);
        _payload = {};
        _payload_begin = 0;
        _in_large_frame = false;
    } else {
        taken.body = left.substr(frame_header_bytes, (*header)->body_bytes);
        _payload_begin += size;
    }
    return taken;
}

std::expected<bool, broken_framing> frame_reader::take_segment() {
    const auto format =
        _compression == compression::lz4 ? segment_format::lz4 : segment_format::plain;
    const auto header_size = segment_header_bytes(format);
    if (unread().size() < header_size) return false;
    const auto header = load_segment_header(unread(), format);
    if (!header) return std::unexpected(broken(header.error()));
    const auto size = header_size + header->payload_bytes + segment_trailer_bytes;
    if (unread().size() < size) return false;

    const auto payload = unread().substr(header_size, header->payload_bytes);
    bytes trailer;
    append_segment_trailer(trailer, crc32_update(crc32_start, payload));
    if (unread().substr(header_size + header->payload_bytes, segment_trailer_bytes) != trailer) {
        return std::unexpected(broken(protocol_error("Wrong checksum of a segment payload")));
    }
    if (header->self_contained == _in_large_frame && !_payload.empty()) {
        return std::unexpected(
            broken(protocol_error("A self-contained segment in the middle of a large frame")));
    }
    _in_large_frame = !header->self_contained;
    if (header->uncompressed_bytes != 0) {
        const auto done = append_lz4_decompressed(_payload, payload, header->uncompressed_bytes);
        if (!done) return std::unexpected(broken(done.error()));
    } else {
        _payload.append(payload);
    }
    _begin += size;
    return true;
}

}  // namespace nacre::protocol
