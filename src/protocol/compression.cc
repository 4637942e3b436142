#include "protocol/compression.h"

#include <lz4.h>
#include <snappy.h>

#include <algorithm>

#include "protocol/limits.h"

namespace nacre::protocol {

namespace {

// The best that the formats can do: an LZ4 length byte stands for 255 bytes, a Snappy copy of
// three bytes for 64.
constexpr std::uint64_t lz4_ratio_max = 255;
constexpr std::uint64_t snappy_ratio_max = 32;

[[nodiscard]] status check_claim(std::uint64_t claimed, std::uint64_t compressed,
                                 std::uint64_t ratio_max) {
    if (claimed > frame_body_max_bytes) {
        return protocol_error("A frame body of {} bytes is longer than the limit of {} bytes",
                              claimed, frame_body_max_bytes);
    }
    if (claimed > compressed * ratio_max + 64) {
        return protocol_error("Wrong length: {} compressed bytes can't hold {}", compressed,
                              claimed);
    }
    return {};
}

}  // namespace

std::optional<compression> compression_by_name(std::string_view name) {
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (lower == "lz4") return compression::lz4;
    if (lower == "snappy") return compression::snappy;
    return std::nullopt;
}

void append_lz4_block(bytes& out, bytes_view data) {
    const auto before = out.size();
    const auto room = LZ4_compressBound(static_cast<int>(data.size()));
    out.resize(before + static_cast<std::size_t>(room));
    const auto used =
        LZ4_compress_default(data.data(), out.data() + before, static_cast<int>(data.size()), room);
    out.resize(before + static_cast<std::size_t>(used));
}

status append_lz4_decompressed(bytes& out, bytes_view block, std::uint32_t size) {
    NACRE_CHECK(check_claim(size, block.size(), lz4_ratio_max));
    const auto before = out.size();
    out.resize(before + size);
    const auto got = LZ4_decompress_safe(block.data(), out.data() + before,
                                         static_cast<int>(block.size()), static_cast<int>(size));
    if (got < 0 || static_cast<std::uint32_t>(got) != size) {
        out.resize(before);
        return protocol_error("The compressed data is corrupt (LZ4)");
    }
    return {};
}

void append_compressed_body(bytes& out, compression how, bytes_view body) {
    if (how == compression::lz4) {
        append_big_endian(out, static_cast<std::uint32_t>(body.size()));
        append_lz4_block(out, body);
    } else if (how == compression::snappy) {
        const auto before = out.size();
        out.resize(before + snappy::MaxCompressedLength(body.size()));
        std::size_t used = 0;
        snappy::RawCompress(body.data(), body.size(), out.data() + before, &used);
        out.resize(before + used);
    } else {
        out.append(body);
    }
}

result<bytes> decompress_body(compression how, bytes_view compressed) {
    if (compressed.empty()) return bytes();
    bytes out;
    if (how == compression::lz4) {
        if (compressed.size() < 4) {
            return protocol_error("Wrong length: a compressed body of {} bytes", compressed.size());
        }
        const auto size = load_big_endian<std::uint32_t>(compressed.data());
        compressed.remove_prefix(4);
        if (size == 0) return out;
        NACRE_CHECK(append_lz4_decompressed(out, compressed, size));
        return out;
    }
    if (how == compression::snappy) {
        std::size_t size = 0;
        if (!snappy::GetUncompressedLength(compressed.data(), compressed.size(), &size)) {
            return protocol_error("The compressed data is corrupt (Snappy)");
        }
        NACRE_CHECK(check_claim(size, compressed.size(), snappy_ratio_max));
        out.resize(size);
        if (!snappy::RawUncompress(compressed.data(), compressed.size(), out.data())) {
            return protocol_error("The compressed data is corrupt (Snappy)");
        }
        return out;
    }
    return protocol_error("A compressed frame on a connection without compression");
}

}  // namespace nacre::protocol
