#include <gtest/gtest.h>

#include "schema/function.h"
#include "schema/table.h"

namespace nacre::schema {
namespace {

using types::type;
using types::type_kind;

column_definition column(std::string name, column_kind kind, std::uint32_t position,
                         std::uint32_t id, type_kind of = type_kind::int_) {
    return {std::move(name), type::native(of), kind, position, clustering_order::none, id};
}

TEST(table, arranges_columns_as_select_star_shows_them) {
    const table t(
        "ks", "t", uuid::random(), 1, 9,
        {column("z", column_kind::regular, 0, 1), column("c2", column_kind::clustering, 1, 2),
         column("a", column_kind::regular, 0, 3), column("s", column_kind::static_, 0, 4),
         column("c1", column_kind::clustering, 0, 5),
         column("p2", column_kind::partition_key, 0, 6),
         column("p1", column_kind::partition_key, 1, 7)},
        {});
    std::string names;
    for (const auto& c : t.columns()) names += c.name + " ";
    EXPECT_EQ(names, "p2 p1 c1 c2 s a z ");
    EXPECT_EQ(t.partition_key_size(), 2u);
    EXPECT_EQ(t.clustering_key_size(), 2u);
    EXPECT_EQ(t.clustering_column(1).name, "c2");
    EXPECT_TRUE(t.has_static_columns());
    EXPECT_FALSE(t.is_counter());
    EXPECT_EQ(t.find("a"), 5u);
    EXPECT_EQ(t.find("A"), std::nullopt);
    EXPECT_EQ(t.find_by_id(1), 6u);
    EXPECT_EQ(t.find_by_id(6), std::nullopt) << "key columns live in the key";
}

TEST(table, one_counter_column_makes_a_counter_table) {
    const table t("ks", "t", uuid::random(), 1, 3,
                  {column("p", column_kind::partition_key, 0, 1),
                   column("n", column_kind::regular, 0, 2, type_kind::counter)},
                  {});
    EXPECT_TRUE(t.is_counter());
    EXPECT_FALSE(t.has_static_columns());
}

TEST(function, signatures_show_types_without_frozen) {
    EXPECT_EQ(describe_signature("ks", "f",
                                 {type::native(type_kind::int_),
                                  type::set_of(type::native(type_kind::text), true)}),
              "ks.f(int, set<text>)");
    EXPECT_EQ(describe_signature("ks", "f", {}), "ks.f()");
}

}  // namespace
}  // namespace nacre::schema
