#include "protocol/segment.h"

#include "protocol/checksum.h"
#include "protocol/limits.h"

namespace nacre::protocol {

namespace {

constexpr std::size_t header_checksum_bytes = 3;
constexpr unsigned length_bits = 17;

void store_little_endian(char* out, std::uint64_t number, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>(number >> (8 * i) & 0xff);
}

std::uint64_t load_little_endian(const char* in, std::size_t size) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size; ++i) {
        number |= static_cast<std::uint64_t>(static_cast<unsigned char>(in[i])) << (8 * i);
    }
    return number;
}

}  // namespace

void store_segment_header(char* out, segment_format format, const segment_header& header) {
    const auto fields_bytes = segment_header_bytes(format) - header_checksum_bytes;
    std::uint64_t fields = header.payload_bytes;
    unsigned used_bits = length_bits;
    if (format == segment_format::lz4) {
        fields |= static_cast<std::uint64_t>(header.uncompressed_bytes) << used_bits;
        used_bits += length_bits;
    }
    if (header.self_contained) fields |= std::uint64_t{1} << used_bits;
    store_little_endian(out, fields, fields_bytes);
    store_little_endian(out + fields_bytes, crc24(fields, fields_bytes), header_checksum_bytes);
}

result<segment_header> load_segment_header(bytes_view in, segment_format format) {
    const auto fields_bytes = segment_header_bytes(format) - header_checksum_bytes;
    auto fields = load_little_endian(in.data(), fields_bytes);
    const auto checksum = load_little_endian(in.data() + fields_bytes, header_checksum_bytes);
    if (checksum != crc24(fields, fields_bytes)) {
        return protocol_error("Wrong checksum of a segment header");
    }
    segment_header header;
    header.payload_bytes = static_cast<std::uint32_t>(fields & segment_payload_max_bytes);
    fields >>= length_bits;
    if (format == segment_format::lz4) {
        header.uncompressed_bytes = static_cast<std::uint32_t>(fields & segment_payload_max_bytes);
        fields >>= length_bits;
    }
    header.self_contained = (fields & 1) != 0;
    return header;
}

void append_segment_trailer(bytes& out, std::uint32_t crc32_state) {
    char raw[segment_trailer_bytes];
    store_little_endian(raw, crc32_value(crc32_state), sizeof(raw));
    out.append(raw, sizeof(raw));
}

}  // namespace nacre::protocol
