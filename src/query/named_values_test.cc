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
    const auto markers = markers_of({"b", "a", "b"});
    ASSERT_TRUE(arrange_values(markers, markers.size(), {"a", "b"}, values, sender::execute).ok());
    ASSERT_EQ(values.size(), 3u);
    EXPECT_EQ(values[0].what, bound_value::kind::unset);
    EXPECT_EQ(values[1].data, "1");
    EXPECT_EQ(values[2].what, bound_value::kind::unset);
}

TEST(named_values, errors_say_what_their_sender_can_know) {
    const auto refusal = [](const std::vector<std::string>& names, sender from) {
        std::vector<bound_value> values{{bound_value::kind::value, "1"}};
        const auto done = arrange_values(markers_of({"a", "b"}), 2, names, values, from);
        EXPECT_EQ(values.size(), 1u);
        return done.ok() ? "none" : done.error().message();
    };
    EXPECT_EQ(refusal({"a"}, sender::query), "Invalid amount of bind variables");
    EXPECT_EQ(refusal({}, sender::query), "Invalid amount of bind variables");
    EXPECT_EQ(refusal({"a"}, sender::execute), "Invalid unset value for bind variable b");
    EXPECT_EQ(refusal({}, sender::execute), "there were 2 markers(?) in CQL but 1 bound variables");
    EXPECT_EQ(refusal({}, sender::batch), "There were 2 markers(?) in CQL but 1 bound variables");
}

}  // namespace
}  // namespace nacre::query
