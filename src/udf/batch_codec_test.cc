#include "udf/batch_codec.h"

#include <algorithm>
#include <array>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/row_batch.h"

namespace nacre::udf {
namespace {

using testing::HasSubstr;
using types::type_kind;

constexpr std::uint32_t buffer = 64;

const types::type_ptr& native(type_kind kind) {
    return types::type::native(kind);
}

/// A memory of a guest that answers as a test tells it.
class batch_codec : public testing::Test {
  protected:
    [[nodiscard]] wasm::guest_memory memory() { return wasm::guest_memory(storage); }

    template <typename Number>
    void poke(std::uint64_t address, Number value) {
        ASSERT_TRUE(memory().store(address, value));
    }
    [[nodiscard]] std::uint32_t peek(std::uint64_t address) {
        return *memory().load<std::uint32_t>(address);
    }

    /// The address of descriptor `i`.
    static std::uint64_t descriptor(std::uint64_t i) { return buffer + 8 + 16 * i; }

    batch_size write(argument_columns arguments, row_numbers rows, const types::type* type) {
        const auto size =
            measure_batch(arguments, rows, type, {.rows_max = 1000, .bytes_max = 1 << 15});
        EXPECT_EQ(size.rows, rows.size());
        EXPECT_TRUE(write_batch(memory(), buffer, arguments, rows, type, size).ok());
        return size;
    }

    std::string refusal(data::column_vector result, std::uint32_t rows) {
        const auto done = read_results(memory(), buffer, rows, result);
        return done.ok() ? "accepted" : done.error().message();
    }

    std::vector<std::uint8_t> storage = std::vector<std::uint8_t>(65536, 0xaa);
};

TEST_F(batch_codec, compacts_the_selected_rows) {
    data::column_vector numbers(native(type_kind::int_));
    data::column_vector words(native(type_kind::text));
    for (std::int32_t i = 0; i < 20; ++i) {
        i % 5 == 4 ? numbers.append_null() : numbers.append_native(i);
        words.append_serialised(bytes(static_cast<std::size_t>(i), static_cast<char>('a' + i)));
    }
    const std::vector<const data::column_vector*> arguments{&numbers, &words};
    const data::selection rows{3, 4, 7, 19};
    const auto type = native(type_kind::bigint);
    const auto size = write(arguments, rows, type.get());

    EXPECT_EQ(peek(buffer), 4u);
    EXPECT_EQ(peek(buffer + 4), 2u);
    EXPECT_EQ(*memory().load<std::uint8_t>(peek(descriptor(0))), 0b0101);
    EXPECT_EQ(peek(peek(descriptor(0) + 4)), 3u);
    EXPECT_EQ(peek(peek(descriptor(0) + 4) + 8), 7u);
    EXPECT_EQ(peek(descriptor(1)), 0u);  // no nulls
    EXPECT_EQ(peek(descriptor(1) + 12), 3u + 4 + 7 + 19);
    const auto offsets = peek(descriptor(1) + 4);
    EXPECT_EQ(peek(offsets), 0u);
    EXPECT_EQ(peek(offsets + 16), 33u);
    EXPECT_EQ(*memory().view(peek(descriptor(1) + 8) + 3, 4), "eeee");
    // The result has a bitmap of zeros and room for its values inside the buffer.
    EXPECT_EQ(*memory().load<std::uint8_t>(peek(descriptor(2))), 0);
    EXPECT_LE(peek(descriptor(2) + 4) + 4 * 8, buffer + size.total_bytes);
}

TEST_F(batch_codec, measures_at_least_one_row_and_no_more_than_fit) {
    data::column_vector blobs(native(type_kind::blob));
    for (int i = 0; i < 10; ++i) blobs.append_serialised(bytes(1000, 'x'));
    const std::vector<const data::column_vector*> arguments{&blobs};
    const data::selection rows{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    const auto of = [&](std::uint64_t bytes_max) {
        return measure_batch(arguments, rows, nullptr, {.rows_max = 7, .bytes_max = bytes_max});
    };
    EXPECT_EQ(of(1).rows, 1u);
    EXPECT_GT(of(1).total_bytes, 1000u);
    EXPECT_EQ(of(3500).rows, 3u);
    EXPECT_LE(of(3500).total_bytes, 3500u);
    EXPECT_EQ(of(1 << 20).rows, 7u);
}

TEST_F(batch_codec, reads_what_a_guest_wrote) {
    const auto type = native(type_kind::text);
    const data::selection rows{0, 1, 2};
    write({}, rows, type.get());
    const auto bitmap = peek(descriptor(0));
    const auto offsets = peek(descriptor(0) + 4);
    poke<std::uint8_t>(bitmap, 0b101);
    for (const auto& [i, offset] : {std::pair(0U, 0U), {1U, 2U}, {2U, 2U}, {3U, 5U}}) {
        poke<std::uint32_t>(offsets + 4 * i, offset);
    }
    poke<std::uint32_t>(descriptor(0) + 8, 60000);
    poke<std::uint32_t>(descriptor(0) + 12, 5);
    std::ranges::copy(std::string("abcde"), storage.begin() + 60000);
    data::column_vector result(type);
    const auto done = read_results(memory(), buffer, 3, result);
    ASSERT_TRUE(done.ok()) << done.error().message();
    EXPECT_EQ(*done, 3u);
    EXPECT_EQ(result.serialised(0), "ab");
    EXPECT_EQ(result.serialised(1), std::nullopt);
    EXPECT_EQ(result.serialised(2), "cde");
}

TEST_F(batch_codec, refuses_every_address_outside_of_memory) {
    const auto text = data::column_vector(native(type_kind::text));
    const auto number = data::column_vector(native(type_kind::bigint));
    const data::selection rows{0, 1, 2};
    const auto fresh = [&](const data::column_vector& column) {
        write({}, rows, column.type().get());
        poke<std::uint32_t>(descriptor(0), 0);
        if (column.physical() == types::physical_type::serialised) {
            for (std::uint32_t i = 0; i < 4; ++i) {
                poke<std::uint32_t>(peek(descriptor(0) + 4) + 4 * i, i);
            }
            poke<std::uint32_t>(descriptor(0) + 8, 60000);
            poke<std::uint32_t>(descriptor(0) + 12, 3);
            std::ranges::fill_n(storage.begin() + 60000, 3, 'x');
        }
    };
    for (const auto* column : {&text, &number}) {
        fresh(*column);
        ASSERT_EQ(refusal(*column, 3), "accepted");
        for (const std::uint32_t wild : {65535U, 65536U, 0xffffffffU, 0xfffffff8U}) {
            for (const std::uint64_t field : {0, 4, 8}) {
                if (field == 8 && column == &number) continue;
                fresh(*column);
                poke(descriptor(0) + field, wild);
                const auto reason = refusal(*column, 3);
                // One byte of bitmap is all that three rows need.
                if (field == 0 && wild == 65535) continue;
                EXPECT_THAT(reason, HasSubstr("outside of its memory")) << field << " " << wild;
            }
        }
        for (const std::uint32_t rows_done : {0U, 4U, 0xffffffffU}) {
            fresh(*column);
            poke(buffer, rows_done);
            EXPECT_THAT(refusal(*column, 3), HasSubstr("odd number of rows"));
        }
        fresh(*column);
        poke<std::uint32_t>(buffer + 4, 0xffffffff);
        EXPECT_THAT(refusal(*column, 3), HasSubstr("outside of its memory"));
    }
    fresh(text);
    poke<std::uint32_t>(peek(descriptor(0) + 4) + 4, 3);
    EXPECT_THAT(refusal(text, 3), HasSubstr("not ascending"));
    fresh(text);
    poke<std::uint32_t>(peek(descriptor(0) + 4) + 12, 4);
    EXPECT_THAT(refusal(text, 3), HasSubstr("not ascending"));
}

TEST_F(batch_codec, survives_random_answers) {
    std::mt19937 random(20240607);
    const data::selection rows{0, 1, 2, 3, 4};
    for (int round = 0; round < 20'000; ++round) {
        const auto kind = std::array{type_kind::text, type_kind::bigint, type_kind::boolean,
                                     type_kind::time, type_kind::varint}[random() % 5];
        write({}, rows, native(kind).get());
        for (int i = 0; i < 3; ++i) {
            const auto where = buffer + 4 * (random() % 20);
            poke<std::uint32_t>(where, random() % 3 == 0 ? random() : random() % 70000);
        }
        data::column_vector result(native(kind));
        const auto done = read_results(memory(), buffer, 5, result);
        if (done.ok()) EXPECT_EQ(result.size(), *done);
    }
}

TEST_F(batch_codec, booleans_become_zero_or_one) {
    const data::selection rows{0, 1, 2};
    write({}, rows, native(type_kind::boolean).get());
    poke<std::uint32_t>(descriptor(0), 0);
    const auto values = peek(descriptor(0) + 4);
    for (const auto& [i, value] : {std::pair(0U, 0), {1U, 1}, {2U, 0x80}}) {
        poke<std::uint8_t>(values + i, static_cast<std::uint8_t>(value));
    }
    data::column_vector result(native(type_kind::boolean));
    ASSERT_TRUE(read_results(memory(), buffer, 3, result).ok());
    EXPECT_EQ(result.serialised(2), bytes(1, '\1'));
}

}  // namespace
}  // namespace nacre::udf
