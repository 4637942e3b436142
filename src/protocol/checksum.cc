#include "protocol/checksum.h"

#include <array>
#include <bit>

namespace nacre::protocol {

namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint32_t crc24_start = 0x875060;
constexpr std::uint32_t crc24_polynomial = 0x1974f0b;
constexpr std::uint32_t crc32_polynomial = 0xedb88320;  // reflected

// tables[k][b] is the checksum of byte b followed by k zero bytes, so eight bytes are one step.
constexpr auto crc32_tables = [] {
    std::array<std::array<std::uint32_t, 256>, 8> tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? crc32_polynomial : 0);
        tables[0][byte] = crc;
    }
    for (std::size_t k = 1; k < 8; ++k) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const auto before = tables[k - 1][byte];
            tables[k][byte] = before >> 8 ^ tables[0][before & 0xff];
        }
    }
    return tables;
}();

}  // namespace

std::uint32_t crc24(std::uint64_t data, std::size_t size) {
    std::uint32_t crc = crc24_start;
    for (std::size_t i = 0; i < size; ++i) {
        crc ^= static_cast<std::uint32_t>(data & 0xff) << 16;
        data >>= 8;
        for (int bit = 0; bit < 8; ++bit) {
            crc <<= 1;
            if ((crc & 0x1000000) != 0) crc ^= crc24_polynomial;
        }
    }
    return crc;
}

std::uint32_t crc32_update(std::uint32_t state, bytes_view data) {
    const auto& t = crc32_tables;
    const char* at = data.data();
    std::size_t left = data.size();
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t word;
        std::memcpy(&word, at, 8);
        word ^= state;
        state = t[7][word & 0xff] ^ t[6][word >> 8 & 0xff] ^ t[5][word >> 16 & 0xff] ^
                t[4][word >> 24 & 0xff] ^ t[3][word >> 32 & 0xff] ^ t[2][word >> 40 & 0xff] ^
                t[1][word >> 48 & 0xff] ^ t[0][word >> 56];
    }
    for (; left > 0; ++at, --left) {
        state = state >> 8 ^ t[0][(state ^ static_cast<unsigned char>(*at)) & 0xff];
    }
    return state;
}

}  // namespace nacre::protocol
