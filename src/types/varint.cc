#include "types/varint.h"

#include <algorithm>
#include <iterator>

namespace nacre::types {

namespace mp = boost::multiprecision;

varint load_varint(bytes_view value) {
    varint number;
    if (value.empty()) return number;
    const auto* first = reinterpret_cast<const unsigned char*>(value.data());
    mp::import_bits(number, first, first + value.size(), 8, true);
    if ((first[0] & 0x80) != 0) number -= varint(1) << (8 * value.size());
    return number;
}

bytes serialise_varint(const varint& value) {
    if (value == 0) return bytes(1, '\0');
    // -2^(8n-1) needs n bytes although its magnitude has 8n bits.
    const bool negative = value < 0;
    const varint magnitude = negative ? -value - 1 : value;
    const std::size_t bits = magnitude == 0 ? 0 : mp::msb(magnitude) + 1;
    const std::size_t size = bits / 8 + 1;
    std::vector<unsigned char> raw;
    mp::export_bits(magnitude, std::back_inserter(raw), 8, true);
    bytes out(size, '\0');
    if (magnitude != 0) std::ranges::copy(raw, out.end() - static_cast<std::ptrdiff_t>(raw.size()));
    if (negative) {
        for (char& c : out) c = static_cast<char>(~c);
    }
    return out;
}

std::optional<varint> parse_varint(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) {
        return std::nullopt;
    }
    // A leading zero would make Boost read octal.
    text.remove_prefix(std::min(text.find_first_not_of('0'), text.size()));
    varint number = text.empty() ? varint(0) : varint(std::string(text));
    if (negative) number = -number;
    return number;
}

std::int64_t low_64_bits(const varint& value) {
    const varint magnitude = abs(value) & varint(~std::uint64_t{0});
    const auto low = static_cast<std::uint64_t>(magnitude);
    return static_cast<std::int64_t>(value < 0 ? ~low + 1 : low);
}

namespace {

bool is_negative(bytes_view value) {
    return !value.empty() && (value.front() & 0x80) != 0;
}

bytes_view without_sign_padding(bytes_view value) {
    const char padding = is_negative(value) ? '\xff' : '\0';
    while (value.size() > 1 && value[0] == padding && ((value[0] ^ value[1]) & 0x80) == 0) {
        value.remove_prefix(1);
    }
    return value;
}

}  // namespace

std::strong_ordering compare_varints(bytes_view left, bytes_view right) {
    if (left.empty() || right.empty()) return left.size() <=> right.size();
    const bool negative = is_negative(left);
    if (negative != is_negative(right)) {
        return negative ? std::strong_ordering::less : std::strong_ordering::greater;
    }
    left = without_sign_padding(left);
    right = without_sign_padding(right);
    if (left.size() != right.size()) {
        return negative ? right.size() <=> left.size() : left.size() <=> right.size();
    }
    return left.compare(right) <=> 0;
}

}  // namespace nacre::types
