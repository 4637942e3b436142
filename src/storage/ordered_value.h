#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/bytes.h"
#include "types/type.h"

/// Values inside keys: docs/internals/storage-format.md, section 3. An ordered value sorts
/// bytewise as Cassandra sorts the type, is never a prefix of another one, and decodes to the
/// value's canonical spelling.
namespace nacre::storage {

/// Which way a clustering column sorts. Descending inverts every byte.
enum class direction : std::uint8_t { ascending, descending };

/// Appends the ordered form of a serialised value, which is valid for the type.
void append_ordered(bytes& out, const types::type& t, bytes_view value, direction way);

/// Reads from the front of `in`, moves it past what was read, and appends the serialised value to
/// `out`. False if `in` does not begin with an ordered value of the type (a null, legal only
/// inside, included).
[[nodiscard]] bool take_ordered(bytes_view& in, const types::type& t, direction way, bytes& out);

/// Whether different serialised values of the type can have the same ordered form.
[[nodiscard]] bool has_spellings(const types::type& t);

/// Appends x with every 00 as 00 ff, then 00 00.
void append_terminated(bytes& out, bytes_view x);
/// The reverse; false if there is no end.
[[nodiscard]] bool take_terminated(bytes_view& in, bytes& out);
/// The same without a copy where there is no 00 in it; otherwise it is put into `scratch`.
[[nodiscard]] std::optional<bytes_view> view_terminated(bytes_view& in, bytes& scratch);

/// Where the first 00 from `at` on stands; the size if there is none.
[[nodiscard]] inline std::size_t find_zero(bytes_view data, std::size_t at) {
    // Eight bytes at a time: keys are short, and every row of a scan is looked at.
    static_assert(std::endian::native == std::endian::little);
    constexpr std::uint64_t ones = 0x0101010101010101;
    for (; at + 8 <= data.size(); at += 8) {
        std::uint64_t word;
        std::memcpy(&word, data.data() + at, 8);
        // The lowest mark is right; those above it may be of a 01.
        const auto marks = (word - ones) & ~word & (ones << 7);
        if (marks != 0) return at + static_cast<std::size_t>(std::countr_zero(marks)) / 8;
    }
    while (at < data.size() && data[at] != 0) ++at;
    return at;
}

}  // namespace nacre::storage
