#include "function/in_turns.h"

#include <gtest/gtest.h>

#include "data/row_batch.h"

namespace nacre::function {
namespace {

using types::type;
using types::type_kind;

TEST(rows_of_piece, few_if_they_can_be_long) {
    data::column_vector numbers(type::native(type_kind::bigint));
    data::column_vector varints(type::native(type_kind::varint));
    for (int i = 0; i < 100; ++i) {
        numbers.append_native<std::int64_t>(i);
        varints.append(i % 10 == 9 ? std::nullopt : std::optional<bytes_view>("\x01"));
    }
    const auto rows = data::all_rows(100);
    const data::column_vector* native[] = {&numbers};
    const data::column_vector* both[] = {&numbers, &varints};
    EXPECT_EQ(rows_of_piece(native, rows), 100u);
    EXPECT_EQ(rows_of_piece({}, rows), 100u);
    EXPECT_EQ(rows_of_piece(both, rows), 16u);
    EXPECT_EQ(rows_of_piece(both, std::span(rows).first(3)), 3u);
}

TEST(rows_of_piece, one_if_it_is_long) {
    data::column_vector texts(type::native(type_kind::text));
    for (const std::size_t size : {20'000, 10'000, 10'000, 1}) {
        texts.append_serialised(bytes(size, 'x'));
    }
    const auto rows = data::all_rows(4);
    const data::column_vector* columns[] = {&texts};
    EXPECT_EQ(rows_of_piece(columns, rows), 1u);
    EXPECT_EQ(rows_of_piece(columns, std::span(rows).subspan(1)), 2u);
    EXPECT_EQ(rows_of_piece(columns, std::span(rows).subspan(3)), 1u);
}

}  // namespace
}  // namespace nacre::function
