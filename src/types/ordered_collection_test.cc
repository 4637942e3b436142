#include "types/ordered_collection.h"

#include <gtest/gtest.h>

#include "types/value.h"

namespace nacre::types {
namespace {

bytes of(type_kind kind, std::string_view text) {
    return from_text(*type::native(kind), text).value();
}

TEST(OrderedCollection, ASetSentInAnyOrderIsPutInOrder) {
    const auto numbers = type::set_of(type::native(type_kind::int_));
    const auto sent = join_list(std::vector<optional_bytes>{
        of(type_kind::int_, "3"), of(type_kind::int_, "-1"), of(type_kind::int_, "3")});
    EXPECT_EQ(to_cql_literal(*numbers, canonical(*numbers, sent).value()), "{-1, 3}");
}

TEST(OrderedCollection, OfEqualElementsTheFirstStays) {
    const auto kind = type_kind::decimal;
    const auto numbers = type::set_of(type::native(kind));
    const auto made =
        make_set(*type::native(kind), {of(kind, "2"), of(kind, "1.0"), of(kind, "1")});
    EXPECT_EQ(to_cql_literal(*numbers, made), "{1.0, 2}");
}

TEST(OrderedCollection, OfEqualKeysTheLastValueStays) {
    const auto kind = type_kind::int_;
    const auto map = type::map_of(type::native(kind), type::native(kind));
    const auto sent =
        join_map(std::vector<std::pair<bytes, bytes>>{{of(kind, "2"), of(kind, "20")},
                                                      {of(kind, "1"), of(kind, "10")},
                                                      {of(kind, "2"), of(kind, "21")}});
    EXPECT_EQ(to_cql_literal(*map, canonical(*map, sent).value()), "{1: 10, 2: 21}");
}

TEST(OrderedCollection, SetsInsideCollectionsArePutInOrder) {
    const auto kind = type_kind::int_;
    const auto set = type::set_of(type::native(kind));
    const auto sent = join_list(std::vector<optional_bytes>{of(kind, "2"), of(kind, "1")});
    const auto list = type::list_of(set);
    const auto in_list = join_list(std::vector<optional_bytes>{sent});
    EXPECT_EQ(to_cql_literal(*list, canonical(*list, in_list).value()), "[{1, 2}]");
    const auto vector = type::vector_of(set, 1);
    const auto vectors = type::list_of(vector);
    const auto in_vector = join_vector(*vector, std::vector<bytes>{sent});
    const auto in_vectors = join_list(std::vector<optional_bytes>{in_vector});
    EXPECT_EQ(to_cql_literal(*vectors, canonical(*vectors, in_vectors).value()), "[[{1, 2}]]");
    EXPECT_EQ(canonical(*vector, in_vector).value(), in_vector);
}

TEST(OrderedCollection, WhatIsInsideTuplesStaysAsItWasSent) {
    const auto kind = type_kind::int_;
    const auto tuple = type::tuple_of({type::set_of(type::native(kind))});
    const auto set = join_list(std::vector<optional_bytes>{of(kind, "2"), of(kind, "1")});
    const auto sent = join_fields(std::vector<optional_bytes>{set});
    EXPECT_EQ(canonical(*tuple, sent).value(), sent);
}

}  // namespace
}  // namespace nacre::types
