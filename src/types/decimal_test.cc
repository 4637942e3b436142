#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <boost/multiprecision/cpp_int.hpp>

#include "types/decimal.h"
#include "types/decimal_sum.h"
#include "types/value.h"

namespace nacre::types {
namespace {

std::string text_of(const result<decimal>& value) {
    return value ? to_text(*value) : value.error().message();
}

TEST(decimal, arithmetic) {
    const auto d = [](std::string_view text) { return *parse_decimal(text); };
    EXPECT_EQ(text_of(add(d("1.10"), d("2.205"))), "3.305");
    EXPECT_EQ(text_of(subtract(d("1"), d("1.00"))), "0.00");
    EXPECT_EQ(text_of(multiply(d("1.5"), d("-2.0"))), "-3.00");
    EXPECT_EQ(text_of(divide(d("1"), d("3"))), "0.33333333333333333333333333333333");
    EXPECT_EQ(text_of(divide(d("10"), d("4"))), "2.5");
    EXPECT_EQ(text_of(divide(d("1"), d("0"))), "BigInteger divide by zero");
    EXPECT_EQ(text_of(divide(d("1000"), d("7"))), "142.85714285714285714285714285714286");
    EXPECT_EQ(text_of(divide(d("1e-20"), d("7"))), "1.4285714285714285714285714285714E-21");
    EXPECT_EQ(text_of(remainder(d("5.5"), d("2"))), "1.5");
    EXPECT_EQ(text_of(with_scale(d("2.5"), 0, rounding::half_even)), "2");
    EXPECT_EQ(text_of(with_scale(d("2.5"), 0, rounding::half_up)), "3");
    EXPECT_EQ(text_of(with_scale(d("-2.5"), 0, rounding::half_up)), "-3");
    EXPECT_FALSE(add(d("1e1000000000"), d("1"))) << "would need a gigabyte of digits";
    EXPECT_EQ(compare(d("1e1000000000"), d("1")), std::strong_ordering::greater);
    EXPECT_EQ(to_double(d("0.1")), 0.1);
    EXPECT_EQ(text_of(decimal_of(0.1)), "0.1");
    EXPECT_EQ(low_64_bits(*parse_varint("18446744073709551617")), 1);
    EXPECT_EQ(low_64_bits(*parse_varint("-1")), -1);
}

TEST(decimal, precision_is_exact_around_powers_of_ten) {
    for (unsigned digits = 1; digits < 60; ++digits) {
        const auto power = boost::multiprecision::pow(varint(10), digits);
        EXPECT_EQ(precision(power), digits + 1);
        EXPECT_EQ(precision(power - 1), digits);
        EXPECT_EQ(precision(-power), digits + 1);
    }
}

// Boost's own integers, which share nothing with GMP, say what is right.
using reference = boost::multiprecision::cpp_int;

std::string random_number(std::mt19937& random, std::size_t digits_max) {
    std::string text(random() % digits_max + 1, '0');
    for (char& c : text) c = static_cast<char>('0' + random() % 10);
    text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
    return random() % 2 == 0 && text != "0" ? "-" + text : text;
}

TEST(varint, computes_as_another_library_does) {
    std::mt19937 random(7);
    for (int i = 0; i < 2'000; ++i) {
        const auto left = random_number(random, i % 2 == 0 ? 22 : 300);
        const auto right = random_number(random, i % 3 == 0 ? 22 : 300);
        const varint a = parse_varint(left).value();
        const varint b = parse_varint(right).value();
        const reference c(left);
        const reference d(right);
        EXPECT_EQ(a.str(), left);
        EXPECT_EQ(varint(a * b).str(), reference(c * d).str()) << left << " " << right;
        EXPECT_EQ(varint(a - b).str(), reference(c - d).str()) << left << " " << right;
        if (d != 0) {
            EXPECT_EQ(varint(a / b).str(), reference(c / d).str()) << left << " " << right;
            EXPECT_EQ(varint(a % b).str(), reference(c % d).str()) << left << " " << right;
        }
        EXPECT_EQ(load_varint(serialise_varint(a)), a) << left;
        EXPECT_EQ(compare_varints(serialise_varint(a), serialise_varint(b)) < 0, c < d);
        EXPECT_EQ(precision(a), static_cast<std::int64_t>(reference(abs(c)).str().size())) << left;
    }
}

TEST(varint, takes_the_shortest_form) {
    for (unsigned bits = 1; bits < 200; ++bits) {
        const varint power = varint(1) << bits;
        for (const varint& value : {power, varint(power - 1), varint(-power), varint(-power - 1)}) {
            const bytes form = serialise_varint(value);
            EXPECT_EQ(load_varint(form), value);
            const bool padded = form.size() > 1 && (form[0] == '\0' || form[0] == '\xff') &&
                                ((form[0] ^ form[1]) & 0x80) == 0;
            EXPECT_FALSE(padded) << value.str();
        }
    }
}

// 2^131071 - 1 and -2^131071 are the last that there are.
TEST(varint, is_bounded) {
    const varint last = (varint(1) << (8 * number_bytes_max - 1)) - 1;
    const std::string text = last.str();
    EXPECT_EQ(text.size(), number_digits_max);
    EXPECT_EQ(parse_varint("000" + text).value(), last);
    EXPECT_EQ(parse_varint("-" + varint(last + 1).str()).value(), -last - 1);
    EXPECT_EQ(parse_varint(varint(last + 1).str()).error().message(),
              "number out of range: it has 16385 bytes, at most 16384 bytes (39457 digits) are "
              "possible");
    EXPECT_EQ(parse_varint(text + "0").error().message(),
              "number out of range: it has 39458 digits, at most 16384 bytes (39457 digits) are "
              "possible");
    const auto type = type::native(type_kind::varint);
    EXPECT_TRUE(validate(*type, serialise_varint(last)));
    EXPECT_TRUE(validate(*type, serialise_varint(-last - 1)));
    EXPECT_EQ(validate(*type, serialise_varint(last + 1)).error().message(),
              parse_varint(varint(last + 1).str()).error().message());
}

TEST(decimal, is_bounded) {
    const varint last = (varint(1) << (8 * number_bytes_max - 1)) - 1;
    const auto type = type::native(type_kind::decimal);
    EXPECT_TRUE(validate(*type, serialise_decimal({last, 7})));
    EXPECT_FALSE(validate(*type, serialise_decimal({last + 1, 7})));
    EXPECT_EQ(from_text(*type, last.str() + "0.5").error().message().substr(0, 20),
              "number out of range:");
    const decimal longest{last, 5};
    const decimal one{1, 5};
    EXPECT_TRUE(subtract(longest, one));
    for (const auto& past : {add(longest, one), multiply(longest, decimal{2, 0}),
                             with_scale(longest, 6, rounding::half_up)}) {
        EXPECT_EQ(text_of(past).substr(0, 20), "number out of range:");
    }
}

TEST(decimal, order_of_what_is_nearly_equal) {
    const varint power = boost::multiprecision::pow(varint(10), 2'000);
    for (const std::int32_t scale : {-2'000'000'000, -7, 0, 7, 2'000'000'000}) {
        const decimal whole{varint(123), scale};
        const decimal same{varint(123 * power), scale + 2'000};
        const decimal above{varint(123 * power + 1), scale + 2'000};
        EXPECT_EQ(compare(whole, same), std::strong_ordering::equal);
        EXPECT_EQ(compare(whole, above), std::strong_ordering::less);
        EXPECT_EQ(compare(above, whole), std::strong_ordering::greater);
        const auto negative = [](const decimal& d) {
            return decimal{varint(-d.unscaled), d.scale};
        };
        EXPECT_EQ(compare(negative(whole), negative(above)), std::strong_ordering::greater);
        EXPECT_EQ(compare(negative(whole), above), std::strong_ordering::less);
    }
}

TEST(decimal, trailing_zeros) {
    for (const int zeros : {0, 1, 2, 3, 7, 8, 100, 1'023}) {
        const varint power = boost::multiprecision::pow(varint(10), static_cast<unsigned>(zeros));
        const auto stripped = strip_trailing_zeros({varint(-137 * power), 5});
        EXPECT_EQ(stripped.unscaled, -137) << zeros;
        EXPECT_EQ(stripped.scale, 5 - zeros);
    }
    const std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
    EXPECT_EQ(strip_trailing_zeros({varint(1'000), lowest + 2}).unscaled, 10);
}

std::string sum_of(const std::vector<std::string>& texts) {
    decimal_sum sum;
    for (const auto& text : texts) {
        if (const auto added = sum.add(parse_decimal(text).value()); !added) {
            return added.error().message();
        }
    }
    return to_text(sum.total());
}

TEST(decimal_sum, is_that_of_additions) {
    EXPECT_EQ(sum_of({}), "0");
    EXPECT_EQ(sum_of({"1.10", "2.205", "-3"}), "0.305");
    EXPECT_EQ(sum_of({"1E+3", "1E+2"}), "1100");
    EXPECT_EQ(sum_of({"1", "-1", "0.000"}), "0.000");
    EXPECT_EQ(sum_of({"1E-10000", "1"}).size(), 10'002u);
    EXPECT_EQ(sum_of({"1E-10001", "1"}),
              "decimal out of range: the result would have over 10000 digits");
    EXPECT_EQ(sum_of({"1E-2000000000", "1"}),
              "decimal out of range: the result would have over 10000 digits");
    EXPECT_EQ(sum_of({"1E+2000000000"}),
              "decimal out of range: the result would have over 10000 digits");
    EXPECT_EQ(sum_of({"1E-2000000000", "-1E-2000000000"}).substr(0, 3), "0E-");

    std::mt19937 random(11);
    decimal_sum sum;
    decimal expected;
    for (int i = 0; i < 3'000; ++i) {
        const decimal term{parse_varint(random_number(random, 40)).value(),
                           static_cast<std::int32_t>(random() % 2'000) - 1'000};
        ASSERT_TRUE(sum.add(term));
        expected = add(expected, term).value();
        if (i % 100 == 0) ASSERT_EQ(to_text(sum.total()), to_text(expected)) << i;
    }
    EXPECT_EQ(to_text(sum.total()), to_text(expected));
}

}  // namespace
}  // namespace nacre::types
