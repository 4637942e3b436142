#include "data/token.h"

#include <bit>
#include <cstring>

namespace nacre::data {

namespace {

constexpr std::uint64_t c1 = 0x87c37b91114253d5;
constexpr std::uint64_t c2 = 0x4cf5ad432745937f;

std::uint64_t load_little_endian(const char* data) {
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t value;
    std::memcpy(&value, data, sizeof(value));
    return value;
}

std::uint64_t mix_first(std::uint64_t k) {
    return std::rotl(k * c1, 31) * c2;
}
std::uint64_t mix_second(std::uint64_t k) {
    return std::rotl(k * c2, 33) * c1;
}

std::uint64_t finish(std::uint64_t k) {
    k ^= k >> 33;
    k *= 0xff51afd7ed558ccd;
    k ^= k >> 33;
    k *= 0xc4ceb9fe1a85ec53;
    k ^= k >> 33;
    return k;
}

// Cassandra reads the last bytes as Java's signed bytes, so that a byte above 0x7f floods the bits
// above its own; every token in existence depends on that.
std::uint64_t tail_word(bytes_view tail) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < tail.size(); ++i) {
        const auto extended = static_cast<std::int64_t>(static_cast<signed char>(tail[i]));
        word ^= static_cast<std::uint64_t>(extended) << (8 * i);
    }
    return word;
}

}  // namespace

token token_of(bytes_view serialised_key) {
    if (serialised_key.empty()) return minimum_token;
    std::uint64_t h1 = 0;
    std::uint64_t h2 = 0;
    bytes_view rest = serialised_key;
    while (rest.size() >= 16) {
        h1 ^= mix_first(load_little_endian(rest.data()));
        h1 = (std::rotl(h1, 27) + h2) * 5 + 0x52dce729;
        h2 ^= mix_second(load_little_endian(rest.data() + 8));
        h2 = (std::rotl(h2, 31) + h1) * 5 + 0x38495ab5;
        rest.remove_prefix(16);
    }
    if (rest.size() > 8) h2 ^= mix_second(tail_word(rest.substr(8)));
    if (!rest.empty()) h1 ^= mix_first(tail_word(rest.substr(0, 8)));

    h1 ^= serialised_key.size();
    h2 ^= serialised_key.size();
    h1 += h2;
    h2 += h1;
    h1 = finish(h1);
    h2 = finish(h2);
    h1 += h2;

    const auto value = static_cast<std::int64_t>(h1);
    return value == minimum_token.value ? maximum_token : token{value};
}

bytes serialise_partition_key(const partition_key& key) {
    if (key.size() == 1) return key.front();
    bytes out;
    for (const auto& component : key) {
        append_big_endian(out, static_cast<std::uint16_t>(component.size()));
        out += component;
        out.push_back('\0');
    }
    return out;
}

}  // namespace nacre::data
