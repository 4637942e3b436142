#include "data/column_vector.h"

#include <gtest/gtest.h>

namespace nacre::data {
namespace {

using types::type;
using types::type_kind;

TEST(column_vector, keeps_fixed_width_values_natively) {
    column_vector column(type::native(type_kind::bigint));
    column.append_serialised(to_big_endian<std::int64_t>(-5));
    column.append_null();
    column.append_native<std::int64_t>(7);
    ASSERT_EQ(column.size(), 3u);
    EXPECT_EQ(column.native<std::int64_t>()[0], -5);
    EXPECT_EQ(column.native<std::int64_t>()[1], 0);
    EXPECT_TRUE(column.is_null(1));
    EXPECT_EQ(column.null_count(), 1u);
    EXPECT_EQ(column.validity(), "\x05");
    EXPECT_EQ(column.serialised(2), to_big_endian<std::int64_t>(7));
    EXPECT_EQ(column.serialised(1), std::nullopt);
}

TEST(column_vector, every_physical_type_round_trips) {
    const std::pair<type_kind, bytes> cases[] = {
        {type_kind::boolean, bytes("\x01", 1)},
        {type_kind::tinyint, bytes("\x80", 1)},
        {type_kind::smallint, bytes("\x80\x01", 2)},
        {type_kind::date, bytes("\x80\0\0\x01", 4)},
        {type_kind::float_, bytes("\x7f\x80\0\0", 4)},
        {type_kind::text, "pearl"},
        {type_kind::double_, bytes("\xbf\xf0\0\0\0\0\0\0", 8)},
    };
    for (const auto& [kind, value] : cases) {
        column_vector column(type::native(kind));
        column.append_serialised(value);
        column_vector copy(type::native(kind));
        copy.append_from(column, 0);
        EXPECT_EQ(copy.serialised(0), value) << column.type()->to_cql();
    }
}

TEST(column_vector, empty_is_neither_null_nor_zero) {
    column_vector column(type::native(type_kind::int_));
    for (std::int32_t i = 0; i < 9; ++i) column.append_native(i);
    EXPECT_FALSE(column.has_empty_values());
    column.append_serialised("");
    for (std::int32_t i = 0; i < 20; ++i) column.append_native(i);
    EXPECT_TRUE(column.is_empty_value(9));
    EXPECT_FALSE(column.is_null(9));
    EXPECT_EQ(column.serialised(9), bytes());
    EXPECT_FALSE(column.is_empty_value(8));
    EXPECT_FALSE(column.is_empty_value(29));
    column_vector copy(column.type());
    copy.append_from(column, 9);
    EXPECT_EQ(copy.serialised(0), bytes());
    column.clear();
    EXPECT_FALSE(column.has_empty_values());
    EXPECT_EQ(column.size(), 0u);
}

TEST(column_vector, serialised_values_lie_behind_offsets) {
    column_vector column(type::native(type_kind::text));
    column.append_serialised("ab");
    column.append_null();
    column.append_serialised("");
    column.append_serialised("cde");
    EXPECT_EQ(column.blob(), "abcde");
    EXPECT_EQ(std::vector(column.offsets().begin(), column.offsets().end()),
              (std::vector<std::uint32_t>{0, 2, 2, 2, 5}));
    EXPECT_EQ(column.view(3), "cde");
    EXPECT_EQ(column.serialised(2), bytes());
    EXPECT_EQ(column.serialised(1), std::nullopt);
    column.clear();
    column.append_serialised("x");
    EXPECT_EQ(column.view(0), "x");
}

TEST(column_vector, a_block_of_values_is_the_same_as_one_by_one) {
    std::vector<std::int32_t> values(30);
    for (std::int32_t i = 0; i < 30; ++i) values[static_cast<std::size_t>(i)] = i;
    for (std::uint32_t before = 0; before < 10; ++before) {
        for (std::uint32_t count = 0; count <= 30; ++count) {
            column_vector one_by_one(type::native(type_kind::int_));
            column_vector block(type::native(type_kind::int_));
            for (std::uint32_t i = 0; i < before; ++i) {
                one_by_one.append_null();
                block.append_null();
            }
            for (std::uint32_t i = 0; i < count; ++i) one_by_one.append_native(values[i]);
            block.append_native_block(
                bytes_view(reinterpret_cast<const char*>(values.data()), count * 4));
            one_by_one.append_null();
            block.append_null();
            ASSERT_EQ(block.size(), one_by_one.size());
            ASSERT_EQ(block.null_count(), one_by_one.null_count());
            ASSERT_EQ(block.validity(), one_by_one.validity());
            ASSERT_EQ(block.fixed_bytes(), one_by_one.fixed_bytes());
        }
    }
}

}  // namespace
}  // namespace nacre::data
