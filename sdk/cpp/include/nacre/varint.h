#pragma once

#include <bit>
#include <compare>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nacre/detail/codec.h"
#include "nacre/detail/text_parts.h"
#include "nacre/error.h"

namespace nacre {

namespace detail {

/// A number without a sign: the least significant word first, none of them a leading zero.
using magnitude = std::vector<std::uint32_t>;

struct quotient_and_remainder {
    magnitude quotient;
    magnitude remainder;
};

inline void trim(magnitude& m) {
    while (!m.empty() && m.back() == 0) m.pop_back();
}

inline magnitude magnitude_of(std::uint64_t value) {
    magnitude m;
    for (; value != 0; value >>= 32) m.push_back(static_cast<std::uint32_t>(value));
    return m;
}

inline std::strong_ordering compare(const magnitude& a, const magnitude& b) {
    if (a.size() != b.size()) return a.size() <=> b.size();
    for (auto i = a.size(); i-- > 0;) {
        if (a[i] != b[i]) return a[i] <=> b[i];
    }
    return std::strong_ordering::equal;
}

inline magnitude sum(const magnitude& a, const magnitude& b) {
    if (a.size() < b.size()) return sum(b, a);
    magnitude made = a;
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        carry += std::uint64_t{a[i]} + (i < b.size() ? b[i] : 0);
        made[i] = static_cast<std::uint32_t>(carry);
        carry >>= 32;
    }
    if (carry != 0) made.push_back(static_cast<std::uint32_t>(carry));
    return made;
}

/// a is not less than b.
inline magnitude difference(const magnitude& a, const magnitude& b) {
    magnitude made = a;
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const auto taken = (i < b.size() ? b[i] : 0) + borrow;
        borrow = a[i] < taken ? 1 : 0;
        made[i] = static_cast<std::uint32_t>(a[i] - taken);
    }
    trim(made);
    return made;
}

inline magnitude product(const magnitude& a, const magnitude& b) {
    if (a.empty() || b.empty()) return {};
    magnitude made(a.size() + b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::uint64_t carry = 0;
        for (std::size_t k = 0; k < b.size(); ++k) {
            carry += std::uint64_t{a[i]} * b[k] + made[i + k];
            made[i + k] = static_cast<std::uint32_t>(carry);
            carry >>= 32;
        }
        made[i + b.size()] = static_cast<std::uint32_t>(carry);
    }
    trim(made);
    return made;
}

/// m becomes m / divisor; returns the remainder.
inline std::uint32_t divide_by_word(magnitude& m, std::uint32_t divisor) {
    std::uint64_t rest = 0;
    for (auto i = m.size(); i-- > 0;) {
        rest = rest << 32 | m[i];
        m[i] = static_cast<std::uint32_t>(rest / divisor);
        rest %= divisor;
    }
    trim(m);
    return static_cast<std::uint32_t>(rest);
}

inline magnitude shifted_left(const magnitude& m, int bits) {
    magnitude made;
    made.reserve(m.size() + 1);
    std::uint64_t carry = 0;
    for (const auto word : m) {
        carry |= std::uint64_t{word} << bits;
        made.push_back(static_cast<std::uint32_t>(carry));
        carry >>= 32;
    }
    made.push_back(static_cast<std::uint32_t>(carry));
    return made;
}

/// Long division in words of 32 bits (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm
/// D).
inline quotient_and_remainder divide(const magnitude& a, const magnitude& b) {
    if (compare(a, b) < 0) return {{}, a};
    if (b.size() == 1) {
        auto quotient = a;
        auto rest = divide_by_word(quotient, b[0]);
        return {std::move(quotient), magnitude_of(rest)};
    }
    const int shift = std::countl_zero(b.back());
    auto rest = shifted_left(a, shift);
    auto divisor = shifted_left(b, shift);
    divisor.pop_back();  // shifted out of nothing
    const auto size = divisor.size();
    const std::uint64_t top = divisor[size - 1];
    magnitude quotient(rest.size() - size);
    for (auto i = quotient.size(); i-- > 0;) {
        const auto two = std::uint64_t{rest[i + size]} << 32 | rest[i + size - 1];
        auto guess = two / top;
        auto left = two % top;
        while (guess > UINT32_MAX ||
               guess * divisor[size - 2] > (left << 32 | rest[i + size - 2])) {
            --guess;
            left += top;
            if (left > UINT32_MAX) break;
        }
        std::uint64_t carry = 0;
        std::uint64_t borrow = 0;
        for (std::size_t k = 0; k <= size; ++k) {
            carry += k < size ? guess * divisor[k] : 0;
            const auto taken = (carry & UINT32_MAX) + borrow;
            borrow = rest[i + k] < taken ? 1 : 0;
            rest[i + k] = static_cast<std::uint32_t>(rest[i + k] - taken);
            carry >>= 32;
        }
        if (borrow != 0) {
            // The guess was one too large.
            --guess;
            std::uint64_t back = 0;
            for (std::size_t k = 0; k <= size; ++k) {
                back += std::uint64_t{rest[i + k]} + (k < size ? divisor[k] : 0);
                rest[i + k] = static_cast<std::uint32_t>(back);
                back >>= 32;
            }
        }
        quotient[i] = static_cast<std::uint32_t>(guess);
    }
    std::uint32_t above = 0;
    for (auto i = rest.size(); i-- > 0;) {
        const auto word = rest[i];
        rest[i] = static_cast<std::uint32_t>((std::uint64_t{above} << 32 | word) >> shift);
        above = word;
    }
    trim(quotient);
    trim(rest);
    return {std::move(quotient), std::move(rest)};
}

inline std::uint32_t bits_of(const magnitude& m) {
    if (m.empty()) return 0;
    return static_cast<std::uint32_t>(m.size() * 32) -
           static_cast<std::uint32_t>(std::countl_zero(m.back()));
}

}  // namespace detail

/// A whole number of any size, of type varint. Division rounds towards zero, and by zero it fails.
class varint {
  public:
    varint() = default;
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    varint(T value) {  // NOLINT: a number as any other
        if constexpr (std::unsigned_integral<T> && sizeof(T) == 8) {
            *this = made_of(false, detail::magnitude_of(value));
        } else {
            _small = static_cast<std::int64_t>(value);
        }
    }

    /// Decimal digits with a sign before them, or null.
    static std::optional<varint> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
    /// Null if it is out of range.
    [[nodiscard]] std::optional<std::int64_t> to_int64() const {
        return is_small() ? std::optional(_small) : std::nullopt;
    }
    /// The nearest double, give or take its last bit; infinite if it is out of range.
    [[nodiscard]] double to_double() const {
        if (is_small()) return static_cast<double>(_small);
        double value = 0;
        for (auto i = _large.size(); i-- > 0;) value = value * 4294967296.0 + _large[i];
        return _is_negative ? -value : value;
    }
    /// -1, 0 or 1
    [[nodiscard]] int sign() const {
        if (!is_small()) return _is_negative ? -1 : 1;
        return _small < 0 ? -1 : _small > 0 ? 1 : 0;
    }

    varint operator-() const { return varint() - *this; }
    friend varint operator+(const varint& a, const varint& b) {
        std::int64_t sum = 0;
        if (a.is_small() && b.is_small() && !__builtin_add_overflow(a._small, b._small, &sum)) {
            return sum;
        }
        return added(a.is_negative(), a.magnitude(), b.is_negative(), b.magnitude());
    }
    friend varint operator-(const varint& a, const varint& b) {
        std::int64_t left = 0;
        if (a.is_small() && b.is_small() && !__builtin_sub_overflow(a._small, b._small, &left)) {
            return left;
        }
        return added(a.is_negative(), a.magnitude(), !b.is_negative(), b.magnitude());
    }
    friend varint operator*(const varint& a, const varint& b) {
        std::int64_t product = 0;
        if (a.is_small() && b.is_small() && fits_product(a._small, b._small)) {
            product = a._small * b._small;
            return product;
        }
        return made_of(a.is_negative() != b.is_negative(),
                       detail::product(a.magnitude(), b.magnitude()));
    }
    friend varint operator/(const varint& a, const varint& b) {
        if (is_small_division(a, b)) return a._small / b._small;
        return made_of(a.is_negative() != b.is_negative(),
                       detail::divide(a.magnitude(), b.magnitude()).quotient);
    }
    /// The sign of a.
    friend varint operator%(const varint& a, const varint& b) {
        if (is_small_division(a, b)) return a._small % b._small;
        return made_of(a.is_negative(), detail::divide(a.magnitude(), b.magnitude()).remainder);
    }
    varint& operator+=(const varint& other) { return *this = *this + other; }
    varint& operator-=(const varint& other) { return *this = *this - other; }
    varint& operator*=(const varint& other) { return *this = *this * other; }
    varint& operator/=(const varint& other) { return *this = *this / other; }
    varint& operator%=(const varint& other) { return *this = *this % other; }

    friend bool operator==(const varint&, const varint&) = default;
    friend std::strong_ordering operator<=>(const varint& a, const varint& b) {
        if (a.is_small() && b.is_small()) return a._small <=> b._small;
        if (a.is_negative() != b.is_negative()) return b.is_negative() <=> a.is_negative();
        const auto order = detail::compare(a.magnitude(), b.magnitude());
        return a.is_negative() ? 0 <=> order : order;
    }

    /// From and to two's complement, the most significant byte first.
    static varint from_bytes(const std::byte* at, std::uint32_t size);
    [[nodiscard]] std::uint32_t bytes_size() const;
    std::byte* to_bytes(std::byte* to) const;

  private:
    friend class decimal;

    [[nodiscard]] bool is_small() const { return _large.empty(); }
    [[nodiscard]] bool is_negative() const { return is_small() ? _small < 0 : _is_negative; }
    [[nodiscard]] detail::magnitude magnitude() const {
        if (!is_small()) return _large;
        const auto bits = static_cast<std::uint64_t>(_small);
        return detail::magnitude_of(_small < 0 ? 0 - bits : bits);
    }
    /// Without the compiler's 128 bits, which are a call.
    static bool fits_product(std::int64_t a, std::int64_t b) {
        return a >= INT32_MIN && a <= INT32_MAX && b >= INT32_MIN && b <= INT32_MAX;
    }
    static bool is_small_division(const varint& a, const varint& b) {
        if (b.sign() == 0) fail("division by zero");
        return a.is_small() && b.is_small() && !(a._small == INT64_MIN && b._small == -1);
    }
    static varint made_of(bool is_negative, detail::magnitude m);
    static varint added(bool a_is_negative, const detail::magnitude& a, bool b_is_negative,
                        const detail::magnitude& b) {
        if (a_is_negative == b_is_negative) return made_of(a_is_negative, detail::sum(a, b));
        if (detail::compare(a, b) >= 0) return made_of(a_is_negative, detail::difference(a, b));
        return made_of(b_is_negative, detail::difference(b, a));
    }

    // One form for each number: what 64 bits hold is small, and 0 is not negative.
    std::int64_t _small = 0;
    detail::magnitude _large;
    bool _is_negative = false;
};

/// The base, multiplied by itself.
inline varint pow(varint base, std::uint32_t exponent) {
    varint made = 1;
    for (; exponent != 0; exponent >>= 1) {
        if ((exponent & 1) != 0) made *= base;
        if (exponent > 1) base *= base;
    }
    return made;
}

inline varint varint::made_of(bool is_negative, detail::magnitude m) {
    detail::trim(m);
    varint made;
    if (m.size() <= 2) {
        std::uint64_t value = 0;
        for (auto i = m.size(); i-- > 0;) value = value << 32 | m[i];
        if (value <= static_cast<std::uint64_t>(INT64_MAX) + (is_negative ? 1 : 0)) {
            made._small = static_cast<std::int64_t>(is_negative ? 0 - value : value);
            return made;
        }
    }
    made._large = std::move(m);
    made._is_negative = is_negative;
    return made;
}

inline std::optional<varint> varint::parse(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+')) text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    detail::magnitude m;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        std::uint64_t carry = static_cast<std::uint64_t>(c - '0');
        for (auto& word : m) {
            carry += std::uint64_t{word} * 10;
            word = static_cast<std::uint32_t>(carry);
            carry >>= 32;
        }
        if (carry != 0) m.push_back(static_cast<std::uint32_t>(carry));
    }
    return made_of(is_negative, std::move(m));
}

inline std::string varint::to_string() const {
    if (is_small()) return detail::text_of(_small);
    constexpr std::uint32_t nine_digits = 1'000'000'000;
    std::string reversed;
    for (auto m = _large; !m.empty();) {
        auto digits = detail::divide_by_word(m, nine_digits);
        for (int i = 0; i < 9 && !(m.empty() && digits == 0); ++i, digits /= 10) {
            reversed += static_cast<char>('0' + digits % 10);
        }
    }
    if (_is_negative) reversed += '-';
    return {reversed.rbegin(), reversed.rend()};
}

inline varint varint::from_bytes(const std::byte* at, std::uint32_t size) {
    const bool is_negative = size != 0 && (at[0] & std::byte{0x80}) != std::byte{0};
    const std::uint32_t sign = is_negative ? UINT32_MAX : 0;
    if (size <= 8) {
        auto value = static_cast<std::uint64_t>(static_cast<std::int32_t>(sign));
        for (std::uint32_t i = 0; i < size; ++i)
            value = value << 8 | std::to_integer<std::uint8_t>(at[i]);
        return static_cast<std::int64_t>(value);
    }
    detail::magnitude words((size + 3) / 4, sign);
    for (std::uint32_t i = 0; i < size; ++i) {
        auto& word = words[i / 4];
        word ^= (sign ^ std::to_integer<std::uint8_t>(at[size - 1 - i])) << (i % 4 * 8) &
                0xffU << (i % 4 * 8);
    }
    if (is_negative) {
        std::uint64_t carry = 1;
        for (auto& word : words) {
            carry += ~word;
            word = static_cast<std::uint32_t>(carry);
            carry >>= 32;
        }
        if (carry != 0) words.push_back(1);
    }
    return made_of(is_negative, std::move(words));
}

inline std::uint32_t varint::bytes_size() const {
    if (is_small()) {
        const auto bits = static_cast<std::uint64_t>(_small < 0 ? ~_small : _small);
        return (64 - static_cast<std::uint32_t>(std::countl_zero(bits))) / 8 + 1;
    }
    // -2^n takes as many bits as 2^n - 1.
    auto bits = detail::bits_of(_large);
    if (_is_negative) {
        bool is_power = std::has_single_bit(_large.back());
        for (std::size_t i = 0; i + 1 < _large.size(); ++i) is_power = is_power && _large[i] == 0;
        if (is_power) --bits;
    }
    return bits / 8 + 1;
}

inline std::byte* varint::to_bytes(std::byte* to) const {
    const auto size = bytes_size();
    std::uint64_t carry = 1;
    for (std::uint32_t i = 0; i < size; ++i) {
        std::uint32_t byte = 0;
        if (is_small()) {
            byte = static_cast<std::uint32_t>(_small >> (i * 8));
        } else {
            byte = i / 4 < _large.size() ? _large[i / 4] >> (i % 4 * 8) & 0xff : 0;
            if (_is_negative) {
                carry += ~byte & 0xff;
                byte = static_cast<std::uint32_t>(carry);
                carry = carry >> 8;
            }
        }
        to[size - 1 - i] = static_cast<std::byte>(byte);
    }
    return to + size;
}

namespace detail {

template <>
struct codec<varint> : sized_codec {
    static constexpr bool empty_is_null = true;
    static constexpr void describe(constant_text& to) { to.add("varint"); }
    static varint read(const std::byte* at, std::uint32_t size) {
        return varint::from_bytes(at, size);
    }
    static std::uint32_t size(const varint& value) { return value.bytes_size(); }
    static std::byte* write(std::byte* to, const varint& value) { return value.to_bytes(to); }
};

}  // namespace detail

}  // namespace nacre
