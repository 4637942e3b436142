#include "query/named_values.h"

#include <gtest/gtest.h>

namespace nacre::query {
namespace {

std::vector<column_specification> markers_of(const std::vector<std::string>& names) {
    std::vector<column_specification> markers;
    for (const auto& name : names) {
        markers.push_back({"ks", "t", name, types::type::native(types::type_kind::text)});
    }
    return markers;
}

TEST(named_values, come_in_the_order_of_the_markers_which_may_repeat_them) {
    std::vector<bound_value> values{{bound_value::kind::value, "1"},
                                    {bound_value::kind::unset, {}}};
    ASSERT_TRUE(put_in_order(markers_of({"b", "a", "b"}), {"a", "b"}, values).ok());
    ASSERT_EQ(values.size(), 3u);
    EXPECT_EQ(values[0].what, bound_value::kind::unset);
    EXPECT_EQ(values[1].data, "1");
    EXPECT_EQ(values[2].what, bound_value::kind::unset);
}

TEST(named_values, a_marker_without_one_is_named) {
    std::vector<bound_value> values{{bound_value::kind::value, "1"}};
    const auto done = put_in_order(markers_of({"a", "b"}), {"a"}, values);
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().message(), "Invalid unset value for bind variable b");
    EXPECT_EQ(values.size(), 1u);
}

}  // namespace
}  // namespace nacre::query
