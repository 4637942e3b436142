#include "base/uuid.h"

#include <algorithm>
#include <chrono>
#include <mutex>

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace nacre {

namespace {

void mark_version(uuid& id, int version) {
    id.octets[6] = static_cast<std::uint8_t>((id.octets[6] & 0x0f) | version << 4);
    id.octets[8] = static_cast<std::uint8_t>((id.octets[8] & 0x3f) | 0x80);
}

// 100-nanosecond intervals between the Gregorian reform (1582-10-15) and the Unix epoch.
constexpr std::int64_t gregorian_offset = 0x01b21dd213814000;

}  // namespace

uuid uuid::random() {
    uuid id;
    RAND_bytes(id.octets.data(), static_cast<int>(id.octets.size()));
    mark_version(id, 4);
    return id;
}

uuid uuid::from_name(bytes_view name) {
    uuid id;
    unsigned int size = 0;
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_Digest(name.data(), name.size(), digest, &size, EVP_md5(), nullptr);
    std::copy_n(digest, 16, id.octets.begin());
    mark_version(id, 3);
    return id;
}

namespace {

// 100-nanosecond intervals since the Gregorian reform, never the same twice in this process.
std::int64_t next_ticks() {
    static std::mutex guard;
    static std::int64_t last = 0;
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch).count();
    const std::lock_guard lock(guard);
    last = std::max(ns / 100 + gregorian_offset, last + 1);
    return last;
}

uuid from_ticks(std::int64_t ticks) {
    static const uuid node = uuid::random();
    uuid id;
    const auto raw = static_cast<std::uint64_t>(ticks);
    const bytes head = to_big_endian(static_cast<std::uint32_t>(raw)) +
                       to_big_endian(static_cast<std::uint16_t>(raw >> 32)) +
                       to_big_endian(static_cast<std::uint16_t>(raw >> 48));
    std::copy_n(reinterpret_cast<const std::uint8_t*>(head.data()), 8, id.octets.begin());
    std::copy_n(node.octets.begin() + 8, 8, id.octets.begin() + 8);
    mark_version(id, 1);
    id.octets[10] |= 1;  // a multicast node address: not a real network card's
    return id;
}

// 2010-01-01T00:00Z, about which time is mirrored, as Cassandra does.
constexpr std::int64_t mirror_ticks = 12623040000000000 + gregorian_offset;

}  // namespace

uuid uuid::time_based() {
    return from_ticks(next_ticks());
}

uuid uuid::time_based_descending() {
    return from_ticks(2 * mirror_ticks - next_ticks());
}

std::optional<uuid> uuid::parse(std::string_view text) {
    if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
        text[23] != '-') {
        return std::nullopt;
    }
    std::string digits;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i != 8 && i != 13 && i != 18 && i != 23) digits.push_back(text[i]);
    }
    const auto raw = from_hex(digits);
    if (!raw) return std::nullopt;
    return from_bytes(*raw);
}

uuid uuid::from_bytes(bytes_view raw) {
    uuid id;
    std::memcpy(id.octets.data(), raw.data(), 16);
    return id;
}

std::string uuid::to_string() const {
    std::string text = to_hex(to_bytes());
    for (const std::size_t at : {8, 13, 18, 23}) text.insert(at, 1, '-');
    return text;
}

}  // namespace nacre
