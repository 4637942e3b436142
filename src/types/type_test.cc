#include "types/type.h"

#include <gtest/gtest.h>

namespace nacre::types {
namespace {

type_ptr of(type_kind kind) {
    return type::native(kind);
}

TEST(type, names_round_trip) {
    for (int k = 0; k <= static_cast<int>(type_kind::varint); ++k) {
        const auto t = of(static_cast<type_kind>(k));
        EXPECT_EQ(static_cast<int>(t->kind()), k);
        EXPECT_EQ(type::native_by_name(t->to_cql()), t) << t->to_cql();
    }
    EXPECT_EQ(type::native_by_name("varchar"), of(type_kind::text));
    EXPECT_EQ(type::native_by_name("INT"), nullptr);
    EXPECT_EQ(type::native_by_name("list"), nullptr);
}

TEST(type, cql_text) {
    const auto ints = type::list_of(of(type_kind::int_));
    EXPECT_EQ(ints->to_cql(), "list<int>");
    EXPECT_EQ(type::freeze(ints)->to_cql(), "frozen<list<int>>");
    const auto nested = type::map_of(of(type_kind::text), type::freeze(ints));
    EXPECT_EQ(nested->to_cql(), "map<text, frozen<list<int>>>");
    EXPECT_EQ(nested->to_cql_without_frozen(), "map<text, list<int>>");
    EXPECT_EQ(type::tuple_of({of(type_kind::bigint), ints})->to_cql(),
              "frozen<tuple<bigint, frozen<list<int>>>>");
    EXPECT_EQ(type::tuple_of({of(type_kind::bigint), ints})->to_cql_without_frozen(),
              "tuple<bigint, list<int>>");
    EXPECT_EQ(type::vector_of(of(type_kind::float_), 3)->to_cql(), "vector<float, 3>");
    const auto address = type::user("ks", "Address", {"street"}, {of(type_kind::text)});
    EXPECT_EQ(address->to_cql(), "\"Address\"");
    EXPECT_EQ(type::freeze(address)->to_cql(), "frozen<\"Address\">");
}

TEST(type, freezing_reaches_every_level_and_thawing_only_the_top) {
    const auto nested = type::list_of(type::set_of(of(type_kind::int_)));
    const auto frozen = type::freeze(nested);
    EXPECT_TRUE(frozen->element()->is_frozen());
    EXPECT_FALSE(frozen->is_multi_cell());
    const auto thawed = type::thaw(frozen);
    EXPECT_TRUE(thawed->is_multi_cell());
    EXPECT_TRUE(thawed->element()->is_frozen());
    EXPECT_FALSE(*nested == *frozen);
    EXPECT_TRUE(nested->same_values(*frozen));
    const auto tuple = type::tuple_of({of(type_kind::int_)});
    EXPECT_EQ(type::thaw(tuple), tuple);
}

TEST(type, equality_is_structural) {
    EXPECT_TRUE(*type::vector_of(of(type_kind::float_), 3) ==
                *type::vector_of(of(type_kind::float_), 3));
    EXPECT_FALSE(*type::vector_of(of(type_kind::float_), 3) ==
                 *type::vector_of(of(type_kind::float_), 4));
    EXPECT_FALSE(*type::user("a", "t", {"x"}, {of(type_kind::int_)}) ==
                 *type::user("b", "t", {"x"}, {of(type_kind::int_)}));
    EXPECT_FALSE(type::tuple_of({of(type_kind::int_)})
                     ->same_values(*type::tuple_of({of(type_kind::int_), of(type_kind::int_)})));
}

TEST(type, physical_forms) {
    EXPECT_EQ(of(type_kind::boolean)->physical(), physical_type::int8);
    EXPECT_EQ(of(type_kind::date)->physical(), physical_type::int32);
    EXPECT_EQ(of(type_kind::time)->physical(), physical_type::int64);
    EXPECT_EQ(of(type_kind::uuid)->physical(), physical_type::serialised);
    EXPECT_EQ(type::vector_of(of(type_kind::float_), 3)->fixed_size_bytes(), 12u);
    EXPECT_EQ(type::vector_of(of(type_kind::text), 3)->fixed_size_bytes(), 0u);
}

TEST(type, value_compatibility) {
    const auto fits = [](type_ptr to, type_ptr from) { return is_value_compatible(*to, *from); };
    EXPECT_TRUE(fits(of(type_kind::text), of(type_kind::ascii)));
    EXPECT_FALSE(fits(of(type_kind::ascii), of(type_kind::text)));
    EXPECT_TRUE(fits(of(type_kind::blob), type::list_of(of(type_kind::int_))));
    EXPECT_TRUE(fits(of(type_kind::bigint), of(type_kind::timestamp)));
    EXPECT_FALSE(fits(of(type_kind::bigint), of(type_kind::int_)));
    EXPECT_TRUE(fits(of(type_kind::uuid), of(type_kind::timeuuid)));
    EXPECT_TRUE(
        fits(type::list_of(of(type_kind::text)), type::list_of(of(type_kind::ascii), true)));
    EXPECT_FALSE(fits(type::list_of(of(type_kind::text)), type::set_of(of(type_kind::text))));
    const auto one = type::tuple_of({of(type_kind::int_)});
    const auto two = type::tuple_of({of(type_kind::int_), of(type_kind::int_)});
    EXPECT_TRUE(fits(two, one));
    EXPECT_FALSE(fits(one, two));
}

}  // namespace
}  // namespace nacre::types
