#include "tool/edge_values.h"

#include <gtest/gtest.h>

#include "types/value.h"

namespace nacre::tool {
namespace {

TEST(edge_values, all_are_valid_and_there_are_some) {
    for (int i = 0; i <= static_cast<int>(types::type_kind::varint); ++i) {
        const auto type = types::type::native(static_cast<types::type_kind>(i));
        const auto values = edge_values(*type);
        EXPECT_GE(values.size(), 2U) << type->to_cql();
        for (const auto& value : values) {
            EXPECT_TRUE(types::validate(*type, value).ok()) << type->to_cql() << to_hex(value);
        }
    }
    const auto list = types::type::list_of(types::type::native(types::type_kind::int_), true);
    for (const auto& value : edge_values(*list)) EXPECT_TRUE(types::validate(*list, value).ok());
}

}  // namespace
}  // namespace nacre::tool
