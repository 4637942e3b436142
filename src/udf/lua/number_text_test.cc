#include <cinttypes>
#include <cmath>
#include <random>

#include <gmock/gmock.h>

#include "udf/lua/lua_test_support.h"

// The guest turns numbers into text and back by itself (guests/lua/number_text.c): as libc does.
namespace nacre::udf::lua {
namespace {

using types::type_kind;

constexpr std::uint32_t rows = 4000;

template <typename... Numbers>
std::string printed(const char* format, Numbers... numbers) {
    std::array<char, 2048> room{};
    std::snprintf(room.data(), room.size(), format, numbers...);
    return room.data();
}

class lua_number_text : public lua_test {
  protected:
    template <typename Number>
    data::column_vector formatted(type_kind kind, const std::vector<Number>& numbers,
                                  std::string body) {
        const auto text = native(type_kind::text);
        std::vector<data::column_vector> columns;
        columns.emplace_back(native(kind));
        for (const auto number : numbers) columns.back().append_native<Number>(number);
        const auto code = compile(define({{"a", native(kind)}}, text, std::move(body)));
        EXPECT_TRUE(code.ok()) << code.error().message();
        auto out = call(**code, text, columns);
        EXPECT_TRUE(out.ok()) << out.error().message();
        return std::move(*out);
    }

    std::mt19937_64 random{7};
};

TEST_F(lua_number_text, floats_look_as_in_c) {
    std::vector<double> numbers{0.0,
                                -0.0,
                                0.5,
                                1.5,
                                2.5,
                                9.5,
                                99.95,
                                1e15,
                                1e16,
                                1e22,
                                1e23,
                                5e-324,
                                1.7976931348623157e308,
                                0.1,
                                123456.789,
                                1e-5,
                                9.9999e-5,
                                1e300};
    while (numbers.size() < rows) {
        switch (random() % 4) {
            case 0:
                numbers.push_back(std::bit_cast<double>(random()));
                if (!std::isfinite(numbers.back())) numbers.pop_back();
                break;
            case 1:
                numbers.push_back(static_cast<double>(random() % 1'000'000) / 1000);
                break;
            case 2:
                numbers.push_back(-static_cast<double>(random() % 2000) * 0.5);
                break;
            default:
                numbers.push_back(std::ldexp(static_cast<double>(random() >> 11),
                                             -static_cast<int>(random() % 110)));
        }
    }
    const auto out =
        formatted(type_kind::double_, numbers,
                  "return string.format('%.14g %.17g %g %.3f %f %.0f %e %.2e %10.1f "
                  "%-12.4g| %012.3f %+.3f %#g', a, a, a, a, a, a, a, a, a, a, a, a, a)");
    ASSERT_EQ(out.size(), rows);
    for (std::uint32_t i = 0; i < rows; ++i) {
        const double a = numbers[i];
        EXPECT_EQ(out.view(i), printed("%.14g %.17g %g %.3f %f %.0f %e %.2e %10.1f "
                                       "%-12.4g| %012.3f %+.3f %#g",
                                       a, a, a, a, a, a, a, a, a, a, a, a, a));
    }
    const auto again =
        formatted(type_kind::double_, numbers,
                  "for _, f in ipairs{'%.17g', '%.20e'} do\n"
                  "  if tonumber(f:format(a)) ~= a then return f:format(a) end\n"
                  "end\n"
                  "local short = ('%.3f'):format(a)\n"
                  "return ('%.3f'):format(tonumber(short)) == short and 'same' or short");
    for (std::uint32_t i = 0; i < rows; ++i) {
        // Doubles of such a size have no three digits behind the point.
        if (std::abs(numbers[i]) < 1e12) EXPECT_EQ(again.view(i), "same") << numbers[i];
    }
}

TEST_F(lua_number_text, integers_look_as_in_c) {
    std::vector<std::int64_t> numbers{0, 1, -1, 99, 100, INT64_MAX, INT64_MIN};
    while (numbers.size() < rows) {
        numbers.push_back(static_cast<std::int64_t>(random()) >> random() % 64);
    }
    const auto out = formatted(type_kind::bigint, numbers,
                               "return string.format('%s %d %x %X %o %8d %-8d| %08d %+d %.5d %#x', "
                               "a, a, a, a, a, a, a, a, a, a, a)");
    ASSERT_EQ(out.size(), rows);
    for (std::uint32_t i = 0; i < rows; ++i) {
        const std::int64_t a = numbers[i];
        EXPECT_EQ(out.view(i),
                  printed("%" PRId64 " %" PRId64 " %" PRIx64 " %" PRIX64 " %" PRIo64 " %8" PRId64
                          " %-8" PRId64 "| %08" PRId64 " %+" PRId64 " %.5" PRId64 " %#" PRIx64,
                          a, a, a, a, a, a, a, a, a, a, a));
    }
}

TEST_F(lua_number_text, text_is_read_as_in_c) {
    const auto text = native(type_kind::text);
    for (const auto* good :
         {"1", "1.", "-.5", "1e-5", "1.5e300", " 12 ", "-0.0", "0.1e-22", "4.9e-324",
          "00000000000000000000001", "123456789012345678901", "9007199254740993.0", "1e22", "1e23",
          "123456789.123456789e10", "0x1p4", "0x.8"}) {
        const auto shown = evaluate(text, fmt::format("return ('%.17g'):format('{}')", good));
        EXPECT_EQ(shown, fmt::format("'{}'", printed("%.17g", std::strtod(good, nullptr)))) << good;
    }
    for (const auto* bad : {"", ".", "e5", "1e", "1e+", "1e5x", "inf", "nan", "0x", "1 2", "--1"}) {
        EXPECT_EQ(evaluate(text, fmt::format("return tostring(tonumber('{}'))", bad)), "'nil'")
            << bad;
    }
}

}  // namespace
}  // namespace nacre::udf::lua
