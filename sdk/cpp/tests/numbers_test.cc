/// varint and decimal against Boost's numbers.
#include <random>

#include <gtest/gtest.h>
#include <boost/multiprecision/cpp_int.hpp>

#include <nacre/decimal.h>
#include <nacre/varint.h>

namespace {

using boost::multiprecision::cpp_int;
using nacre::decimal;
using nacre::varint;

varint number(std::string_view text) {
    const auto made = varint::parse(text);
    EXPECT_TRUE(made.has_value()) << text;
    return made.value_or(varint());
}
decimal fraction(std::string_view text) {
    const auto made = decimal::parse(text);
    EXPECT_TRUE(made.has_value()) << text;
    return made.value_or(decimal());
}

// Numbers of up to 200 bits of both signs; many near powers of two, where words and bytes end.
class numbers {
  public:
    cpp_int next() {
        cpp_int made = 0;
        const auto bits = _random() % 200;
        for (unsigned i = 0; i < bits; i += 32) made = (made << 32) | _random();
        made &= (cpp_int(1) << bits) - 1;
        if (_random() % 3 == 0) made = (cpp_int(1) << bits) + static_cast<int>(_random() % 3) - 1;
        return _random() % 2 == 0 ? made : cpp_int(-made);
    }

  private:
    std::mt19937 _random{20240229};
};

std::vector<std::byte> bytes_of(const varint& value) {
    std::vector<std::byte> bytes(value.bytes_size());
    EXPECT_EQ(value.to_bytes(bytes.data()), bytes.data() + bytes.size());
    return bytes;
}

TEST(varint, computes_as_numbers_do) {
    numbers source;
    for (int i = 0; i < 20'000; ++i) {
        const auto a = source.next();
        const auto b = source.next();
        const auto x = number(a.str());
        const auto y = number(b.str());
        ASSERT_EQ(x.to_string(), a.str());
        ASSERT_EQ((x + y).to_string(), cpp_int(a + b).str());
        ASSERT_EQ((x - y).to_string(), cpp_int(a - b).str());
        ASSERT_EQ((x * y).to_string(), cpp_int(a * b).str());
        ASSERT_EQ((x <=> y) < 0, a < b) << a << " " << b;
        ASSERT_EQ(x == y, a == b);
        ASSERT_EQ(x.sign(), a.sign());
        if (b == 0) continue;
        ASSERT_EQ((x / y).to_string(), cpp_int(a / b).str()) << a << " " << b;
        ASSERT_EQ((x % y).to_string(), cpp_int(a % b).str()) << a << " " << b;
    }
}

TEST(varint, has_the_shortest_bytes) {
    numbers source;
    for (int i = 0; i < 20'000; ++i) {
        const auto a = source.next();
        const auto x = number(a.str());
        const auto bytes = bytes_of(x);
        // The least n with -2^(8n-1) <= a < 2^(8n-1).
        const cpp_int positive = a < 0 ? cpp_int(-a - 1) : a;
        const auto bits = positive == 0 ? 0 : msb(positive) + 1;
        ASSERT_EQ(bytes.size(), bits / 8 + 1) << a;
        ASSERT_EQ(varint::from_bytes(bytes.data(), static_cast<std::uint32_t>(bytes.size())), x);
        // Longer ones mean the same.
        std::vector<std::byte> longer(5, a < 0 ? std::byte{0xff} : std::byte{0});
        longer.insert(longer.end(), bytes.begin(), bytes.end());
        ASSERT_EQ(varint::from_bytes(longer.data(), static_cast<std::uint32_t>(longer.size())), x);
    }
}

TEST(varint, is_made_of_integers_and_becomes_them) {
    EXPECT_EQ(varint(UINT64_MAX).to_string(), "18446744073709551615");
    EXPECT_EQ(varint(INT64_MIN).to_int64(), INT64_MIN);
    EXPECT_EQ((varint(INT64_MIN) - 1).to_int64(), std::nullopt);
    EXPECT_EQ((varint(INT64_MIN) / -1).to_string(), "9223372036854775808");
    EXPECT_EQ(-varint(INT64_MIN) - 1, varint(INT64_MAX));
    EXPECT_EQ(pow(varint(2), 100).to_string(), "1267650600228229401496703205376");
    EXPECT_EQ(pow(varint(7), 0), varint(1));
    EXPECT_DOUBLE_EQ(pow(varint(-10), 21).to_double(), -1e21);
    EXPECT_FALSE(varint::parse("") || varint::parse("-") || varint::parse("1 ") ||
                 varint::parse("0x1"));
    EXPECT_THROW(varint(1) / varint(0), nacre::failure);
    EXPECT_THROW(varint(1) % varint(), nacre::failure);
}

TEST(decimal, is_written_as_cassandra_writes_it) {
    for (const auto* text : {"0", "0.0", "0.00", "1", "-1.50", "119.0000", "1.01E+5", "1E+3",
                             "0.000001", "1E-7", "-1.23E-9", "123456789012345678901234567890.12"}) {
        EXPECT_EQ(fraction(text).to_string(), text);
    }
    EXPECT_EQ(decimal(0, -3).to_string(), "0E+3");
    EXPECT_EQ(decimal(12, 10).to_string(), "1.2E-9");
    EXPECT_EQ(decimal(5, 1).to_string(), "0.5");
    EXPECT_EQ(fraction("-.5").to_string(), "-0.5");
    EXPECT_FALSE(decimal::parse("1e99999999999") || decimal::parse("1.2.3") ||
                 decimal::parse("e5"));
}

TEST(decimal, computes_exactly) {
    EXPECT_EQ((fraction("100.00") + fraction("100.00") * fraction("0.19")).to_string(), "119.0000");
    EXPECT_EQ((fraction("1E3") - fraction("0.001")).to_string(), "999.999");
    EXPECT_EQ((-fraction("1.5")).to_string(), "-1.5");
    EXPECT_TRUE(fraction("1.0") == fraction("1.00"));
    EXPECT_TRUE(fraction("-2") < fraction("-1.99"));
    EXPECT_TRUE(fraction("1E+2") > fraction("99.9"));
    EXPECT_DOUBLE_EQ(fraction("-12.5").to_double(), -12.5);
    EXPECT_DOUBLE_EQ(fraction("3E+7").to_double(), 3e7);
    EXPECT_EQ(fraction("1.5000").stripped().to_string(), "1.5");
    EXPECT_EQ(fraction("1500").stripped().to_string(), "1.5E+3");
    EXPECT_EQ(fraction("0.000").stripped().to_string(), "0");
    EXPECT_THROW(fraction("1E+200000") + fraction("1"), nacre::failure);
    EXPECT_THROW(decimal(1, INT32_MAX) * decimal(1, 1), nacre::failure);
}

TEST(decimal, rounds_half_to_even) {
    for (const auto& [text, rounded] :
         std::initializer_list<std::pair<const char*, const char*>>{{"2.5", "2"},
                                                                    {"3.5", "4"},
                                                                    {"-2.5", "-2"},
                                                                    {"-3.5", "-4"},
                                                                    {"2.51", "3"},
                                                                    {"7", "7"}}) {
        EXPECT_EQ(fraction(text).rounded(0).to_string(), rounded);
    }
    EXPECT_EQ(fraction("1.5").rounded(3).to_string(), "1.500");
    EXPECT_EQ((fraction("1") / fraction("3")).to_string(), "0.3333333333333333333333333333333333");
    EXPECT_EQ((fraction("2") / fraction("3")).to_string(), "0.6666666666666666666666666666666667");
    EXPECT_EQ((fraction("10") / fraction("4")).to_string(), "2.5");
    EXPECT_EQ((fraction("1.00") / fraction("2")).to_string(), "0.50");
    EXPECT_EQ((fraction("-100") / fraction("8")).to_string(), "-12.5");
    EXPECT_EQ((fraction("0") / fraction("1.00")).to_string(), "0E+2");
    EXPECT_EQ((fraction("99999999999999999999999999999999999") / fraction("1")).to_string(),
              "1.000000000000000000000000000000000E+35");
    EXPECT_THROW(fraction("1") / fraction("0.00"), nacre::failure);
}

}  // namespace
